//! Pre sign-up from event to answer: the real binary, a real table.

#![cfg(test)]

mod contract;

use common::known_user::{Claim, KnownUser};
use contract::{Kind, Trigger, assert_error, assert_response, assert_unchanged, stack_knowing};
use local::{
    dynamodb::KNOWN_USERS,
    faults::{self, Fault},
};
use serde_json::{Value, json};

const TRIGGER: Trigger = Trigger {
    name: "pre-sign-up",
    binary: env!("CARGO_BIN_EXE_pre-sign-up"),
    kind: Kind::Decides,
    source: "PreSignUp_SignUp",
};

contract::tests!(TRIGGER);

fn sign_up(user_name: &str, email: &str) -> Value {
    let mut event = TRIGGER.sample();
    event["userName"] = json!(user_name);
    event["request"]["userAttributes"]["email"] = json!(email);
    event
}

fn confirmed() -> Value {
    json!({ "autoConfirmUser": true, "autoVerifyEmail": true, "autoVerifyPhone": false })
}

fn zoe() -> KnownUser {
    KnownUser::new("zoë@example.com", Some("Zoë")).unwrap()
}

#[tokio::test]
async fn a_known_user_skips_the_code_with_one_read_on_the_warm_connection() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let event = sign_up("ZOE\u{308}", " Zoe\u{308}@Example.COM");
    assert_response(&function.invoke(event.to_string()).await, &event, confirmed());
    assert_response(&function.invoke(event.to_string()).await, &event, confirmed());

    let seen = stack.dynamodb_faults.seen();
    assert_eq!(stack.dynamodb_faults.operations(), ["GetItem", "GetItem"]);
    assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");
    let question = json!({ "TableName": "KnownUsers", "Key": { "UserEmail": { "S": "zo\u{eb}@example.com" } }, "ConsistentRead": true });
    assert_eq!(seen[0].body, question);
}

#[tokio::test]
async fn a_response_keeps_what_it_came_with() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let mut event = sign_up("zoë", "zoë@example.com");
    for (came, goes) in [
        (json!({}), json!({ "autoConfirmUser": true, "autoVerifyEmail": true })),
        (json!(null), json!({ "autoConfirmUser": true, "autoVerifyEmail": true })),
        (
            json!({ "autoConfirmUser": null, "tomorrow": [1] }),
            json!({ "autoConfirmUser": true, "autoVerifyEmail": true, "tomorrow": [1] }),
        ),
    ] {
        event["response"] = came;
        assert_response(&function.invoke(event.to_string()).await, &event, goes);
    }
}

#[tokio::test]
async fn whoever_does_not_match_is_left_to_cognito() {
    let mut suspended = KnownUser::new("sus@example.com", Some("sus")).unwrap();
    suspended.suspended = true;
    let mut unverified = KnownUser::new("unv@example.com", Some("unv")).unwrap();
    unverified.email_verified = false;
    let stack = stack_knowing([zoe(), suspended, unverified]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    for (user_name, email) in [
        ("eve", "eve@example.com"),
        ("eve", "zoë@example.com"),
        ("zoe", "zoë@example.com"),
        ("sus", "sus@example.com"),
        ("unv", "unv@example.com"),
    ] {
        let event = sign_up(user_name, email).to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
    }
}

#[tokio::test]
async fn an_administrator_or_another_provider_is_not_asked_about() {
    let stack = stack_knowing([zoe()]).await;
    for policy in ["match", "verify", "deny"] {
        let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", policy)]).await;
        for source in ["PreSignUp_AdminCreateUser", "PreSignUp_ExternalProvider", "PreSignUp_Tomorrow"] {
            let mut event = sign_up("zoë", "zoë@example.com");
            event["triggerSource"] = json!(source);
            let event = event.to_string();
            assert_unchanged(&function.invoke(&event).await, &event);
        }
        assert!(stack.dynamodb_faults.operations().is_empty());
    }
}

#[tokio::test]
async fn where_people_sign_in_with_their_email_the_email_alone_matches() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", "email")]).await;
    let event = sign_up("7a63f1fb-5f2b-4a53-8d8e-0123456789ab", "zoë@example.com");
    assert_response(&function.invoke(event.to_string()).await, &event, confirmed());
}

#[tokio::test]
async fn an_alias_is_not_moved_from_somebody_who_has_an_account() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", "email-alias")]).await;
    let event = sign_up("zoë", "zoë@example.com");
    assert_response(&function.invoke(event.to_string()).await, &event, confirmed());

    let mut arrived = zoe();
    arrived.user_sub = Some("00000000-0000-4000-8000-000000000001".to_owned());
    stack.dynamodb.put(KNOWN_USERS, local::known_users_file::dynamodb_json(arrived)).unwrap();
    let event = event.to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
}

#[tokio::test]
async fn under_verify_nobody_skips_the_code_and_nobody_is_looked_up() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", "verify")]).await;
    let event = sign_up("zoë", "zoë@example.com").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert!(stack.dynamodb_faults.operations().is_empty());
}

#[tokio::test]
async fn under_claim_the_code_that_the_owner_sent_comes_on_top() {
    let invited = |expires| {
        let code_hash = Claim::hash_of("ab12-cd34");
        KnownUser { claim: Some(Claim { code_hash, expires }), ..zoe() }
    };
    for (known, code, is_confirmed) in [
        (invited(4_000_000_000), Some("AB12CD34"), true),
        (invited(4_000_000_000), Some("ab12-cd35"), false),
        (invited(4_000_000_000), None, false),
        (invited(1_700_000_000), Some("ab12-cd34"), false),
        (zoe(), Some("ab12-cd34"), false),
    ] {
        let stack = stack_knowing([known]).await;
        let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", "claim")]).await;
        for place in ["clientMetadata", "validationData"] {
            let mut event = sign_up("zoë", "zoë@example.com");
            event["request"][place] = json!({ "claimCode": code });
            let answer = function.invoke(event.to_string()).await;
            if is_confirmed {
                assert_response(&answer, &event, confirmed());
            } else {
                assert_unchanged(&answer, &event.to_string());
            }
        }
        assert_eq!(stack.dynamodb_faults.operations(), ["GetItem", "GetItem"]);
    }
}

#[tokio::test]
async fn under_deny_a_known_user_signs_in_instead_until_they_have_migrated() {
    let mut moved = KnownUser::new("moved@example.com", Some("moved")).unwrap();
    moved.migrated_at = Some("2026-11-20T10:00:00.000Z".to_owned());
    let stack = stack_knowing([zoe(), moved]).await;
    let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", "deny")]).await;
    for user_name in ["zoë", "eve"] {
        let answer = function.invoke(sign_up(user_name, "zoë@example.com").to_string()).await;
        assert_error(&answer, "AccountExists", "this account already exists, sign in instead");
        assert!(!answer.log.contains("ERROR"), "a refusal is no failure: {}", answer.log);
    }
    for (user_name, email) in [("moved", "moved@example.com"), ("eve", "eve@example.com")] {
        let event = sign_up(user_name, email).to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
    }
}

#[tokio::test]
async fn a_bad_record_decides_nothing() {
    let stack = stack_knowing([]).await;
    stack
        .dynamodb
        .put(
            KNOWN_USERS,
            json!({ "UserEmail": { "S": "bad@example.com" }, "UserName": { "S": "bad" }, "Suspended": { "S": "no" } }),
        )
        .unwrap();
    let function = TRIGGER.wake(&stack, &[]).await;
    let answer = function.invoke(sign_up("bad", "bad@example.com").to_string()).await;
    assert_error(&answer, "KnownUserMalformed", "try again later");
    contract::assert_counted(&answer, "KnownUserMalformed");
    assert!(answer.log.contains(r#""detail":"Suspended""#), "{}", answer.log);
}

#[tokio::test]
async fn a_stranger_and_a_known_user_are_refused_alike_in_an_outage() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("AWS_MAX_ATTEMPTS", "1")]).await;
    stack.dynamodb_faults.inject(faults::ALL, Fault::throttling());
    for (user_name, email) in [("zoë", "zoë@example.com"), ("eve", "eve@example.com")] {
        let answer = function.invoke(sign_up(user_name, email).to_string()).await;
        assert_error(&answer, "KnownUsersUnavailable", "try again later");
    }
}

#[tokio::test]
async fn a_bad_setting_is_an_error_at_start_that_names_it() {
    for (name, value, why) in [
        ("SIGN_UP_POLICY", "open", "`open` is none of `match`, `claim`, `verify`, `deny`"),
        ("SIGN_IN_WITH", "phone", "`phone` is none of `username`, `email-alias`, `email`"),
        ("AWS_CA_BUNDLE", "/nowhere/ca.pem", "No such file"),
        ("AWS_CA_BUNDLE", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "no PEM certificate"),
    ] {
        contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &[(name, value)], name).await;
        contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &[(name, value)], why).await;
    }
}
