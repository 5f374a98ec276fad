//! What a new version of a trigger is asked, and what it has to answer: pure.
//!
//! Nobody has an address at `.invalid` ([RFC 2606, section 2](https://www.rfc-editor.org/rfc/rfc2606#section-2)), so each
//! event is of a stranger, who passes through untouched: the answer is the event. No probe has anything written or sent:
//! a stranger has no record that an update could meet, an unknown source is no migration, and a forgotten password is
//! no sign-up that a welcome mail would follow.

use std::collections::BTreeMap;

use known_user::Trigger;
use serde_json::{Value, json};

/// The event that a version of `trigger` is asked. `validation_data` is what the settings make a sign-in carry.
pub(crate) fn event(trigger: Trigger, validation_data: &BTreeMap<String, String>) -> Value {
    let email = "nobody@verify-version.invalid";
    let (source, request, response) = match trigger {
        Trigger::PreSignUp => (
            "PreSignUp_SignUp",
            json!({"userAttributes": {"email": email}, "validationData": null}),
            json!({"autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false}),
        ),
        Trigger::MigrateUser => ("UserMigration_VerifyVersion", json!({"password": null}), json!({})),
        Trigger::PreAuthentication => (
            "PreAuthentication_Authentication",
            json!({"userAttributes": {"email": email}, "validationData": validation_data, "userNotFound": true}),
            json!({}),
        ),
        Trigger::PostAuthentication => (
            "PostAuthentication_Authentication",
            json!({"userAttributes": {"email": email}, "newDeviceUsed": false}),
            json!({}),
        ),
        Trigger::PostConfirmation => {
            ("PostConfirmation_ConfirmForgotPassword", json!({"userAttributes": {"email": email}}), json!({}))
        }
    };
    json!({
        "version": "1",
        "region": "verify-version",
        "userPoolId": "verify-version_invalid",
        "userName": "nobody.verify-version.invalid",
        "callerContext": {"awsSdkVersion": "verify-version", "clientId": "verifyversion"},
        "triggerSource": source,
        "request": request,
        "response": response,
    })
}

/// What is wrong with an answer to this event, without what the answer holds; nothing where it is right.
pub(crate) fn fault(event: &Value, answer: &Answer<'_>) -> Option<String> {
    match answer {
        // Lambda's name of the error, such as StartFailed or Runtime.ExitError; ours and its own alike are single words.
        Answer::Error(payload) => {
            let error_type = payload["errorType"].as_str().unwrap_or("an error without a type");
            Some(format!("it failed with {error_type}"))
        }
        Answer::Payload(payload) if *payload == event => None,
        Answer::Payload(_) => Some("it did not let a stranger pass through untouched".to_owned()),
    }
}

/// What an invocation came to.
pub(crate) enum Answer<'a> {
    /// The function's answer.
    Payload(&'a Value),
    /// What Lambda says of an invocation that failed.
    Error(&'a Value),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_probe_is_the_probe() {
        let none = BTreeMap::new();
        for trigger in Trigger::ALL {
            let event = event(trigger, &none);
            assert_eq!(fault(&event, &Answer::Payload(&event)), None);
            let mut confirmed = event.clone();
            confirmed["response"]["autoConfirmUser"] = json!(true);
            assert_eq!(
                fault(&event, &Answer::Payload(&confirmed)).as_deref(),
                Some("it did not let a stranger pass through untouched")
            );
            let failed = json!({"errorType": "StartFailed", "errorMessage": "setting `X`: not set"});
            assert_eq!(fault(&event, &Answer::Error(&failed)).as_deref(), Some("it failed with StartFailed"));
            assert_eq!(
                fault(&event, &Answer::Error(&json!(null))).as_deref(),
                Some("it failed with an error without a type")
            );
        }
    }

    #[test]
    fn a_probe_carries_what_a_sign_in_must_carry() {
        let data = BTreeMap::from([("channel".to_owned(), "mobile".to_owned())]);
        assert_eq!(event(Trigger::PreAuthentication, &data)["request"]["validationData"], json!({"channel": "mobile"}));
    }
}
