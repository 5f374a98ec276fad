//! What is recorded of a confirmation, and who is congratulated. Pure: no table, no clock, no environment.

use aws_lambda_events::cognito::CognitoEventUserPoolsPostConfirmationTriggerSource as Source;
use common::{
    event::Event,
    identity::{Shown, SignInWith},
    known_user::UserEmail,
};

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
    use serde_json::{Value, json};

    fn event(json: &Value) -> Event {
        Event::new(serde_json::value::to_raw_value(json).unwrap()).unwrap()
    }

    #[test]
    fn without_an_address_there_is_nothing_to_send() {
        for attributes in
            [json!({}), json!({ "email": "" }), json!({ "email": " " }), json!({ "email": null }), Value::Null]
        {
            let event = event(&json!({ "userName": "ann", "request": { "userAttributes": attributes } }));
            assert!(congratulation(&event).is_none(), "{attributes}");
        }
    }

    #[test]
    fn a_user_is_congratulated_by_name_at_their_own_address() {
        let mut json = json!({
            "userPoolId": "eu-west-1_EXAMPLE", "userName": "Ann",
            "request": { "userAttributes": { "sub": "0001", "email": "Ann@Example.com" } },
        });
        let mut expected = Congratulation {
            receipt: "welcome#eu-west-1_EXAMPLE#0001".to_owned(),
            to: "Ann@Example.com".to_owned(),
            text: "Congratulations Ann, you have been confirmed.".to_owned(),
        };
        assert!(congratulation(&event(&json)) == Some(expected));

        json["request"]["userAttributes"]["sub"] = Value::Null;
        expected = congratulation(&event(&json)).unwrap();
        assert_eq!(expected.receipt, "welcome#eu-west-1_EXAMPLE#Ann", "without a sub the user name is the user");
    }

    #[test]
    fn only_a_confirmed_sign_up_is_one() {
        for (source, is_one) in [
            ("PostConfirmation_ConfirmSignUp", true),
            ("PostConfirmation_ConfirmForgotPassword", false),
            ("PostConfirmation_Tomorrow", false),
            ("", false),
        ] {
            assert_eq!(confirms_a_sign_up(&event(&json!({ "triggerSource": source }))), is_one, "{source}");
        }
    }
}
