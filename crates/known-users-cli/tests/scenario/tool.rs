//! The tool as a process.

use std::{path::Path, process::Stdio};

use serde_json::Value;
use tokio::{io::AsyncReadExt, process::Command};

use crate::aws::Aws;

pub(crate) const PASSWORD: &str = "Correct-Horse-9-Battery";

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

/// The environment in which the tool finds `aws` and nothing of this machine.
pub(crate) fn environment(aws: &Aws) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ("AWS_ENDPOINT_URL", aws.url.clone()),
        ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}

/// Runs it unattended, with a password in the environment.
pub(crate) async fn run(aws: &Aws, words: &[&str]) -> Ended {
    run_with(aws, words, &[("KNOWN_USERS_PASSWORD", PASSWORD)]).await
}

/// Runs it unattended, with these variables as well.
pub(crate) async fn run_with(aws: &Aws, words: &[&str], variables: &[(&str, &str)]) -> Ended {
    run_in(aws, Path::new("."), words, variables).await
}

/// Runs it unattended in this folder. A variable that is empty is taken away.
pub(crate) async fn run_in(aws: &Aws, folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_known-users"));
    command.current_dir(folder);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).envs(environment(aws));
    for (name, value) in variables {
        if value.is_empty() {
            command.env_remove(name)
        } else {
            command.env(name, value)
        };
    }
    command.args(words);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    aws.account().pid = child.id();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (mut out, mut err) = (String::new(), String::new());
    let _ = tokio::join!(stdout.read_to_string(&mut out), stderr.read_to_string(&mut err));
    let status = child.wait().await.unwrap();
    for text in [&out, &err] {
        assert!(!text.contains(crate::aws::TOKEN) && !text.contains(PASSWORD), "a secret was printed: {text}");
    }
    Ended { code: status.code(), stdout: out, stderr: err }
}

/// The scenarios, unattended.
pub(crate) const AUTO_CONFIRM: &[&str] =
    &["scenario", "auto-confirm", "--yes", "--json", "--user", "lan", "--log-timeout", "5"];
pub(crate) const MIGRATE_USER: &[&str] = &[
    "scenario",
    "migrate-user",
    "--yes",
    "--json",
    "--user-name",
    "Mia",
    "--email",
    "Mia@example.com",
    "--code-command",
    "echo 123456",
    "--log-timeout",
    "5",
];
pub(crate) const ACTIVITY_LOG: &[&str] =
    &["scenario", "activity-log", "--yes", "--json", "--user", "amara.okafor@example.net", "--log-timeout", "5"];

/// The same with somebody added for their time.
pub(crate) const SAMPLE_AUTO_CONFIRM: &[&str] =
    &["scenario", "auto-confirm", "--yes", "--json", "--with-sample-people", "--log-timeout", "5"];
pub(crate) const SAMPLE_ACTIVITY_LOG: &[&str] =
    &["scenario", "activity-log", "--yes", "--json", "--with-sample-people", "--log-timeout", "5"];
