//! Post confirmation from event to answer: the real binary, a real table, a mailbox.

#![cfg(test)]

mod contract;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contract::{Kind, Trigger, assert_counted, assert_unchanged, sample, stack_knowing};
use known_user::{Claim, ClaimUse, KnownUser};
use local_aws::{
    dynamodb::{EPHEMERA, KNOWN_USERS},
    faults::{self, Fault},
    function::{Function, Invocation},
    listener,
    mailbox::Mail,
    stack::Stack,
};
use serde_json::{Value, json};

const TRIGGER: Trigger = Trigger {
    name: "post-confirmation",
    binary: env!("CARGO_BIN_EXE_post-confirmation"),
    kind: Kind::Records,
    source: "PostConfirmation_ConfirmSignUp",
};

contract::tests!(TRIGGER);

const ZOE: &str = "zo\u{eb}@example.com";
const FROM: &str = "welcome@example.com";
const RECEIPT: &str = "welcome#eu-west-1_EXAMPLE#00000000-0000-4000-8000-000000000001";

/// A confirmation of this user, with these attributes beside the `sub`.
fn confirmation(user_name: &str, attributes: Value) -> Value {
    let mut event = TRIGGER.sample();
    event["userPoolId"] = json!("eu-west-1_EXAMPLE");
    event["userName"] = json!(user_name);
    event["request"]["userAttributes"] = attributes;
    event["request"]["userAttributes"]["sub"] = json!("00000000-0000-4000-8000-000000000001");
    event
}

fn with(mut event: Value, attribute: &str, value: &str) -> Value {
    event["request"]["userAttributes"][attribute] = json!(value);
    event
}

fn federated(event: Value) -> Value {
    with(event, "cognito:user_status", "EXTERNAL_PROVIDER")
}

fn reset(mut event: Value) -> Value {
    event["triggerSource"] = json!("PostConfirmation_ConfirmForgotPassword");
    event
}

fn zoe() -> KnownUser {
    KnownUser::new(ZOE, Some("Zoë")).unwrap()
}

/// Zoë with a code that somebody has used, and a password.
fn expected_zoe() -> KnownUser {
    let used = Some(ClaimUse { by: "zoë".to_owned(), at: "2026-11-20T10:00:00.000Z".to_owned() });
    let claim = Claim { used, ..Claim::new(Claim::hash_of("ab12-cd34"), 4_000_000_000) };
    KnownUser { password_hash: Some("{SHA}hash".to_owned()), claim: Some(claim), ..zoe() }
}

async fn sending(stack: &Stack) -> Function {
    sending_in("username", stack).await
}

async fn sending_in(pool: &str, stack: &Stack) -> Function {
    let settings = [("WELCOME_EMAIL_FROM", FROM), ("SIGN_IN_WITH", pool)];
    let mut configuration = stack.configuration(TRIGGER.binary, &settings);
    configuration.time_limit = Duration::from_millis(4500);
    let function = Function::start(configuration).await.unwrap();
    function.ready().await.unwrap();
    stack.dynamodb_faults.forget();
    function
}

async fn confirm(function: &Function, event: &Value) -> Invocation {
    let event = event.to_string();
    let answer = function.invoke_with_deadline(&event, contract::IN_1970).await;
    assert_unchanged(&answer, &event);
    answer
}

/// Confirms, with this line in the log.
async fn confirm_as(function: &Function, event: &Value, message: &str) {
    let answer = confirm(function, event).await;
    let line: Value = serde_json::from_str(answer.log.trim()).unwrap();
    assert_eq!(line["message"], message, "{event}");
}

/// Asserts that these requests were made since the last time, on the warm connection.
#[track_caller]
fn assert_asked(stack: &Stack, requests: &[&str]) {
    assert_eq!(stack.dynamodb_faults.operations(), requests);
    assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");
    stack.dynamodb_faults.forget();
}

fn mail_to_zoe() -> Mail {
    mail("Congratulations Zoë, you have been confirmed.")
}

fn mail(text: &str) -> Mail {
    Mail {
        from: FROM.to_owned(),
        to: vec!["Zo\u{eb}@Example.com".to_owned()],
        subject: "Cognito Identity Provider registration completed".to_owned(),
        text: text.to_owned(),
    }
}

fn zoes_confirmation() -> Value {
    confirmation("Zoë", json!({ "email": "Zo\u{eb}@Example.com", "email_verified": "true" }))
}

#[tokio::test]
async fn the_role_allows_what_the_function_does_and_no_more() {
    let parameters = [
        ("SignInWith", &["username", "email-alias", "email"][..]),
        ("SignUpPolicy", &["claim"]),
        ("WelcomeEmailFrom", &["", FROM]),
    ];
    contract::grants::assert_exact(&TRIGGER, &parameters, &[expected_zoe()], async |stack, function| {
        // A mail that SES does not take costs its receipt.
        stack.mailbox_faults.inject_times(1, faults::ALL, Fault::ses_error(400, "MessageRejected", "not verified"));
        for _ in 0..2 {
            confirm(function, &zoes_confirmation()).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_known_users_arrival_is_noted_the_first_time_and_the_claim_code_goes() {
    for pool in ["username", "email-alias", "email"] {
        for event in [zoes_confirmation(), reset(zoes_confirmation())] {
            let stack = stack_knowing([expected_zoe()]).await;
            let function = TRIGGER.wake(&stack, &[("SIGN_IN_WITH", pool)]).await;
            let mut expected = stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap();
            confirm_as(&function, &event, "recorded").await;
            assert_asked(&stack, &["UpdateItem"]);

            let record = stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap();
            assert_eq!(record["ConfirmedAt"].as_str().unwrap().len(), "2026-11-20T10:00:00.000Z".len());
            expected["ConfirmedAt"] = record["ConfirmedAt"].clone();
            for gone in ["ClaimCodeHash", "ClaimCodeExpires", "ClaimUsedAs", "ClaimUsedAt"] {
                expected.as_object_mut().unwrap().remove(gone).unwrap();
            }
            assert_eq!(record, expected);

            confirm_as(&function, &event, "recorded before").await;
            assert_asked(&stack, &["UpdateItem"]);
            assert_eq!(stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap(), record);
            assert!(stack.mailbox.mails().is_empty(), "no mail without a sender");
            assert!(stack.dynamodb.items(EPHEMERA).is_empty());
        }
    }
}

#[tokio::test]
async fn a_claim_code_goes_also_where_somebody_was_confirmed_before() {
    let confirmed_at = Some("2026-01-01T00:00:00.000Z".to_owned());
    let stack = stack_knowing([KnownUser { confirmed_at: confirmed_at.clone(), ..expected_zoe() }]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    confirm_as(&function, &zoes_confirmation(), "recorded before").await;
    assert_asked(&stack, &["UpdateItem"]);
    let left = KnownUser { confirmed_at, claim: None, ..expected_zoe() };
    let expected = stack_knowing([left]).await;
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), expected.dynamodb.items(KNOWN_USERS));
}

#[tokio::test]
async fn whoever_has_proven_nothing_is_not_asked_about_and_gets_no_mail() {
    let absent = |email: &str| confirmation("Zoë", json!({ "email": email }));
    for pool in ["username", "email-alias", "email"] {
        let stack = stack_knowing([expected_zoe()]).await;
        let function = sending_in(pool, &stack).await;
        let before = stack.dynamodb.items(KNOWN_USERS);
        for event in [
            absent(ZOE),
            reset(absent(ZOE)),
            with(absent(ZOE), "email_verified", "false"),
            with(absent(ZOE), "phone_number_verified", "true"),
            federated(absent(ZOE)),
            with(absent(" "), "email_verified", "true"),
            confirmation("zoë", json!({ "email_verified": "true" })),
            confirmation("zoë", json!({})),
        ] {
            confirm_as(&function, &event, "nobody has proven who they are").await;
            assert_asked(&stack, &[]);
        }
        assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
        assert!(stack.mailbox.mails().is_empty() && stack.dynamodb.items(EPHEMERA).is_empty());
    }
}

#[tokio::test]
async fn another_providers_user_has_not_arrived_and_is_congratulated() {
    let identities = "[{\"providerName\":\"Google\"}]";
    for event in [federated(zoes_confirmation()), with(zoes_confirmation(), "identities", identities)] {
        let stack = stack_knowing([expected_zoe()]).await;
        let function = sending(&stack).await;
        let before = stack.dynamodb.items(KNOWN_USERS);
        confirm_as(&function, &with(event, "given_name", "Zoë"), "another provider's user, mail sent").await;
        assert_asked(&stack, &["PutItem"]);
        assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
        assert_eq!(stack.mailbox.mails(), [mail_to_zoe()]);
    }
}

#[tokio::test]
async fn a_native_user_with_a_linked_provider_has_arrived() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let linked = with(zoes_confirmation(), "identities", "[{\"providerName\":\"Google\"}]");
    confirm_as(&function, &with(linked, "cognito:user_status", "CONFIRMED"), "recorded").await;
    assert!(stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap()["ConfirmedAt"].is_string());
}

#[tokio::test]
async fn a_mail_greets_by_the_name_that_people_chose() {
    for (pool, names, text) in [
        ("username", json!({ "name": "Zoë Ångström" }), "Congratulations Zoë, you have been confirmed."),
        ("email-alias", json!({ "name": "Zoë Ångström" }), "Congratulations Zoë, you have been confirmed."),
        ("email", json!({ "name": "Zoë Ångström" }), "Congratulations Zoë Ångström, you have been confirmed."),
        ("email", json!({ "given_name": "Z.", "name": " " }), "Congratulations Z., you have been confirmed."),
        ("email", json!({}), "Congratulations, you have been confirmed."),
    ] {
        let stack = stack_knowing([]).await;
        let function = sending_in(pool, &stack).await;
        let mut event = zoes_confirmation();
        for (name, value) in names.as_object().unwrap() {
            event = with(event, name, value.as_str().unwrap());
        }
        confirm_as(&function, &event, "stranger, mail sent").await;
        assert_eq!(stack.mailbox.mails(), [mail(text)], "{pool} {names}");
    }
}

#[tokio::test]
async fn a_completed_password_reset_is_an_arrival_without_a_mail() {
    let stack = stack_knowing([zoe()]).await;
    let function = sending(&stack).await;
    confirm_as(&function, &reset(zoes_confirmation()), "recorded").await;
    confirm_as(&function, &sample("PostConfirmation_ConfirmForgotPassword"), "stranger").await;
    assert_asked(&stack, &["UpdateItem", "UpdateItem"]);
    assert!(stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap()["ConfirmedAt"].is_string());
    assert!(stack.mailbox.mails().is_empty() && stack.dynamodb.items(EPHEMERA).is_empty());
}

#[tokio::test]
async fn another_source_notes_nothing() {
    let stack = stack_knowing([expected_zoe()]).await;
    let function = sending(&stack).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    for source in [json!("PostConfirmation_Tomorrow"), Value::Null] {
        let mut event = zoes_confirmation();
        event["triggerSource"] = source;
        confirm(&function, &event).await;
    }
    assert_asked(&stack, &[]);
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
    assert!(stack.mailbox.mails().is_empty());
}

#[tokio::test]
async fn however_often_cognito_calls_there_is_one_mail() {
    let stack = stack_knowing([zoe()]).await;
    let functions = [sending(&stack).await, sending(&stack).await, sending(&stack).await];
    let event = zoes_confirmation();
    // Three sandboxes at once, then one of them again.
    tokio::join!(confirm(&functions[0], &event), confirm(&functions[1], &event), confirm(&functions[2], &event));
    stack.dynamodb_faults.forget();
    confirm(&functions[0], &event).await;
    assert_eq!(stack.mailbox.mails(), [mail_to_zoe()]);
    assert_eq!(stack.dynamodb_faults.operations(), ["UpdateItem", "PutItem"]);

    let receipts = stack.dynamodb.items(EPHEMERA);
    assert_eq!(receipts.keys().collect::<Vec<_>>(), [RECEIPT]);
    let days = (receipts[RECEIPT]["ExpiresAt"].as_f64().unwrap()
        - SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64())
        / 86_400.0;
    assert!((6.9..=7.0).contains(&days), "the receipt is kept for {days} days");
}

#[tokio::test]
async fn a_stranger_is_congratulated_and_not_added() {
    let stack = stack_knowing([]).await;
    let function = sending(&stack).await;
    confirm(&function, &zoes_confirmation()).await;
    assert_eq!(stack.mailbox.mails(), [mail_to_zoe()]);
    assert!(stack.dynamodb.items(KNOWN_USERS).is_empty());
}

#[tokio::test]
async fn a_receipt_that_has_expired_counts_no_more() {
    let stack = stack_knowing([]).await;
    stack.dynamodb.put(EPHEMERA, json!({ "Id": { "S": RECEIPT }, "ExpiresAt": { "N": "1" } })).unwrap();
    let function = sending(&stack).await;
    confirm(&function, &zoes_confirmation()).await;
    assert_eq!(stack.mailbox.mails().len(), 1);
}

#[tokio::test]
async fn where_ses_says_no_the_next_call_may_try_again() {
    let nobody = [
        Fault::ses_error(400, "MessageRejected", "Email address is not verified"),
        Fault::ses_error(500, "InternalFailure", ""),
    ];
    for fault in nobody {
        let stack = stack_knowing([zoe()]).await;
        let function = sending(&stack).await;
        stack.mailbox_faults.inject(faults::ALL, fault);
        let answer = confirm(&function, &zoes_confirmation()).await;
        assert_counted(&answer, "WelcomeEmailFailed");
        assert!(stack.dynamodb.items(EPHEMERA).is_empty(), "the receipt is taken back");
        assert_eq!(stack.mailbox_faults.seen().len(), 1, "SendEmail is not repeated");

        stack.mailbox_faults.clear();
        confirm(&function, &zoes_confirmation()).await;
        assert_eq!(stack.mailbox.mails(), [mail_to_zoe()]);
    }
}

#[tokio::test]
async fn where_ses_is_busy_it_is_asked_again() {
    let stack = stack_knowing([]).await;
    let function = sending(&stack).await;
    stack.mailbox_faults.inject_times(1, faults::ALL, Fault::ses_error(429, "TooManyRequestsException", "slow down"));
    confirm(&function, &zoes_confirmation()).await;
    assert_eq!(stack.mailbox.mails(), [mail_to_zoe()]);
}

#[tokio::test]
async fn where_nothing_listens_the_receipt_is_taken_back() {
    let stack = stack_knowing([]).await;
    let nowhere = listener::nowhere().unwrap();
    let function = TRIGGER.wake(&stack, &[("WELCOME_EMAIL_FROM", FROM), ("AWS_ENDPOINT_URL_SESV2", &nowhere)]).await;
    assert_counted(&confirm(&function, &zoes_confirmation()).await, "WelcomeEmailFailed");
    assert!(stack.dynamodb.items(EPHEMERA).is_empty());
}

#[tokio::test]
async fn where_nobody_knows_whether_the_mail_went_out_it_is_not_sent_again() {
    for fault in [Fault::Hang, Fault::Reset, Fault::Garbage] {
        let stack = stack_knowing([]).await;
        let function = sending(&stack).await;
        stack.mailbox_faults.inject(faults::ALL, fault.clone());
        let answer = confirm(&function, &zoes_confirmation()).await;
        assert_counted(&answer, "WelcomeEmailFailed");
        assert_eq!(stack.mailbox_faults.seen().len(), 1, "{fault:?}: SendEmail is not repeated");

        stack.mailbox_faults.clear();
        confirm(&function, &zoes_confirmation()).await;
        assert!(stack.mailbox.mails().is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn without_a_receipt_there_is_no_mail() {
    let stack = stack_knowing([zoe()]).await;
    let function = sending(&stack).await;
    stack.dynamodb_faults.inject("PutItem", Fault::access_denied());
    let answer = confirm(&function, &zoes_confirmation()).await;
    assert_counted(&answer, "WelcomeEmailFailed");
    assert!(stack.mailbox.mails().is_empty());
    assert!(stack.dynamodb.item(KNOWN_USERS, ZOE).unwrap()["ConfirmedAt"].is_string());
}

#[tokio::test]
async fn a_mail_goes_out_even_where_the_arrival_cannot_be_noted() {
    let stack = stack_knowing([zoe()]).await;
    let function = sending(&stack).await;
    stack.dynamodb_faults.inject("UpdateItem", Fault::access_denied());
    let answer = confirm(&function, &zoes_confirmation()).await;
    assert_counted(&answer, "KnownUsersUnavailable");
    assert_eq!(stack.mailbox.mails(), [mail_to_zoe()]);
}

#[tokio::test]
async fn a_missing_table_of_receipts_is_an_error_at_start_that_names_it() {
    contract::a_bad_setting_is_an_error_at_start(&TRIGGER, &[("EPHEMERA_TABLE", "")], "EPHEMERA_TABLE").await;
}
