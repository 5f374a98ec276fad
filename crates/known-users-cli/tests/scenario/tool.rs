//! The tool beside an account.

use std::path::Path;

use local_aws::account::Aws;

use crate::environment::{self, Ended, PASSWORD};

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
    let child = environment::command(&aws.url, words, variables).current_dir(folder).spawn().unwrap();
    aws.account().pid = child.id();
    environment::end(child).await
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
