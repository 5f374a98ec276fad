//! Pre authentication from event to answer: the real binary, a real table.

#![cfg(test)]

mod contract;

use contract::{Kind, Trigger, assert_error, assert_unchanged, stack_knowing};
use known_user::KnownUser;
use local_aws::{
    dynamodb::KNOWN_USERS,
    faults::{self, Fault},
    function::{Function, Invocation},
    stack::Stack,
};
use serde_json::{Value, json};

const TRIGGER: Trigger = Trigger {
    name: "pre-authentication",
    binary: env!("CARGO_BIN_EXE_pre-authentication"),
    kind: Kind::Decides,
    source: "PreAuthentication_Authentication",
};

contract::tests!(TRIGGER);

const SUB: &str = "00000000-0000-4000-8000-000000000001";
const ANOTHER: &str = "00000000-0000-4000-8000-000000000002";

/// An attempt of somebody whom the pool has, with this email, or of somebody whom it has not.
fn attempt(email: Option<&str>, user_name: &str) -> Value {
    let mut event = TRIGGER.sample();
    event["userName"] = json!(user_name);
    event["callerContext"]["clientId"] = json!("web");
    event["request"]["userAttributes"] = email.map_or(json!({}), |email| json!({ "sub": SUB, "email": email }));
    event
}

fn mallory() -> KnownUser {
    let mut mallory = KnownUser::new("mallory@example.com", Some("Mallory")).unwrap();
    mallory.suspended = true;
    mallory
}

fn signed_in_as(sub: &str) -> KnownUser {
    KnownUser { user_sub: Some(sub.to_owned()), ..mallory() }
}

fn migrated_as(user_name: &str) -> KnownUser {
    KnownUser { migrated_as: Some(user_name.to_owned()), migrated_at: Some("2026".to_owned()), ..mallory() }
}

async fn invoke(function: &Function, event: &Value) -> Invocation {
    function.invoke(event.to_string()).await
}

/// Asserts that these requests were made since the last time, on the warm connection.
#[track_caller]
fn assert_asked(stack: &Stack, requests: &[&str]) {
    assert_eq!(stack.dynamodb_faults.operations(), requests);
    assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");
    stack.dynamodb_faults.forget();
}

#[track_caller]
fn assert_suspended(answer: &Invocation) {
    assert_error(answer, "SignInRefused", "sign-in is not available");
    assert!(!answer.log.contains("ERROR"), "a refusal is no failure: {}", answer.log);
}

#[tokio::test]
async fn the_role_allows_what_the_function_does_and_no_more() {
    let parameters = [
        ("SignInWith", &["username", "email-alias", "email"][..]),
        ("CheckSuspended", &["before", "after", "never"]),
        ("BlockedAppClients", &["", "other"]),
        ("RequiredValidationData", &["", "channel=mobile"]),
    ];
    contract::grants::assert_exact(&TRIGGER, &parameters, &[mallory()], async |_, function| {
        let mut event = attempt(Some("mallory@example.com"), "Mallory");
        event["request"]["validationData"] = json!({ "channel": "mobile" });
        invoke(function, &event).await;
    })
    .await;
}

#[tokio::test]
async fn a_blocked_app_client_is_refused_whoever_asks_and_without_a_read() {
    let stack = stack_knowing([]).await;
    let function = TRIGGER.wake(&stack, &[("BLOCKED_APP_CLIENTS", "old, web")]).await;
    let guide = json!({ "callerContext": { "clientId": "web" }, "response": {} });
    for event in [attempt(Some("ann@example.com"), "ann"), attempt(None, "ghost"), guide] {
        let answer = invoke(&function, &event).await;
        assert_error(&answer, "AppClientBlocked", "cannot authenticate users from this user pool app client");
    }
    assert_asked(&stack, &[]);
    let mut event = attempt(Some("ann@example.com"), "ann");
    event["callerContext"]["clientId"] = json!("new");
    let event = event.to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert_asked(&stack, &["GetItem", "Query"]);
}

#[tokio::test]
async fn a_suspended_person_is_refused_by_email_in_every_pool() {
    for (pool, user_name, requests) in [
        ("username", "anything", &["GetItem", "Query"][..]),
        ("username", "MALLORY", &["GetItem", "Query"]),
        ("email-alias", "anything", &["GetItem", "Query"]),
        ("email", "7a63f1fb-5f2b-4a53-8d8e-0123456789ab", &["GetItem"]),
    ] {
        for known in [mallory(), signed_in_as(SUB), signed_in_as(ANOTHER), migrated_as("else")] {
            let stack = stack_knowing([known]).await;
            let before = stack.dynamodb.items(KNOWN_USERS);
            let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", pool)]).await;
            assert_suspended(&invoke(&function, &attempt(Some("Mallory@Example.com"), user_name)).await);
            assert_asked(&stack, requests);
            assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
        }
    }
}

#[tokio::test]
async fn a_changed_email_sheds_no_suspension_and_a_namesake_is_not_hit() {
    for (known, minds_case, user_name, is_theirs) in [
        (signed_in_as(SUB), "false", "MALLORY", true),
        (signed_in_as(ANOTHER), "false", "Mallory", false),
        (migrated_as("mallory"), "false", "Mallory", true),
        (migrated_as("mal"), "false", "Mallory", false),
        (migrated_as("Mallory"), "true", "Mallory", true),
        (migrated_as("Mallory"), "true", "mallory", false),
        (KnownUser { user_sub: Some(ANOTHER.to_owned()), ..migrated_as("mallory") }, "false", "mallory", false),
        (mallory(), "false", "Mallory", false),
    ] {
        for pool in ["username", "email-alias"] {
            let stack = stack_knowing([known.clone()]).await;
            let before = stack.dynamodb.items(KNOWN_USERS);
            let settings = [("SIGN_IN_WITH", pool), ("USER_NAMES_CASE_SENSITIVE", minds_case)];
            let function = TRIGGER.wake(&stack, &settings).await;
            let event = attempt(Some("changed@example.com"), user_name);
            let answer = invoke(&function, &event).await;
            if is_theirs {
                assert_suspended(&answer);
            } else {
                assert_unchanged(&answer, &event.to_string());
            }
            assert_asked(&stack, &["GetItem", "Query", "GetItem"]);
            assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
        }
        // Where the email is the user name there is no other name to go by.
        let stack = stack_knowing([known]).await;
        let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", "email")]).await;
        let event = attempt(Some("changed@example.com"), user_name).to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
        assert_asked(&stack, &["GetItem"]);
    }
}

#[tokio::test]
async fn a_user_name_that_looks_like_an_email_is_asked_as_one_too() {
    let nameless = KnownUser { user_name: None, ..signed_in_as(SUB) };
    for (known, is_theirs) in [
        (nameless.clone(), true),
        (KnownUser { user_sub: Some(ANOTHER.to_owned()), ..nameless.clone() }, false),
        (KnownUser { suspended: false, ..nameless }, false),
    ] {
        let stack = stack_knowing([known]).await;
        let function = TRIGGER.wake(&stack, &[]).await;
        let event = attempt(Some("changed@example.com"), "Mallory@example.com");
        let answer = invoke(&function, &event).await;
        if is_theirs {
            assert_suspended(&answer);
        } else {
            assert_unchanged(&answer, &event.to_string());
        }
        assert_asked(&stack, &["GetItem", "Query", "GetItem"]);
    }
}

#[tokio::test]
async fn a_record_that_is_found_by_both_names_is_read_once() {
    let by_email = KnownUser { user_name: Some("mallory@example.com".to_owned()), ..signed_in_as(SUB) };
    let stack = stack_knowing([by_email]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    assert_suspended(&invoke(&function, &attempt(Some("changed@example.com"), "mallory@example.com")).await);
    assert_asked(&stack, &["GetItem", "Query", "GetItem"]);
}

#[tokio::test]
async fn a_shared_user_name_is_nobodys() {
    let twins = ["a@example.com", "b@example.com"]
        .map(|email| KnownUser { email: KnownUser::new(email, None).unwrap().email, ..signed_in_as(SUB) });
    let stack = stack_knowing(twins).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let event = attempt(Some("changed@example.com"), "mallory").to_string();
    let answer = function.invoke(&event).await;
    assert_unchanged(&answer, &event);
    assert!(answer.log.contains("UserNameShared"), "{}", answer.log);
    assert_asked(&stack, &["GetItem", "Query"]);
}

#[tokio::test]
async fn a_user_whom_the_pool_does_not_have_changes_nothing_and_takes_the_same_requests() {
    let stack = stack_knowing([mallory()]).await;
    for (pool, requests) in
        [("username", &["GetItem", "Query"][..]), ("email-alias", &["GetItem", "Query"]), ("email", &["GetItem"])]
    {
        let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", pool)]).await;
        for not_found in [json!(true), json!(false), Value::Null] {
            for user_name in ["ghost", "mallory", "mallory@example.com"] {
                let mut event = attempt(None, user_name);
                event["request"]["userNotFound"] = not_found.clone();
                let event = event.to_string();
                assert_unchanged(&function.invoke(&event).await, &event);
                assert_asked(&stack, requests);
            }
        }
        let event = attempt(Some("ann@example.com"), "ann").to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
        assert_asked(&stack, requests);
    }
}

#[tokio::test]
async fn a_resumed_person_may_sign_in_at_once() {
    let stack = stack_knowing([mallory()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let event = attempt(Some("mallory@example.com"), "mallory").to_string();
    assert_suspended(&function.invoke(&event).await);
    let mut resumed = mallory();
    resumed.suspended = false;
    stack.dynamodb.put(KNOWN_USERS, local_aws::known_users_file::dynamodb_json(resumed)).unwrap();
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
        let answer = invoke(&function, &event).await;
        if passes {
            assert_unchanged(&answer, &event.to_string());
        } else {
            assert_suspended(&answer);
        }
    }
}

#[tokio::test]
async fn where_suspension_is_not_checked_before_the_password_the_table_is_never_asked() {
    for check in ["after", "never"] {
        let stack = stack_knowing([signed_in_as(SUB)]).await;
        let mut configuration = stack.configuration(TRIGGER.binary, &[("CHECK_SUSPENDED", check)]);
        configuration.time_limit = std::time::Duration::from_secs(5);
        let function = Function::start(configuration).await.unwrap();
        function.ready().await.unwrap();
        for event in [attempt(Some("mallory@example.com"), "mallory"), attempt(Some("changed@example.com"), "mallory")]
        {
            let event = event.to_string();
            assert_unchanged(&function.invoke(&event).await, &event);
        }
        assert!(stack.dynamodb_faults.operations().is_empty(), "not even while it woke up");
    }
}

#[tokio::test]
async fn a_flaw_of_an_attribute_that_is_not_used_locks_nobody_out() {
    for (attribute, value, is_used) in [
        ("Suspended", json!({ "S": "no" }), true),
        ("Attributes", json!({ "S": "{}" }), false),
        ("LastLogin", json!({ "S": "yesterday" }), false),
        ("PasswordHash", json!({ "N": "1" }), false),
        ("EmailVerified", json!({ "S": "true" }), false),
        ("ClaimCodeExpires", json!({ "S": "never" }), false),
        ("UserName", json!({ "BOOL": true }), false),
        ("UserSub", json!({ "BOOL": true }), false),
    ] {
        let stack = stack_knowing([]).await;
        let mut record = json!({ "UserEmail": { "S": "bad@example.com" } });
        record[attribute] = value;
        stack.dynamodb.put(KNOWN_USERS, record).unwrap();
        let function = TRIGGER.wake(&stack, &[]).await;
        let event = attempt(Some("bad@example.com"), "bad").to_string();
        let answer = function.invoke(&event).await;
        if is_used {
            assert_error(&answer, "KnownUserMalformed", "try again later");
            contract::assert_counted(&answer, "KnownUserMalformed");
        } else {
            assert_unchanged(&answer, &event);
        }
    }
}

#[tokio::test]
async fn an_outage_of_either_question_refuses_everybody_alike() {
    let stack = stack_knowing([mallory()]).await;
    let function = TRIGGER.wake(&stack, &[("AWS_MAX_ATTEMPTS", "1")]).await;
    for operation in [faults::ALL, "GetItem", "Query"] {
        stack.dynamodb_faults.inject(operation, Fault::throttling());
        for event in
            [attempt(Some("ann@example.com"), "ann"), attempt(Some("mallory@example.com"), "m"), attempt(None, "ghost")]
        {
            let answer = invoke(&function, &event).await;
            assert_error(&answer, "KnownUsersUnavailable", "try again later");
        }
        stack.dynamodb_faults.clear();
    }
}

#[tokio::test]
async fn a_bad_setting_is_an_error_at_start_that_names_it() {
    for (name, value) in [
        ("CHECK_SUSPENDED", "true"),
        ("REQUIRED_VALIDATION_DATA", "plain"),
        ("SIGN_IN_WITH", "phone"),
        ("USER_NAMES_CASE_SENSITIVE", "yes"),
    ] {
        contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &[(name, value)], name).await;
    }
}
