//! The tool as a process.

use std::process::{self, Stdio};

use local_aws::{dynamodb::KNOWN_USERS, stack::Stack};
use serde_json::Value;
use tokio::process::{Child, Command};

/// When it is, for the tool.
pub(crate) const NOW: &str = "2026-11-20T14:00:00Z";

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The JSON result, which is all of standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// `known-users status`, for the table of `stack`, and as if it were [`NOW`].
pub(crate) fn bare_command(stack: &Stack, words: &[&str]) -> process::Command {
    let mut command = process::Command::new(env!("CARGO_BIN_EXE_known-users"));
    command.env_clear().envs([
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        // What is repeated is repeated by the tool.
        ("AWS_MAX_ATTEMPTS", "1"),
        ("LANG", "C.UTF-8"),
    ]);
    command.env("AWS_ENDPOINT_URL", stack.dynamodb_faults.url()).args(["status", "--now", NOW]).args(words);
    command
}

/// The same, unattended.
pub(crate) fn command(stack: &Stack, words: &[&str]) -> Command {
    let mut command = Command::from(bare_command(stack, words));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

pub(crate) async fn end(child: Child) -> Ended {
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Runs it for the table of `stack`.
pub(crate) async fn run(stack: &Stack, words: &[&str]) -> Ended {
    end(command(stack, &["--table", KNOWN_USERS]).args(words).spawn().unwrap()).await
}
