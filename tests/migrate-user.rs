//! Migrate user from event to answer: the real binary, a real table.

#![cfg(test)]

mod contract;

use std::time::{SystemTime, UNIX_EPOCH};

use axum::{Router, routing::post};
use common::known_user::KnownUser;
use contract::{Kind, Trigger, assert_counted, assert_error, assert_response, assert_unchanged, sample, stack_knowing};
use local::{
    dynamodb::{EPHEMERA, KNOWN_USERS},
    faults::Fault,
    stack::Stack,
};
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
    for (setting, value) in [("SIGN_IN_WITH", "phone"), ("DUMMY_HASH", "hunter2"), ("EPHEMERA_TABLE", "")] {
        contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &[(setting, value)], setting).await;
    }
}

/// `correct horse`, by PHP's `password_hash` at cost 4.
const BCRYPT: &str = "$2y$04$s2mU13DKdKVLpM6GP3rRlu47UbmPnap2WAOgp8JaMzYNoM0EgoU.W";

fn hashed(hash: &str) -> KnownUser {
    KnownUser { password_hash: Some(hash.to_owned()), ..zoe() }
}

fn with_password(user_name: &str, password: &str) -> Value {
    let mut event = typed(user_name);
    event["request"]["password"] = json!(password);
    event
}

/// What is counted, each by how often.
fn attempts(stack: &Stack) -> Vec<String> {
    let items = stack.dynamodb.items(EPHEMERA);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let times = |(id, item): (&String, &Value)| {
        let expires_at: u64 = item["ExpiresAt"].to_string().trim_matches('"').parse().unwrap();
        assert!(id.starts_with("attempts#") && (now..=now + 900).contains(&expires_at), "{id} {item}");
        item["Times"].to_string()
    };
    items.iter().map(times).collect()
}

#[tokio::test]
async fn a_known_user_with_the_right_password_comes_in_and_keeps_it() {
    for (name, requests) in [
        ("ZOË", &["Query", "GetItem", "UpdateItem", "UpdateItem"][..]),
        ("zoë@example.com", &["GetItem", "UpdateItem", "UpdateItem"][..]),
    ] {
        let stack = stack_knowing([hashed(BCRYPT)]).await;
        let function = TRIGGER.wake(&stack, &[]).await;
        let event = with_password(name, "correct horse");
        let answer = function.invoke(event.to_string()).await;
        assert_response(&answer, &event, migrated(json!("CONFIRMED"), attributes()));
        assert_eq!(stack.dynamodb_faults.operations(), requests);
        assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");
        assert!(migrated_at(&stack, "zo\u{eb}@example.com").is_some());
        assert_eq!(attempts(&stack), ["1"]);

        // Cognito may ask twice.
        let noted = stack.dynamodb.items(KNOWN_USERS);
        assert_eq!(function.invoke(event.to_string()).await.json(), answer.json());
        assert_eq!(stack.dynamodb.items(KNOWN_USERS), noted);
    }
}

#[tokio::test]
async fn a_wrong_password_unknown_and_suspended_look_the_same_and_ask_the_same() {
    let suspended = KnownUser { suspended: true, ..hashed(BCRYPT) };
    let event = with_password("zoë@example.com", "correct horse").to_string();
    let wrong = with_password("zoë@example.com", "Correct horse").to_string();
    let missing = with_password("zoë@example.com", "").to_string();
    for (known, event) in [
        (Some(hashed(BCRYPT)), &wrong),
        (Some(hashed(BCRYPT)), &missing),
        (Some(suspended), &event),
        (None, &event),
        (None, &missing),
    ] {
        let stack = stack_knowing(known).await;
        let before = stack.dynamodb.items(KNOWN_USERS);
        let function = TRIGGER.wake(&stack, &[]).await;
        assert_unchanged(&function.invoke(event).await, event);
        assert_eq!(stack.dynamodb_faults.operations(), ["GetItem", "UpdateItem"]);
        assert_eq!((stack.dynamodb.items(KNOWN_USERS), attempts(&stack)), (before, vec!["1".to_owned()]));
    }
}

#[tokio::test]
async fn after_ten_attempts_even_the_right_password_is_not_looked_at() {
    for known in [Some(hashed(BCRYPT)), None] {
        let is_known = known.is_some();
        let stack = stack_knowing(known).await;
        let function = TRIGGER.wake(&stack, &[]).await;
        // By either name, in any spelling, it is one person.
        let names = if is_known { ["zoë", "ZOË@example.com"] } else { ["eve", " EVE "] };
        for attempt in 0..10 {
            let event = with_password(names[attempt % 2], "Correct horse").to_string();
            assert_unchanged(&function.invoke(&event).await, &event);
        }
        let event = with_password(names[0], "correct horse").to_string();
        let answer = function.invoke(&event).await;
        assert_unchanged(&answer, &event);
        assert!(answer.log.contains("too many attempts"), "{}", answer.log);
        assert_eq!(attempts(&stack), ["11"]);
        assert_eq!(stack.dynamodb.items(KNOWN_USERS).len(), usize::from(is_known));
        assert_eq!(is_known.then(|| migrated_at(&stack, "zo\u{eb}@example.com")).flatten(), None);
    }
}

#[tokio::test]
async fn attempts_side_by_side_are_counted_one_by_one() {
    let stack = stack_knowing([hashed(BCRYPT)]).await;
    let functions = [TRIGGER.wake(&stack, &[]).await, TRIGGER.wake(&stack, &[]).await];
    let event = with_password("zoë@example.com", "wrong").to_string();
    let invocations = (0..12).map(|attempt| functions[attempt % 2].invoke(event.as_str()));
    let answers = futures_util::future::join_all(invocations).await;
    let refused = answers.iter().filter(|answer| answer.log.contains("too many attempts")).count();
    assert_eq!((refused, attempts(&stack)), (2, vec!["12".to_owned()]));
}

#[tokio::test]
async fn without_hashes_on_the_list_a_stranger_costs_nothing() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("DUMMY_HASH", "none")]).await;
    for name in ["eve", "zoë"] {
        function.invoke(with_password(name, "x").to_string()).await;
    }
    assert!(stack.dynamodb.items(EPHEMERA).is_empty());
}

#[tokio::test]
async fn who_forgot_the_password_comes_in_without_it() {
    let stack = stack_knowing([hashed(BCRYPT)]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let event = forgot("zoë");
    assert_response(&function.invoke(event.to_string()).await, &event, migrated(Value::Null, attributes()));
    assert!(stack.dynamodb.items(EPHEMERA).is_empty());
}

#[tokio::test]
async fn a_hash_that_cannot_be_used_refuses_and_is_counted_and_not_shown() {
    for hash in ["hunter2", "$2b$10$VVt6y", &BCRYPT.replace("$04$", "$16$"), "$pepper$hmac-sha256-hex$hunter2"] {
        let stack = stack_knowing([hashed(hash)]).await;
        let function = TRIGGER.wake(&stack, &[]).await;
        let answer = function.invoke(with_password("zoë", "hunter2").to_string()).await;
        assert_error(&answer, "PasswordHashUnusable", "try again later");
        assert_counted(&answer, "PasswordHashUnusable");
        assert!(!answer.log.contains("hunter2") && !answer.log.contains("VVt6y"), "{}", answer.log);
        assert_eq!(migrated_at(&stack, "zo\u{eb}@example.com"), None);
    }
}

#[tokio::test]
async fn a_dummy_that_cannot_be_used_is_counted_and_keeps_nobody_out() {
    let stack = stack_knowing([]).await;
    let dummy = "$pepper$hmac-sha256-hex${SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==";
    let function = TRIGGER.wake(&stack, &[("DUMMY_HASH", dummy)]).await;
    let event = with_password("eve", "x").to_string();
    let answer = function.invoke(&event).await;
    assert_unchanged(&answer, &event);
    assert!(answer.log.contains(r#""errorType":"PasswordHashUnusable""#), "{}", answer.log);
}

#[tokio::test]
async fn nobody_comes_in_whose_attempt_could_not_be_counted() {
    let stack = stack_knowing([hashed(BCRYPT)]).await;
    let function = TRIGGER.wake(&stack, &[("AWS_MAX_ATTEMPTS", "1")]).await;
    for name in ["zoë@example.com", "eve@example.com"] {
        stack.dynamodb_faults.inject("UpdateItem", Fault::throttling());
        let answer = function.invoke(with_password(name, "correct horse").to_string()).await;
        assert_error(&answer, "EphemeraUnavailable", "try again later");
        assert_counted(&answer, "EphemeraUnavailable");
    }
    assert_eq!(migrated_at(&stack, "zo\u{eb}@example.com"), None);
}

#[tokio::test]
async fn a_verification_that_takes_longer_than_cognito_waits_is_refused_in_time() {
    // Ten million rounds: three seconds and more, even here.
    let slow = "$6$rounds=9999999$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";
    let stack = stack_knowing([hashed(slow)]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    // So that it does not depend on the machine, the invocation's own deadline is nearer than the trigger's limit.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let deadline = u64::try_from(now.as_millis()).unwrap() + 1200;
    let event = with_password("zoë", "correct horse").to_string();
    let answer = function.invoke_with_deadline(&event, deadline).await;
    assert_error(&answer, "TimedOut", "try again later");
    assert_eq!(migrated_at(&stack, "zo\u{eb}@example.com"), None);

    // The next person is not kept waiting by it.
    let event = forgot("zoë");
    let answer = function.invoke(event.to_string()).await;
    assert_response(&answer, &event, migrated(Value::Null, attributes()));
}

/// Plays Secrets Manager, with one answer to everything.
async fn secrets_manager(status: u16, answer: Value) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    let answer = post(async move || (status, answer.to_string()));
    tokio::spawn(async { axum::serve(listener, Router::new().route("/", answer)).await });
    url
}

#[tokio::test]
async fn a_pepper_comes_from_the_secret() {
    let hash = "$pepper$hmac-sha256-hex${SHA}nTWilUqnkLtvzx8x5IJzvu9o5IE=";
    let url = secrets_manager(200, json!({ "SecretString": r#"{"pepper":"key"}"# })).await;
    let stack = stack_knowing([hashed(hash)]).await;
    let settings = [("PASSWORD_SECRET", "pepper"), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &url)];
    let function = TRIGGER.wake(&stack, &settings).await;
    for (password, status) in [("hashcat", Some("CONFIRMED")), ("Hashcat", None)] {
        let event = with_password("zoë", password);
        let answer = function.invoke(event.to_string()).await;
        match status {
            Some(status) => assert_response(&answer, &event, migrated(json!(status), attributes())),
            None => assert_unchanged(&answer, &event.to_string()),
        }
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_or_used_is_an_error_at_start_that_shows_none_of_it() {
    let denied = json!({ "__type": "AccessDeniedException", "message": "hunter2" });
    let unreachable = "http://127.0.0.1:9".to_owned();
    for url in [
        secrets_manager(400, denied).await,
        secrets_manager(200, json!({ "SecretString": "hunter2" })).await,
        secrets_manager(200, json!({ "SecretBinary": "aHVudGVyMg==" })).await,
        unreachable,
    ] {
        let settings = [("PASSWORD_SECRET", "hunter2"), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", url.as_str())];
        contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &settings, "PASSWORD_SECRET").await;
    }
}
