//! In which account and region something is changed, said before it is.

use local_aws::account::{Aws, Disturbance, deployed::POOL};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    environment::PASSWORD,
    tool::{self, ACTIVITY_LOG, AUTO_CONFIRM, MIGRATE_USER},
};

/// Every command that changes something, in the order in which they can be run.
const CHANGES: &[&[&str]] = &[
    AUTO_CONFIRM,
    MIGRATE_USER,
    ACTIVITY_LOG,
    &["attach", "--user-pool-id", POOL, "--dry-run", "--json"],
    &["attach", "--user-pool-id", POOL, "--yes", "--json"],
    &["detach", "--user-pool-id", POOL, "--dry-run", "--json"],
    &["detach", "--user-pool-id", POOL, "--yes", "--json"],
    &["import", "people.csv", "--dry-run", "--json"],
    &["import", "people.csv", "--json"],
    &["put", "--email", "a@b.c", "--suspended", "false", "--json"],
    &["invite", "a@b.c", "--output", "codes.csv", "--json"],
    &["suspend", "a@b.c", "--json"],
    &["resume", "a@b.c", "--json"],
    &["remove", "a@b.c", "--yes", "--json"],
];

/// Those that change nothing.
const LOOKS: &[&[&str]] =
    &[&["get", "lan", "--json"], &["export", "export.csv", "--json"], &["status", "--json"], &["doctor", "--json"]];

#[tokio::test]
async fn whatever_changes_something_says_first_in_which_account_and_region() {
    let (aws, folder) = (Aws::start().await.unwrap(), TempDir::new().unwrap());
    std::fs::write(folder.path().join("people.csv"), "email\na@b.c\n").unwrap();
    for words in CHANGES {
        let ended = tool::run_in(&aws, folder.path(), words, &[("KNOWN_USERS_PASSWORD", PASSWORD)]).await;
        assert_eq!(ended.code, Some(0), "{words:?} {ended:?}");
        let first = ended.stderr.lines().find(|line| line.starts_with("==> ")).unwrap_or_default();
        assert!(first.ends_with(" (account 123456789012, region eu-west-1)"), "{words:?}: {first}");
        let result = ended.json();
        assert_eq!((&result["account"], &result["region"]), (&json!("123456789012"), &json!("eu-west-1")), "{words:?}");
    }
    assert_eq!(aws.bodies("GetCallerIdentity").len(), CHANGES.len());
}

#[tokio::test]
async fn where_nobody_tells_the_account_it_is_unknown_and_nothing_fails() {
    let (aws, folder) = (Aws::start().await.unwrap(), TempDir::new().unwrap());
    aws.account().sts.caller = None;
    std::fs::write(folder.path().join("people.csv"), "email\na@b.c\n").unwrap();
    for words in CHANGES {
        let ended = tool::run_in(&aws, folder.path(), words, &[("KNOWN_USERS_PASSWORD", PASSWORD)]).await;
        assert_eq!(ended.code, Some(0), "{words:?} {ended:?}");
        assert!(ended.stderr.contains(" (account unknown, region eu-west-1)\n"), "{words:?}: {ended:?}");
        assert_eq!(ended.json()["account"], json!(null), "{words:?}");
    }
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_keeps_nobody_waiting() {
    let aws = Aws::start().await.unwrap();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let started = std::time::Instant::now();
    let words = ["suspend", "lan", "--table", "KnownUsers"];
    let ended = tool::run_with(&aws, &words, &[("AWS_ENDPOINT_URL_STS", &url)]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("(account unknown, region eu-west-1)"), "{ended:?}");
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

#[tokio::test]
async fn whatever_only_looks_does_not_ask_for_it() {
    let (aws, folder) = (Aws::start().await.unwrap(), TempDir::new().unwrap());
    for words in LOOKS {
        let ended = tool::run_in(&aws, folder.path(), words, &[]).await;
        assert!(ended.code.is_some_and(|code| code != 2), "{words:?} {ended:?}");
    }
    assert!(aws.bodies("GetCallerIdentity").is_empty());
}

#[tokio::test]
async fn an_import_does_not_go_on_in_another_account() {
    let (aws, folder) = (Aws::start().await.unwrap(), TempDir::new().unwrap());
    std::fs::write(folder.path().join("people.csv"), "email\na@b.c\n").unwrap();
    let import = async |words: &[&str]| {
        tool::run_in(&aws, folder.path(), &[&["import", "people.csv", "--table", "KnownUsers"], words].concat(), &[])
            .await
    };
    assert_eq!(import(&["--dry-run"]).await.code, Some(0));
    // Everything that a dry run asks, and then the first call of the writing.
    let number = aws.operations().len() * 2;
    aws.account().disturb = Some((number, Disturbance::Refused("AccessDeniedException")));
    let ended = import(&[]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(folder.path().join("people.csv.journal").exists(), "{ended:?}");

    aws.account().disturb = None;
    aws.account().sts.caller = Some("210987654321");
    let ended = import(&["--resume"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("it went into the account 123456789012"), "{ended:?}");
    // Who cannot tell is not stopped.
    aws.account().sts.caller = None;
    assert_eq!(import(&["--resume"]).await.code, Some(0));
}
