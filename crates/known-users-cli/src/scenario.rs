//! The scenarios: each a list of steps, between a beginning and an end that all have.

mod activity_log;
mod auto_confirm;
mod migrate_user;
mod steps;

use std::{collections::BTreeMap, process::ExitCode};

use serde_json::{Map, Value, json};

use crate::{
    aws::{Aws, Caller},
    clean_up::{CleanUp, Ledger, Receipts, Report},
    cli::{Global, Scenario, Stage},
    failure::{Failure, Kind},
    interrupt::Interrupt,
    known_users::KnownUsers,
    place::{self, Place},
    pool::Pool,
    prompt::Ask,
    secret::{self, Secret},
    show::{self, Show},
};
use known_user::Trigger;

/// A scenario in play: where it plays, what it has made, what came out.
pub(crate) struct Run<'a> {
    /// As the command line has it.
    name: &'static str,
    stage: &'a Stage,
    yes: bool,
    trigger: Trigger,
    aws: Aws,
    caller: Caller,
    place: Place,
    pool: Pool,
    known: KnownUsers,
    /// As the options or the environment give it.
    password: Option<Secret>,
    show: &'a Show,
    ask: Ask,
    interrupt: &'a Interrupt,
    ledger: Ledger,
    /// For the JSON result.
    facts: Map<String, Value>,
}

/// Plays a scenario and cleans up; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, scenario: &Scenario) -> ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let mut facts = BTreeMap::from([("scenario", json!(scenario.name()))]);
    let mut played = Map::new();
    let mut report = Report::default();
    let outcome = match Run::open(global, scenario, &show, &interrupt).await {
        Err(failure) => {
            let outcome = Err(failure);
            tell(&outcome);
            outcome
        }
        Ok(mut run) => {
            let outcome = match scenario {
                Scenario::AutoConfirm(options) => auto_confirm::play(&mut run, options).await,
                Scenario::MigrateUser(options) => migrate_user::play(&mut run, options).await,
                Scenario::ActivityLog(options) => activity_log::play(&mut run, options).await,
            };
            // A call that was not cut off may have come back with what was hoped for.
            let outcome = outcome.and_then(|()| interrupt.check());
            tell(&outcome);
            run.clean_up(&outcome, &mut report).await;
            played = run.facts;
            outcome
        }
    };
    if let Err(failure) = &outcome {
        facts.insert("error", failure.to_json());
    }
    facts.insert("outcome", json!(outcome.as_ref().err().map_or("shown", |failure| failure.kind.name())));
    facts.insert("cleanUp", report.to_json());
    let facts = facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).chain(played);
    show.result(&Value::Object(facts.collect()));
    match outcome {
        _ if report.has_failed => ExitCode::from(CLEAN_UP_FAILED),
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.kind.exit_code(),
    }
}

/// In a thread of its own: standard input may keep it waiting.
async fn given_password(stage: Stage) -> Result<Option<Secret>, Failure> {
    match tokio::task::spawn_blocking(move || secret::given(&stage)).await {
        Ok(given) => given,
        Err(error) => Err(Failure::new("read the password", error, steps::PASSWORD_OPTIONS)),
    }
}

fn tell(outcome: &Result<(), Failure>) {
    if let Err(failure) = outcome {
        show::error(&failure.to_string());
    }
}

/// Something could not be removed or put back, as `--help` documents it.
const CLEAN_UP_FAILED: u8 = 4;

impl Scenario {
    fn name(&self) -> &'static str {
        match self {
            Self::AutoConfirm(_) => "auto-confirm",
            Self::MigrateUser(_) => "migrate-user",
            Self::ActivityLog(_) => "activity-log",
        }
    }

    fn trigger(&self) -> Trigger {
        match self {
            Self::AutoConfirm(_) => Trigger::PreSignUp,
            Self::MigrateUser(_) => Trigger::MigrateUser,
            Self::ActivityLog(_) => Trigger::PostAuthentication,
        }
    }

    fn stage(&self) -> &Stage {
        match self {
            Self::AutoConfirm(options) => &options.stage,
            Self::MigrateUser(options) => &options.stage,
            Self::ActivityLog(options) => &options.stage,
        }
    }
}

impl<'a> Run<'a> {
    /// Everything that can be found out without making anything.
    async fn open(
        global: &'a Global,
        scenario: &'a Scenario,
        show: &'a Show,
        interrupt: &'a Interrupt,
    ) -> Result<Self, Failure> {
        let (stage, trigger) = (scenario.stage(), scenario.trigger());
        let ask = Ask::new(interrupt.clone(), stage.password_stdin);
        ask.require("whether to clean up", global.yes, "--yes")?;
        let password = interrupt.or(given_password(stage.clone())).await?;
        ask.require("for a password", password.is_some(), steps::PASSWORD_OPTIONS)?;
        match scenario {
            Scenario::AutoConfirm(options) => steps::require_somebody(&ask, &options.who)?,
            Scenario::MigrateUser(options) => migrate_user::require(&ask, options)?,
            Scenario::ActivityLog(options) => steps::require_somebody(&ask, &options.who)?,
        }
        let (aws, place, pool, caller) = interrupt
            .or(async {
                let aws = Aws::connect(global).await?;
                let place = place::find(&aws, global, stage, trigger).await?;
                let pool = Pool::open(aws.cognito.clone(), &place, &stage.client_metadata).await?;
                let caller = aws.caller().await;
                Ok((aws, place, pool, caller))
            })
            .await?;
        show.step(format!("The user pool `{}`, app client `{}` ({caller})", place.user_pool_id, place.client_id));
        show.note(format!("known users: the table `{}`", place.table));
        let known = KnownUsers::new(aws.dynamodb.clone(), place.table.clone());
        let mut facts = Map::from_iter([("userPoolId".to_owned(), json!(place.user_pool_id))]);
        caller.tell(&mut facts);
        Ok(Self {
            name: scenario.name(),
            stage,
            yes: global.yes,
            trigger,
            aws,
            caller,
            place,
            pool,
            known,
            show,
            ask,
            interrupt,
            password,
            ledger: Ledger::default(),
            facts,
        })
    }

    /// A fact of the JSON result.
    fn fact(&mut self, name: &str, fact: Value) {
        self.facts.insert(name.to_owned(), fact);
    }

    /// Undoes what was made: at once after an interruption, else if the operator agrees.
    async fn clean_up(&mut self, outcome: &Result<(), Failure>, report: &mut Report) {
        if self.ledger.is_empty() {
            return;
        }
        self.show.step(format!("Clean up ({})", self.caller));
        let is_interrupted = outcome.as_ref().is_err_and(|failure| failure.kind == Kind::Interrupted);
        let agreed = is_interrupted || self.yes || {
            // Whoever does not answer, because they interrupt or the terminal has gone, leaves nothing behind.
            let question = "Delete what this made, and put everything else back as it was?";
            self.ask.yes(question, "--yes").await.unwrap_or(true)
        };
        let clean_up = CleanUp {
            pool: &self.pool,
            known: &self.known,
            dynamodb: &self.aws.dynamodb,
            // Only a confirmed sign-up is congratulated.
            receipts: match &self.place.ephemera {
                _ if self.trigger != Trigger::PreSignUp => Receipts::NotWritten,
                Some(table) => Receipts::In(table),
                None => Receipts::Somewhere,
            },
        };
        if agreed {
            let interruptions = self.interrupt.times();
            tokio::select! {
                biased;
                () = clean_up.undo(&mut self.ledger, report) => {}
                () = self.interrupt.more_than(interruptions) => report.has_failed = true,
            }
        }
        clean_up.leave(&self.ledger, report);
        for removed in &report.removed {
            self.show.note(format!("removed: {removed}"));
        }
        for left in &report.left {
            self.show.note(format!("left: {}", left.what));
            self.show.note(format!("      what to do: {}", left.todo));
        }
        if let Some(group) = &self.place.log_group {
            self.show.note(format!("left: the log in `{group}`, which goes when its retention says"));
        }
    }
}
