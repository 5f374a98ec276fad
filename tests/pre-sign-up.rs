//! Pre sign-up from event to answer: the real binary, a real table.

#![cfg(test)]

mod contract;

use std::time::{Duration, SystemTime};

use contract::{Kind, Trigger, assert_error, assert_response, assert_unchanged, stack_knowing};
use known_user::{Claim, ClaimUse, KnownUser, time::rfc3339};
use local_aws::{
    dynamodb::KNOWN_USERS,
    faults::{self, Fault},
    function::{Function, Invocation},
    stack::Stack,
};
use serde_json::{Value, json};

const TRIGGER: Trigger = Trigger {
    name: "pre-sign-up",
    binary: env!("CARGO_BIN_EXE_pre-sign-up"),
    kind: Kind::Decides,
    source: "PreSignUp_SignUp",
};

contract::tests!(TRIGGER);

const ZOE: &str = "zo\u{eb}@example.com";
const UUID: &str = "7a63f1fb-5f2b-4a53-8d8e-0123456789ab";

fn sign_up(user_name: &str, email: &str) -> Value {
    let mut event = TRIGGER.sample();
    event["userName"] = json!(user_name);
    event["request"]["userAttributes"]["email"] = json!(email);
    event
}

fn with_code(mut event: Value, code: &str) -> Value {
    event["request"]["clientMetadata"] = json!({ "claimCode": code });
    event
}

fn confirmed() -> Value {
    json!({ "autoConfirmUser": true, "autoVerifyEmail": true, "autoVerifyPhone": false })
}

fn zoe() -> KnownUser {
    KnownUser::new(ZOE, Some("Zoë")).unwrap()
}

fn named(name: &str) -> KnownUser {
    KnownUser::new(&format!("{name}@example.com"), Some(name)).unwrap()
}

fn invited() -> KnownUser {
    KnownUser { claim: Some(Claim::new(Claim::hash_of("ab12-cd34"), 4_000_000_000)), ..zoe() }
}

fn ago(minutes: u64) -> Option<String> {
    Some(rfc3339(SystemTime::now() - Duration::from_secs(60 * minutes)).to_string())
}

fn put(stack: &Stack, person: KnownUser) {
    stack.dynamodb.put(KNOWN_USERS, local_aws::known_users_file::dynamodb_json(person)).unwrap();
}

/// Asserts that these requests were made since the last time, on the warm connection.
#[track_caller]
fn assert_asked(stack: &Stack, requests: &[&str]) {
    assert_eq!(stack.dynamodb_faults.operations(), requests);
    assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");
    stack.dynamodb_faults.forget();
}

#[track_caller]
fn assert_exists(answer: &Invocation) {
    assert_error(answer, "AccountExists", "this account already exists, sign in instead");
    assert!(!answer.log.contains("ERROR"), "a refusal is no failure: {}", answer.log);
    assert!(answer.log.contains(r#""errorType":"AccountExists""#), "{}", answer.log);
}

#[track_caller]
fn assert_taken(answer: &Invocation) {
    assert_error(answer, "UserNameReserved", "this user name is taken");
    // That two people share a name is the owner's to mend.
    let mut errors = answer.log.lines().filter(|line| line.contains("ERROR") && !line.contains("UserNameShared"));
    assert_eq!(errors.next(), None, "a refusal is no failure");
    assert!(answer.log.contains(r#""errorType":"UserNameReserved""#), "{}", answer.log);
}

async fn invoke(function: &Function, event: &Value) -> Invocation {
    function.invoke(event.to_string()).await
}

#[tokio::test]
async fn the_role_allows_what_the_function_does_and_no_more() {
    let parameters = [
        ("SignInWith", &["username", "email-alias", "email"][..]),
        ("SignUpPolicy", &["match", "claim", "verify", "deny"]),
        ("CheckSuspended", &["before", "after", "never"]),
        ("BlockedAppClients", &["other"]),
    ];
    contract::grants::assert_exact(&TRIGGER, &parameters, &[invited()], async |_, function| {
        function.invoke(with_code(sign_up("Zoë", ZOE), "ab12-cd34").to_string()).await;
    })
    .await;
}

#[tokio::test]
async fn a_known_user_skips_the_code_with_two_reads_on_the_warm_connection() {
    for pool in ["username", "email-alias"] {
        let stack = stack_knowing([zoe()]).await;
        let before = stack.dynamodb.items(KNOWN_USERS);
        let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", pool)]).await;
        let event = sign_up("ZOE\u{308}", " Zo\u{eb}@Example.COM");
        assert_response(&invoke(&function, &event).await, &event, confirmed());

        let seen = stack.dynamodb_faults.seen();
        let by_email =
            json!({ "TableName": "KnownUsers", "Key": { "UserEmail": { "S": ZOE } }, "ConsistentRead": true });
        let by_name = json!({
            "TableName": "KnownUsers", "IndexName": "ByUserName", "KeyConditionExpression": "UserNameKey = :name",
            "ExpressionAttributeValues": { ":name": { "S": "zo\u{eb}" } }, "Limit": 2,
        });
        assert_eq!(seen.iter().map(|seen| &seen.body).collect::<Vec<_>>(), [&by_email, &by_name]);
        assert_asked(&stack, &["GetItem", "Query"]);
        assert_response(&invoke(&function, &event).await, &event, confirmed());
        assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
    }
}

#[tokio::test]
async fn a_response_keeps_what_it_came_with() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let mut event = sign_up("zoë", ZOE);
    for (came, goes) in [
        (json!({}), json!({ "autoConfirmUser": true, "autoVerifyEmail": true })),
        (json!(null), json!({ "autoConfirmUser": true, "autoVerifyEmail": true })),
        (
            json!({ "autoConfirmUser": null, "tomorrow": [1] }),
            json!({ "autoConfirmUser": true, "autoVerifyEmail": true, "tomorrow": [1] }),
        ),
    ] {
        event["response"] = came;
        assert_response(&invoke(&function, &event).await, &event, goes);
    }
}

#[tokio::test]
async fn the_requests_are_the_same_for_everybody_under_every_policy_and_no_record_changes() {
    let moved = |at| KnownUser { migrated_at: at, ..named("moved") };
    let people = || {
        [
            zoe(),
            KnownUser { suspended: true, ..named("sus") },
            KnownUser { user_sub: Some("1".to_owned()), ..named("arrived") },
            KnownUser { email_verified: false, ..named("unv") },
            KnownUser { password_hash: Some("{SHA}hash".to_owned()), ..named("hashed") },
            moved(ago(60)),
        ]
    };
    let names = ["sus", "arrived", "unv", "hashed", "moved", "eve"];
    for (pool, requests) in
        [("username", &["GetItem", "Query"][..]), ("email-alias", &["GetItem", "Query"]), ("email", &["GetItem"])]
    {
        for policy in ["match", "claim", "verify", "deny"] {
            if (pool, policy) == ("email", "match") {
                continue; // The function does not start.
            }
            let stack = stack_knowing(people()).await;
            let before = stack.dynamodb.items(KNOWN_USERS);
            let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", pool), ("SIGN_UP_POLICY", policy)]).await;
            for name in names {
                for (user_name, email) in [
                    (name, format!("{name}@example.com")),
                    ("nobody", format!("{name}@example.com")),
                    (name, "eve@example.com".to_owned()),
                    (name, String::new()),
                ] {
                    // The code is nobody's: only a right one is noted.
                    invoke(&function, &with_code(sign_up(user_name, &email), "ab12-cd34")).await;
                    assert_asked(&stack, requests);
                }
            }
            assert_eq!(stack.dynamodb.items(KNOWN_USERS), before, "{pool} {policy}");
        }
    }
}

#[tokio::test]
async fn a_known_users_name_is_refused_to_everybody_else_under_every_policy() {
    let arrived = KnownUser { confirmed_at: ago(60), ..named("arrived") };
    let twin = |email| KnownUser::new(email, Some("Twin")).unwrap();
    let nameless = KnownUser::new("nameless@example.com", None).unwrap();
    let people = [zoe(), arrived, KnownUser { suspended: true, ..named("sus") }, twin("a@x"), twin("b@x"), nameless];
    let stack = stack_knowing(people).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    for policy in ["match", "claim", "verify", "deny"] {
        for pool in ["username", "email-alias"] {
            let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", pool), ("SIGN_UP_POLICY", policy)]).await;
            for name in ["zoë", " ZOE\u{308}", "arrived", "SUS", "twin"] {
                for email in ["eve@example.com", "arrived@example.com", " "] {
                    if (name, email) == ("arrived", "arrived@example.com") {
                        continue; // It is theirs.
                    }
                    assert_taken(&invoke(&function, &sign_up(name, email)).await);
                }
                let mut event = sign_up(name, "");
                event["request"]["userAttributes"] = json!({});
                assert_taken(&invoke(&function, &event).await);
            }
        }
        // Of a record without a user name the email is the name, which only a pool without aliases takes.
        let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", policy)]).await;
        assert_taken(&invoke(&function, &sign_up("Nameless@example.com", "eve@example.com")).await);
        assert_asked(&stack, &["GetItem", "Query", "GetItem"]);
        let event = sign_up("nobody@example.com", "eve@example.com").to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
        assert_asked(&stack, &["GetItem", "Query", "GetItem"]);
    }
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn the_place_of_somebody_with_a_password_is_refused_under_every_policy() {
    let hashed = KnownUser { password_hash: Some("{SHA}hash".to_owned()), ..zoe() };
    let stack = stack_knowing([hashed]).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    for policy in ["match", "claim", "verify", "deny"] {
        for pool in ["username", "email-alias"] {
            let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", pool), ("SIGN_UP_POLICY", policy)]).await;
            assert_exists(&invoke(&function, &sign_up("zoë", ZOE)).await);
            let event = sign_up("another", ZOE);
            let answer = invoke(&function, &event).await;
            if policy == "deny" {
                assert_exists(&answer);
            } else {
                assert_unchanged(&answer, &event.to_string());
            }
        }
        if policy != "match" {
            let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", "email"), ("SIGN_UP_POLICY", policy)]).await;
            assert_exists(&invoke(&function, &sign_up(UUID, ZOE)).await);
        }
    }
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn whoever_has_arrived_or_is_being_migrated_is_left_to_cognito_under_every_policy() {
    let hashed = |person: KnownUser| KnownUser { password_hash: Some("{SHA}hash".to_owned()), ..person };
    for known in [
        KnownUser { user_sub: Some("1".to_owned()), ..invited() },
        KnownUser { confirmed_at: ago(60), ..invited() },
        hashed(KnownUser { confirmed_at: ago(60), ..invited() }),
        KnownUser { migrated_at: ago(0), ..invited() },
        hashed(KnownUser { migrated_at: ago(0), ..invited() }),
    ] {
        let stack = stack_knowing([known]).await;
        let before = stack.dynamodb.items(KNOWN_USERS);
        for policy in ["match", "claim", "verify", "deny"] {
            for (pool, user_name) in [("username", "ZOE\u{308}"), ("email-alias", "zoë"), ("email", UUID)] {
                if (pool, policy) == ("email", "match") {
                    continue; // The function does not start.
                }
                let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", pool), ("SIGN_UP_POLICY", policy)]).await;
                let event = with_code(sign_up(user_name, ZOE), "ab12-cd34").to_string();
                assert_unchanged(&function.invoke(&event).await, &event);
            }
        }
        assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
    }
}

#[tokio::test]
async fn whoever_does_not_match_is_left_to_cognito() {
    let people = [
        zoe(),
        KnownUser { suspended: true, ..named("sus") },
        KnownUser { email_verified: false, ..named("unv") },
        KnownUser { readmitted_at: ago(1), ..named("again") },
        KnownUser { migrated_at: ago(60), ..named("moved") },
    ];
    let stack = stack_knowing(people).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    let function = TRIGGER.wake(&stack, &[]).await;
    for (user_name, email) in [
        ("eve", "eve@example.com"),
        ("eve", ZOE),
        ("zoe", ZOE),
        ("sus", "sus@example.com"),
        ("unv", "unv@example.com"),
        ("again", "again@example.com"),
        ("moved", "moved@example.com"),
    ] {
        let event = sign_up(user_name, email).to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
    }
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn an_administrators_user_is_not_asked_about() {
    let stack = stack_knowing([KnownUser { suspended: true, ..zoe() }]).await;
    for policy in ["match", "claim", "verify", "deny"] {
        let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", policy)]).await;
        for source in ["PreSignUp_AdminCreateUser", "PreSignUp_Tomorrow"] {
            let mut event = sign_up("zoë", "eve@example.com");
            event["triggerSource"] = json!(source);
            let event = event.to_string();
            assert_unchanged(&function.invoke(&event).await, &event);
        }
        assert_asked(&stack, &[]);
    }
}

#[tokio::test]
async fn a_suspended_person_does_not_come_by_another_provider_unless_nobody_checks() {
    let stack = stack_knowing([KnownUser { suspended: true, ..zoe() }, named("ann")]).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    for (check, requests) in [("before", &["GetItem"][..]), ("after", &["GetItem"]), ("never", &[])] {
        let function = TRIGGER.wake(&stack, &[("CHECK_SUSPENDED", check)]).await;
        for (email, verified, is_suspended) in
            [(ZOE, "true", true), (ZOE, "false", true), ("ann@example.com", "true", false), ("eve@x", "true", false)]
        {
            let mut event = contract::sample("PreSignUp_ExternalProvider");
            event["request"]["userAttributes"]["email"] = json!(email);
            event["request"]["userAttributes"]["email_verified"] = json!(verified);
            let answer = invoke(&function, &event).await;
            if is_suspended && check != "never" {
                assert_error(&answer, "SignInRefused", "sign-in is not available");
            } else {
                assert_unchanged(&answer, &event.to_string());
            }
            assert_asked(&stack, requests);
        }
    }
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn under_verify_nobody_skips_the_code() {
    let stack = stack_knowing([invited()]).await;
    let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", "verify")]).await;
    let event = with_code(sign_up("zoë", ZOE), "ab12-cd34").to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert_asked(&stack, &["GetItem", "Query"]);
}

#[tokio::test]
async fn under_claim_the_code_that_the_owner_sent_confirms_and_its_use_is_noted() {
    let hashed = KnownUser { password_hash: Some("{SHA}hash".to_owned()), ..invited() };
    for (pool, user_name, reads) in [
        ("username", "ZOË", &["GetItem", "Query"][..]),
        ("email-alias", "zoë", &["GetItem", "Query"]),
        ("email", UUID, &["GetItem"]),
    ] {
        for known in [invited(), hashed.clone()] {
            for place in ["clientMetadata", "validationData"] {
                let stack = stack_knowing([known.clone()]).await;
                let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", "claim"), ("SIGN_IN_WITH", pool)]).await;
                let mut expected = stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap();
                let mut event = sign_up(user_name, ZOE);
                event["request"][place] = json!({ "claimCode": " AB12CD34" });
                assert_response(&invoke(&function, &event).await, &event, confirmed());
                assert_asked(&stack, &[reads, &["UpdateItem"]].concat());

                let record = stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap();
                assert_eq!(record["ClaimUsedAt"].as_str().unwrap().len(), "2026-11-20T10:00:00.000Z".len());
                expected["ClaimUsedAs"] = json!(user_name);
                expected["ClaimUsedAt"] = record["ClaimUsedAt"].clone();
                assert_eq!(record, expected);

                // A call that Cognito repeats is answered alike, and notes nothing new.
                assert_response(&invoke(&function, &event).await, &event, confirmed());
                assert_asked(&stack, &[reads, &["UpdateItem"]].concat());
                assert_eq!(stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap(), expected);
            }
        }
    }
}

#[tokio::test]
async fn under_claim_another_code_is_refused_and_changes_nothing() {
    let expired = KnownUser { claim: Some(Claim::new(Claim::hash_of("ab12-cd34"), 1_700_000_000)), ..zoe() };
    let moved = KnownUser { migrated_at: ago(60), ..invited() };
    for (known, code) in [
        (invited(), Some("ab12-cd35")),
        (invited(), None),
        (expired, Some("ab12-cd34")),
        (zoe(), Some("ab12-cd34")),
        (moved, Some("ab12-cd34")),
    ] {
        let stack = stack_knowing([known]).await;
        let before = stack.dynamodb.items(KNOWN_USERS);
        let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", "claim")]).await;
        let mut event = sign_up("zoë", ZOE);
        event["request"]["clientMetadata"] = json!({ "claimCode": code });
        assert_exists(&invoke(&function, &event).await);
        assert_asked(&stack, &["GetItem", "Query"]);
        // Somebody who knows the code and another name has not the person's name.
        let event = with_code(sign_up("another", ZOE), "ab12-cd34").to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
        assert_asked(&stack, &["GetItem", "Query"]);
        assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
    }
}

#[tokio::test]
async fn six_sign_ups_at_once_under_six_spellings_with_one_code_confirm_one() {
    let spellings = ["zoë", "Zoë", "ZOË", "zoe\u{308}", " zoë", "ZOE\u{308} "];
    for round in 0..3 {
        let stack = stack_knowing([invited()]).await;
        let settings = [("SIGN_UP_POLICY", "claim"), ("USER_NAMES_CASE_SENSITIVE", "true")];
        let mut functions = Vec::new();
        for _ in spellings {
            functions.push(TRIGGER.wake(&stack, &settings).await);
        }
        // All have read the record before the first has noted anything.
        stack.dynamodb_faults.inject("UpdateItem", Fault::Delay(Duration::from_millis(200)));
        let events = spellings.map(|spelling| with_code(sign_up(spelling, ZOE), "ab12-cd34"));
        let answers = tokio::join!(
            invoke(&functions[0], &events[0]),
            invoke(&functions[1], &events[1]),
            invoke(&functions[2], &events[2]),
            invoke(&functions[3], &events[3]),
            invoke(&functions[4], &events[4]),
            invoke(&functions[5], &events[5]),
        );
        let answers = [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5];
        stack.dynamodb_faults.clear();
        let operations = stack.dynamodb_faults.operations();
        assert_eq!(operations.iter().filter(|operation| *operation == "UpdateItem").count(), 6, "{operations:?}");
        let winners: Vec<_> = (0..6).filter(|index| !answers[*index].function_error).collect();
        let [winner] = winners[..] else { panic!("round {round}: {winners:?} are confirmed") };
        for (index, (answer, event)) in answers.iter().zip(&events).enumerate() {
            if index == winner {
                assert_response(answer, event, confirmed());
            } else {
                assert_exists(answer);
            }
        }
        let noted = stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap();
        assert_eq!(noted["ClaimUsedAs"], spellings[winner]);

        // Called again, each is answered as before.
        for (index, event) in events.iter().enumerate() {
            let answer = invoke(&functions[0], event).await;
            if index == winner {
                assert_response(&answer, event, confirmed());
            } else {
                assert_exists(&answer);
            }
        }
        assert_eq!(stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap(), noted);
    }
}

#[tokio::test]
async fn a_used_code_serves_its_user_name_for_fifteen_minutes_and_no_other() {
    for (by, at, serves) in [
        ("zoë", ago(0), true),
        ("zoë", ago(14), true),
        ("zoë", ago(16), false),
        ("zoë", None, false),
        ("Zoë", ago(0), false),
    ] {
        let used = Some(ClaimUse { by: by.to_owned(), at: at.clone().unwrap_or_default() });
        let claim = invited().claim.map(|claim| Claim { used, ..claim });
        let stack = stack_knowing([KnownUser { claim, ..zoe() }]).await;
        let before = stack.dynamodb.items(KNOWN_USERS);
        let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", "claim")]).await;
        let event = with_code(sign_up("zoë", ZOE), "ab12-cd34");
        let answer = invoke(&function, &event).await;
        if serves {
            assert_response(&answer, &event, confirmed());
        } else {
            assert_exists(&answer);
        }
        assert_eq!(stack.dynamodb.items(KNOWN_USERS), before, "{by} {at:?}");
    }
}

#[tokio::test]
async fn a_code_whose_use_cannot_be_noted_confirms_nobody() {
    let stack = stack_knowing([invited()]).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", "claim"), ("AWS_MAX_ATTEMPTS", "1")]).await;
    let event = with_code(sign_up("zoë", ZOE), "ab12-cd34");
    for fault in [Fault::access_denied(), Fault::throttling(), Fault::Reset] {
        stack.dynamodb_faults.inject("UpdateItem", fault);
        let answer = invoke(&function, &event).await;
        assert_error(&answer, "KnownUsersUnavailable", "try again later");
        contract::assert_counted(&answer, "KnownUsersUnavailable");
        stack.dynamodb_faults.clear();
    }
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

/// What happens between the question and the note: each is what another call, another trigger or the owner did.
#[tokio::test]
async fn a_code_confirms_nobody_whose_record_has_changed_in_the_meantime() {
    let another_code = Some(Claim::new(Claim::hash_of("other"), 4_000_000_000));
    for changed in [
        KnownUser { user_sub: Some("1".to_owned()), ..invited() },
        KnownUser { confirmed_at: ago(0), ..invited() },
        KnownUser { migrated_at: ago(0), ..invited() },
        KnownUser { suspended: true, ..invited() },
        KnownUser { claim: another_code, ..zoe() },
        zoe(),
    ] {
        let stack = stack_knowing([invited()]).await;
        let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", "claim")]).await;
        stack.dynamodb_faults.inject("UpdateItem", Fault::Delay(Duration::from_millis(300)));
        let event = with_code(sign_up("zoë", ZOE), "ab12-cd34");
        let change = async {
            stack.dynamodb_faults.wait_for(3).await;
            put(&stack, changed);
            stack.dynamodb.items(KNOWN_USERS)
        };
        let (answer, before) = tokio::join!(invoke(&function, &event), change);
        assert_exists(&answer);
        assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
    }
}

#[tokio::test]
async fn under_deny_a_known_user_who_has_yet_to_come_signs_in_instead() {
    let stack = stack_knowing([zoe(), KnownUser { migrated_at: ago(60), ..named("moved") }]).await;
    for pool in ["username", "email-alias", "email"] {
        let function = TRIGGER.wake(&stack, &[("SIGN_UP_POLICY", "deny"), ("SIGN_IN_WITH", pool)]).await;
        for (user_name, email) in [("zoë", ZOE), ("eve", ZOE), ("moved", "moved@example.com")] {
            assert_exists(&invoke(&function, &sign_up(user_name, email)).await);
        }
        let event = sign_up("eve", "eve@example.com").to_string();
        assert_unchanged(&function.invoke(&event).await, &event);
    }
}

#[tokio::test]
async fn a_flaw_decides_nothing_where_it_is_used_and_matters_nowhere_else() {
    for (attribute, value, is_used) in [
        ("Suspended", json!({ "S": "no" }), true),
        ("EmailVerified", json!({ "N": "1" }), true),
        ("Attributes", json!({ "S": "{}" }), false),
        ("Attributes", json!({ "M": { "age": { "N": "41" } } }), false),
        ("LastLogin", json!({ "S": "yesterday" }), false),
        ("ClaimCodeExpires", json!({ "S": "never" }), false),
    ] {
        let stack = stack_knowing([]).await;
        let mut record = json!({ "UserEmail": { "S": "bad@example.com" }, "UserName": { "S": "bad" } });
        record["UserNameKey"] = json!({ "S": "bad" });
        record[attribute] = value;
        stack.dynamodb.put(KNOWN_USERS, record).unwrap();
        let function = TRIGGER.wake(&stack, &[]).await;
        let event = sign_up("bad", "bad@example.com");
        let answer = invoke(&function, &event).await;
        if is_used {
            assert_error(&answer, "KnownUserMalformed", "try again later");
            contract::assert_counted(&answer, "KnownUserMalformed");
            assert!(answer.log.contains(&format!(r#""detail":"{attribute}""#)), "{}", answer.log);
        } else {
            assert_response(&answer, &event, confirmed());
        }
    }
}

#[tokio::test]
async fn a_stranger_and_a_known_user_are_refused_alike_in_an_outage() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[("AWS_MAX_ATTEMPTS", "1")]).await;
    for operation in [faults::ALL, "GetItem", "Query"] {
        stack.dynamodb_faults.inject(operation, Fault::throttling());
        for (user_name, email) in [("zoë", ZOE), ("eve", "eve@example.com"), ("zoë", "eve@example.com")] {
            let answer = invoke(&function, &sign_up(user_name, email)).await;
            assert_error(&answer, "KnownUsersUnavailable", "try again later");
        }
        stack.dynamodb_faults.clear();
    }
}

#[tokio::test]
async fn a_bad_setting_is_an_error_at_start_that_names_it() {
    for (name, value, why) in [
        ("SIGN_UP_POLICY", "open", "`open` is none of `match`, `claim`, `verify`, `deny`"),
        ("SIGN_IN_WITH", "phone", "`phone` is none of `username`, `email-alias`, `email`"),
        ("CHECK_SUSPENDED", "true", "`true` is none of `before`, `after`, `never`"),
        ("AWS_CA_BUNDLE", "/nowhere/ca.pem", "No such file"),
        ("AWS_CA_BUNDLE", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "no PEM certificate"),
    ] {
        contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &[(name, value)], name).await;
        contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &[(name, value)], why).await;
    }
}

#[tokio::test]
async fn match_where_the_email_is_the_user_name_is_an_error_at_start_that_names_the_policy() {
    for settings in [&[("SIGN_IN_WITH", "email")][..], &[("SIGN_IN_WITH", "email"), ("SIGN_UP_POLICY", "match")]] {
        contract::a_bad_setting_is_an_error_at_start(&TRIGGER, settings, "`SIGN_UP_POLICY`: `match`").await;
    }
}
