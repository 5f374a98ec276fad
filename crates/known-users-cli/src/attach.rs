//! `attach` and `detach`: which functions a pool calls that was there before the stack.
//!
//! Both make a plan from what the pool is now, show it, and, where somebody agrees, carry it out and prove by reading
//! back that nothing else changed; otherwise they put everything back. What they send is the pool's own description (see
//! [`crate::pool::settings`]).

mod backup;
mod change;
mod plan;

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::{
    aws::{Aws, Caller as Account},
    clean_up::Report,
    cli::Global,
    failure::{Failure, Kind},
    functions::{Functions, policy::Caller},
    interrupt::Interrupt,
    place::{self, Function, Outputs},
    pool::configuration::{Configuration, Seen},
    prompt::Ask,
    show::{self, Show},
};
use change::{Change, Permission};
use known_user::Trigger;
use plan::{Conflict, Plan};

const AFTER_HELP: &str = "\
Nothing is changed without --yes, or a yes on a terminal: the plan is shown, and that is all.

Exit codes:
  0    done, or there is nothing to do, or the plan was shown
  1    a step failed; the pool and the functions are as they were, which was read back
  2    the command line is wrong; nothing was changed
  3    nothing was changed: the pool calls another function at a trigger and nobody
       said to replace it, or the pool has a setting that is new here
  4    something could not be put back, or taken away; it is listed with what to do
  130  interrupted; the pool and the functions are as they were";

/// `attach`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Attach {
    /// Attach these triggers alone, separated by commas
    #[arg(long, value_parser = crate::cli::trigger(), value_delimiter = ',', value_name = "TRIGGER")]
    only: Vec<Trigger>,
    /// At these triggers, have the pool call the stack's function instead of another one, without asking
    #[arg(long, value_parser = crate::cli::trigger(), value_delimiter = ',', value_name = "TRIGGER")]
    replace: Vec<Trigger>,
    #[command(flatten)]
    how: How,
}

/// `detach`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Detach {
    /// The backup that attach wrote: where the pool calls our functions, it calls again what it called then
    #[arg(long, value_name = "FILE")]
    restore: Option<PathBuf>,
    /// Take this function out, instead of the stack's; for a stack that is gone. May be given more than once
    #[arg(long, value_name = "NAME|ARN")]
    function: Vec<String>,
    #[command(flatten)]
    how: How,
}

impl Attach {
    fn includes(&self, trigger: Trigger) -> bool {
        self.only.is_empty() || self.only.contains(&trigger)
    }
}

impl Detach {
    /// The functions to take out.
    fn ours(&self, outputs: &Outputs) -> Vec<Function> {
        if self.function.is_empty() {
            Trigger::ALL.into_iter().filter_map(|trigger| place::function(outputs, trigger)).collect()
        } else {
            self.function.iter().map(|given| Function::new(given)).collect()
        }
    }
}

/// What both understand.
#[derive(Args)]
struct How {
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

/// Which of the two.
#[derive(Clone, Copy)]
enum Verb<'a> {
    Attach(&'a Attach),
    Detach(&'a Detach),
}

impl Verb<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Attach(_) => "attach",
            Self::Detach(_) => "detach",
        }
    }

    fn how(&self) -> &How {
        match self {
            Self::Attach(options) => &options.how,
            Self::Detach(options) => &options.how,
        }
    }
}

/// How a run ended well.
enum Ended {
    NothingToDo,
    Shown,
    Done,
}

/// Has the pool call the stack's functions; the exit code that `--help` documents.
pub(crate) async fn attach(global: &Global, options: &Attach) -> ExitCode {
    run(global, Verb::Attach(options)).await
}

/// Has the pool call what it called before; the exit code that `--help` documents.
pub(crate) async fn detach(global: &Global, options: &Detach) -> ExitCode {
    run(global, Verb::Detach(options)).await
}

async fn run(global: &Global, verb: Verb<'_>) -> ExitCode {
    let (show, interrupt) = (Show::new(global.json), Interrupt::listen());
    let mut run = Run {
        global,
        verb,
        show: &show,
        ask: Ask::new(interrupt.clone(), false),
        interrupt: &interrupt,
        facts: Map::new(),
        report: Report::default(),
    };
    let outcome = run.play().await;
    let Run { mut facts, report, .. } = run;
    if let Err(failure) = &outcome {
        show::error(&failure.to_string());
        facts.insert("error".to_owned(), failure.to_json());
    }
    let name = match &outcome {
        _ if report.has_failed => "something-left",
        Ok(Ended::NothingToDo) => "nothing-to-do",
        Ok(Ended::Shown) => "planned",
        Ok(Ended::Done) => "done",
        Err(failure) if failure.kind == Kind::NotShown => "stopped",
        Err(failure) => failure.kind.name(),
    };
    facts.insert("command".to_owned(), json!(verb.name()));
    facts.insert("outcome".to_owned(), json!(name));
    facts.insert("putBack".to_owned(), report.to_json());
    show.result(&Value::Object(facts));
    for left in &report.left {
        show.note(format!("left: {}", left.what));
        show.note(format!("      what to do: {}", left.todo));
    }
    match outcome {
        _ if report.has_failed => ExitCode::from(SOMETHING_IS_LEFT),
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => failure.kind.exit_code(),
    }
}

/// As `--help` documents it.
const SOMETHING_IS_LEFT: u8 = 4;

struct Run<'a> {
    global: &'a Global,
    verb: Verb<'a>,
    show: &'a Show,
    ask: Ask,
    interrupt: &'a Interrupt,
    /// For the JSON result.
    facts: Map<String, Value>,
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
    async fn play(&mut self) -> Result<Ended, Failure> {
        let backup = match self.verb {
            Verb::Detach(Detach { restore: Some(file), .. }) => Some(backup::read(file)?),
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
        let mut plan = match self.verb {
            Verb::Attach(options) => plan::attach(&seen.settings, &self.to_attach(options, &outputs)?),
            Verb::Detach(options) => plan::detach(&seen.settings, &options.ours(&outputs), backup.as_ref()),
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
            return Ok(Ended::NothingToDo);
        }
        // What cannot be sent back is refused before anybody agrees to anything.
        change.wanted.update(&self.verb.how().allow_unknown)?;
        if !self.is_agreed(&whose).await? {
            return Ok(Ended::Shown);
        }
        self.carry_out(&subject, &change).await?;
        Ok(Ended::Done)
    }

    /// The account, the stack's outputs, and the pool's id.
    async fn find(&self) -> Result<(Aws, Outputs, String), Failure> {
        let aws = Aws::connect(self.global).await?;
        let stack = &self.global.stack;
        let outputs = match (self.verb, &self.global.user_pool_id) {
            (Verb::Detach(Detach { function, .. }), Some(_)) if !function.is_empty() => Outputs::new(),
            (Verb::Detach(_), _) => place::outputs(&aws, stack).await.map_err(|failure| {
                failure.or("where the stack is gone, give --user-pool-id, and --function for each of its functions")
            })?,
            (Verb::Attach(_), _) => place::outputs(&aws, stack).await?,
        };
        let user_pool_id = self.global.user_pool_id.as_deref().or_else(|| place::output(&outputs, "UserPoolId"));
        let user_pool_id = user_pool_id.map(str::to_owned).ok_or_else(|| {
            let why = format!("the stack `{stack}` has no output `UserPoolId`");
            Failure::usage("find the user pool", why, "give --user-pool-id")
        })?;
        Ok((aws, outputs, user_pool_id))
    }

    /// The functions that the pool shall call.
    fn to_attach(&self, options: &Attach, outputs: &Outputs) -> Result<BTreeMap<Trigger, Function>, Failure> {
        let chosen = Trigger::ALL.into_iter().filter(|trigger| options.includes(*trigger));
        let found = chosen.map(|trigger| {
            let function = place::function(outputs, trigger).ok_or_else(|| {
                Failure::usage(
                    format!("find the {} function", trigger.title()),
                    format!("the stack `{}` has no output `{}Function`", self.global.stack, trigger.logical_id()),
                    "check --stack, or name the triggers that it has with --only",
                )
            })?;
            Ok((trigger, function))
        });
        found.collect()
    }

    /// Whether to replace other makers' functions: the plan with those that shall be; a failure, to be told behind the
    /// plan, where nobody says.
    async fn decide(&self, plan: &mut Plan) -> Result<Option<Failure>, Failure> {
        let Verb::Attach(options) = self.verb else { return Ok(None) };
        let mut undecided = Vec::new();
        for conflict in std::mem::take(&mut plan.conflicts) {
            let Conflict { trigger, theirs, ours } = &conflict;
            let is_replaced = if options.replace.contains(trigger) {
                true
            } else if self.ask.is_possible() && !options.how.dry_run {
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
        let rest = list(&mut Trigger::ALL.into_iter().filter(|one| options.includes(*one) && !undecided.contains(one)));
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
        for arn in plan.wires.values().flatten().filter(|_| matches!(self.verb, Verb::Detach(_))) {
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
        let others = subject.seen.settings.len().saturating_sub(1);
        self.show.note(format!("Every other setting stays as it is: {others} of them, and the second factors."));
        if subject.seen.settings.has_other_second_factors() {
            self.show.note("Its second factor is not SMS. Cognito may refuse to be sent that; then nothing changes.");
        }
        let warnings = match self.verb {
            Verb::Attach(_) => plan::warnings(&subject.seen.settings),
            Verb::Detach(_) => Vec::new(),
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
        let allowed = &self.verb.how().allow_unknown;
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
        if self.verb.how().dry_run {
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
        let how = self.verb.how();
        let backup = backup::write(how.backup.as_deref(), &configuration.id, seen)?;
        self.show.step(format!("Backup: `{backup}`"));
        self.facts.insert("backup".to_owned(), json!(backup));
        let place = change::Place { show: self.show, interrupt: self.interrupt, allowed: &how.allow_unknown, backup };
        change.carry_out(&place, &mut self.report).await?;
        self.show.step("Done, and read back: nothing else of the pool has changed");
        if let Verb::Attach(_) = self.verb {
            self.show.note("known-users doctor says whether everything else is as it should be");
        }
        Ok(())
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
