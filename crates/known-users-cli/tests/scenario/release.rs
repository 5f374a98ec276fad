//! An account that nobody confirmed goes; one that somebody confirmed never does.

use local_aws::account::{Aws, cognito::User};
use serde_json::{Value, json};

use crate::{environment::Ended, tool};

/// Lan is known as `lan` and by the address of the sample people.
const LAN: &str = "lan.nguyen@example.org";

fn user(email: &str, verified: bool, status: &'static str) -> User {
    User { sub: format!("s-{email}"), email: email.to_owned(), verified, status, password: None }
}

async fn with(users: &[(&str, User)]) -> Aws {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.users = users.iter().map(|(name, user)| ((*name).to_owned(), user.clone())).collect();
    aws
}

#[tokio::test]
async fn an_unconfirmed_account_goes_after_a_yes_and_a_confirmed_one_stays() {
    let aws = with(&[
        ("lan", user("eve@example.com", false, "UNCONFIRMED")),
        ("eve", user(LAN, false, "UNCONFIRMED")),
        ("eva", user(LAN, true, "CONFIRMED")),
        ("bob", user("bob@example.com", false, "UNCONFIRMED")),
    ])
    .await;
    let ended = tool::run_with(&aws, &["release", "LAN"], &[]).await;
    assert_eq!((ended.code, aws.account().cognito.users.len()), (Some(2), 4), "nobody said yes: {ended:?}");
    let ended = tool::run_with(&aws, &["release", "LAN", "--yes", "--json"], &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let left: Vec<String> = aws.account().cognito.users.keys().cloned().collect();
    assert_eq!(left, ["bob", "eva"], "{ended:?}");
    assert_eq!((&ended.json()["outcome"], &ended.json()["email"]), (&json!("released"), &json!(LAN)));
    assert!(ended.stderr.contains("(account 123456789012, region eu-west-1)"), "{ended:?}");
    let released = |ended: &Ended| {
        let released = ended.json()["released"].as_array().unwrap().clone();
        released.iter().map(|one| one["userName"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(released(&ended), ["lan", "eve"]);
    assert!(ended.stderr.contains("it stays, as it is confirmed: `eva` <lan.nguyen@example.org>"), "{ended:?}");
    // What is left is confirmed: that is for a person to decide.
    let ended = tool::run_with(&aws, &["release", LAN, "--yes", "--json"], &[]).await;
    assert_eq!((ended.code, aws.account().cognito.users.len()), (Some(3), 2), "{ended:?}");
    assert!(ended.stderr.contains("known-users why lan.nguyen@example.org"), "{ended:?}");
}

#[tokio::test]
async fn whatever_is_confirmed_meanwhile_stays() {
    let aws = with(&[("lan", user(LAN, false, "UNCONFIRMED"))]).await;
    let run = tool::run_with(&aws, &["release", "lan", "--yes", "--json"], &[]);
    let confirms = async {
        // Everything has been listed, and nothing is deleted yet.
        while aws.bodies("ListUsers").is_empty() {
            tokio::task::yield_now().await;
        }
        aws.account().cognito.users.get_mut("lan").unwrap().status = "CONFIRMED";
    };
    let (ended, ()) = tokio::join!(run, confirms);
    assert_eq!((ended.code, aws.account().cognito.users.len()), (Some(0), 1), "{ended:?}");
    assert_eq!(ended.json()["outcome"], "unchanged");
}

#[tokio::test]
async fn where_nothing_is_held_there_is_nothing_to_do() {
    let aws = with(&[("bob", user("bob@example.com", false, "UNCONFIRMED"))]).await;
    for (who, code) in [("lan", 0), ("nobody@example.com", 3)] {
        let ended = tool::run_with(&aws, &["release", who, "--yes", "--json"], &[]).await;
        assert_eq!((ended.code, aws.account().cognito.users.len()), (Some(code), 1), "{ended:?}");
    }
}
