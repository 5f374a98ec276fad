//! `cargo local`: the five triggers and everything around them, staying up.

#![expect(clippy::print_stdout, reason = "what happens here is told to whoever started it")]
#![expect(clippy::print_stderr, reason = "what goes wrong as well")]

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use known_user::Trigger;
use local_aws::binaries::{self, Binaries};
use local_aws::dynamodb::{EPHEMERA, KNOWN_USERS};
use local_aws::effects::Answer;
use local_aws::function::{Invocation, RunningFunction};
use local_aws::invoke_api::InvokeApi;
use local_aws::mailbox::Mail;
use local_aws::stack::{Addresses, Stack, read_people, sample_people, settings_from_environment};
use local_aws::{Error, REGION, listener};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Runs the five triggers on this machine, with a DynamoDB, a mailbox and Lambda's Invoke API around them, until Ctrl-C.
///
/// Everything listens on 127.0.0.1 only; signatures are not checked, so any credentials will do.
#[derive(Parser)]
#[command(bin_name = "cargo local --", after_help = AFTER_HELP)]
struct Options {
    /// Where DynamoDB listens
    #[arg(long, value_name = "PORT", default_value_t = 8000)]
    dynamodb_port: u16,

    /// Where Lambda's Invoke API listens
    #[arg(long, value_name = "PORT", default_value_t = 9001)]
    lambda_port: u16,

    /// Where the mailbox listens: SES v2's SendEmail, and a list of the mails at /
    #[arg(long, value_name = "PORT", default_value_t = 9002)]
    mail_port: u16,

    /// Keep DynamoDB's data in this folder [default: in memory, gone at the end]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Load these known users when the tables are new [default: events/known-users.csv]
    #[arg(long, value_name = "FILE")]
    known_users: Option<PathBuf>,

    /// Build the triggers as they are deployed: optimised, which takes longer
    #[arg(long)]
    release: bool,
}

const AFTER_HELP: &str = "\
The triggers take their settings from the environment: SIGN_IN_WITH, SIGN_UP_POLICY, DUMMY_HASH, \
BLOCKED_APP_CLIENTS, REQUIRED_VALIDATION_DATA, CHECK_SUSPENDED, WELCOME_EMAIL_FROM (here welcome@example.com unless set) and \
AWS_LAMBDA_LOG_LEVEL. The tables are KnownUsers and Ephemera.

Exit codes:
  0  ended by Ctrl-C or SIGTERM
  1  could not start
  2  wrong options";

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Error> {
    let mut interrupted = pin!(interrupted());
    let up = tokio::select! {
        up = Up::start(options) => up?,
        // What was started already ends with what is dropped here.
        () = &mut interrupted => return Ok(()),
    };
    interrupted.await;
    println!("\nending …");
    up.stop().await;
    Ok(())
}

/// Until somebody wants this process to end: Ctrl-C, or SIGTERM.
async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    tokio::signal::ctrl_c().await.ok();
}

/// Everything, running.
struct Up {
    stack: Stack,
    api: InvokeApi,
    functions: Vec<Arc<RunningFunction>>,
    // Held for its end: a task in a set is aborted when the set goes.
    _mail_reports: JoinSet<()>,
}

impl Up {
    async fn start(options: Options) -> Result<Self, Error> {
        // The ports and the file first: nobody waits for a build to hear that one of them cannot be used.
        let addresses = Addresses {
            dynamodb: listen(options.dynamodb_port, "--dynamodb-port").await?,
            mailbox: listen(options.mail_port, "--mail-port").await?,
            data: options.data.clone(),
        };
        let lambda = listen(options.lambda_port, "--lambda-port").await?;
        let people = options.known_users.clone().unwrap_or_else(sample_people);
        read_people(&people)?;

        let binaries = binaries::build(options.release).await?;
        let stack = Stack::start_at(addresses).await?;
        let loaded = if stack.dynamodb.is_new() { Some(stack.load_people(&people)?) } else { None };
        let functions = start_functions(&stack, &binaries).await?;
        let api = InvokeApi::start(lambda, functions.clone(), Box::new(report_invocation))?;
        let mut mail_reports = JoinSet::new();
        mail_reports.spawn(report_mails(stack.mailbox.changes()));

        let data = options.data.as_ref().map_or("memory".to_owned(), |folder| folder.display().to_string());
        let contents = match loaded {
            Some(count) => format!("in {data}, with {count} people from {}", shown(&people)),
            None => format!("as they were left in {data}"),
        };
        println!("{}", summary(&stack, &api, &contents));
        Ok(Self { stack, api, functions, _mail_reports: mail_reports })
    }

    async fn stop(self) {
        drop(self.api);
        for function in &self.functions {
            // One that is in the middle of something gets a moment; the end of this process ends it in any case.
            timeout(Duration::from_secs(1), function.stop()).await.ok();
        }
        let asked = &self.stack.dynamodb_faults;
        println!(
            "the functions made {} requests to DynamoDB over {} connections",
            asked.requests(),
            asked.connections()
        );
        self.stack.stop().await;
    }
}

async fn listen(port: u16, option: &str) -> Result<TcpListener, Error> {
    listener::listen(port)
        .await
        .map_err(|error| Error::new(format!("{error}: end what uses it, or choose another port with {option}")))
}

async fn start_functions(stack: &Stack, binaries: &Binaries) -> Result<Vec<Arc<RunningFunction>>, Error> {
    let settings = settings_from_environment();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut functions = Vec::new();
    for (&name, binary) in binaries {
        let mut configuration = stack.configuration(binary, &settings);
        configuration.on_line = Some(Arc::new(move |line: &str| println!("{name:19} | {line}")));
        let function = RunningFunction::start(configuration).await?;
        function.ready().await?;
        functions.push(Arc::new(function));
    }
    Ok(functions)
}

fn report_invocation(function: &RunningFunction, event: &[u8], invocation: &Invocation) {
    let source = serde_json::from_slice(event)
        .ok()
        .and_then(|event: Value| event.get("triggerSource")?.as_str().map(str::to_owned))
        .unwrap_or_else(|| "no trigger source".to_owned());
    let milliseconds = invocation.elapsed.as_secs_f64() * 1000.0;
    println!("{:19} > {source} ({milliseconds:.1} ms): {}", function.name(), Answer::of(event, invocation));
}

async fn report_mails(mut mails: watch::Receiver<Vec<Mail>>) {
    let mut reported = 0;
    while mails.changed().await.is_ok() {
        let new: Vec<Mail> = mails.borrow_and_update().iter().skip(reported).cloned().collect();
        reported += new.len();
        for mail in new {
            println!("{:19} > to {}: {}", "mail", mail.to.join(", "), mail.subject);
        }
    }
}

fn summary(stack: &Stack, api: &InvokeApi, contents: &str) -> String {
    let (dynamodb, lambda, mailbox) = (stack.dynamodb.url(), api.url(), stack.mailbox.url());
    let functions = Trigger::ALL.map(|trigger| trigger.logical_id()).join(", ");
    format!(
        "
DynamoDB  {dynamodb}
          tables {KNOWN_USERS} and {EPHEMERA}, {contents}
Lambda    {lambda}
          functions {functions}
Mailbox   {mailbox}
          what the functions sent: curl {mailbox}

With the AWS CLI, from this folder:
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION={REGION}
  aws lambda invoke --endpoint-url {lambda} --function-name PreSignUp \\
      --cli-binary-format raw-in-base64-out \\
      --payload file://events/PreSignUp_SignUp.json /dev/stdout
  aws dynamodb scan --endpoint-url {dynamodb} --table-name {KNOWN_USERS}
Or without:
  curl --data @events/PreSignUp_SignUp.json \\
      {lambda}/2015-03-31/functions/PreSignUp/invocations

Below: each invocation and each mail (>), and what the functions log (|). Ctrl-C ends it.
"
    )
}

/// A path as a person at the workspace would write it.
fn shown(path: &Path) -> String {
    match path == sample_people() {
        true => "events/known-users.csv".to_owned(),
        false => path.display().to_string(),
    }
}
