//! Post authentication from event to answer: the real binary, a real table.

#![cfg(test)]

mod contract;

use common::known_user::KnownUser;
use contract::{Kind, Trigger, assert_counted, assert_unchanged, stack_knowing};
use local::dynamodb::KNOWN_USERS;
use serde_json::{Value, json};

const TRIGGER: Trigger = Trigger {
    name: "post-authentication",
    binary: env!("CARGO_BIN_EXE_post-authentication"),
    kind: Kind::Records,
    source: "PostAuthentication_Authentication",
};

contract::tests!(TRIGGER);

fn sign_in(email: Option<&str>, user_name: &str) -> Value {
    let mut event = TRIGGER.sample();
    event["userPoolId"] = json!("eu-west-1_EXAMPLE");
    event["callerContext"]["clientId"] = json!("web");
    event["userName"] = json!(user_name);
    event["request"]["userAttributes"] = json!({ "sub": "00000000-0000-4000-8000-000000000001" });
    if let Some(email) = email {
        event["request"]["userAttributes"]["email"] = json!(email);
    }
    event
}

fn zoe() -> KnownUser {
    KnownUser::new("zoë@example.com", Some("Zoë")).unwrap()
}

#[tokio::test]
async fn a_known_users_sign_in_is_recorded_with_one_write_and_nothing_else_of_them_changes() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let mut expected = stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap();
    let event = sign_in(Some("ZOË@example.com"), "7a63f1fb").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert_eq!(stack.dynamodb_faults.operations(), ["UpdateItem"]);
    assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");

    let record = stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap();
    let time = record["LastLogin"]["Time"].as_str().unwrap().to_owned();
    assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
    expected["LastLogin"] = json!({ "UserPoolId": "eu-west-1_EXAMPLE", "ClientId": "web", "Time": time });
    expected["UserSub"] = json!("00000000-0000-4000-8000-000000000001");
    assert_eq!(record, expected);

    assert_unchanged(&function.invoke(&event).await, &event);
    let later = stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap();
    assert!(later["LastLogin"]["Time"].as_str().unwrap() > time.as_str());
}

#[tokio::test]
async fn a_user_without_an_email_is_found_by_user_name() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let event = sign_in(None, "zoë").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert_eq!(stack.dynamodb_faults.operations(), ["Query", "UpdateItem"]);
    assert!(stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap()["LastLogin"].is_object());
}

#[tokio::test]
async fn who_has_moved_needs_the_old_password_no_more() {
    let with_hash = KnownUser { password_hash: Some("$2y$10$".to_owned()), ..zoe() };
    let unverified = |verified| {
        let mut event = sign_in(Some("zoë@example.com"), "zoë");
        event["request"]["userAttributes"]["email_verified"] = json!(verified);
        event
    };
    for (event, stays) in [
        (unverified("true"), false),
        (sign_in(Some("zoë@example.com"), "zoë"), false),
        // Somebody who gave Zoë's email or user name as theirs.
        (unverified("false"), true),
        (sign_in(None, "zoë"), true),
    ] {
        let stack = stack_knowing([with_hash.clone()]).await;
        let function = TRIGGER.wake(&stack, &[]).await;
        assert_unchanged(&function.invoke(event.to_string()).await, &event.to_string());
        let record = stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap();
        assert_eq!(record.get("PasswordHash").is_some(), stays, "{event}");
        assert!(record["LastLogin"].is_object());
    }
}

#[tokio::test]
async fn a_stranger_is_logged_and_not_stored() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    for event in [sign_in(Some("eve@example.com"), "eve"), sign_in(None, "eve")] {
        let event = event.to_string();
        let answer = function.invoke(&event).await;
        assert_unchanged(&answer, &event);
        let line: Value = serde_json::from_str(answer.log.trim()).unwrap();
        assert_eq!(line["message"], "stranger signed in");
    }
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn the_log_tells_who_signed_in_where_without_telling_who() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let answer = function.invoke(sign_in(Some("zoë@example.com"), "zoë").to_string()).await;
    let mut line: Value = serde_json::from_str(answer.log.trim()).unwrap();
    assert_eq!(line.as_object_mut().unwrap().remove("timestamp").unwrap().as_str().unwrap().len(), 24);
    let user = line["user"].clone();
    assert_eq!(
        line,
        json!({
            "level": "INFO", "message": "sign-in recorded", "trigger": "PostAuthentication_Authentication",
            "pool": "eu-west-1_EXAMPLE", "client": "web", "user": user,
        })
    );
    // sha256("eu-west-1_EXAMPLE" NUL sub), the first 12 digits
    assert_eq!(user, "72c99dd31f98");
}

#[tokio::test]
async fn a_record_that_cannot_be_updated_holds_nobody_up() {
    let stack = stack_knowing([]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let text = json!({ "UserEmail": { "S": "old@example.com" }, "LastLogin": { "S": "yesterday" } });
    stack.dynamodb.put(KNOWN_USERS, text).unwrap();
    let event = sign_in(Some("old@example.com"), "old").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert!(stack.dynamodb.item(KNOWN_USERS, "old@example.com").unwrap()["LastLogin"].is_object());

    let future = json!({ "UserEmail": { "S": "f@example.com" }, "LastLogin": { "M": { "Time": { "S": "2999-01-01T00:00:00.000Z" } } } });
    stack.dynamodb.put(KNOWN_USERS, future).unwrap();
    let before = stack.dynamodb.item(KNOWN_USERS, "f@example.com");
    let event = sign_in(Some("f@example.com"), "f").to_string();
    let answer = function.invoke(&event).await;
    assert_unchanged(&answer, &event);
    assert!(answer.log.contains("later sign-in is recorded"), "{}", answer.log);
    assert_eq!(stack.dynamodb.item(KNOWN_USERS, "f@example.com"), before);
}

#[tokio::test]
async fn a_shared_user_name_is_counted_and_nobodys() {
    let twins = ["a@example.com", "b@example.com"].map(|email| KnownUser::new(email, Some("Twin")).unwrap());
    let stack = stack_knowing(twins).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    let event = sign_in(None, "twin").to_string();
    let answer = function.invoke(&event).await;
    assert_unchanged(&answer, &event);
    assert!(answer.log.contains("UserNameShared"), "{}", answer.log);
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn an_index_entry_without_a_key_is_a_bad_record() {
    use local::faults::Fault;
    let stack = stack_knowing([]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let body = r#"{"Count":1,"Items":[{"UserNameKey":{"S":"zo"}}],"ScannedCount":1}"#.to_owned();
    stack.dynamodb_faults.inject("Query", Fault::Answer { status: 200, body, error_type: None });
    let event = sign_in(None, "zo").to_string();
    let answer = function.invoke(&event).await;
    assert_unchanged(&answer, &event);
    assert_counted(&answer, "KnownUserMalformed");
}
