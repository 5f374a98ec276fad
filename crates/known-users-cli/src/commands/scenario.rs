//! `known-users scenario`: a trigger at work in a user pool; each scenario is a list of steps, between a beginning and an end
//! that all have.

pub(crate) mod activity_log;
pub(crate) mod auto_confirm;
pub(crate) mod clean_up;
pub(crate) mod migrate_user;
pub(crate) mod options;
pub(crate) mod run;
pub(crate) mod site;
pub(crate) mod steps;

use std::process;

use aws_failure::Failure;
use serde_json::json;
use user_pool::{report::Report, secret::Secret};

use crate::{
    commands::scenario::{
        options::{PASSWORD_OPTIONS, Scenario, Stage},
        run::Run,
    },
    exit_code::ExitCode,
    options::Global,
    outcome::{Facts, Outcome},
    terminal::{
        interrupt::Interrupt,
        output::{self, Show},
        password,
        prompt::Ask,
    },
};

/// Plays a scenario and cleans up; what the shell is told.
pub(crate) async fn run(global: &Global, scenario: &Scenario) -> process::ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let played = play(global, scenario, &show, &interrupt).await;
    let Played { outcome, mut facts, report } = played;
    facts.insert("scenario".to_owned(), json!(scenario.name()));
    facts.insert("cleanUp".to_owned(), report.to_json());
    let outcome = match outcome {
        Ok(()) => Outcome::done("shown", facts),
        Err(failure) => Outcome::failed(failure, facts).without_telling(),
    };
    let outcome = if report.has_failed { outcome.with_code(ExitCode::Left) } else { outcome };
    outcome.end(&show)
}

/// What came of a scenario.
struct Played {
    outcome: Result<(), Failure>,
    facts: Facts,
    report: Report,
}

/// Plays it. What went wrong is told before anything is cleaned up.
async fn play(global: &Global, scenario: &Scenario, show: &Show, interrupt: &Interrupt) -> Played {
    let mut run = match prepare(global, scenario, show, interrupt).await {
        Ok(run) => run,
        Err(failure) => {
            output::error(&failure.to_string());
            return Played { outcome: Err(failure), facts: Facts::new(), report: Report::default() };
        }
    };
    let outcome = match scenario {
        Scenario::AutoConfirm(options) => auto_confirm::play(&mut run, options).await,
        Scenario::MigrateUser(options) => migrate_user::play(&mut run, options).await,
        Scenario::ActivityLog(options) => activity_log::play(&mut run, options).await,
    };
    // A call that was not cut off may have come back with what was hoped for.
    let outcome = outcome.and_then(|()| interrupt.check());
    if let Err(failure) = &outcome {
        output::error(&failure.to_string());
    }
    let report = run.clean_up(&outcome).await;
    Played { outcome, facts: run.facts, report }
}

/// Everything that can be found out without making anything.
async fn prepare<'a>(
    global: &'a Global,
    scenario: &'a Scenario,
    show: &'a Show,
    interrupt: &'a Interrupt,
) -> Result<Run<'a>, Failure> {
    let stage = scenario.stage();
    let ask = Ask::new(interrupt.clone(), stage.password_stdin);
    ask.require("whether to clean up", global.yes, "--yes")?;
    let password = interrupt.or(given_password(stage.clone())).await?;
    ask.require("for a password", password.is_some(), PASSWORD_OPTIONS)?;
    match scenario {
        Scenario::AutoConfirm(options) => steps::require_somebody(&ask, &options.who)?,
        Scenario::MigrateUser(options) => migrate_user::require(&ask, options)?,
        Scenario::ActivityLog(options) => steps::require_somebody(&ask, &options.who)?,
    }
    Run::open(global, scenario, ask, password, show, interrupt).await
}

/// In a thread of its own: standard input may keep it waiting.
async fn given_password(stage: Stage) -> Result<Option<Secret>, Failure> {
    match tokio::task::spawn_blocking(move || password::given(stage.password_stdin, stage.password_file.as_deref()))
        .await
    {
        Ok(given) => given,
        Err(error) => Err(Failure::new("read the password", error, PASSWORD_OPTIONS)),
    }
}
