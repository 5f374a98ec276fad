//! Somebody comes once more who had arrived; or does not, while the pool has them.

use local_aws::account::{Aws, cognito::User, deployed::POOL};
use serde_json::{Value, json};

use crate::tool;

/// Somebody who has arrived, with everything that arriving leaves behind.
fn arrived(email: &str, name: &str) -> Value {
    json!({"UserEmail": email, "UserName": name, "UserNameKey": name.to_lowercase(), "EmailVerified": true,
        "Suspended": false, "UserSub": "gone", "ConfirmedAt": "2026-11-20T10:00:00.000Z",
        "MigratedAt": "2026-11-20T09:00:00.000Z", "MigratedAs": name.to_lowercase(), "ClaimCodeHash": "h",
        "ClaimUsedAs": name, "ClaimUsedAt": "2026-11-20T10:00:00.000Z", "PasswordHash": "kept",
        "LastLogin": {"UserPoolId": "eu-west-1_OLD", "Time": "2026-11-20T11:00:00.000Z"}})
}

fn user(sub: &str, email: &str, verified: bool, status: &'static str) -> User {
    User { sub: sub.to_owned(), email: email.to_owned(), verified, status, password: None }
}

/// What is left of a record, whose `ReadmittedAt` is a time.
fn left(aws: &Aws, email: &str) -> Value {
    let mut record = aws.record(email).unwrap();
    let at = record["ReadmittedAt"].take();
    assert!(at.as_str().is_some_and(|at| at.len() == "2026-11-20T10:00:00.000Z".len() && at.ends_with('Z')), "{at}");
    record
}

#[tokio::test]
async fn who_has_no_account_any_more_may_come_once_more_and_keeps_hash_and_last_login() {
    let aws = Aws::start().await.unwrap();
    aws.put(&arrived("ann@example.com", "Ann")).unwrap();
    for outcome in ["readmitted", "unchanged"] {
        let ended = tool::run_with(&aws, &["readmit", "ANN", "--json"], &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let facts =
            json!({"outcome": outcome, "email": "ann@example.com", "account": "123456789012", "region": "eu-west-1"});
        assert_eq!(ended.json(), facts);
    }
    assert_eq!(
        left(&aws, "ann@example.com"),
        json!({"UserEmail": "ann@example.com", "UserName": "Ann", "UserNameKey": "ann", "EmailVerified": true,
            "Suspended": false, "PasswordHash": "kept", "ReadmittedAt": null,
            "LastLogin": {"UserPoolId": "eu-west-1_OLD", "Time": "2026-11-20T11:00:00.000Z"}})
    );
}

#[tokio::test]
async fn who_was_readmitted_can_be_given_a_password_hash_again() {
    let aws = Aws::start().await.unwrap();
    let mut record = arrived("ann@example.com", "Ann");
    record.as_object_mut().unwrap().remove("PasswordHash");
    aws.put(&record).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let hash = "$2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O";
    std::fs::write(folder.path().join("hash"), hash).unwrap();
    let put = ["put", "--email", "ann@example.com", "--password-hash-file", "hash"];
    let ended = tool::run_in(&aws, folder.path(), &put, &[]).await;
    assert_eq!(ended.code, Some(3), "the person has arrived: {ended:?}");
    assert_eq!(tool::run_with(&aws, &["readmit", "ann"], &[]).await.code, Some(0));
    let ended = tool::run_in(&aws, folder.path(), &put, &[]).await;
    assert_eq!(
        (ended.code, &aws.record("ann@example.com").unwrap()["PasswordHash"]),
        (Some(0), &json!(hash)),
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_refused_while_the_pool_has_an_account_of_theirs() {
    let (name, alias, email) =
        (json!({}), json!({"AliasAttributes": ["email"]}), json!({"UsernameAttributes": ["email"]}));
    for (pool, user_name, account, is_refused) in [
        (&name, "ann", user("new", "x@example.com", false, "UNCONFIRMED"), true),
        (&name, "Ann", user("new", "x@example.com", true, "CONFIRMED"), true),
        (&name, "other", user("gone", "x@example.com", true, "CONFIRMED"), true),
        (&name, "other", user("new", "ann@example.com", true, "CONFIRMED"), true),
        (&alias, "other", user("new", "Ann@Example.com", true, "CONFIRMED"), true),
        (&email, "7a63f1fb", user("new", "ann@example.com", false, "UNCONFIRMED"), true),
        (&email, "7a63f1fb", user("gone", "new@example.com", true, "CONFIRMED"), true),
        // What somebody merely says is nothing of the person's, and a user of another provider is in nobody's place.
        (&name, "eve", user("new", "ann@example.com", false, "CONFIRMED"), false),
        (&alias, "Google_1", user("new", "ann@example.com", true, "EXTERNAL_PROVIDER"), false),
        (&email, "7a63f1fb", user("new", "bob@example.com", true, "CONFIRMED"), false),
    ] {
        let aws = Aws::start().await.unwrap();
        let mut record = arrived("ann@example.com", "Ann");
        record["Attributes"] = json!({"email": "Ann@Example.com"});
        aws.put(&record).unwrap();
        let status = account.status;
        aws.account().cognito.pool.as_object_mut().unwrap().extend(pool.as_object().unwrap().clone());
        for (number, name) in ["a", "b"].into_iter().enumerate() {
            let other = user(name, &format!("{name}@example.com"), true, "CONFIRMED");
            aws.account().cognito.users.insert(format!("{number}{name}"), other);
        }
        aws.account().cognito.users.insert(user_name.to_owned(), account);
        aws.account().cognito.users_a_page = 1;
        let before = aws.record("ann@example.com").unwrap();
        let ended = tool::run_with(&aws, &["readmit", "ann@example.com", "--json"], &[]).await;
        let all = tool::run_with(&aws, &["readmit", "--all", "--yes", "--json"], &[]).await;
        let context = format!("{pool} {user_name}: {ended:?} {all:?}");
        if is_refused {
            assert_eq!((ended.code, all.code), (Some(3), Some(3)), "{context}");
            assert!(ended.stderr.contains(&format!("has `{user_name}` <")), "{context}");
            let todo = if status == "UNCONFIRMED" { "known-users release ann" } else { "admin-delete-user" };
            assert!(ended.stderr.contains(todo), "{context}");
            assert_eq!(aws.record("ann@example.com").unwrap(), before, "{context}");
        } else {
            assert_eq!((ended.code, all.code), (Some(0), Some(0)), "{context}");
            left(&aws, "ann@example.com");
        }
    }
}

#[tokio::test]
async fn a_list_is_made_ready_for_another_pool_and_twice_is_once() {
    let aws = Aws::start().await.unwrap();
    aws.put(&arrived("ann@example.com", "Ann")).unwrap();
    aws.put(&arrived("bob@example.com", "Bob")).unwrap();
    aws.put(&json!({"UserEmail": "on@example.com", "MigratedAt": "2026-11-20T09:00:00.000Z"})).unwrap();
    aws.put(&json!({"UserEmail": "flaw@example.com", "UserSub": true})).unwrap();
    aws.account().cognito.users.insert("bob".to_owned(), user("s", "bob@example.com", true, "CONFIRMED"));
    let ended = tool::run_with(&aws, &["readmit", "--all", "--json"], &[]).await;
    assert_eq!(ended.code, Some(2), "nobody said yes: {ended:?}");
    for (readmitted, yet_to_come) in [(2, 15), (0, 17)] {
        let before = aws.bodies("AdminGetUser").len();
        let ended = tool::run_with(&aws, &["readmit", "--all", "--yes", "--json"], &[]).await;
        assert_eq!(ended.code, Some(3), "somebody was left: {ended:?}");
        assert_eq!(
            ended.json(),
            json!({"outcome": "readmitted", "readmitted": readmitted, "yetToCome": yet_to_come, "inThePool": 1,
                "cameMeanwhile": 0, "malformed": 1, "account": "123456789012", "region": "eu-west-1"})
        );
        assert_eq!(aws.bodies("AdminGetUser").len(), before, "the pool is read once, not person by person");
    }
    for email in ["ann@example.com", "on@example.com"] {
        assert!(left(&aws, email)["MigratedAt"].is_null());
    }
    assert_eq!(aws.record("bob@example.com").unwrap(), arrived("bob@example.com", "Bob"));
}

#[tokio::test]
async fn a_sign_in_meanwhile_is_not_forgotten() {
    let aws = Aws::start().await.unwrap();
    aws.put(&arrived("ann@example.com", "Ann")).unwrap();
    let mut later = arrived("ann@example.com", "Ann");
    later["LastLogin"]["Time"] = json!("2026-11-20T12:00:00.000Z");
    let run = tool::run_with(&aws, &["readmit", "ann", "--json"], &[]);
    let sign_in = async {
        // Between reading the record and writing it, the pool is asked.
        while aws.bodies("AdminGetUser").is_empty() {
            tokio::task::yield_now().await;
        }
        aws.put(&later).unwrap();
    };
    let (ended, ()) = tokio::join!(run, sign_in);
    assert_eq!((ended.code, aws.record("ann@example.com").unwrap()), (Some(3), later), "{ended:?}");
    assert!(ended.stderr.contains("signed in at this very moment"), "{ended:?}");
}

#[tokio::test]
async fn whoever_is_not_known_is_not_readmitted() {
    let aws = Aws::start().await.unwrap();
    let ended = tool::run_with(&aws, &["readmit", "nobody@example.com", "--user-pool-id", POOL], &[]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("nobody is known by that email or user name"), "{ended:?}");
}
