//! What is recorded of a confirmation, and who is congratulated. Pure: no table, no clock, no environment.

use aws_lambda_events::cognito::CognitoEventUserPoolsPostConfirmationTriggerSource as Source;
use common::event::Event;
use known_user::{Shown, SignInWith, UserEmail};

/// A mail to somebody who has been confirmed.
#[derive(PartialEq, Eq)]
pub(crate) struct Congratulation {
    /// The key of its receipt: one mail for one user of one pool.
    pub(crate) receipt: String,
    pub(crate) to: String,
    pub(crate) text: String,
}

/// The subject of every congratulation, as in the guide's example.
pub(crate) const SUBJECT: &str = "Cognito Identity Provider registration completed";

/// Who has arrived, if it is a known user: whoever has proven their email, by a code of their sign-up or of their password
/// reset. Somebody of another provider can still come with their old password.
pub(crate) fn arrival(event: &Event) -> Option<UserEmail> {
    let is_confirmed = matches!(event.trigger_source(), Some(Source::ConfirmSignUp | Source::ConfirmForgotPassword));
    (is_confirmed && event.shown() == Shown::Proven).then(|| event.email()).flatten()
}

/// The mail that somebody is due whose sign-up was confirmed; none to an address that nobody has proven. It goes to the
/// address as Cognito has it.
pub(crate) fn congratulation(sign_in_with: SignInWith, event: &Event) -> Option<Congratulation> {
    let is_due = event.trigger_source() == Some(Source::ConfirmSignUp) && event.shown() != Shown::Said;
    event.email().filter(|_| is_due)?;
    let attribute = |name| event.user_attributes.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let to = attribute("email")?.to_owned();
    // Cognito makes these user names up.
    let name = match sign_in_with == SignInWith::Email || event.is_federated() {
        true => attribute("name").or(attribute("given_name")),
        false => Some(event.user_name.as_str()),
    };
    let name = name.map(|name| format!(" {name}")).unwrap_or_default();
    let user = event.sub().unwrap_or(&event.user_name);
    Some(Congratulation {
        receipt: format!("welcome#{}#{user}", event.user_pool_id),
        to,
        text: format!("Congratulations{name}, you have been confirmed."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use SignInWith::{Email, EmailAlias, Username};
    use serde_json::{Value, json};

    const SIGN_UP: &str = "PostConfirmation_ConfirmSignUp";
    const RESET: &str = "PostConfirmation_ConfirmForgotPassword";

    fn event(source: &str, user_name: &str, attributes: &Value) -> Event {
        let json = json!({
            "triggerSource": source, "userPoolId": "eu-west-1_EXAMPLE", "userName": user_name,
            "request": { "userAttributes": attributes },
        });
        Event::new(serde_json::value::to_raw_value(&json).unwrap()).unwrap()
    }

    #[test]
    fn whoever_has_proven_their_email_has_arrived_and_is_due_a_mail_for_their_sign_up() {
        let proven = json!({ "email": " Ann@Example.com", "email_verified": "true" });
        let with = |name: &str, value: Value| {
            let mut attributes = proven.clone();
            attributes[name] = value;
            attributes
        };
        let identities = json!("[{\"providerName\":\"Google\"}]");
        let mut linked = with("identities", identities.clone());
        linked["cognito:user_status"] = json!("CONFIRMED");
        for (what, source, attributes, has_arrived, is_due) in [
            ("proven", SIGN_UP, proven.clone(), true, true),
            ("proven, as a boolean", SIGN_UP, with("email_verified", json!(true)), true, true),
            ("a reset, proven", RESET, proven.clone(), true, false),
            ("unverified", SIGN_UP, with("email_verified", json!("false")), false, false),
            ("another word", SIGN_UP, with("email_verified", json!("yes")), false, false),
            ("nothing said of the email", SIGN_UP, json!({ "email": "ann@example.com" }), false, false),
            ("a reset, unverified", RESET, with("email_verified", json!("false")), false, false),
            ("a reset, nothing said", RESET, json!({ "email": "ann@example.com" }), false, false),
            ("federated", SIGN_UP, with("cognito:user_status", json!("EXTERNAL_PROVIDER")), false, true),
            ("federated by identities", SIGN_UP, with("identities", identities), false, true),
            ("linked", SIGN_UP, linked, true, true),
            (
                "federated, unverified",
                SIGN_UP,
                json!({ "email": "ann@example.com", "cognito:user_status": "EXTERNAL_PROVIDER" }),
                false,
                false,
            ),
            ("no email", SIGN_UP, json!({ "email_verified": "true" }), false, false),
            ("a blank email", SIGN_UP, with("email", json!(" ")), false, false),
            ("no attributes", SIGN_UP, Value::Null, false, false),
            ("another source", "PostConfirmation_Tomorrow", proven.clone(), false, false),
            ("no source", "", proven.clone(), false, false),
        ] {
            let event = event(source, "Ann", &attributes);
            let expected = if has_arrived { UserEmail::new("ann@example.com") } else { None };
            assert_eq!(arrival(&event), expected, "{what}");
            for sign_in_with in [Username, EmailAlias, Email] {
                assert_eq!(congratulation(sign_in_with, &event).is_some(), is_due, "{what}: {sign_in_with:?}");
            }
        }
    }

    #[test]
    fn a_mail_goes_to_the_address_as_cognito_has_it_and_greets_by_the_name_that_people_chose() {
        const UUID: &str = "7a63f1fb-5f2b-4a53-8d8e-0123456789ab";
        let names = |name: Value, given: Value, more: Value| {
            let mut attributes = json!({
                "sub": "0001", "email": " Ann@Example.com ", "email_verified": "true", "name": name, "given_name": given,
            });
            attributes.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
            attributes
        };
        let federated = || json!({ "cognito:user_status": "EXTERNAL_PROVIDER" });
        for (pools, user_name, attributes, greeted) in [
            (&[Username, EmailAlias][..], "Ann", names(json!("Ann Lee"), Value::Null, json!({})), " Ann"),
            (&[Email], UUID, names(json!("Ann Lee"), json!("Ann"), json!({})), " Ann Lee"),
            (&[Email], UUID, names(json!(" "), json!(" Ann "), json!({})), " Ann"),
            (&[Email], UUID, names(Value::Null, Value::Null, json!({})), ""),
            (&[Username, EmailAlias], "Google_1", names(json!("Ann Lee"), Value::Null, federated()), " Ann Lee"),
            (&[Username, EmailAlias], "Google_1", names(Value::Null, Value::Null, federated()), ""),
        ] {
            for pool in pools {
                let expected = Congratulation {
                    receipt: "welcome#eu-west-1_EXAMPLE#0001".to_owned(),
                    to: "Ann@Example.com".to_owned(),
                    text: format!("Congratulations{greeted}, you have been confirmed."),
                };
                let mail = congratulation(*pool, &event(SIGN_UP, user_name, &attributes)).unwrap();
                assert_eq!(mail.text, expected.text, "{pool:?} {attributes}");
                assert!(mail == expected, "{pool:?} {attributes}");
            }
        }
    }

    #[test]
    fn without_a_sub_the_user_name_is_the_user() {
        let attributes = json!({ "email": "ann@example.com", "email_verified": "true" });
        let mail = congratulation(Username, &event(SIGN_UP, "Ann", &attributes)).unwrap();
        assert_eq!(mail.receipt, "welcome#eu-west-1_EXAMPLE#Ann");
    }
}
