//! Post confirmation from event to answer: the real binary, a real table, a mailbox.

#![cfg(test)]

mod contract;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::known_user::{Claim, KnownUser};
use contract::{Kind, Trigger, assert_counted, assert_unchanged, sample, stack_knowing};
use local::{
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

const FROM: &str = "welcome@example.com";
const RECEIPT: &str = "welcome#eu-west-1_EXAMPLE#00000000-0000-4000-8000-000000000001";

fn confirmation(email: Option<&str>, user_name: &str) -> Value {
    let mut event = TRIGGER.sample();
    event["userPoolId"] = json!("eu-west-1_EXAMPLE");
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

async fn sending(stack: &Stack) -> Function {
    let mut configuration = stack.configuration(TRIGGER.binary, &[("WELCOME_EMAIL_FROM", FROM)]);
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

fn mail_to_zoe() -> Mail {
    Mail {
        from: FROM.to_owned(),
        to: vec!["Zoë@example.com".to_owned()],
        subject: "Cognito Identity Provider registration completed".to_owned(),
        text: "Congratulations Zoë, you have been confirmed.".to_owned(),
    }
}

fn zoes_confirmation() -> Value {
    confirmation(Some("Zoë@example.com"), "Zoë")
}

#[tokio::test]
async fn a_known_users_arrival_is_noted_the_first_time() {
    let stack = stack_knowing([zoe()]).await;
    let function = TRIGGER.wake(&stack, &[]).await;
    let mut expected = stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap();
    confirm(&function, &zoes_confirmation()).await;
    assert_eq!(stack.dynamodb_faults.operations(), ["UpdateItem"]);
    assert_eq!(stack.dynamodb_faults.connections(), 0, "the connection was opened during the start");

    let record = stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap();
    assert_eq!(record["ConfirmedAt"].as_str().unwrap().len(), "2026-11-20T10:00:00.000Z".len());
    expected["ConfirmedAt"] = record["ConfirmedAt"].clone();
    assert_eq!(record, expected);

    confirm(&function, &zoes_confirmation()).await;
    assert_eq!(stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap(), record);
    assert!(stack.mailbox.mails().is_empty() && stack.dynamodb.items(EPHEMERA).is_empty(), "no mail without a sender");
}

#[tokio::test]
async fn a_claim_code_serves_once_also_where_somebody_was_confirmed_before() {
    for confirmed_at in [None, Some("2026-01-01T00:00:00.000Z".to_owned())] {
        let claim = Some(Claim { code_hash: Claim::hash_of("ab12-cd34"), expires: 4_000_000_000 });
        let stack = stack_knowing([KnownUser { claim, confirmed_at: confirmed_at.clone(), ..zoe() }]).await;
        let function = TRIGGER.wake(&stack, &[]).await;
        confirm(&function, &zoes_confirmation()).await;
        let record = stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap();
        assert!(record.get("ClaimCodeHash").is_none() && record.get("ClaimCodeExpires").is_none(), "{record}");
        assert!(record["ConfirmedAt"].is_string());
        assert!(confirmed_at.is_none_or(|before| record["ConfirmedAt"] == before), "{record}");
        assert_eq!(stack.dynamodb_faults.operations(), ["UpdateItem"]);
    }
}

#[tokio::test]
async fn a_user_without_an_email_is_found_by_user_name_and_gets_no_mail() {
    let stack = stack_knowing([zoe()]).await;
    let function = sending(&stack).await;
    confirm(&function, &confirmation(None, "zoë")).await;
    assert_eq!(stack.dynamodb_faults.operations(), ["Query", "UpdateItem"]);
    assert!(stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap()["ConfirmedAt"].is_string());
    assert!(stack.mailbox.mails().is_empty());
}

#[tokio::test]
async fn a_completed_password_reset_is_no_arrival() {
    let stack = stack_knowing([zoe()]).await;
    let function = sending(&stack).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    for source in [json!("PostConfirmation_ConfirmForgotPassword"), json!("PostConfirmation_Tomorrow"), Value::Null] {
        let mut event = zoes_confirmation();
        event["triggerSource"] = source;
        confirm(&function, &event).await;
    }
    confirm(&function, &sample("PostConfirmation_ConfirmForgotPassword")).await;
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
    assert!(stack.dynamodb_faults.operations().is_empty() && stack.mailbox.mails().is_empty());
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
    assert!(stack.dynamodb.item(KNOWN_USERS, "zo\u{eb}@example.com").unwrap()["ConfirmedAt"].is_string());
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
