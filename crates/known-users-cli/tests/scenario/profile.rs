//! Whose credentials are used, and where.

use local_aws::account::{Aws, deployed::POOL};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    environment::{Ended, PASSWORD},
    tool,
};

const CONFIG: &str = "\
[profile other]
region = us-west-2
aws_access_key_id = AKIDOTHER
aws_secret_access_key = secret

[profile nowhere]
aws_access_key_id = AKIDNOWHERE
aws_secret_access_key = secret

[profile role]
role_arn = arn:aws:iam::123456789012:role/operator
source_profile = other

[profile environment]
role_arn = arn:aws:iam::123456789012:role/operator
credential_source = Environment

[profile empty]
region = us-west-2

[profile lost]
role_arn = arn:aws:iam::123456789012:role/operator
source_profile = gone

[profile elsewhere]
region = us-west-2
endpoint_url = localhost:1
aws_access_key_id = AKIDOTHER
aws_secret_access_key = secret
";

/// In an environment that has credentials of its own, and the region eu-west-1.
async fn run(aws: &Aws, config: &str, words: &[&str]) -> Ended {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, config).unwrap();
    tool::run_in(aws, folder.path(), words, &[("AWS_CONFIG_FILE", file.to_str().unwrap())]).await
}

const ATTACH: &[&str] = &["attach", "--user-pool-id", POOL, "--only", "pre-sign-up", "--dry-run", "--json"];

/// The calls but those that sign in, each with the key and the region that it was signed with: they are all one.
fn signed_with(aws: &Aws) -> (String, String) {
    let account = aws.account();
    let signed = account.calls.iter().zip(&account.signed_with).filter(|((name, _), _)| name != "AssumeRole");
    let mut signed: Vec<_> = signed.map(|(_, signed)| signed.clone()).collect();
    signed.dedup();
    let [one] = &signed[..] else { panic!("{signed:?}") };
    one.clone()
}

#[tokio::test]
async fn a_profile_that_is_named_is_used_alone_whatever_the_environment_has() {
    for (options, key, region) in [
        (&[][..], "AKIDEXAMPLE", "eu-west-1"),
        (&["--profile", "other"], "AKIDOTHER", "us-west-2"),
        (&["--profile", "other", "--region", "eu-west-2"], "AKIDOTHER", "eu-west-2"),
        // Its own region goes first, but a profile need not have one.
        (&["--profile", "nowhere"], "AKIDNOWHERE", "eu-west-1"),
        (&["--profile", "role"], "ASIAROLE", "us-west-2"),
        (&["--profile", "environment"], "ASIAROLE", "eu-west-1"),
    ] {
        let aws = Aws::start().await.unwrap();
        let ended = run(&aws, CONFIG, &[ATTACH, options].concat()).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(signed_with(&aws), (key.to_owned(), region.to_owned()), "{options:?}");
        assert_eq!(ended.json()["region"], region);
        let roles = aws.operations().iter().filter(|operation| *operation == "AssumeRole").count();
        assert_eq!(roles, usize::from(key == "ASIAROLE"), "a role is assumed once: {options:?}");
    }
}

#[tokio::test]
async fn a_role_is_assumed_with_the_profiles_credentials_and_not_with_the_environments() {
    let aws = Aws::start().await.unwrap();
    run(&aws, CONFIG, &[ATTACH, &["--profile", "role"]].concat()).await;
    assert_eq!(aws.operations()[0], "AssumeRole");
    assert_eq!(aws.account().signed_with[0], ("AKIDOTHER".to_owned(), "us-west-2".to_owned()));
}

#[tokio::test]
async fn a_profile_that_cannot_be_used_ends_it_before_any_request() {
    let aws = Aws::start().await.unwrap();
    for (config, profile) in
        [(CONFIG, "othre"), (CONFIG, "empty"), (CONFIG, "lost"), ("", "other"), ("[profile", "other")]
    {
        for words in
            [ATTACH, &["import", "people.csv", "--json"], &["scenario", "auto-confirm", "--yes", "--user", "lan"]]
        {
            let folder = TempDir::new().unwrap();
            let file = folder.path().join("config");
            std::fs::write(&file, config).unwrap();
            std::fs::write(folder.path().join("people.csv"), "email\na@b.c\n").unwrap();
            let variables = [("AWS_CONFIG_FILE", file.to_str().unwrap()), ("KNOWN_USERS_PASSWORD", PASSWORD)];
            let words = [words, &["--profile", profile]].concat();
            let ended = tool::run_in(&aws, folder.path(), &words, &variables).await;
            assert_eq!(ended.code, Some(2), "{words:?} {ended:?}");
            let begin = format!("error: cannot sign in with the profile `{profile}`\n  why: ");
            assert!(ended.stderr.contains(&begin), "{ended:?}");
            assert!(ended.stderr.contains("; no other credentials are taken in its place\n"), "{ended:?}");
            assert!(ended.stderr.contains("what to do: correct --profile"), "{ended:?}");
        }
    }
    assert_eq!(aws.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_ends_it() {
    let aws = Aws::start().await.unwrap();
    aws.account().sts.caller = None;
    let ended = run(&aws, CONFIG, &[ATTACH, &["--profile", "role"]].concat()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("cannot sign in with the profile `role`"), "{ended:?}");
    assert!(ended.stderr.contains("not for you"), "{ended:?}");
    assert_eq!(aws.operations(), ["AssumeRole"]);
}

#[tokio::test]
async fn the_environments_profile_is_taken_as_by_every_aws_tool() {
    let aws = Aws::start().await.unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, CONFIG).unwrap();
    let variables = [("AWS_CONFIG_FILE", file.to_str().unwrap()), ("AWS_PROFILE", "other")];
    let ended = tool::run_in(&aws, folder.path(), ATTACH, &variables).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(signed_with(&aws), ("AKIDEXAMPLE".to_owned(), "eu-west-1".to_owned()));
    assert_eq!(ended.json()["account"], json!("123456789012"));
}

#[tokio::test]
async fn a_profiles_endpoint_that_is_no_url_is_said_before_any_request() {
    let aws = Aws::start().await.unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, CONFIG).unwrap();
    let variables = [("AWS_CONFIG_FILE", file.to_str().unwrap()), ("AWS_ENDPOINT_URL", "")];
    let words = [ATTACH, &["--profile", "elsewhere"]].concat();
    let ended = tool::run_in(&aws, folder.path(), &words, &variables).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("cannot use the profile's `endpoint_url`"), "{ended:?}");
}
