//! `cargo local`: the five triggers and everything around them, staying up.

#![expect(clippy::print_stdout, reason = "what happens here is told to whoever started it")]
#![expect(clippy::print_stderr, reason = "what goes wrong as well")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use local::effects::Answer;
use local::function::{Function, Invocation};
use local::invoke_api::InvokeApi;
use local::stack::{Place, Stack, sample_people, settings_from_environment};
use local::triggers::{self, TRIGGERS};
use local::{Error, REGION, listener};
use serde_json::Value;
use tokio::net::TcpListener;
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
Settings of the triggers are taken from the environment: SIGN_IN_WITH, SIGN_UP_POLICY, BLOCKED_APP_CLIENTS, \
REQUIRED_VALIDATION_DATA, CHECK_SUSPENDED, WELCOME_EMAIL_FROM (here welcome@example.com unless set), and \
AWS_LAMBDA_LOG_LEVEL. The tables are KnownUsers and Ephemera.

Exit codes: 0 ended by Ctrl-C or SIGTERM; 1 could not start; 2 wrong options.";

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    tokio::select! {
        result = run(options) => match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        },
        // Before everything is up: what was started ends with the other branch.
        () = interrupted() => ExitCode::SUCCESS,
    }
}
