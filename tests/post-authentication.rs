//! Post authentication from event to answer: the real binary, a real table.

#![cfg(test)]

mod contract;

use std::time::{Duration, SystemTime};

use contract::{Kind, Trigger, assert_counted, assert_error, assert_unchanged, stack_knowing};
use known_user::{Claim, ClaimUse, KnownUser, time::rfc3339};
use local_aws::{
    dynamodb::KNOWN_USERS,
    faults::{self, Fault},
    function::{Function, Invocation},
    known_users_file::dynamodb_json,
    stack::Stack,
};
use serde_json::{Value, json};

const TRIGGER: Trigger = Trigger {
    name: "post-authentication",
    binary: env!("CARGO_BIN_EXE_post-authentication"),
    kind: Kind::Records,
    source: "PostAuthentication_Authentication",
};

contract::tests!(TRIGGER);

const ZOE: &str = "zo\u{eb}@example.com";
const SUB: &str = "00000000-0000-4000-8000-000000000001";
const ANOTHER: &str = "00000000-0000-4000-8000-000000000002";
const POOLS: [&str; 3] = ["username", "email-alias", "email"];

/// A sign-in of a native user with this email, which the pool calls verified.
fn sign_in(email: &str, user_name: &str) -> Value {
    let mut event = TRIGGER.sample();
    event["userPoolId"] = json!("eu-west-1_EXAMPLE");
    event["callerContext"]["clientId"] = json!("web");
    event["userName"] = json!(user_name);
    event["request"]["userAttributes"] = json!({ "sub": SUB, "email": email, "email_verified": "true" });
    event
}

/// The same with these attributes; what is null is absent.
fn with(mut event: Value, attributes: Value) -> Value {
    for (name, value) in attributes.as_object().unwrap() {
        event["request"]["userAttributes"][name] = value.clone();
    }
    event["request"]["userAttributes"].as_object_mut().unwrap().retain(|_, value| !value.is_null());
    event
}

fn unverified(email: &str, user_name: &str) -> Value {
    with(sign_in(email, user_name), json!({ "email_verified": "false" }))
}

fn without_email(user_name: &str) -> Value {
    with(sign_in("", user_name), json!({ "email": null, "email_verified": null }))
}

fn federated(event: Value) -> Value {
    with(event, json!({ "cognito:user_status": "EXTERNAL_PROVIDER" }))
}

fn zoe() -> KnownUser {
    KnownUser::new(ZOE, Some("Zoë")).unwrap()
}

/// Zoë with all that goes once she has come.
fn expected_zoe() -> KnownUser {
    let used = Some(ClaimUse { by: "zoë".to_owned(), at: "2026-11-20T10:00:00.000Z".to_owned() });
    let claim = Claim { used, ..Claim::new(Claim::hash_of("ab12-cd34"), 4_000_000_000) };
    KnownUser { password_hash: Some("{SHA}hash".to_owned()), claim: Some(claim), ..zoe() }
}

fn migrated_as(user_name: &str) -> KnownUser {
    KnownUser { migrated_as: Some(user_name.to_owned()), ..expected_zoe() }
}

fn arrived_as(sub: &str) -> KnownUser {
    KnownUser { user_sub: Some(sub.to_owned()), ..expected_zoe() }
}

fn suspended(person: KnownUser) -> KnownUser {
    KnownUser { suspended: true, ..person }
}

fn put_with_last_login(stack: &Stack, person: KnownUser, last_login: Value) {
    let mut record = dynamodb_json(person);
    record["LastLogin"] = last_login;
    stack.dynamodb.put(KNOWN_USERS, record).unwrap();
}

fn last_login_at(time: SystemTime) -> Value {
    json!({ "M": { "Time": { "S": rfc3339(time).to_string() } } })
}

fn in_minutes(minutes: u64) -> SystemTime {
    SystemTime::now() + Duration::from_secs(60 * minutes)
}

fn record(stack: &Stack) -> Value {
    stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap()
}

/// Asserts that these requests were made since the last time, on the warm connection.
#[track_caller]
fn assert_asked(stack: &Stack, requests: &[&str]) {
    assert_eq!(stack.dynamodb_faults.operations(), requests);
    assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");
    stack.dynamodb_faults.forget();
}

/// Lets the user of the event in, with this line in the log.
async fn let_in(function: &Function, event: &Value, message: &str) -> Invocation {
    let answer = function.invoke(event.to_string()).await;
    assert_unchanged(&answer, &event.to_string());
    let last = answer.log.lines().last().unwrap();
    assert_eq!(serde_json::from_str::<Value>(last).unwrap()["message"], message, "{event}");
    answer
}

/// What is written of a sign-in.
#[derive(Clone, Copy, PartialEq)]
enum Written {
    /// That the person has come, and when.
    Arrival,
    /// When, and nothing else.
    LastLogin,
    Nothing,
}
use Written::{Arrival, LastLogin, Nothing};

/// Asserts that of `before` this alone has changed.
#[track_caller]
fn assert_written(stack: &Stack, before: &Value, written: Written, what: &str) {
    let after = record(stack);
    let mut expected = before.clone();
    if written != Nothing {
        let time = after["LastLogin"]["Time"].as_str().unwrap().to_owned();
        assert!(time.len() == 24 && time.ends_with('Z'), "{what}: {time}");
        expected["LastLogin"] = json!({ "UserPoolId": "eu-west-1_EXAMPLE", "ClientId": "web", "Time": time });
    }
    if written == Arrival {
        arrive(&mut expected);
    }
    assert_eq!(after, expected, "{what}");
}

fn arrive(record: &mut Value) {
    record["UserSub"] = json!(SUB);
    for gone in ["PasswordHash", "ClaimCodeHash", "ClaimCodeExpires", "ClaimUsedAs", "ClaimUsedAt"] {
        record.as_object_mut().unwrap().remove(gone);
    }
}

#[tokio::test]
async fn the_role_allows_what_the_function_does_and_no_more() {
    let parameters = [
        ("SignInWith", &POOLS[..]),
        ("CheckSuspended", &["before", "after", "never"]),
        ("SignUpPolicy", &["claim"]),
        ("BlockedAppClients", &["other"]),
    ];
    contract::grants::assert_exact(&TRIGGER, &parameters, &[expected_zoe()], async |_, function| {
        for event in [without_email("Zoë"), unverified(ZOE, "Zoë"), sign_in(ZOE, "Zoë")] {
            function.invoke(event.to_string()).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_proven_sign_in_is_recorded_with_one_write_in_every_pool() {
    for pool in POOLS {
        for known in [zoe(), expected_zoe(), migrated_as("else"), arrived_as(SUB), arrived_as(ANOTHER)] {
            let stack = stack_knowing([known]).await;
            let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", pool)]).await;
            let before = record(&stack);
            let event = sign_in("Zo\u{eb}@EXAMPLE.com ", "7a63f1fb");
            let_in(&function, &event, "sign-in recorded").await;
            assert_asked(&stack, &["UpdateItem"]);
            assert_written(&stack, &before, Arrival, pool);

            let time = record(&stack)["LastLogin"]["Time"].clone();
            let_in(&function, &event, "sign-in recorded").await;
            assert_asked(&stack, &["UpdateItem"]);
            assert!(record(&stack)["LastLogin"]["Time"].as_str() > time.as_str());
        }
    }
}

/// Each row is a sign-in in a name pool of which no email is proven by a native user.
#[tokio::test]
async fn what_is_written_of_others_depends_on_whose_account_it_is() {
    let absent = |user_name| with(sign_in(ZOE, user_name), json!({ "email_verified": null }));
    let (once, twice) = (&["UpdateItem"][..], &["UpdateItem", "UpdateItem"][..]);
    let (by_name, by_name_twice) = (&["Query", "UpdateItem"][..], &["Query", "UpdateItem", "UpdateItem"][..]);
    let not_theirs = "not shown to be the known user";
    let recorded = "sign-in recorded";
    for (what, known, event, message, written, requests) in [
        ("federated", expected_zoe(), federated(sign_in(ZOE, "Google_1")), recorded, LastLogin, once),
        ("federated namesake", expected_zoe(), federated(sign_in(ZOE, "zoë")), recorded, LastLogin, once),
        ("federated, another's sub", arrived_as(ANOTHER), federated(sign_in(ZOE, "G_1")), recorded, LastLogin, once),
        ("federated, unverified", expected_zoe(), federated(unverified(ZOE, "zoë")), not_theirs, Nothing, once),
        (
            "federated, unverified, migrated",
            migrated_as("zoë"),
            federated(unverified(ZOE, "zoë")),
            not_theirs,
            Nothing,
            once,
        ),
        ("federated, no email", expected_zoe(), federated(without_email("zoë")), "stranger signed in", Nothing, &[]),
        ("their sub, unverified", arrived_as(SUB), unverified(ZOE, "else"), recorded, Arrival, twice),
        ("their sub, absent", arrived_as(SUB), absent("else"), recorded, Arrival, twice),
        ("their sub, no email", arrived_as(SUB), without_email("zoë"), recorded, Arrival, by_name_twice),
        ("their migration", migrated_as("zoë"), unverified(ZOE, "ZOË"), recorded, Arrival, twice),
        ("their migration, no email", migrated_as("zoë"), without_email("ZOË"), recorded, Arrival, by_name_twice),
        ("another's migration, both names", migrated_as("else"), unverified(ZOE, "zoë"), recorded, LastLogin, once),
        ("another's migration, email", migrated_as("else"), unverified(ZOE, "eve"), not_theirs, Nothing, once),
        (
            "another's sub, their migration",
            KnownUser { user_sub: Some(ANOTHER.to_owned()), ..migrated_as("zoë") },
            unverified(ZOE, "zoë"),
            not_theirs,
            Nothing,
            once,
        ),
        ("both names, unverified", expected_zoe(), unverified(ZOE, "ZOE\u{308}"), recorded, LastLogin, once),
        ("both names, absent", expected_zoe(), absent("zoë"), recorded, LastLogin, once),
        ("both names, another's sub", arrived_as(ANOTHER), unverified(ZOE, "zoë"), not_theirs, Nothing, once),
        (
            "both names without a name",
            KnownUser { user_name: None, ..expected_zoe() },
            unverified(ZOE, "Zo\u{eb}@example.com"),
            recorded,
            LastLogin,
            once,
        ),
        (
            "email alone, without a name",
            KnownUser { user_name: None, ..expected_zoe() },
            unverified(ZOE, "eve"),
            not_theirs,
            Nothing,
            once,
        ),
        ("email alone, unverified", expected_zoe(), unverified(ZOE, "eve"), not_theirs, Nothing, once),
        ("email alone, absent", expected_zoe(), absent("eve"), not_theirs, Nothing, once),
        (
            "a namesake, another email",
            expected_zoe(),
            sign_in("eve@example.com", "zoë"),
            "stranger signed in",
            Nothing,
            once,
        ),
        ("a namesake, no email", expected_zoe(), without_email("zoë"), not_theirs, Nothing, by_name),
        (
            "a namesake, only said to be verified",
            expected_zoe(),
            with(without_email("zoë"), json!({ "email_verified": "true" })),
            not_theirs,
            Nothing,
            by_name,
        ),
        ("a namesake, a blank email", expected_zoe(), sign_in(" ", "zoë"), not_theirs, Nothing, by_name),
        ("a namesake of somebody who came", arrived_as(ANOTHER), without_email("zoë"), not_theirs, Nothing, by_name),
    ] {
        for pool in ["username", "email-alias"] {
            let stack = stack_knowing([known.clone()]).await;
            let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", pool)]).await;
            let before = record(&stack);
            let_in(&function, &event, message).await;
            assert_written(&stack, &before, written, what);
            assert_asked(&stack, requests);
            if written == Arrival {
                // From now on it is one write.
                let_in(&function, &event, message).await;
                assert_asked(&stack, &requests[..requests.len() - 1]);
            }
        }
    }
}

#[tokio::test]
async fn in_an_email_pool_a_name_is_no_proof() {
    let (once, twice) = (&["UpdateItem"][..], &["UpdateItem", "UpdateItem"][..]);
    let not_theirs = "not shown to be the known user";
    for (what, known, event, message, written, requests) in [
        ("their sub", arrived_as(SUB), unverified(ZOE, "7a63f1fb"), "sign-in recorded", Arrival, twice),
        ("another's sub", arrived_as(ANOTHER), unverified(ZOE, "7a63f1fb"), not_theirs, Nothing, once),
        ("the owner's name", expected_zoe(), unverified(ZOE, "zoë"), not_theirs, Nothing, once),
        ("a migration's name", migrated_as("zoë"), unverified(ZOE, "zoë"), not_theirs, Nothing, once),
        ("no email", arrived_as(SUB), without_email("zoë"), "stranger signed in", Nothing, &[]),
        ("federated", expected_zoe(), federated(sign_in(ZOE, "Google_1")), "sign-in recorded", LastLogin, once),
    ] {
        let stack = stack_knowing([known]).await;
        let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", "email")]).await;
        let before = record(&stack);
        let_in(&function, &event, message).await;
        assert_written(&stack, &before, written, what);
        assert_asked(&stack, requests);
    }
}

#[tokio::test]
async fn a_pool_that_minds_letter_case_knows_two_accounts_by_two_spellings() {
    for (minds_case, migrated, user_name, written) in [
        ("false", "zoë", "ZOË", Arrival),
        ("true", "ZOË", "ZOË", Arrival),
        // It gives both names, which is worth the time alone.
        ("true", "ZOË", "zoë", LastLogin),
        ("true", "zoë", "zoe\u{308}", LastLogin),
    ] {
        let stack = stack_knowing([migrated_as(migrated)]).await;
        let function = TRIGGER.wake(&stack, &[("USER_NAMES_CASE_SENSITIVE", minds_case)]).await;
        let before = record(&stack);
        let_in(&function, &unverified(ZOE, user_name), "sign-in recorded").await;
        assert_written(&stack, &before, written, &format!("{minds_case} {migrated} {user_name}"));
    }
}

#[tokio::test]
async fn a_last_login_of_another_form_or_from_the_future_freezes_nothing() {
    for last_login in [
        json!({ "S": "yesterday" }),
        json!({ "N": "1800000000" }),
        json!({ "M": {} }),
        json!({ "M": { "Time": { "N": "9999999999" } } }),
        json!({ "M": { "Time": { "S": "yesterday" } } }),
        json!({ "M": { "Time": { "S": "" } } }),
        json!({ "M": { "Time": { "S": "2999-01-01T00:00:00.000Z" } } }),
        json!({ "L": [] }),
        json!({ "NULL": true }),
        last_login_at(in_minutes(6)),
        last_login_at(SystemTime::UNIX_EPOCH),
    ] {
        let stack = stack_knowing([]).await;
        put_with_last_login(&stack, expected_zoe(), last_login.clone());
        let function = TRIGGER.wake(&stack, &[]).await;
        let before = record(&stack);
        let_in(&function, &sign_in(ZOE, "zoë"), "sign-in recorded").await;
        assert_asked(&stack, &["UpdateItem"]);
        assert_written(&stack, &before, Arrival, &last_login.to_string());
    }
}

/// A second write is due where the person has arrived beyond doubt, and only there.
#[tokio::test]
async fn a_later_last_login_stays_and_the_hash_goes_all_the_same() {
    let (once, twice) = (&["UpdateItem"][..], &["UpdateItem", "UpdateItem"][..]);
    let later = "later sign-in is recorded";
    for (what, known, event, message, arrives, requests) in [
        ("proven", expected_zoe(), sign_in(ZOE, "zoë"), later, true, twice),
        ("proven, arrived", arrived_as(SUB), sign_in(ZOE, "zoë"), later, true, twice),
        ("their sub", arrived_as(SUB), unverified(ZOE, "eve"), later, true, twice),
        ("their migration", migrated_as("zoë"), unverified(ZOE, "zoë"), later, true, twice),
        ("both names", expected_zoe(), unverified(ZOE, "zoë"), later, false, once),
        ("federated", expected_zoe(), federated(sign_in(ZOE, "G_1")), later, false, once),
        ("email alone", expected_zoe(), unverified(ZOE, "eve"), "not shown to be the known user", false, once),
    ] {
        let stack = stack_knowing([]).await;
        put_with_last_login(&stack, known, last_login_at(in_minutes(2)));
        let function = TRIGGER.wake(&stack, &[]).await;
        let mut expected = record(&stack);
        let_in(&function, &event, message).await;
        assert_asked(&stack, requests);
        if arrives {
            arrive(&mut expected);
        }
        assert_eq!(record(&stack), expected, "{what}");
    }
}

#[tokio::test]
async fn after_the_password_a_suspended_person_is_refused_and_nothing_is_written() {
    let (once, by_name) = (&["UpdateItem"][..], &["Query", "UpdateItem"][..]);
    for (what, pool, known, event, is_refused, requests) in [
        ("proven", "username", expected_zoe(), sign_in(ZOE, "eve"), true, once),
        ("proven", "email-alias", expected_zoe(), sign_in(ZOE, "eve"), true, once),
        ("proven", "email", expected_zoe(), sign_in(ZOE, "7a63f1fb"), true, once),
        ("federated", "username", expected_zoe(), federated(sign_in(ZOE, "G_1")), true, once),
        ("unverified", "username", expected_zoe(), unverified(ZOE, "zoë"), true, once),
        ("unverified, another name", "username", expected_zoe(), unverified(ZOE, "eve"), true, once),
        ("unverified", "email", expected_zoe(), unverified(ZOE, "7a63f1fb"), true, once),
        ("their sub, no email", "username", arrived_as(SUB), without_email("zoë"), true, by_name),
        ("their migration, no email", "username", migrated_as("zoë"), without_email("zoë"), true, by_name),
        ("a namesake, no email", "username", expected_zoe(), without_email("zoë"), false, by_name),
        ("a namesake's sub", "username", arrived_as(ANOTHER), without_email("zoë"), false, by_name),
        ("another email", "username", arrived_as(SUB), sign_in("changed@example.com", "zoë"), false, once),
    ] {
        for last_login in [SystemTime::UNIX_EPOCH, in_minutes(2)] {
            let stack = stack_knowing([]).await;
            put_with_last_login(&stack, suspended(known.clone()), last_login_at(last_login));
            let settings = [("CHECK_SUSPENDED", "after"), ("SIGN_IN_WITH", pool)];
            let function = TRIGGER.wake(&stack, &settings).await;
            let before = stack.dynamodb.items(KNOWN_USERS);
            let answer = function.invoke(event.to_string()).await;
            if is_refused {
                assert_error(&answer, "SignInRefused", "sign-in is not available");
                assert!(!answer.log.contains("ERROR"), "a refusal is no failure: {}", answer.log);
            } else {
                assert_unchanged(&answer, &event.to_string());
            }
            assert_asked(&stack, requests);
            assert_eq!(stack.dynamodb.items(KNOWN_USERS), before, "{what} {pool}");
        }
    }
}

#[tokio::test]
async fn after_the_password_nobody_else_is_refused_and_an_outage_lets_everybody_in() {
    let stack = stack_knowing([expected_zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("CHECK_SUSPENDED", "after"), ("AWS_MAX_ATTEMPTS", "1")]).await;
    let before = record(&stack);
    let_in(&function, &sign_in(ZOE, "zoë"), "sign-in recorded").await;
    assert_asked(&stack, &["UpdateItem"]);
    assert_written(&stack, &before, Arrival, "not suspended");

    stack.dynamodb.put(KNOWN_USERS, dynamodb_json(suspended(expected_zoe()))).unwrap();
    let before = record(&stack);
    for fault in [Fault::throttling(), Fault::access_denied(), Fault::Reset, Fault::Hang] {
        stack.dynamodb_faults.inject(faults::ALL, fault);
        let event = sign_in(ZOE, "zoë").to_string();
        let answer = function.invoke(&event).await;
        assert_unchanged(&answer, &event);
        assert!(answer.log.contains(r#""level":"ERROR""#), "{}", answer.log);
        stack.dynamodb_faults.clear();
    }
    assert_eq!(record(&stack), before);
}

#[tokio::test]
async fn where_suspension_is_checked_before_or_never_this_trigger_records_it_only() {
    for check in ["before", "never"] {
        let stack = stack_knowing([suspended(expected_zoe())]).await;
        let function = TRIGGER.wake(&stack, &[("CHECK_SUSPENDED", check)]).await;
        let before = record(&stack);
        let_in(&function, &sign_in(ZOE, "zoë"), "sign-in recorded").await;
        assert_asked(&stack, &["UpdateItem"]);
        assert_written(&stack, &before, Arrival, check);
    }
}

#[tokio::test]
async fn a_stranger_is_logged_and_not_stored() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    for (event, requests) in [
        (sign_in("eve@example.com", "eve"), &["UpdateItem"][..]),
        (unverified("eve@example.com", "eve"), &["UpdateItem"]),
        (federated(sign_in("eve@example.com", "G_1")), &["UpdateItem"]),
        (without_email("eve"), &["Query"]),
    ] {
        let_in(&function, &event, "stranger signed in").await;
        assert_asked(&stack, requests);
    }
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn the_log_tells_who_signed_in_where_without_telling_who() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let answer = function.invoke(sign_in(ZOE, "zoë").to_string()).await;
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
async fn a_shared_user_name_is_counted_and_nobodys() {
    let twins = ["a@example.com", "b@example.com"]
        .map(|email| KnownUser { email: KnownUser::new(email, None).unwrap().email, ..arrived_as(SUB) });
    let stack = stack_knowing(twins).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    let answer = let_in(&function, &without_email("zoë"), "stranger signed in").await;
    assert!(answer.log.contains("UserNameShared"), "{}", answer.log);
    assert_asked(&stack, &["Query"]);
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn an_index_entry_without_a_key_is_a_bad_record() {
    let stack = stack_knowing([]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let body = r#"{"Count":1,"Items":[{"UserNameKey":{"S":"zo"}}],"ScannedCount":1}"#.to_owned();
    stack.dynamodb_faults.inject("Query", Fault::Answer { status: 200, body, error_type: None });
    let event = without_email("zo").to_string();
    let answer = function.invoke(&event).await;
    assert_unchanged(&answer, &event);
    assert_counted(&answer, "KnownUserMalformed");
}

#[tokio::test]
async fn a_bad_setting_is_an_error_at_start_that_names_it() {
    for (name, value) in [("CHECK_SUSPENDED", "true"), ("SIGN_IN_WITH", "phone"), ("USER_NAMES_CASE_SENSITIVE", "yes")]
    {
        contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &[(name, value)], name).await;
    }
}
