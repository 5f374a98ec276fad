//! The store against the embedded DynamoDB, through the SDK as the functions use it.

#![cfg(test)]

use std::sync::Arc;

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use common::{
    event::Person,
    known_user::{KnownUser, SignIn, UserEmail},
    known_users::{KnownUsers, Noted},
};
use local::{dynamodb::KNOWN_USERS, known_users_file, stack::Stack};
use serde_json::json;

async fn store(stack: &Stack) -> KnownUsers {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(stack.dynamodb_faults.url())
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .http_client(common::https::client(None).unwrap())
        .build();
    KnownUsers::new(Client::from_conf(config), KNOWN_USERS.to_owned())
}

fn email(text: &str) -> UserEmail {
    UserEmail::new(text).unwrap()
}

fn sign_in(time: &str) -> SignIn {
    SignIn {
        user_pool_id: "eu-west-1_EXAMPLE".to_owned(),
        client_id: None,
        time: time.to_owned(),
        sub: Some(format!("sub at {time}")),
        has_moved: false,
    }
}

#[tokio::test]
async fn among_ten_thousand_each_is_found_by_email_and_by_user_name_in_one_request_each() {
    let stack = Stack::start().await.unwrap();
    let people =
        (0..10_000).map(|n| KnownUser::new(&format!("Person{n}@Example.com"), Some(&format!("Person {n}"))).unwrap());
    stack.dynamodb.load(KNOWN_USERS, people.map(known_users_file::dynamodb_json)).unwrap();
    let store = store(&stack).await;

    for n in (0..10_000).step_by(997) {
        stack.dynamodb_faults.forget();
        let found = store.find(&email(&format!(" PERSON{n}@example.com"))).await.unwrap().unwrap();
        assert_eq!(found.user_name, Some(format!("Person {n}")));
        let name = format!("person {n} ");
        let key = store.key_of(Person::UserName(&name)).await.unwrap();
        assert_eq!(key.as_ref().map(UserEmail::as_str), Some(format!("person{n}@example.com").as_str()));
        assert_eq!(stack.dynamodb_faults.operations(), ["GetItem", "Query"]);
    }
    assert!(store.find(&email("person10000@example.com")).await.unwrap().is_none());
    assert_eq!(store.key_of(Person::UserName("person 10000")).await.unwrap(), None);
}

#[tokio::test]
async fn an_email_is_its_own_key_and_a_name_that_cannot_be_one_asks_nothing() {
    let stack = Stack::start().await.unwrap();
    let store = store(&stack).await;
    assert_eq!(store.key_of(Person::Email(" Zoe\u{308}@Example.com")).await, Ok(UserEmail::new("zoë@example.com")));
    let endless = "n".repeat(2049);
    for person in [
        Person::Email(""),
        Person::Email(" "),
        Person::UserName(""),
        Person::UserName(&endless),
        Person::Email(&endless),
    ] {
        assert_eq!(store.key_of(person).await, Ok(None));
    }
    assert!(stack.dynamodb_faults.operations().is_empty());
}

#[tokio::test]
async fn a_user_name_that_two_share_is_nobodys() {
    let stack = Stack::start().await.unwrap();
    for (email, name) in [("a@example.com", "Twin"), ("b@example.com", "TWIN"), ("c@example.com", "single")] {
        stack
            .dynamodb
            .put(KNOWN_USERS, known_users_file::dynamodb_json(KnownUser::new(email, Some(name)).unwrap()))
            .unwrap();
    }
    let store = store(&stack).await;
    assert_eq!(store.key_of(Person::UserName("twin")).await, Ok(None));
    assert_eq!(store.key_of(Person::UserName("single")).await, Ok(UserEmail::new("c@example.com")));
}

#[tokio::test]
async fn a_note_is_made_once_and_on_records_only() {
    let stack = Stack::start().await.unwrap();
    let invited = || {
        let expires = json!({ "N": "1800000000" });
        json!({ "UserEmail": { "S": "a@example.com" }, "ClaimCodeHash": { "S": "7239" }, "ClaimCodeExpires": expires })
    };
    stack.dynamodb.put(KNOWN_USERS, invited()).unwrap();
    let store = store(&stack).await;
    let (known, stranger) = (email("a@example.com"), email("b@example.com"));

    assert_eq!(store.note_migration(&known, "2026-01-01T00:00:00.000Z").await, Ok(Noted::Now));
    assert_eq!(store.note_migration(&known, "2026-01-02T00:00:00.000Z").await, Ok(Noted::Already));
    assert_eq!(store.note_migration(&stranger, "2026-01-01T00:00:00.000Z").await, Ok(Noted::Stranger));
    assert_eq!(store.note_confirmation(&known, "2026-01-03T00:00:00.000Z").await, Ok(Noted::Now));
    assert_eq!(store.note_confirmation(&known, "2026-01-04T00:00:00.000Z").await, Ok(Noted::Already));
    assert_eq!(store.note_confirmation(&stranger, "2026-01-03T00:00:00.000Z").await, Ok(Noted::Stranger));
    assert_eq!(store.note_sign_in(&stranger, sign_in("2026-01-05T00:00:00.000Z")).await, Ok(Noted::Stranger));
    assert_eq!(store.note_sign_in(&known, sign_in("2026-01-05T00:00:00.000Z")).await, Ok(Noted::Now));

    let record = json!({
        "UserEmail": "a@example.com", "MigratedAt": "2026-01-01T00:00:00.000Z", "ConfirmedAt": "2026-01-03T00:00:00.000Z",
        "LastLogin": { "UserPoolId": "eu-west-1_EXAMPLE", "Time": "2026-01-05T00:00:00.000Z" },
        "UserSub": "sub at 2026-01-05T00:00:00.000Z",
    });
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), [("a@example.com".to_owned(), record)].into());
}

#[tokio::test]
async fn the_last_login_never_goes_backwards_under_concurrent_writers() {
    let stack = Stack::start().await.unwrap();
    stack.dynamodb.put(KNOWN_USERS, json!({ "UserEmail": { "S": "a@example.com" } })).unwrap();
    let store = Arc::new(store(&stack).await);
    let times: Vec<_> = (0..60).map(|n| format!("2026-01-01T00:00:{n:02}.000Z")).collect();
    // Writers in an order that has nothing to do with the times; a reader watches meanwhile.
    let writers: Vec<_> = (0..60)
        .map(|n| (store.clone(), times[n * 37 % 60].clone()))
        .map(|(store, time)| {
            tokio::spawn(async move { store.note_sign_in(&email("a@example.com"), sign_in(&time)).await })
        })
        .collect();
    let mut seen = Vec::new();
    while !writers.iter().all(|writer| writer.is_finished()) {
        let record = stack.dynamodb.item(KNOWN_USERS, "a@example.com").unwrap();
        seen.extend(record["LastLogin"]["Time"].as_str().map(str::to_owned));
        tokio::task::yield_now().await;
    }
    for writer in writers {
        assert!(matches!(writer.await.unwrap(), Ok(Noted::Now | Noted::Already)));
    }
    assert!(seen.is_sorted(), "{seen:?}");
    let record = stack.dynamodb.item(KNOWN_USERS, "a@example.com").unwrap();
    assert_eq!(
        (&record["LastLogin"]["Time"], &record["UserSub"]),
        (&json!(times[59]), &json!(format!("sub at {}", times[59])))
    );
    // And the same again changes nothing.
    assert_eq!(store.note_sign_in(&email("a@example.com"), sign_in(&times[59])).await, Ok(Noted::Already));
    assert_eq!(stack.dynamodb.item(KNOWN_USERS, "a@example.com").unwrap(), record);
}
