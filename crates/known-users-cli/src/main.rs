//! `known-users`: the operator's tool of a team that already has users.
//!
//! ```text
//! known-users status                   how far the migration is, in lines, as JSON, and as a page to send around
//! ```
//!
//! Three guided scenarios each show one trigger at work in a user pool that calls the deployed functions,
//! say what they do at every step, and leave pool, tables and people as they were:
//!
//! ```text
//! known-users scenario auto-confirm    a known user signs up and is confirmed without a code
//! known-users scenario migrate-user    a known user who is not in the pool signs in, and chooses a new password
//! known-users scenario activity-log    a known user signs in, and the sign-in is noted on their record
//! ```
//!
//! Where things are is read from the outputs of the stack (`--stack`); every option wins over them. On a terminal it asks
//! for what no option gives; elsewhere it says which option is missing before it has made anything.
//!
//! A password comes from `KNOWN_USERS_PASSWORD`, a file, standard input or a hidden prompt, never from the command line;
//! no token is ever printed. With `--json` standard output has one JSON object, and everything else is on standard error.
//!
//! How it is built: a scenario ([`scenario`]) is a list of steps over one [`scenario::Run`]; whatever a step is about to
//! make is first written into a ledger ([`clean_up::Ledger`]), which is undone backwards at the end, after a failure and
//! at Ctrl-C. A call that changes something is never cut off, so that nobody has to guess whether it happened.

use std::process::ExitCode;

use clap::Parser;

mod answer;
mod aws;
mod clean_up;
mod cli;
mod failure;
mod interrupt;
mod known_users;
mod logs;
mod place;
mod pool;
mod prompt;
mod scenario;
mod secret;
mod show;
mod status;
mod trigger;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            show::error(&format!("error: this process cannot start its runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(async {
        match &cli.command {
            cli::Command::Scenario { scenario } => scenario::run(&cli.global, scenario).await,
            cli::Command::Status(options) => status::run(&cli.global, options).await,
        }
    });
    // A prompt that was cut off still waits for a key in a thread of its own: it is not waited for.
    runtime.shutdown_background();
    code
}
