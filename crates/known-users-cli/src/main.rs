//! `known-users`: the operator's tool of a team that already has users.
//!
//! ```text
//! known-users import, export           people come into the table from a file, and go into one
//! known-users get, put, remove         one person's record; suspend, resume
//! known-users readmit                  somebody may come once more who had arrived
//! known-users release                  an account that nobody confirmed keeps a known person out no more
//! known-users why                      which rule keeps somebody out, and what mends it
//! known-users status                   how far the migration is
//! known-users invite                   one-time codes with which people sign up as who they are
//! known-users attach                   a pool that was there before the stack calls its functions, and nothing else changes
//! known-users detach                   it calls again what it called before
//! known-users doctor                   what would go wrong, and what to do about it
//! known-users scenario auto-confirm    a known user signs up and is confirmed without a code
//! known-users scenario migrate-user    a known user who is not in the pool signs in, and chooses a new password
//! known-users scenario activity-log    a known user signs in, and the sign-in is noted on their record
//! known-users completions, man-pages   what a shell and a reader of manuals want
//! ```
//!
//! A scenario shows one trigger at work in a user pool that calls the deployed functions, says what it does at every step,
//! and leaves pool, tables and people as they were.
//!
//! Where things are is read from the outputs of the stack (`--stack`); every option wins over them. On a terminal it asks
//! for what no option gives; elsewhere it says which option is missing before it has made anything.
//!
//! A password comes from `KNOWN_USERS_PASSWORD`, a file, standard input or a hidden prompt, never from the command line;
//! no token is ever printed. With `--json` standard output has one JSON object, and everything else is on standard error.
//!
//! How it is built: an import ([`import`]) checks a whole file before it writes, and notes in a journal how far it is; what
//! is said of somebody is a [`known_users::Change`] of their record, field by field. A scenario ([`scenario`]) is a list of
//! steps over one [`scenario::Run`]; whatever a step is about to make is first written into a ledger ([`clean_up::Ledger`]), which is undone backwards at the end, after a failure and
//! at Ctrl-C. A call that changes something is never cut off, so that nobody has to guess whether it happened. A pool is
//! changed by sending its own description back ([`pool::settings`]), by the scenarios as by [`attach`]; [`doctor`] looks
//! and judges apart from each other.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::{
    cli::{Cli, Command},
    commands::{
        attach, completions, detach, doctor, export, get, import, invite, man_pages, put, readmit, release, remove,
        resume, scenario, status, suspend, why,
    },
    terminal::output,
};

mod aws;
mod cli;
mod commands;
mod exit_code;
mod options;
mod outcome;
mod table;
mod terminal;

fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::error(&format!("error: this process cannot start its runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(async {
        match &command {
            Command::Attach(options) => attach::run(&global, options).await,
            Command::Completions(options) => completions::run(&global, options, Cli::command()),
            Command::Detach(options) => detach::run(&global, options).await,
            Command::Doctor(options) => doctor::run(&global, options).await,
            Command::Export(options) => export::run(&global, options).await,
            Command::Get(options) => get::run(&global, options).await,
            Command::Import(options) => import::run(&global, options).await,
            Command::Invite(options) => invite::run(&global, options).await,
            Command::ManPages(options) => man_pages::run(&global, options, Cli::command()),
            Command::Put(options) => put::run(&global, options).await,
            Command::Readmit(options) => readmit::run(&global, options).await,
            Command::Release(options) => release::run(&global, options).await,
            Command::Remove(options) => remove::run(&global, options).await,
            Command::Resume(options) => resume::run(&global, options).await,
            Command::Scenario { scenario } => scenario::run(&global, scenario).await,
            Command::Status(options) => status::run(&global, options).await,
            Command::Suspend(options) => suspend::run(&global, options).await,
            Command::Why(options) => why::run(&global, options).await,
        }
    });
    // A prompt that was cut off still waits for a key in a thread of its own: it is not waited for.
    runtime.shutdown_background();
    code
}
