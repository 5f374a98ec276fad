//! May this person try to sign in here? Pure: no table, no clock, no environment.
//!
//! Cognito asks before it checks the password, and, where the app client hides who exists, also for users that do not
//! exist (`userNotFound`). So nothing here depends on whether the pool has the user, nor on the trigger source: whoever
//! asks, a blocked app client is blocked.

use std::{collections::BTreeMap, convert::Infallible, str::FromStr};

use common::{
    error::Refusal,
    event::{Event, Person},
    known_user::KnownUser,
};

/// The owner's rules, from three settings.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) blocked_app_clients: AppClients,
    pub(crate) required_validation_data: ValidationData,
    pub(crate) check_suspended: bool,
}

/// App client ids: the setting `BLOCKED_APP_CLIENTS`, comma-separated.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AppClients(Vec<String>);

impl FromStr for AppClients {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(entries(text).map(str::to_owned).collect()))
    }
}

/// What a client must send along: the setting `REQUIRED_VALIDATION_DATA`, comma-separated `key=value`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ValidationData(BTreeMap<String, String>);

impl FromStr for ValidationData {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut required = BTreeMap::new();
        for (index, entry) in entries(text).enumerate() {
            let (key, value) = entry
                .split_once('=')
                .filter(|(key, _)| !key.trim().is_empty())
                .ok_or_else(|| format!("entry {} is not of the form `key=value`", index + 1))?;
            let key = key.trim();
            if required.insert(key.to_owned(), value.trim().to_owned()).is_some() {
                return Err(format!("`{key}` is required twice, which nobody can meet"));
            }
        }
        Ok(Self(required))
    }
}

/// What stands between the commas.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

/// What pre authentication says to Cognito. The text is for the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    LeaveToCognito,
    Refuse(&'static str, Refusal),
}

/// Whom to look up before deciding; nobody where the other rules refuse already, or suspension is not checked.
pub(crate) fn question<'a>(rules: &Rules, event: &'a Event) -> Option<Person<'a>> {
    (rules.check_suspended && decide(rules, event, None) == Decision::LeaveToCognito).then(|| event.person())
}

/// Decides over an attempt to sign in; `known` is the record of the [`question`].
pub(crate) fn decide(rules: &Rules, event: &Event, known: Option<&KnownUser>) -> Decision {
    if event.client_id.as_ref().is_some_and(|client| rules.blocked_app_clients.0.contains(client)) {
        return Decision::Refuse("app client is blocked", Refusal::AppClientBlocked);
    }
    let ValidationData(required) = &rules.required_validation_data;
    if required.iter().any(|(key, value)| event.validation_data.get(key) != Some(value)) {
        return Decision::Refuse("validation data is missing", Refusal::SignInRefused);
    }
    if known.is_some_and(|known| known.suspended) {
        return Decision::Refuse("known user is suspended", Refusal::SignInRefused);
    }
    Decision::LeaveToCognito
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{LeaveToCognito, Refuse};
    use serde_json::{Value, json};

    fn rules(blocked: &str, required: &str, check_suspended: bool) -> Rules {
        Rules {
            blocked_app_clients: blocked.parse().unwrap(),
            required_validation_data: required.parse().unwrap(),
            check_suspended,
        }
    }

    fn attempt(client: Value, validation_data: Value) -> Event {
        let event = json!({
            "triggerSource": "PreAuthentication_Authentication",
            "userName": "mallory",
            "callerContext": { "clientId": client },
            "request": { "userAttributes": { "email": "mallory@example.com" }, "validationData": validation_data },
        });
        Event::new(serde_json::value::to_raw_value(&event).unwrap()).unwrap()
    }

    fn mallory(suspended: bool) -> KnownUser {
        let mut mallory = KnownUser::new("mallory@example.com", Some("mallory")).unwrap();
        mallory.suspended = suspended;
        mallory
    }

    const BLOCKED: Decision = Refuse("app client is blocked", Refusal::AppClientBlocked);
    const MISSING: Decision = Refuse("validation data is missing", Refusal::SignInRefused);
    const SUSPENDED: Decision = Refuse("known user is suspended", Refusal::SignInRefused);

    #[test]
    fn a_stranger_may_try() {
        let event = attempt(json!("web"), Value::Null);
        assert_eq!(decide(&rules("", "", true), &event, None), LeaveToCognito);
        assert_eq!(decide(&rules("", "", true), &event, Some(&mallory(false))), LeaveToCognito);
    }

    #[test]
    fn an_attempt_is_decided_by_app_client_then_validation_data_then_the_record() {
        let suspended = &mallory(true);
        for (blocked, required, client, sent, known, expected) in [
            ("web", "", json!("web"), Value::Null, None, BLOCKED),
            ("a, web ,b", "", json!("web"), Value::Null, None, BLOCKED),
            ("web", "k=v", json!("web"), Value::Null, Some(suspended), BLOCKED),
            ("web", "", json!("web2"), Value::Null, None, LeaveToCognito),
            ("web", "", json!("WEB"), Value::Null, None, LeaveToCognito),
            ("web", "", Value::Null, Value::Null, None, LeaveToCognito),
            ("", "k=v", json!("web"), Value::Null, None, MISSING),
            ("", "k=v", json!("web"), json!({}), Some(suspended), MISSING),
            ("", "k=v", json!("web"), json!({ "k": "w" }), None, MISSING),
            ("", "k=v", json!("web"), json!({ "K": "v" }), None, MISSING),
            ("", "k=v,l=w", json!("web"), json!({ "k": "v" }), None, MISSING),
            ("", "k=v,l=w", json!("web"), json!({ "l": "w", "k": "v", "m": "x" }), None, LeaveToCognito),
            ("", "k=", json!("web"), json!({ "k": "" }), None, LeaveToCognito),
            ("", "k=v=w", json!("web"), json!({ "k": "v=w" }), None, LeaveToCognito),
            ("", "k=1", json!("web"), json!({ "k": 1 }), None, LeaveToCognito),
            ("", "", json!("web"), Value::Null, Some(suspended), SUSPENDED),
            ("", "k=v", json!("web"), json!({ "k": "v" }), Some(suspended), SUSPENDED),
        ] {
            let decision = decide(&rules(blocked, required, true), &attempt(client.clone(), sent.clone()), known);
            assert_eq!(decision, expected, "{blocked:?} {required:?} {client} {sent}");
        }
    }

    #[test]
    fn the_table_is_asked_only_where_its_answer_counts() {
        let event = attempt(json!("web"), Value::Null);
        assert_eq!(question(&rules("", "", true), &event), Some(Person::Email("mallory@example.com")));
        assert_eq!(question(&rules("", "", false), &event), None);
        assert_eq!(question(&rules("web", "", true), &event), None);
        assert_eq!(question(&rules("", "k=v", true), &event), None);
    }

    #[test]
    fn suspended_and_missing_validation_data_read_the_same() {
        let (Refuse(_, suspended), Refuse(_, missing)) = (SUSPENDED, MISSING) else { panic!() };
        assert_eq!((suspended.text(), suspended.error_type()), (missing.text(), missing.error_type()));
    }

    #[test]
    fn required_validation_data_is_key_value_pairs() {
        assert_eq!(" , ".parse(), Ok(ValidationData::default()));
        for (text, error) in [
            ("k=v,plain", "entry 2 is not of the form `key=value`"),
            ("=v", "entry 1 is not of the form `key=value`"),
            ("k=v,k=w", "`k` is required twice, which nobody can meet"),
        ] {
            assert_eq!(text.parse::<ValidationData>().unwrap_err(), error);
        }
    }
}
