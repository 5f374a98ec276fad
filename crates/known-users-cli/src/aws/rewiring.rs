//! A pool calls other functions: planned, shown, agreed to, carried out and read back; or everything is put back.
//! One file because it is one way, and each step needs what the one before has found.

use std::{collections::BTreeMap, path::PathBuf, process};

use aws_failure::{Failure, Kind, interrupt::Interrupt};
use clap::Args;
use known_user::Trigger;
use serde_json::{Map, Value, json};
use user_pool::{
    backup,
    change::{self, Change, Operator, Permission, Told},
    configuration::{Configuration, Seen},
    function::Function,
    functions::Functions,
    plan::{self, Conflict, Plan},
    policy::Caller,
    report::Report,
};

use crate::{
    aws::{
        clients::{Aws, Caller as Account},
        stack_outputs::{self, Outputs},
    },
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Facts, Outcome},
    terminal::{output::Show, prompt::Ask},
};

const BEFORE: &str = "\
Nothing is changed without --yes, or a yes on a terminal: the plan is shown, and that is all.";

/// What `--help` says behind the options of both.
pub(crate) fn after_help() -> String {
    exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "done, or there is nothing to do, or the plan was shown"),
            (ExitCode::Failed, "a step failed; the pool and the functions are as they were, which was read back"),
            (ExitCode::Usage, "the command line is wrong; nothing was changed"),
            (
                ExitCode::Found,
                "nothing was changed: the pool calls another function at a trigger and nobody said to replace it, or the pool has a setting that is new here",
            ),
            (ExitCode::Left, "something could not be put back, or taken away; it is listed with what to do"),
            (ExitCode::Interrupted, "interrupted; the pool and the functions are as they were"),
        ],
    )
}

/// What both commands understand.
#[derive(Args)]
pub(crate) struct How {
    /// Show the plan and change nothing; the default where there is no terminal and no --yes
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Send this setting of the pool back although it is new here; may be given more than once. First look up in the
    /// API reference that UpdateUserPool takes it
    #[arg(long, value_name = "KEY")]
    allow_unknown: Vec<String>,
    /// Where to write the pool as it was, instead of USERPOOLID.backup-TIME.json; never over a file that is there
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
}

/// What the pool is to call from now on.
pub(crate) enum Wish {
    /// The stack's functions at these triggers; at those of `replace` also where it calls another maker's. With `to_alias`,
    /// by the stack's aliases also where it calls the functions otherwise.
    Call { triggers: Vec<Trigger>, replace: Vec<Trigger>, to_alias: bool },
    /// At these triggers, none of these functions (without any: of the stack's); what the backup `restore` says in their
    /// place.
    CallNoneOf { triggers: Vec<Trigger>, functions: Vec<Function>, restore: Option<PathBuf> },
}

impl Wish {
    /// The command that has this wish.
    fn command(&self) -> &'static str {
        match self {
            Self::Call { .. } => "attach",
            Self::CallNoneOf { .. } => "detach",
        }
    }
}

/// The triggers that `--only` names; all of them where it names none.
pub(crate) fn chosen(only: &[Trigger]) -> Vec<Trigger> {
    Trigger::ALL.into_iter().filter(|trigger| only.is_empty() || only.contains(trigger)).collect()
}

/// Plans, shows, asks and does it; what the shell is told.
pub(crate) async fn run(global: &Global, how: &How, wish: Wish) -> process::ExitCode {
    let (show, interrupt) = (Show::new(global.json), Interrupt::listen());
    let mut run = Run {
        global,
        how,
        wish,
        show: &show,
        ask: Ask::new(interrupt.clone(), false),
        interrupt: &interrupt,
        facts: Facts::new(),
        report: Report::default(),
    };
    let ended = run.play().await;
    let Run { mut facts, report, wish, .. } = run;
    facts.insert("command".to_owned(), json!(wish.command()));
    facts.insert("putBack".to_owned(), report.to_json());
    let outcome = match ended {
        Ok(word) => Outcome::done(word, facts),
        Err(failure) if failure.kind == Kind::NotShown => Outcome::failed(failure, facts).with_word("stopped"),
        Err(failure) => Outcome::failed(failure, facts),
    };
    let outcome = match report.has_failed {
        true => outcome.with_code(ExitCode::Left).with_word("something-left"),
        false => outcome,
    };
    let code = outcome.end(&show);
    for left in &report.left {
        show.note(format!("left: {}", left.what));
        show.note(format!("      what to do: {}", left.todo));
    }
    code
}

struct Run<'a> {
    global: &'a Global,
    how: &'a How,
    wish: Wish,
    show: &'a Show,
    ask: Ask,
    interrupt: &'a Interrupt,
    /// For the JSON result.
    facts: Facts,
    /// What was put back, and what could not be.
    report: Report,
}

/// What a run works on.
struct Subject {
    configuration: Configuration,
    functions: Functions,
    seen: Seen,
    caller: Caller,
}

impl Run<'_> {
    async fn play(&mut self) -> Result<&'static str, Failure> {
        let backup = match &self.wish {
            Wish::CallNoneOf { restore: Some(file), .. } => Some(backup::read(file)?),
            _ => None,
        };
        let (aws, outputs, user_pool_id) = self.interrupt.or(self.find()).await?;
        let whose = self.interrupt.or(async { Ok(aws.caller().await) }).await?;
        let subject = self.interrupt.or(Subject::open(&aws, &user_pool_id)).await?;
        let Subject { seen, .. } = &subject;
        let name = seen.settings.at("/Name").and_then(Value::as_str).unwrap_or("without a name");
        self.show.step(format!("The user pool `{user_pool_id}`, {name} ({whose})"));
        self.facts.insert("userPoolId".to_owned(), json!(user_pool_id));
        whose.tell(&mut self.facts);
        if let Some(backup) = &backup
            && backup.at("/Id") != seen.settings.at("/Id")
        {
            return Err(Failure::usage(
                format!("restore the user pool `{user_pool_id}`"),
                "the backup is another pool's",
                "give --restore the backup of this pool",
            ));
        }
        let mut plan = match &self.wish {
            Wish::Call { triggers, to_alias, .. } => {
                plan::attach(&seen.settings, &self.to_attach(triggers, *to_alias, &outputs)?, *to_alias)
            }
            Wish::CallNoneOf { triggers, functions, .. } => {
                plan::detach(&seen.settings, triggers, &to_detach(functions, &outputs), backup.as_ref())
            }
        };
        self.refuse_what_is_new(seen, &plan)?;
        let undecided = self.decide(&mut plan).await?;
        let change = self.interrupt.or(self.change(&subject, &plan)).await?;
        self.tell(&subject, &plan, &change);
        if let Some(failure) = undecided {
            return Err(failure);
        }
        if change.is_empty() {
            self.show.step("Nothing to do");
            return Ok("nothing-to-do");
        }
        // What cannot be sent back is refused before anybody agrees to anything.
        change.wanted.update(&self.how.allow_unknown)?;
        if !self.is_agreed(&whose).await? {
            return Ok("planned");
        }
        self.carry_out(&subject, &change).await?;
        Ok("done")
    }

    /// The account, the stack's outputs, and the pool's id.
    async fn find(&self) -> Result<(Aws, Outputs, String), Failure> {
        let aws = Aws::connect(self.global).await?;
        let stack = &self.global.stack;
        let outputs = match (&self.wish, &self.global.user_pool_id) {
            (Wish::CallNoneOf { functions, .. }, Some(_)) if !functions.is_empty() => Outputs::new(),
            (Wish::CallNoneOf { .. }, _) => stack_outputs::outputs(&aws, stack).await.map_err(|failure| {
                failure.or("where the stack is gone, give --user-pool-id, and --function for each of its functions")
            })?,
            (Wish::Call { .. }, _) => stack_outputs::outputs(&aws, stack).await?,
        };
        let user_pool_id =
            self.global.user_pool_id.as_deref().or_else(|| stack_outputs::output(&outputs, "UserPoolId"));
        let user_pool_id = user_pool_id.map(str::to_owned).ok_or_else(|| {
            let why = format!("the stack `{stack}` has no output `UserPoolId`");
            Failure::usage("find the user pool", why, "give --user-pool-id")
        })?;
        Ok((aws, outputs, user_pool_id))
    }

    /// The functions that the pool shall call.
    fn to_attach(
        &self,
        triggers: &[Trigger],
        to_alias: bool,
        outputs: &Outputs,
    ) -> Result<BTreeMap<Trigger, Function>, Failure> {
        let found = triggers.iter().map(|&trigger| {
            let function = stack_outputs::function(outputs, trigger).ok_or_else(|| {
                Failure::usage(
                    format!("find the {} function", trigger.title()),
                    format!("the stack `{}` has no output `{}Function`", self.global.stack, trigger.logical_id()),
                    "check --stack, or name the triggers that it has with --only",
                )
            })?;
            if to_alias && function.qualifier.is_none() {
                return Err(Failure::usage(
                    format!("move the pool to the alias of the {} function", trigger.title()),
                    format!("the stack `{}` has no alias for it", self.global.stack),
                    "deploy the template of this version first",
                ));
            }
            Ok((trigger, function))
        });
        found.collect()
    }

    /// Whether to replace other makers' functions: the plan with those that shall be; a failure, to be told behind the
    /// plan, where nobody says.
    async fn decide(&self, plan: &mut Plan) -> Result<Option<Failure>, Failure> {
        let Wish::Call { triggers, replace, .. } = &self.wish else { return Ok(None) };
        let mut undecided = Vec::new();
        for conflict in std::mem::take(&mut plan.conflicts) {
            let Conflict { trigger, theirs, ours } = &conflict;
            let is_replaced = if replace.contains(trigger) {
                true
            } else if self.ask.is_possible() && !self.how.dry_run {
                let title = trigger.title();
                let question = format!("The pool calls `{theirs}` at {title}. Call `{ours}` instead?");
                self.ask.yes_or_no(&question, "--replace", false).await?
            } else {
                undecided.push(*trigger);
                false
            };
            if is_replaced {
                plan.wires.insert(*trigger, Some(ours.clone()));
                plan.called.insert(*trigger, conflict.ours);
            } else {
                plan.conflicts.push(conflict);
            }
        }
        if undecided.is_empty() {
            return Ok(None);
        }
        let list =
            |triggers: &mut dyn Iterator<Item = Trigger>| triggers.map(Trigger::name).collect::<Vec<_>>().join(",");
        let those = list(&mut undecided.iter().copied());
        let rest = list(&mut triggers.iter().copied().filter(|one| !undecided.contains(one)));
        let keep = if rest.is_empty() { String::new() } else { format!(", or keep them: --only {rest}") };
        Ok(Some(Failure::not_shown(
            "attach all of the functions",
            format!("the pool calls another function at {those}"),
            format!("replace them: --replace {those}{keep}"),
        )))
    }

    /// What is to be done for the plan: the permissions that are missing, or not needed any more.
    async fn change<'s>(&self, subject: &'s Subject, plan: &Plan) -> Result<Change<'s>, Failure> {
        let Subject { configuration, functions, seen, caller } = subject;
        let wanted = seen.settings.with(&plan.wires);
        let mut permissions = Vec::new();
        let id = change::statement_id(&configuration.id);
        for arn in plan.called.values() {
            if functions.setting(arn).await?.is_none() {
                return Err(Failure::new(
                    format!("have the pool call `{arn}`"),
                    "there is no such function",
                    "check --stack and --region, and deploy the stack again",
                ));
            }
            let policy = functions.policy(arn).await?;
            if policy.denies(caller) {
                return Err(Failure::new(
                    format!("have the pool call `{arn}`"),
                    "its policy denies it, whatever else allows it: everybody would be refused",
                    "remove the statement with Effect Deny from the function's resource-based policy",
                ));
            }
            permissions.extend(Permission::to_call(arn, &policy, caller));
        }
        for arn in plan.wires.values().flatten().filter(|_| matches!(self.wish, Wish::CallNoneOf { .. })) {
            // Of another account's function nothing may be known; then it is taken to be there.
            if let Ok(None) = functions.setting(arn).await {
                self.show
                    .step(format!("The backup's function `{arn}` is not there any more: without it, leave --restore"));
            }
        }
        for arn in &plan.dropped {
            if functions.policy(arn).await?.has(&id) {
                permissions.push(Permission::Remove { function: arn.clone() });
            }
        }
        Ok(Change { configuration, functions, caller, seen, wanted, permissions, id })
    }

    /// Shows the plan.
    fn tell(&mut self, subject: &Subject, plan: &Plan, change: &Change<'_>) {
        let (before, after) = (subject.seen.settings.lambda_config(), change.wanted.lambda_config());
        self.show.step("What it calls (LambdaConfig): - as it is, + as it shall be");
        for line in plan::diff(&before, &after) {
            self.show.note(line);
        }
        let others = subject.seen.settings.count().saturating_sub(1);
        self.show.note(format!("Every other setting stays as it is: {others} of them, and the second factors."));
        if subject.seen.settings.has_other_second_factors() {
            self.show.note("Its second factor is not SMS. Cognito may refuse to be sent that; then nothing changes.");
        }
        let warnings = match self.wish {
            Wish::Call { .. } => plan::warnings(&subject.seen.settings),
            Wish::CallNoneOf { .. } => Vec::new(),
        };
        for warning in &warnings {
            self.show.note(format!("! {warning}"));
        }
        self.facts.insert("warnings".to_owned(), json!(warnings));
        for Conflict { trigger, theirs, .. } in &plan.conflicts {
            self.show.note(format!("Another maker's function stays at {}: `{theirs}`", trigger.title()));
        }
        for (trigger, theirs) in &plan.not_ours {
            self.show.note(format!("At {} the pool calls `{theirs}` by now, which stays.", trigger.title()));
        }
        if !change.permissions.is_empty() {
            self.show.step("Who may call the functions");
        }
        for permission in &change.permissions {
            self.show.note(permission.to_string());
        }
        let permissions: Vec<Value> = change.permissions.iter().map(Permission::to_json).collect();
        let kept: Map<String, Value> = plan
            .conflicts
            .iter()
            .map(|conflict| (conflict.trigger.name().to_owned(), json!(conflict.theirs)))
            .chain(plan.not_ours.iter().map(|(trigger, theirs)| (trigger.name().to_owned(), json!(theirs))))
            .collect();
        self.facts.insert(
            "plan".to_owned(),
            json!({"lambdaConfig": {"before": before, "after": after}, "permissions": permissions, "kept": kept}),
        );
    }

    fn refuse_what_is_new(&self, seen: &Seen, plan: &Plan) -> Result<(), Failure> {
        let allowed = &self.how.allow_unknown;
        let new: Vec<&str> = seen.settings.unknown().filter(|name| !allowed.iter().any(|one| one == name)).collect();
        if new.is_empty() || (plan.wires.is_empty() && plan.conflicts.is_empty()) {
            return Ok(());
        }
        let options: Vec<String> = new.iter().map(|name| format!("--allow-unknown {name}")).collect();
        Err(Failure::not_shown(
            "change what the pool calls without resetting another setting of it",
            format!("the pool has settings that are new here: {}", new.join(", ")),
            format!(
                "look in the API reference whether UpdateUserPool takes them; if so, give {}: they are sent back as they \
                 came and compared afterwards; if not, attach the functions in the console, under Extensions",
                options.join(" ")
            ),
        ))
    }

    async fn is_agreed(&self, whose: &Account) -> Result<bool, Failure> {
        if self.how.dry_run {
            self.show.step("Nothing was changed, as you said (--dry-run)");
            return Ok(false);
        }
        if self.global.yes {
            return Ok(true);
        }
        if !self.ask.is_possible() {
            self.show.step("Nothing was changed: give --yes to do this, or run it on a terminal");
            return Ok(false);
        }
        let agreed = self.ask.yes_or_no(&format!("Do this ({whose})?"), "--yes", false).await?;
        if !agreed {
            self.show.step("Nothing was changed, as you said");
        }
        Ok(agreed)
    }

    async fn carry_out(&mut self, subject: &Subject, change: &Change<'_>) -> Result<(), Failure> {
        let Subject { configuration, seen, .. } = subject;
        let now = self.interrupt.or(configuration.see()).await?;
        let meanwhile = seen.differences(&now);
        if !meanwhile.is_empty() {
            return Err(Failure::new(
                "do what was planned",
                format!("somebody changed the pool meanwhile: {}", meanwhile.join(", ")),
                "run it again, and look at the new plan",
            ));
        }
        let how = self.how;
        let backup = backup::write(how.backup.as_deref(), &configuration.id, seen)?;
        self.show.step(format!("Backup: `{backup}`"));
        self.facts.insert("backup".to_owned(), json!(backup));
        let tell = |told| match told {
            Told::Step(what) => self.show.step(what),
            Told::Note(what) => self.show.note(what),
        };
        let times_stopped = || self.interrupt.times();
        let operator = Operator { tell: &tell, times_stopped: &times_stopped, allowed: &how.allow_unknown, backup };
        let outcome;
        (self.report, outcome) = change.carry_out(&operator).await;
        outcome?;
        self.show.step("Done, and read back: nothing else of the pool has changed");
        if let Wish::Call { .. } = self.wish {
            self.show.note("known-users doctor says whether everything else is as it should be");
        }
        Ok(())
    }
}

/// The functions to take out.
fn to_detach(given: &[Function], outputs: &Outputs) -> Vec<Function> {
    if given.is_empty() {
        Trigger::ALL.into_iter().filter_map(|trigger| stack_outputs::function(outputs, trigger)).collect()
    } else {
        given.to_vec()
    }
}

impl Subject {
    async fn open(aws: &Aws, user_pool_id: &str) -> Result<Self, Failure> {
        let configuration = Configuration::new(aws.cognito.clone(), user_pool_id.to_owned());
        let seen = configuration.see().await?;
        let caller = Caller::new(seen.settings.arn()).ok_or_else(|| {
            Failure::new(
                "tell whose the user pool is",
                format!("its ARN is `{}`, which has no account in it", seen.settings.arn()),
                "check --endpoint-url and AWS_ENDPOINT_URL where set",
            )
        })?;
        Ok(Self { configuration, functions: Functions::new(aws.lambda.clone()), seen, caller })
    }
}
