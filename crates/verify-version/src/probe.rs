//! What a new version of a trigger is asked, and what it has to answer: pure.
//!
//! Nobody has an address at `.invalid` ([RFC 2606, section 2](https://www.rfc-editor.org/rfc/rfc2606#section-2)), so each
//! event is of a stranger, who passes through untouched: the answer is the event. No probe has anything written or sent:
//! a stranger has no record that an update could meet, an unknown source is no migration, and a forgotten password is
//! no sign-up that a welcome mail would follow.

use common::validation_data::RequiredValidationData;
use known_user::Trigger;
use serde_json::{Value, json};

/// The event that a version of `trigger` is asked, with what the settings make a sign-in carry.
pub(crate) fn event(trigger: Trigger, RequiredValidationData(validation_data): &RequiredValidationData) -> Value {
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

/// What is wrong with an answer to this event, or with the error that Lambda has instead; nothing where it is right. It
/// holds nothing of the answer but an error's type, a single word such as `StartFailed` or `Runtime.ExitError`.
pub(crate) fn fault(event: &Value, answer: Result<&Value, &Value>) -> Option<String> {
    match answer {
        Ok(answer) if answer == event => None,
        Ok(_) => Some("it did not let a stranger pass through untouched".to_owned()),
        Err(error) => {
            let error_type = error["errorType"].as_str().unwrap_or("an error without a type");
            Some(format!("it failed with {error_type}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_probe_is_the_probe() {
        let none = RequiredValidationData::default();
        for trigger in Trigger::ALL {
            let event = event(trigger, &none);
            assert_eq!(fault(&event, Ok(&event)), None);
            let mut confirmed = event.clone();
            confirmed["response"]["autoConfirmUser"] = json!(true);
            assert_eq!(
                fault(&event, Ok(&confirmed)).as_deref(),
                Some("it did not let a stranger pass through untouched")
            );
            let failed = json!({"errorType": "StartFailed", "errorMessage": "setting `X`: not set"});
            assert_eq!(fault(&event, Err(&failed)).as_deref(), Some("it failed with StartFailed"));
            assert_eq!(fault(&event, Err(&json!(null))).as_deref(), Some("it failed with an error without a type"));
        }
    }

    #[test]
    fn a_probe_carries_what_a_sign_in_must_carry() {
        let data = "channel=mobile".parse().unwrap();
        assert_eq!(event(Trigger::PreAuthentication, &data)["request"]["validationData"], json!({"channel": "mobile"}));
    }
}
