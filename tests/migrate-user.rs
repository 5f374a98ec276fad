//! Migrate user from event to answer: the real binary, a real table.

#![cfg(test)]

mod contract;

use common::known_user::KnownUser;
use contract::{Kind, Trigger, assert_counted, assert_error, assert_response, assert_unchanged, sample, stack_knowing};
use local::{dynamodb::KNOWN_USERS, faults::Fault, stack::Stack};
use serde_json::{Value, json};

const TRIGGER: Trigger = Trigger {
    name: "migrate-user",
    binary: env!("CARGO_BIN_EXE_migrate-user"),
    kind: Kind::Decides,
    source: "UserMigration_Authentication",
};

contract::tests!(TRIGGER);

fn typed(user_name: &str) -> Value {
    let mut event = TRIGGER.sample();
    event["userName"] = json!(user_name);
    event
}

fn forgot(user_name: &str) -> Value {
    let mut event = sample("UserMigration_ForgotPassword");
    event["userName"] = json!(user_name);
    event
}

fn zoe() -> KnownUser {
    let mut zoe = KnownUser::new("zoë@example.com", Some("Zoë")).unwrap();
    zoe.attributes.insert("name".to_owned(), "Zoë".to_owned());
    zoe.attributes.insert("sub".to_owned(), "not hers".to_owned());
    zoe
}

fn migrated(status: Value, attributes: Value) -> Value {
    let mut response = TRIGGER.sample()["response"].clone();
    response["userAttributes"] = attributes;
    response["finalUserStatus"] = status;
    response["messageAction"] = json!("SUPPRESS");
    response
}

fn attributes() -> Value {
    json!({ "name": "Zoë", "email": "zo\u{eb}@example.com", "email_verified": "true" })
}

fn migrated_at(stack: &Stack, email: &str) -> Option<String> {
    stack.dynamodb.item(KNOWN_USERS, email).unwrap()["MigratedAt"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_known_user_comes_in_by_user_name_or_email_and_resets_the_password() {
    for (name, requests) in
        [("ZOË", &["Query", "GetItem", "UpdateItem"][..]), ("Zoe\u{308}@EXAMPLE.com", &["GetItem", "UpdateItem"][..])]
    {
        let stack = stack_knowing([zoe()]).await;
        let function = TRIGGER.wake(&stack, &[]).await;
        let event = typed(name);
        let answer = function.invoke(event.to_string()).await;
        assert_response(&answer, &event, migrated(json!("RESET_REQUIRED"), attributes()));
        assert_eq!(stack.dynamodb_faults.operations(), requests);
        assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");
        assert_eq!(migrated_at(&stack, "zo\u{eb}@example.com").unwrap().len(), "2026-11-20T10:00:00.000Z".len());
    }
}

#[tokio::test]
async fn cognito_may_ask_twice_and_the_first_time_is_the_one_that_is_noted() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let event = typed("zoë");
    let first = function.invoke(event.to_string()).await.json();
    let noted = stack.dynamodb.items(KNOWN_USERS);
    let second = function.invoke(event.to_string()).await.json();
    assert_eq!((first, noted), (second, stack.dynamodb.items(KNOWN_USERS)));
}

#[tokio::test]
async fn who_forgot_the_password_comes_in_with_a_verified_email() {
    let mut unverified = KnownUser::new("unv@example.com", Some("unv")).unwrap();
    unverified.email_verified = false;
    let stack = stack_knowing([zoe(), unverified]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let event = forgot("zoë");
    assert_response(&function.invoke(event.to_string()).await, &event, migrated(Value::Null, attributes()));
    assert!(migrated_at(&stack, "zo\u{eb}@example.com").is_some());

    let event = forgot("unv").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert_eq!(migrated_at(&stack, "unv@example.com"), None);
}

#[tokio::test]
async fn in_an_alias_pool_a_typed_email_comes_with_the_users_own_name() {
    let nameless = KnownUser::new("nameless@example.com", None).unwrap();
    let stack = stack_knowing([zoe(), nameless]).await;
    let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", "email-alias")]).await;
    let event = typed("zoë@example.com");
    let mut named = attributes();
    named["username"] = json!("Zoë");
    assert_response(&function.invoke(event.to_string()).await, &event, migrated(json!("RESET_REQUIRED"), named));

    let answer = function.invoke(typed("nameless@example.com").to_string()).await;
    assert_error(&answer, "KnownUserMalformed", "try again later");
}

#[tokio::test]
async fn unknown_suspended_and_ambiguous_look_the_same() {
    let mut suspended = KnownUser::new("sus@example.com", Some("sus")).unwrap();
    suspended.suspended = true;
    let twins = ["a@example.com", "b@example.com"].map(|email| KnownUser::new(email, Some("Twin")).unwrap());
    let stack = stack_knowing([suspended].into_iter().chain(twins)).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    for name in ["eve", "eve@example.com", "sus", "sus@example.com", "twin", "", " ", "@"] {
        for event in [typed(name), forgot(name)] {
            let event = event.to_string();
            let answer = function.invoke(&event).await;
            assert_unchanged(&answer, &event);
            assert_eq!(answer.log.contains("UserNameShared"), name == "twin", "{}", answer.log);
        }
    }
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn nobody_comes_in_whose_migration_could_not_be_noted() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("AWS_MAX_ATTEMPTS", "1")]).await;
    stack.dynamodb_faults.inject("UpdateItem", Fault::throttling());
    let answer = function.invoke(typed("zoë").to_string()).await;
    assert_error(&answer, "KnownUsersUnavailable", "try again later");
    assert_counted(&answer, "KnownUsersUnavailable");
    assert_eq!(migrated_at(&stack, "zo\u{eb}@example.com"), None);
}

#[tokio::test]
async fn a_record_that_is_removed_meanwhile_is_nobodys() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let gone = Fault::dynamodb_error(400, "ConditionalCheckFailedException", "The conditional request failed");
    stack.dynamodb_faults.inject("UpdateItem", gone);
    let event = typed("zoë").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
}

#[tokio::test]
async fn a_bad_setting_is_an_error_at_start_that_names_it() {
    contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &[("SIGN_IN_WITH", "phone")], "SIGN_IN_WITH").await;
}
