//! `known-users status` beside a table.

use local_aws::{dynamodb::KNOWN_USERS, stack::Stack};
use tokio::process::Command;

use crate::environment::{self, Ended};

/// When it is, for the tool.
pub(crate) const NOW: &str = "2026-11-20T14:00:00Z";

/// As if it were [`NOW`], with AWS at this endpoint.
pub(crate) fn command_at(endpoint: &str, words: &[&str]) -> Command {
    // What is repeated is repeated by the tool.
    let variables = [("AWS_MAX_ATTEMPTS", "1"), ("LANG", "C.UTF-8")];
    environment::command(endpoint, &[&["status", "--now", NOW], words].concat(), &variables)
}

/// For the table of `stack`.
pub(crate) fn command(stack: &Stack, words: &[&str]) -> Command {
    command_at(&stack.dynamodb_faults.url(), &[&["--table", KNOWN_USERS], words].concat())
}

/// Runs it for the table of `stack`.
pub(crate) async fn run(stack: &Stack, words: &[&str]) -> Ended {
    environment::run(&mut command(stack, words)).await
}
