//! What is missing, and what is said instead.

use local_aws::account::{
    Aws,
    deployed::{CLIENT, POOL},
};
use serde_json::json;

use crate::{
    environment::PASSWORD,
    tool::{self, AUTO_CONFIRM},
};

#[tokio::test]
async fn what_nobody_can_answer_is_an_error_before_the_first_call() {
    let aws = Aws::start().await.unwrap();
    let password = ("KNOWN_USERS_PASSWORD", PASSWORD);
    for (words, variables, option) in [
        (&["scenario", "auto-confirm", "--user", "lan"][..], &[password][..], "--yes"),
        (&["scenario", "auto-confirm", "--yes"], &[password], "--user"),
        (&["scenario", "auto-confirm", "--yes", "--user", "lan"], &[], "KNOWN_USERS_PASSWORD"),
        (&["scenario", "activity-log", "--yes"], &[password], "--user"),
        (&["scenario", "migrate-user", "--yes", "--email", "a@example.com", "--code", "1"], &[password], "--user-name"),
        (&["scenario", "migrate-user", "--yes", "--user-name", "a", "--code", "1"], &[password], "--email"),
        (&["scenario", "migrate-user", "--yes", "--user-name", "a", "--email", "b@c"], &[password], "--code-command"),
    ] {
        let ended = tool::run_with(&aws, words, variables).await;
        assert_eq!(ended.code, Some(2), "{words:?} {ended:?}");
        assert!(ended.stderr.contains(option), "{words:?} {ended:?}");
    }
    assert_eq!(aws.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn with_every_option_no_stack_is_asked() {
    let aws = Aws::start().await.unwrap();
    aws.account().cloudformation.outputs = None;
    let before = aws.snapshot();
    let place = ["--user-pool-id", POOL, "--client-id", CLIENT, "--table", "KnownUsers"];
    let ended = tool::run(&aws, &[AUTO_CONFIRM, &place, &["--function", "known-PreSignUp"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(aws.bodies("DescribeStacks").is_empty());
    assert_eq!(aws.bodies("FilterLogEvents")[0]["logGroupName"], "/aws/lambda/known-PreSignUp");
    // The receipt of the welcome mail is in a table that no option names: it expires by itself.
    let left = json!([{
        "what": "the receipt of a welcome mail, if one was sent",
        "todo": "nothing: it expires after seven days",
    }]);
    assert_eq!(ended.json()["cleanUp"]["left"], left);
    let mut after = aws.snapshot();
    after["receipts"] = json!({});
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_stack_that_is_not_there_is_said_in_three_lines() {
    let aws = Aws::start().await.unwrap();
    aws.account().cloudformation.outputs = None;
    let ended = tool::run(&aws, &[AUTO_CONFIRM, &["--stack", "nowhere"]].concat()).await;
    assert_eq!(ended.code, Some(1));
    assert_eq!(
        ended.stderr,
        "error: cannot read the outputs of the stack `nowhere`\n  \
         AWS said: ValidationError: Stack with id nowhere does not exist\n  \
         what to do: check --stack and --region, or give --user-pool-id, --client-id, --table and --function instead\n"
    );
    assert_eq!(ended.json()["outcome"], "failed");
}

#[tokio::test]
async fn a_password_may_come_from_a_file() {
    let aws = Aws::start().await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{PASSWORD}\n")).unwrap();
    let path = file.path().to_str().unwrap();
    let ended = tool::run_with(&aws, &[AUTO_CONFIRM, &["--password-file", path]].concat(), &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(aws.bodies("SignUp")[0]["Password"], PASSWORD);
}

#[tokio::test]
async fn a_password_that_the_policy_refuses_is_an_error_where_nobody_can_be_asked() {
    for scenario in [tool::AUTO_CONFIRM, tool::ACTIVITY_LOG, tool::MIGRATE_USER] {
        let aws = Aws::start().await.unwrap();
        let before = aws.snapshot();
        let ended = tool::run_with(&aws, scenario, &[("KNOWN_USERS_PASSWORD", "short")]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("InvalidPasswordException: Password did not conform with policy"), "{ended:?}");
        assert_eq!(aws.snapshot(), before);
    }
}

#[tokio::test]
async fn what_no_service_answers_is_said_without_the_sdks_own_words() {
    let aws = Aws::start().await.unwrap();
    let nowhere = local_aws::listener::nowhere().unwrap();
    let ended = tool::run(&aws, &[AUTO_CONFIRM, &["--endpoint-url", &nowhere]].concat()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("Connection refused") && ended.stderr.contains("--endpoint-url"), "{ended:?}");
    assert!(!ended.stderr.contains("ConnectorError {"), "{ended:?}");
}

#[tokio::test]
async fn completions_and_man_pages_ask_nobody() {
    let (aws, folder) = (Aws::start().await.unwrap(), tempfile::TempDir::new().unwrap());
    let ended = tool::run_in(&aws, folder.path(), &["completions", "bash"], &[("AWS_REGION", "")]).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(ended.stdout.contains("known__users") && ended.stdout.contains("--allow-unknown"), "{ended:?}");
    let ended = tool::run_in(&aws, folder.path(), &["completions", "fish", "--json"], &[]).await;
    assert!(ended.json()["script"].as_str().unwrap().contains("complete -c known-users"), "{ended:?}");
    let ended = tool::run_in(&aws, folder.path(), &["man-pages", "man/man1", "--json"], &[]).await;
    let pages = ended.json()["pages"].as_array().unwrap().len();
    assert!(pages > 8 && std::fs::read_dir(folder.path().join("man/man1")).unwrap().count() == pages, "{ended:?}");
    std::fs::write(folder.path().join("file"), "").unwrap();
    let ended = tool::run_in(&aws, folder.path(), &["man-pages", "file"], &[]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with("error: cannot write `file`\n  why: "), "{ended:?}");
    assert_eq!(aws.operations(), Vec::<String>::new());
}
