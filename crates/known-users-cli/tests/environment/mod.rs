//! The tool as a process that finds one AWS and nothing of this machine. Each test starts it here.

use std::process::{Output, Stdio};

use local_aws::account::cognito::TOKEN;
use serde_json::Value;
use tokio::process::{Child, Command};

#[cfg(unix)]
pub(crate) mod terminal;

/// The password that is typed or given in these tests.
pub(crate) const PASSWORD: &str = "Correct-Horse-9-Battery";

/// In each password hash of these tests that can be verified.
pub(crate) const HASH_MARK: &str = "K57FuF8SmTqT01ikAqOGGXW9QYefs8O";

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

/// The tool with these words, unattended. AWS is at the endpoint; a variable that is empty is taken away.
pub(crate) fn command(endpoint: &str, words: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_known-users"), endpoint);
    for (name, value) in variables {
        if value.is_empty() {
            command.env_remove(name)
        } else {
            command.env(name, value)
        };
    }
    command.args(words);
    command
}

/// Another program that starts the tool.
pub(crate) fn program(name: &str, endpoint: &str) -> Command {
    let mut command = Command::new(name);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).envs([
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs it to its end.
#[allow(dead_code, reason = "a scenario's test tells AWS the process's id first, and waits by itself")]
pub(crate) async fn run(command: &mut Command) -> Ended {
    end(command.spawn().unwrap()).await
}

/// The end of a run. A secret that was printed fails the test; a result on standard output may hold hashes.
pub(crate) async fn end(child: Child) -> Ended {
    let Output { status, stdout, stderr } = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ended = Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) };
    for secret in [TOKEN, PASSWORD] {
        assert!(!ended.stdout.contains(secret), "a secret was printed: {ended:?}");
    }
    for secret in [TOKEN, PASSWORD, HASH_MARK] {
        assert!(!ended.stderr.contains(secret), "a secret was printed: {ended:?}");
    }
    ended
}
