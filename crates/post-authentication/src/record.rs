//! What is recorded of a sign-in. Pure: no table, no clock, no environment.

use std::time::SystemTime;

use common::{event::Event, known_users::SignIn};
use known_user::{CheckSuspended, Pool};

/// The sign-in that `event` tells of, at `time`.
pub(crate) fn sign_in(pool: Pool, check_suspended: CheckSuspended, event: &Event, time: SystemTime) -> SignIn {
    SignIn {
        user_pool_id: event.user_pool_id.clone(),
        client_id: event.client_id.clone(),
        time,
        sub: event.sub().map(str::to_owned),
        shown: event.shown(),
        pool,
        // Another provider's users have a name of Cognito's making, which is nobody's.
        user_name: if event.is_federated() { String::new() } else { event.user_name.clone() },
        says_email: event.email().is_some(),
        refuses_suspended: check_suspended == CheckSuspended::After,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use known_user::{Shown, SignInWith};
    use serde_json::{Value, json};
    use std::time::{Duration, UNIX_EPOCH};

    const MINDS_CASE: Pool = Pool { sign_in_with: SignInWith::EmailAlias, case_sensitive: true };

    fn told(check_suspended: CheckSuspended, event: &Value) -> SignIn {
        let event = Event::new(serde_json::value::to_raw_value(event).unwrap()).unwrap();
        sign_in(MINDS_CASE, check_suspended, &event, UNIX_EPOCH + Duration::from_secs(1_800_000_000))
    }

    #[test]
    fn a_sign_in_is_told_as_the_event_has_it() {
        let SignIn { user_pool_id, client_id, time, sub, shown, pool, user_name, says_email, refuses_suspended } = told(
            CheckSuspended::Before,
            &json!({
                "userPoolId": "eu-west-1_EXAMPLE", "userName": "Ann", "callerContext": { "clientId": "web" },
                "request": { "userAttributes": { "sub": "0001", "email": "Ann@Example.com", "email_verified": "true" } },
            }),
        );
        assert_eq!(
            (user_pool_id.as_str(), client_id.as_deref(), sub.as_deref()),
            ("eu-west-1_EXAMPLE", Some("web"), Some("0001"))
        );
        assert_eq!(time, UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        assert_eq!((shown, pool, user_name.as_str(), says_email), (Shown::Proven, MINDS_CASE, "Ann", true));
        assert!(!refuses_suspended);
    }

    #[test]
    fn what_a_user_has_shown_is_of_their_email_and_of_their_provider() {
        let identities = "[{\"providerName\":\"Google\"}]";
        for (attributes, expected) in [
            (json!({ "email": "a@x", "email_verified": "true" }), (Shown::Proven, "Ann", true)),
            (json!({ "email": "a@x", "email_verified": true }), (Shown::Proven, "Ann", true)),
            (json!({ "email": "a@x", "email_verified": "false" }), (Shown::Said, "Ann", true)),
            (json!({ "email": "a@x" }), (Shown::Said, "Ann", true)),
            (json!({}), (Shown::Said, "Ann", false)),
            (json!({ "email_verified": "true" }), (Shown::Said, "Ann", false)),
            (json!({ "email": " ", "email_verified": "true" }), (Shown::Said, "Ann", false)),
            (
                json!({ "email": "a@x", "email_verified": "true", "cognito:user_status": "EXTERNAL_PROVIDER" }),
                (Shown::Federated, "", true),
            ),
            (
                json!({ "email": "a@x", "email_verified": "false", "cognito:user_status": "EXTERNAL_PROVIDER" }),
                (Shown::Said, "", true),
            ),
            (json!({ "email": "a@x", "identities": identities }), (Shown::Said, "", true)),
            (json!({ "email_verified": "true", "identities": identities }), (Shown::Said, "", false)),
            (
                json!({ "email": "a@x", "email_verified": "true", "identities": identities, "cognito:user_status": "CONFIRMED" }),
                (Shown::Proven, "Ann", true),
            ),
        ] {
            let event = json!({ "userName": "Ann", "request": { "userAttributes": attributes } });
            let told = told(CheckSuspended::Before, &event);
            assert_eq!((told.shown, told.user_name.as_str(), told.says_email), expected, "{attributes}");
        }
    }

    #[test]
    fn whoever_is_suspended_is_refused_after_their_password_alone() {
        for (check_suspended, refuses) in
            [(CheckSuspended::Before, false), (CheckSuspended::After, true), (CheckSuspended::Never, false)]
        {
            assert_eq!(told(check_suspended, &json!({})).refuses_suspended, refuses, "{check_suspended:?}");
        }
    }

    #[test]
    fn an_event_of_nothing_is_a_sign_in_of_nobody() {
        let told = told(CheckSuspended::After, &json!({}));
        assert_eq!((told.user_pool_id.as_str(), told.client_id, told.sub), ("", None, None));
        assert_eq!((told.shown, told.user_name.as_str(), told.says_email), (Shown::Said, "", false));
    }
}
