//! What is recorded of a sign-in. Pure: no table, no clock, no environment.

use std::time::SystemTime;

use common::{event::Event, known_user::SignIn, log::rfc3339};

/// The sign-in that `event` tells of, at `time`.
pub(crate) fn sign_in(event: &Event, time: SystemTime) -> SignIn {
    SignIn {
        user_pool_id: event.user_pool_id.clone(),
        client_id: event.client_id.clone(),
        time: rfc3339(time).to_string(),
        sub: event.sub().map(str::to_owned),
        has_moved: is_the_person(event),
    }
}

/// Whether the user of `event` holds the email of the record that is found by it. Who only says that they have somebody's
/// email, or has somebody's user name, must not cost that person their password.
fn is_the_person(event: &Event) -> bool {
    event.email().is_some() && event.user_attributes.get("email_verified").is_none_or(|verified| verified != "false")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::time::Duration;

    fn recorded(event: &Value) -> SignIn {
        let event = Event::new(serde_json::value::to_raw_value(event).unwrap()).unwrap();
        sign_in(&event, SystemTime::UNIX_EPOCH + Duration::from_millis(1_784_548_740_070))
    }

    #[test]
    fn nothing_known_of_a_sign_in_but_its_time_is_recorded_as_that() {
        let expected = SignIn {
            user_pool_id: String::new(),
            client_id: None,
            time: "2026-07-20T11:59:00.070Z".to_owned(),
            sub: None,
            has_moved: false,
        };
        assert!(recorded(&json!({})) == expected);
    }

    #[test]
    fn a_sign_in_is_recorded_with_pool_app_client_time_and_sub() {
        let event = json!({
            "userPoolId": "eu-west-1_EXAMPLE",
            "callerContext": { "clientId": "1example23456789" },
            "request": { "userAttributes": { "sub": "00000000-0000-4000-8000-000000000001", "email": "a@example.com" } },
        });
        let expected = SignIn {
            user_pool_id: "eu-west-1_EXAMPLE".to_owned(),
            client_id: Some("1example23456789".to_owned()),
            time: "2026-07-20T11:59:00.070Z".to_owned(),
            sub: Some("00000000-0000-4000-8000-000000000001".to_owned()),
            has_moved: true,
        };
        assert!(recorded(&event) == expected);
    }

    #[test]
    fn who_does_not_hold_the_email_has_not_moved() {
        for (attributes, has_moved) in [
            (json!({ "email": "a@example.com", "email_verified": "true" }), true),
            (json!({ "email": "a@example.com", "email_verified": true }), true),
            (json!({ "email": "a@example.com" }), true),
            (json!({ "email": "a@example.com", "email_verified": "false" }), false),
            (json!({ "email": "a@example.com", "email_verified": false }), false),
            (json!({ "email": " " }), false),
            (json!({}), false),
        ] {
            let event = json!({ "userName": "ann", "request": { "userAttributes": attributes } });
            assert_eq!(recorded(&event).has_moved, has_moved, "{attributes}");
        }
    }
}
