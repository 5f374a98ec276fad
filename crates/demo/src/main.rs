//! `cargo demo`: every sample event, given to the real binaries, and what came of it.

#![expect(clippy::print_stdout, reason = "showing is what this is for")]
#![expect(clippy::print_stderr, reason = "what goes wrong is shown apart")]

mod cases;
mod expected;
mod view;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cases::{Case, cases};
use clap::Parser;
use known_user::Trigger;
use local_aws::Error;
use local_aws::binaries::{self, Binaries};
use local_aws::effects::{Effects, observe};
use local_aws::function::RunningFunction;
use local_aws::stack::{Stack, sample_people, settings_from_environment};
use serde_json::Value;
use view::{Row, Totals};

/// Gives Cognito's events to the five triggers and shows what each of them does.
///
/// Without options: the nine sample events in `events/`, and some of them once more with one thing changed. The triggers
/// are the real binaries, DynamoDB is embedded, mail goes to a mailbox; nothing leaves this machine and no AWS account is
/// needed.
#[derive(Parser)]
#[command(bin_name = "cargo demo --", after_help = AFTER_HELP)]
struct Options {
    /// Give this one event instead of the samples
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,

    /// The trigger for it: pre-sign-up, migrate-user, pre-authentication, post-authentication or post-confirmation
    /// [default: the one that its triggerSource names]
    #[arg(long, value_name = "NAME", requires = "event")]
    trigger: Option<String>,

    /// Build the triggers as they are deployed: optimised, which takes longer
    #[arg(long)]
    release: bool,
}

const AFTER_HELP: &str = "\
The people that the triggers know are those in events/known-users.csv. With --event, the triggers take their settings from \
the environment: SIGN_IN_WITH, SIGN_UP_POLICY, DUMMY_HASH, BLOCKED_APP_CLIENTS, REQUIRED_VALIDATION_DATA, \
CHECK_SUSPENDED, WELCOME_EMAIL_FROM (here welcome@example.com unless set) and AWS_LAMBDA_LOG_LEVEL.

Exit codes:
  0  every answer was as expected; with --event: the function answered, if only to refuse
  1  an answer was not as expected; with --event: the function ended without an answer of its own
  2  wrong options, a file that cannot be used, or triggers that do not build or start";

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let result = match &options.event {
        Some(file) => one_event(file, &options).await,
        None => all_samples(&options).await,
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The samples and their variations; whether all answers were as expected.
async fn all_samples(options: &Options) -> Result<bool, Error> {
    let (samples, variations) = cases()?;
    let binaries = binaries::build(options.release).await?;
    let stack = Stack::start().await?;
    let people = stack.load_people(&sample_people())?;
    println!("\nThe sample events in events/, and a table of {people} known users (events/known-users.csv):");
    let mut totals = Totals::default();
    let mut rows = Vec::new();
    for case in &samples {
        rows.push(play(case, &stack, &binaries, &mut totals).await?);
    }
    println!("{}\n\nThe same events, with one thing changed:", view::table(&rows));
    rows.clear();
    for case in &variations {
        rows.push(play(case, &stack, &binaries, &mut totals).await?);
    }
    println!("{}\n\n{}", view::table(&rows), totals.summary(options.release));
    stack.stop().await;
    Ok(totals.all_as_expected())
}

async fn play(case: &Case, stack: &Stack, binaries: &Binaries, totals: &mut Totals) -> Result<Row, Error> {
    let trigger = Trigger::of_source(case.source)
        .ok_or_else(|| Error::new(format!("no trigger takes the trigger source `{}`", case.source)))?;
    let settings: Vec<(&str, &str)> =
        case.expected.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let function = start(trigger, stack, binaries, &settings).await?;
    let (_, effects) = observe(stack, &function, case.event.to_string().as_bytes()).await;
    function.stop().await;
    let problems = case.problems(&effects);
    totals.add(&effects, problems.is_empty());
    Ok(Row { source: case.source.to_owned(), words: case.expected.words.clone(), effects, problems })
}

async fn start(
    trigger: Trigger,
    stack: &Stack,
    binaries: &Binaries,
    settings: &[(&str, &str)],
) -> Result<RunningFunction, Error> {
    let binary =
        binaries.get(trigger.name()).ok_or_else(|| Error::new(format!("`{}` was not built", trigger.name())))?;
    let function = stack.function(binary, settings).await?;
    function.ready().await?;
    Ok(function)
}

/// An event of the user's own; whether the function answered.
async fn one_event(file: &Path, options: &Options) -> Result<bool, Error> {
    // What is wrong with the file is said before anything is built.
    let (text, event) = read(file)?;
    let source = event.get("triggerSource").and_then(Value::as_str).unwrap_or_default();
    let trigger = match &options.trigger {
        Some(name) => name.parse::<Trigger>().map_err(|error| Error::new(error.to_string()))?,
        None => Trigger::of_source(source).ok_or_else(|| {
            let names = Trigger::ALL.each_ref().map(|trigger| trigger.name()).join(", ");
            Error::new(format!(
                "`{}` has no `triggerSource` that one of the triggers takes; say with --trigger which one it is for: {names}",
                file.display()
            ))
        })?,
    };
    let binaries = binaries::build(options.release).await?;
    let stack = Stack::start().await?;
    stack.load_people(&sample_people())?;
    let settings = settings_from_environment();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let function = start(trigger, &stack, &binaries, &settings).await?;
    let (invocation, effects) = observe(&stack, &function, &text).await;
    function.stop().await;
    let words = format!("{}: {}", trigger.name(), words(&effects));
    let source = if source.is_empty() { "(no trigger source)".to_owned() } else { source.to_owned() };
    let answered = !is_lambdas_own(&effects);
    println!("\n{}", view::table(&[Row { source, words, effects, problems: Vec::new() }]));
    println!("\nThe whole answer:\n{}", view::indented(&String::from_utf8_lossy(&invocation.payload)));
    println!("\nWhat the function logged:\n{}", function.output());
    stack.stop().await;
    Ok(answered)
}

fn read(file: &Path) -> Result<(Vec<u8>, Value), Error> {
    let text = fs::read(file).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::NotFound => "; the samples are in events/",
            _ => "",
        };
        Error::new(format!("cannot read the event `{}`: {error}{hint}", file.display()))
    })?;
    let event = serde_json::from_slice(&text)
        .map_err(|error| Error::new(format!("the event `{}` is no JSON: {error}", file.display())))?;
    Ok((text, event))
}

/// What happened, where nobody has said beforehand what should.
fn words(effects: &Effects) -> &'static str {
    use local_aws::effects::Answer;
    match &effects.answer {
        Answer::Unchanged => "the event goes back as it came, and Cognito does what it always does",
        Answer::Response(_) => "the event goes back with another response",
        Answer::Error { .. } if is_lambdas_own(effects) => "the function gave no answer of its own",
        Answer::Error { .. } => "the event does not go back: Cognito refuses, and shows the text",
        Answer::Foreign => "what goes back is not the event: Cognito would call it invalid",
    }
}

/// Whether the answer is Lambda's, in place of a function that gave none.
fn is_lambdas_own(effects: &Effects) -> bool {
    match &effects.answer {
        local_aws::effects::Answer::Error { kind, .. } => kind.starts_with("Runtime.") || kind.starts_with("Sandbox."),
        _ => false,
    }
}
