//! Migrate user from event to answer: the real binary, a real table.

#![cfg(test)]

mod contract;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{Router, routing::post};
use contract::{Kind, Trigger, assert_counted, assert_error, assert_response, assert_unchanged, sample, stack_knowing};
use known_user::{Claim, KnownUser};
use local_aws::{
    dynamodb::{EPHEMERA, KNOWN_USERS},
    faults::{self, Fault},
    known_users_file,
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

/// The key of Zoë's record.
const ZOE: &str = "zoe@example.com";

fn zoe() -> KnownUser {
    let mut zoe = KnownUser::new(ZOE, Some("Zoë")).unwrap();
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
    json!({ "name": "Zoë", "email": ZOE, "email_verified": "true" })
}

fn migrated_at(stack: &Stack, email: &str) -> Option<String> {
    stack.dynamodb.item(KNOWN_USERS, email).unwrap()["MigratedAt"].as_str().map(str::to_owned)
}

const SIGN_IN: [&str; 3] = ["GetItem", "UpdateItem", "UpdateItem"];
const SIGN_IN_BY_NAME: [&str; 4] = ["Query", "GetItem", "UpdateItem", "UpdateItem"];

#[tokio::test]
async fn a_known_user_without_a_hash_comes_in_and_resets_the_password() {
    for (sign_in_with, name, requests) in [
        ("username", "ZOË", &SIGN_IN_BY_NAME[..]),
        ("email-alias", "ZOË", &SIGN_IN_BY_NAME),
        ("email", "Zoe@EXAMPLE.com", &SIGN_IN),
    ] {
        let stack = stack_knowing([zoe()]).await;
        let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", sign_in_with)]).await;
        let event = typed(name);
        let answer = function.invoke(event.to_string()).await;
        let mut attributes = attributes();
        if sign_in_with == "email" {
            attributes["email"] = json!(name);
        }
        assert_response(&answer, &event, migrated(json!("RESET_REQUIRED"), attributes));
        assert_eq!(stack.dynamodb_faults.operations(), requests);
        assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");
        let record = stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap();
        assert_eq!(migrated_at(&stack, ZOE).unwrap().len(), "2026-11-20T10:00:00.000Z".len());
        let migrated_as = if sign_in_with == "email" { Value::Null } else { json!("zoë") };
        assert_eq!(record.get("MigratedAs").cloned().unwrap_or_default(), migrated_as);
    }
}

#[tokio::test]
async fn cognito_may_ask_twice_and_is_answered_alike() {
    for event in [typed("zoë"), forgot("zoë")] {
        let stack = stack_knowing([zoe()]).await;
        let function = TRIGGER.wake(&stack, &[]).await;
        let first = function.invoke(event.to_string()).await.json();
        let noted = migrated_at(&stack, ZOE).unwrap();
        assert_eq!(function.invoke(event.to_string()).await.json(), first);
        assert!(
            migrated_at(&stack, ZOE).unwrap() > noted,
            "pre sign-up, which may come next, sees that it was just now"
        );
    }
}

#[tokio::test]
async fn who_has_arrived_is_a_stranger_for_good() {
    for (note, value) in
        [("UserSub", "00000000-0000-4000-8000-000000000001"), ("ConfirmedAt", "2026-11-20T10:00:00.000Z")]
    {
        for known in [zoe(), hashed(BCRYPT)] {
            let stack = stack_knowing([]).await;
            let mut item = known_users_file::dynamodb_json(known);
            item[note] = json!({ "S": value });
            stack.dynamodb.put(KNOWN_USERS, item).unwrap();
            let before = stack.dynamodb.items(KNOWN_USERS);
            let function = TRIGGER.wake(&stack, &[]).await;
            for event in [with_password("zoë", "correct horse"), forgot("zoë")] {
                let event = event.to_string();
                assert_unchanged(&function.invoke(&event).await, &event);
            }
            assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
        }
    }
}

#[tokio::test]
async fn a_second_spelling_is_a_second_account_for_nobody() {
    let decomposed = "Zoe\u{308}";
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    assert!(!function.invoke(typed("zoë").to_string()).await.json()["response"]["userAttributes"].is_null());
    let before = stack.dynamodb.items(KNOWN_USERS);
    for event in [typed(decomposed), forgot(decomposed)] {
        let event = event.to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
    }
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);

    // Where the pool minds case, the owner's own spelling alone, from the first time on.
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("USER_NAMES_CASE_SENSITIVE", "true")]).await;
    let event = typed("zoë").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    let event = typed("Zoë");
    let answer = function.invoke(event.to_string()).await;
    assert_response(&answer, &event, migrated(json!("RESET_REQUIRED"), attributes()));
}

#[tokio::test]
async fn who_forgot_the_password_comes_in_with_a_verified_email_and_asks_what_strangers_ask() {
    let mut unverified = KnownUser::new("unv@example.com", Some("unv")).unwrap();
    unverified.email_verified = false;
    let stack = stack_knowing([zoe(), unverified]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let event = forgot("zoë");
    assert_response(&function.invoke(event.to_string()).await, &event, migrated(Value::Null, attributes()));
    assert_eq!(stack.dynamodb_faults.operations(), SIGN_IN_BY_NAME);
    assert!(migrated_at(&stack, ZOE).is_some());

    for name in ["unv", "eve"] {
        stack.dynamodb_faults.forget();
        let event = forgot(name).to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
        assert_eq!(stack.dynamodb_faults.operations(), SIGN_IN_BY_NAME);
    }
    assert_eq!(migrated_at(&stack, "unv@example.com"), None);
    assert_eq!(stack.dynamodb.items(KNOWN_USERS).len(), 2);
}

#[tokio::test]
async fn in_an_alias_pool_a_typed_email_comes_with_the_users_own_name_or_one_that_nobody_can_guess() {
    let nameless = KnownUser::new("nameless@example.com", None).unwrap();
    let stack = stack_knowing([zoe(), nameless]).await;
    let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", "email-alias")]).await;
    let event = typed(ZOE);
    let mut named = attributes();
    named["username"] = json!("Zoë");
    assert_response(&function.invoke(event.to_string()).await, &event, migrated(json!("RESET_REQUIRED"), named));

    let event = typed("nameless@example.com");
    let answer = function.invoke(event.to_string()).await;
    let noted = stack.dynamodb.item(KNOWN_USERS, "nameless@example.com").unwrap()["MigratedAs"].clone();
    assert_eq!(noted.as_str().unwrap().len(), 36);
    let unique = json!({ "email": "nameless@example.com", "email_verified": "true", "username": noted });
    assert_response(&answer, &event, migrated(json!("RESET_REQUIRED"), unique));
    assert_eq!(function.invoke(event.to_string()).await.json(), answer.json(), "the same one again");
}

/// By pool: what somebody types who is known by it.
fn names(sign_in_with: &str) -> Vec<(String, String)> {
    let names: &[[&str; 2]] = match sign_in_with {
        "username" => &[["zoë", "eve"], ["joe@old", "eve@old"], ["nameless@example.com", "eve@example.com"]],
        "email-alias" => &[["zoë", "eve"], ["joe@old", "eve@old"], [ZOE, "eve@example.com"]],
        _ => &[[ZOE, "eve@example.com"]],
    };
    names.iter().map(|[known, unknown]| ((*known).to_owned(), (*unknown).to_owned())).collect()
}

/// Thirteen attempts each at the endpoint, by every kind of name in every kind of pool.
#[tokio::test]
async fn known_unknown_suspended_arrived_wrong_and_over_the_limit_ask_the_same() {
    let with = |change: fn(&mut KnownUser)| {
        [("joe@example.com", Some("joe@old")), ("nameless@example.com", None), (ZOE, Some("Zoë"))].map(
            |(email, name)| {
                let mut user =
                    KnownUser { password_hash: Some(BCRYPT.to_owned()), ..KnownUser::new(email, name).unwrap() };
                change(&mut user);
                user
            },
        )
    };
    let arrived = |user: &mut KnownUser| user.user_sub = Some("00000000-0000-4000-8000-000000000001".to_owned());
    let kinds: [(&str, Vec<KnownUser>, &str); 5] = [
        ("unknown", Vec::new(), "correct horse"),
        ("wrong", with(|_| ()).into(), "Correct horse"),
        ("suspended", with(|user| user.suspended = true).into(), "correct horse"),
        ("arrived", with(arrived).into(), "correct horse"),
        (
            "unverified, without a hash",
            with(|user| (user.password_hash, user.email_verified) = (None, false)).into(),
            "x",
        ),
    ];
    for sign_in_with in ["username", "email-alias", "email"] {
        let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (kind, people, password) in &kinds {
            let stack = stack_knowing(people.clone()).await;
            let before = stack.dynamodb.items(KNOWN_USERS);
            let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", sign_in_with), ("DUMMY_HASH", BCRYPT)]).await;
            for (number, (known, unknown)) in names(sign_in_with).into_iter().enumerate() {
                let name = if people.is_empty() { unknown } else { known };
                for event in [with_password(&name, password), forgot(&name)] {
                    if *kind == "wrong" && event["triggerSource"] != TRIGGER.source {
                        continue; // They may come in by their mailbox.
                    }
                    stack.dynamodb_faults.forget();
                    for _ in 0..13 {
                        let event = event.to_string();
                        assert_unchanged(&function.invoke(&event).await, &event);
                    }
                    let requests = stack.dynamodb_faults.operations();
                    let each = &requests[..requests.len() / 13];
                    assert!(each.len() <= 4 && requests.chunks(each.len()).all(|one| one == each), "{requests:?}");
                    let key = format!("{number} {}", event["triggerSource"]);
                    assert_eq!(*seen.entry(key).or_insert(each.to_vec()), each, "{sign_in_with} {kind} {name}");
                }
            }
            assert_eq!(stack.dynamodb.items(KNOWN_USERS), before, "{sign_in_with} {kind}");
        }
        assert_eq!(seen.len(), 2 * names(sign_in_with).len());
    }
}

#[tokio::test]
async fn a_user_name_that_two_share_is_nobodys() {
    let twins = ["a@example.com", "b@example.com"].map(|email| KnownUser::new(email, Some("Twin")).unwrap());
    let stack = stack_knowing(twins).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    for event in [typed("twin"), forgot("twin")] {
        let event = event.to_string();
        let answer = function.invoke(&event).await;
        assert_unchanged(&answer, &event);
        assert!(answer.log.contains("UserNameShared"), "{}", answer.log);
    }
    for name in ["", " ", "@"] {
        for event in [typed(name), forgot(name)] {
            let event = event.to_string();
            assert_unchanged(&function.invoke(&event).await, &event);
        }
    }
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn nobody_comes_in_whose_migration_could_not_be_noted() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("AWS_MAX_ATTEMPTS", "1")]).await;
    stack.dynamodb_faults.inject("UpdateItem KnownUsers", Fault::throttling());
    let answer = function.invoke(typed("zoë").to_string()).await;
    assert_error(&answer, "KnownUsersUnavailable", "try again later");
    assert_counted(&answer, "KnownUsersUnavailable");
    assert_eq!(migrated_at(&stack, ZOE), None);
}

#[tokio::test]
async fn a_record_that_is_removed_meanwhile_is_nobodys() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let gone = Fault::dynamodb_error(400, "ConditionalCheckFailedException", "The conditional request failed");
    stack.dynamodb_faults.inject("UpdateItem KnownUsers", gone);
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
    for (sign_in_with, name, requests) in
        [("username", "ZOË", &SIGN_IN_BY_NAME[..]), ("email-alias", ZOE, &SIGN_IN_BY_NAME), ("email", ZOE, &SIGN_IN)]
    {
        let invited = KnownUser { claim: Some(Claim::new("7239".to_owned(), 4_000_000_000)), ..hashed(BCRYPT) };
        let stack = stack_knowing([invited]).await;
        let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", sign_in_with)]).await;
        let event = with_password(name, "correct horse");
        let answer = function.invoke(event.to_string()).await;
        let mut attributes = attributes();
        if sign_in_with == "email-alias" {
            attributes["username"] = json!("Zoë");
        }
        assert_response(&answer, &event, migrated(json!("CONFIRMED"), attributes));
        assert_eq!(stack.dynamodb_faults.operations(), requests);
        assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");
        assert!(migrated_at(&stack, ZOE).is_some());
        let record = stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap();
        assert!(record.get("ClaimCodeHash").is_none() && record.get("PasswordHash").is_some(), "{record}");
        assert_eq!(attempts(&stack), ["1"]);

        // Cognito may ask twice.
        assert_eq!(function.invoke(event.to_string()).await.json(), answer.json());
    }
}

#[tokio::test]
async fn a_missing_password_is_a_wrong_one() {
    let stack = stack_knowing([hashed(BCRYPT)]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    for password in [json!(""), Value::Null] {
        let mut event = typed("zoë");
        event["request"]["password"] = password;
        let event = event.to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
    }
    assert_eq!(migrated_at(&stack, ZOE), None);
}

#[tokio::test]
async fn after_ten_attempts_even_the_right_password_is_not_looked_at() {
    for known in [Some(hashed(BCRYPT)), None] {
        let is_known = known.is_some();
        let stack = stack_knowing(known).await;
        let function = TRIGGER.wake(&stack, &[]).await;
        // In any spelling, it is one person.
        let names = if is_known { ["zoë", "ZOË"] } else { ["eve", " EVE "] };
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
        assert_eq!(is_known.then(|| migrated_at(&stack, ZOE)).flatten(), None);
    }
}

#[tokio::test]
async fn attempts_side_by_side_are_counted_one_by_one() {
    let stack = stack_knowing([hashed(BCRYPT)]).await;
    let functions = [TRIGGER.wake(&stack, &[]).await, TRIGGER.wake(&stack, &[]).await];
    let event = with_password(ZOE, "wrong").to_string();
    let invocations = (0..12).map(|attempt| functions[attempt % 2].invoke(event.as_str()));
    let answers = futures_util::future::join_all(invocations).await;
    let refused = answers.iter().filter(|answer| answer.log.contains("too many attempts")).count();
    assert_eq!((refused, attempts(&stack)), (2, vec!["12".to_owned()]));
}

#[tokio::test]
async fn by_email_and_by_user_name_it_is_one_person_whose_attempts_are_counted() {
    let stack = stack_knowing([hashed(BCRYPT)]).await;
    let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", "email-alias")]).await;
    for attempt in 0..10 {
        function.invoke(with_password(["zoë", ZOE][attempt % 2], "Correct horse").to_string()).await;
    }
    assert_eq!(attempts(&stack), ["10"]);
    let event = with_password("zoë", "correct horse").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
}

#[tokio::test]
async fn attempts_are_counted_without_hashes_too() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("DUMMY_HASH", "none")]).await;
    for _ in 0..10 {
        let event = with_password("zoë", "x");
        let answer = function.invoke(event.to_string()).await;
        assert_response(&answer, &event, migrated(json!("RESET_REQUIRED"), attributes()));
    }
    let event = with_password("zoë", "x").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert_eq!(attempts(&stack), ["11"]);
}

#[tokio::test]
async fn who_forgot_the_password_comes_in_however_many_passwords_were_tried() {
    let stack = stack_knowing([hashed(BCRYPT)]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    for _ in 0..11 {
        function.invoke(with_password("zoë", "Correct horse").to_string()).await;
    }
    let event = forgot("zoë");
    for _ in 0..12 {
        assert_response(&function.invoke(event.to_string()).await, &event, migrated(Value::Null, attributes()));
    }
    let counted: Vec<_> =
        stack.dynamodb.items(EPHEMERA).keys().map(|id| id.split('#').next().unwrap().to_owned()).collect();
    assert_eq!(counted, ["attempts", "forgotten"]);
}

/// What the stack's metrics count has to be in the log whatever `LogLevel` says.
#[tokio::test]
async fn guesses_are_counted_at_every_log_level() {
    for level in ["TRACE", "INFO", "WARN", "ERROR", "FATAL"] {
        let stack = stack_knowing([hashed(BCRYPT)]).await;
        let function = TRIGGER.wake(&stack, &[("AWS_LAMBDA_LOG_LEVEL", level)]).await;
        let event = with_password("zoë", "Correct horse").to_string();
        for attempt in 1..=11 {
            let answer = function.invoke(&event).await;
            let error_type = if attempt == 11 { "TooManyAttempts" } else { "WrongPassword" };
            let lines: Vec<Value> = answer.log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(lines.iter().filter(|line| line["errorType"] == error_type).count(), 1, "{level} {lines:?}");
        }
        let right = with_password("zoë", "correct horse").to_string();
        let answer = function.invoke(&right).await;
        assert!(answer.log.contains("TooManyAttempts"), "{level}");
    }
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
        assert_eq!(migrated_at(&stack, ZOE), None);
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
    for name in ["zoë", "eve"] {
        stack.dynamodb_faults.inject("UpdateItem Ephemera", Fault::throttling());
        let answer = function.invoke(with_password(name, "correct horse").to_string()).await;
        assert_error(&answer, "EphemeraUnavailable", "try again later");
        assert_counted(&answer, "EphemeraUnavailable");
    }
    assert_eq!(migrated_at(&stack, ZOE), None);
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
    assert_eq!(migrated_at(&stack, ZOE), None);

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

/// npm's argon2 takes a secret and does not write that it did.
#[tokio::test]
async fn a_secret_of_argon2s_is_waited_for_where_no_hash_says_that_it_had_one() {
    let hash = "$argon2id$v=19$m=1024,p=4,t=2$RTnhKTyyUdyYg2PrLr9xBA$XpZbFi979/kR92iqrJUCwqo/s1ccvqABTLE2zA0KCuA";
    let url = secrets_manager(200, json!({ "SecretString": r#"{"argon2_secret":"pepper-secret"}"# })).await;
    let stack = stack_knowing([hashed(hash)]).await;
    let settings = [("PASSWORD_SECRET", "argon2"), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &url)];
    let function = TRIGGER.wake(&stack, &settings).await;
    for (password, status) in [("b", None), ("a", Some("CONFIRMED"))] {
        let event = with_password("zoë", password);
        let answer = function.invoke(event.to_string()).await;
        match status {
            Some(status) => assert_response(&answer, &event, migrated(json!(status), attributes())),
            None => assert_unchanged(&answer, &event.to_string()),
        }
    }
}

/// `hashcat`, under the pepper `key`.
const PEPPERED: &str = "$pepper$hmac-sha256-hex${SHA}nTWilUqnkLtvzx8x5IJzvu9o5IE=";

#[tokio::test]
async fn the_role_allows_what_the_function_does_and_no_more() {
    let parameters = [
        ("SignInWith", &["username", "email-alias", "email"][..]),
        ("SignUpPolicy", &["claim"]),
        ("DummyHash", &["", "none"]),
        ("PasswordSecretArn", &["", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:pepper-AbCdEf"]),
    ];
    contract::grants::assert_exact(&TRIGGER, &parameters, &[hashed(PEPPERED)], async |_, function| {
        for event in [with_password("zoë", "hashcat"), with_password(ZOE, "hashcat"), forgot("zoë")] {
            function.invoke(event.to_string()).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_or_used_keeps_out_whoever_needs_it_and_nobody_else() {
    let denied = json!({ "__type": "AccessDeniedException", "message": "hunter2" });
    let unreachable = "http://127.0.0.1:9".to_owned();
    for url in [
        secrets_manager(400, denied).await,
        secrets_manager(200, json!({ "SecretString": "hunter2" })).await,
        secrets_manager(200, json!({ "SecretBinary": "aHVudGVyMg==" })).await,
        unreachable,
    ] {
        let ann = KnownUser {
            password_hash: Some(BCRYPT.to_owned()),
            ..KnownUser::new("ann@example.com", Some("ann")).unwrap()
        };
        let stack = stack_knowing([hashed(PEPPERED), ann]).await;
        let settings = [
            ("PASSWORD_SECRET", "hunter2"),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", url.as_str()),
            ("AWS_MAX_ATTEMPTS", "1"),
        ];
        let function = TRIGGER.wake(&stack, &settings).await;
        let answer = function.invoke(with_password("ann", "correct horse").to_string()).await;
        assert_eq!(answer.json()["response"]["finalUserStatus"], "CONFIRMED", "{url}");
        let answer = function.invoke(with_password("zoë", "hashcat").to_string()).await;
        assert_error(&answer, "PasswordSecretUnavailable", "try again later");
        assert_counted(&answer, "PasswordSecretUnavailable");
        assert!(!answer.log.contains("hunter2"), "{}", answer.log);
        assert_eq!(migrated_at(&stack, ZOE), None);
    }
}

#[tokio::test]
async fn a_secret_that_could_not_be_read_is_read_again() {
    let stack = stack_knowing([hashed(PEPPERED)]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = calls.clone();
    let answer = post(async move || match counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 | 1 => (axum::http::StatusCode::BAD_REQUEST, json!({ "__type": "DecryptionFailure" }).to_string()),
        _ => (axum::http::StatusCode::OK, json!({ "SecretString": r#"{"pepper":"key"}"# }).to_string()),
    });
    tokio::spawn(async { axum::serve(listener, Router::new().route("/", answer)).await });
    let settings =
        [("PASSWORD_SECRET", "pepper"), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", url.as_str()), ("AWS_MAX_ATTEMPTS", "1")];
    let function = TRIGGER.wake(&stack, &settings).await;
    let event = with_password("zoë", "hashcat").to_string();
    assert_error(&function.invoke(&event).await, "PasswordSecretUnavailable", "try again later");
    assert_eq!(function.invoke(&event).await.json()["response"]["finalUserStatus"], "CONFIRMED");
    let so_far = calls.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(function.invoke(&event).await.json()["response"]["finalUserStatus"], "CONFIRMED");
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), so_far, "once is enough");
}

/// A secret of 0.9 seconds and a table of 0.95 seconds a request took 5.5 seconds of Cognito's 5.
#[tokio::test]
async fn a_slow_secret_and_a_slow_table_together_end_inside_cognitos_five_seconds_of_the_start() {
    let slow = axum::http::StatusCode::OK;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = post(async move || {
        tokio::time::sleep(Duration::from_millis(900)).await;
        (slow, json!({ "SecretString": r#"{"pepper":"key"}"# }).to_string())
    });
    tokio::spawn(async { axum::serve(listener, Router::new().route("/", answer)).await });
    let stack = stack_knowing([hashed(PEPPERED)]).await;
    stack.dynamodb_faults.inject(faults::ALL, Fault::Delay(Duration::from_millis(950)));
    let mut configuration = stack.configuration(
        TRIGGER.binary,
        &[("PASSWORD_SECRET", "pepper"), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", url.as_str())],
    );
    configuration.time_limit = Duration::from_secs(10);
    let started = Instant::now();
    let function = local_aws::function::RunningFunction::start(configuration).await.unwrap();
    let answer = function.invoke_with_deadline(&with_password("zoë", "hashcat").to_string(), contract::IN_1970).await;
    // The limit of start and first invocation together is 4.2 seconds; a busy machine adds to the start of the process.
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_error(&answer, "TimedOut", "try again later");
}

#[tokio::test]
async fn a_throttled_table_is_asked_again_for_as_long_as_there_is_time_however_often_it_was_before() {
    let stack = stack_knowing([hashed(BCRYPT)]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let event = with_password("zoë", "correct horse").to_string();
    // More failures than the SDK's quota of retries has, without a pause between them.
    stack.dynamodb_faults.inject(faults::ALL, Fault::throttling());
    for _ in 0..3 {
        stack.dynamodb_faults.forget();
        let answer = function.invoke(&event).await;
        assert_error(&answer, "KnownUsersUnavailable", "try again later");
        assert_eq!(stack.dynamodb_faults.requests(), 12);
    }
    for _ in 0..20 {
        stack.dynamodb_faults.clear();
        stack.dynamodb_faults.inject_times(6, faults::ALL, Fault::throttling());
        let answer = function.invoke(forgot("eve").to_string()).await;
        assert!(!answer.function_error, "{}", answer.log);
    }
    stack.dynamodb_faults.clear();
    stack.dynamodb_faults.inject_times(8, faults::ALL, Fault::throughput_exceeded());
    let answer = function.invoke(&event).await;
    assert_eq!(answer.json()["response"]["finalUserStatus"], "CONFIRMED", "{}", answer.log);
}
