//! Pre authentication from event to answer: the real binary, a real table.

#![cfg(test)]

mod contract;

use common::known_user::KnownUser;
use contract::{Kind, Trigger, assert_error, assert_unchanged, stack_knowing};
use local::dynamodb::KNOWN_USERS;
use serde_json::{Value, json};

const TRIGGER: Trigger = Trigger {
    name: "pre-authentication",
    binary: env!("CARGO_BIN_EXE_pre-authentication"),
    kind: Kind::Decides,
    source: "PreAuthentication_Authentication",
};

contract::tests!(TRIGGER);

fn attempt(email: Option<&str>, user_name: &str) -> Value {
    let mut event = TRIGGER.sample();
    event["userName"] = json!(user_name);
    event["callerContext"]["clientId"] = json!("web");
    event["request"]["userAttributes"] = email.map_or(json!({}), |email| json!({ "email": email }));
    event
}

fn mallory() -> KnownUser {
    let mut mallory = KnownUser::new("mallory@example.com", Some("Mallory")).unwrap();
    mallory.suspended = true;
    mallory
}

#[tokio::test]
async fn a_blocked_app_client_is_refused_whoever_asks_and_without_a_read() {
    let stack = stack_knowing([]).await;
    let function = TRIGGER.wake(&stack, &[("BLOCKED_APP_CLIENTS", "old, web")]).await;
    let guide = json!({ "callerContext": { "clientId": "web" }, "response": {} });
    for event in [attempt(Some("ann@example.com"), "ann"), attempt(None, "ghost"), guide] {
        let answer = function.invoke(event.to_string()).await;
        assert_error(&answer, "AppClientBlocked", "cannot authenticate users from this user pool app client");
    }
    assert!(stack.dynamodb_faults.operations().is_empty());
    let mut event = attempt(Some("ann@example.com"), "ann");
    event["callerContext"]["clientId"] = json!("new");
    let event = event.to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
}

#[tokio::test]
async fn a_suspended_person_is_refused_by_email_or_by_user_name_with_one_text() {
    let stack = stack_knowing([mallory()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    for (event, requests) in [
        (attempt(Some("Mallory@Example.com"), "7a63f1fb"), &["GetItem"][..]),
        (attempt(None, "MALLORY"), &["Query", "GetItem"][..]),
    ] {
        stack.dynamodb_faults.forget();
        let answer = function.invoke(event.to_string()).await;
        assert_error(&answer, "SignInRefused", "sign-in is not available");
        assert_eq!(stack.dynamodb_faults.operations(), requests);
        assert_eq!(stack.dynamodb_faults.connections(), 0);
    }
}

#[tokio::test]
async fn a_user_whom_the_pool_does_not_have_changes_nothing() {
    let stack = stack_knowing([mallory()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    for not_found in [json!(true), json!(false), Value::Null] {
        let mut event = attempt(None, "ghost");
        event["request"]["userNotFound"] = not_found.clone();
        let event = event.to_string();
        assert_unchanged(&function.invoke(&event).await, &event);

        let mut event = attempt(None, "mallory");
        event["request"]["userNotFound"] = not_found;
        let answer = function.invoke(event.to_string()).await;
        assert_error(&answer, "SignInRefused", "sign-in is not available");
    }
}

#[tokio::test]
async fn a_resumed_person_may_sign_in_at_once() {
    let stack = stack_knowing([mallory()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let event = attempt(Some("mallory@example.com"), "mallory").to_string();
    assert_error(&function.invoke(&event).await, "SignInRefused", "sign-in is not available");
    let mut resumed = mallory();
    resumed.suspended = false;
    stack.dynamodb.put(KNOWN_USERS, local::known_users_file::dynamodb_json(resumed)).unwrap();
    assert_unchanged(&function.invoke(&event).await, &event);
}

#[tokio::test]
async fn required_validation_data_must_come_along() {
    let stack = stack_knowing([]).await;
    let function = TRIGGER.wake(&stack, &[("REQUIRED_VALIDATION_DATA", "channel=mobile, version=2")]).await;
    for (sent, passes) in [
        (Value::Null, false),
        (json!({}), false),
        (json!({ "channel": "mobile" }), false),
        (json!({ "channel": "mobile", "version": "3" }), false),
        (json!({ "channel": "mobile", "version": "2", "more": "x" }), true),
    ] {
        let mut event = attempt(Some("ann@example.com"), "ann");
        event["request"]["validationData"] = sent;
        let answer = function.invoke(event.to_string()).await;
        if passes {
            assert_unchanged(&answer, &event.to_string());
        } else {
            assert_error(&answer, "SignInRefused", "sign-in is not available");
        }
    }
}

#[tokio::test]
async fn where_suspension_is_not_checked_the_table_is_never_asked() {
    let stack = stack_knowing([mallory()]).await;
    let mut configuration = stack.configuration(TRIGGER.binary, &[("CHECK_SUSPENDED", "false")]);
    configuration.time_limit = std::time::Duration::from_secs(5);
    let function = local::function::Function::start(configuration).await.unwrap();
    function.ready().await.unwrap();
    let event = attempt(Some("mallory@example.com"), "mallory").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert!(stack.dynamodb_faults.operations().is_empty(), "not even while it woke up");
}

#[tokio::test]
async fn a_bad_setting_is_an_error_at_start_that_names_it() {
    for (name, value) in [("CHECK_SUSPENDED", "maybe"), ("REQUIRED_VALIDATION_DATA", "plain")] {
        contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &[(name, value)], name).await;
    }
}
