//! May this person try to sign in here? Pure: no table, no clock, no environment.
//!
//! Cognito asks before it checks the password, and, where the app client hides who exists, also for users that do not
//! exist (`userNotFound`). So nothing here depends on whether the pool has the user, nor on the trigger source: whoever
//! asks, a blocked app client is blocked.

use std::{collections::BTreeMap, convert::Infallible, str::FromStr};

use common::{
    error::Refusal,
    event::Event,
    identity::{CheckSuspended, Pool},
    known_user::{Read, Record, UserEmail},
};

/// The owner's rules, and the pool that they are for.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) pool: Pool,
    pub(crate) blocked_app_clients: AppClients,
    pub(crate) required_validation_data: ValidationData,
    pub(crate) check_suspended: CheckSuspended,
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

/// What to ask the table before deciding. It depends on what was typed, and never on who is known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question<'a> {
    /// Whose email it is; that of nobody, where the pool has no such user.
    pub(crate) email: UserEmail,
    /// Whose user name it is, so that a changed email does not shed a suspension.
    pub(crate) user_name: Option<&'a str>,
    /// Whose email the user name is: of somebody for whom the owner has no user name, it is the user name.
    pub(crate) user_name_as_email: Option<UserEmail>,
    /// Whether the pool has the user: whose record only the user name finds counts for their account alone.
    pub(crate) has_account: bool,
}

/// What to ask; nothing where the other rules refuse already, or suspension is not checked here.
pub(crate) fn question<'a>(rules: &Rules, event: &'a Event) -> Option<Question<'a>> {
    if rules.check_suspended != CheckSuspended::Before || refused_unseen(rules, event).is_some() {
        return None;
    }
    let email = event.email().unwrap_or_else(UserEmail::nobody);
    let has_user_names = rules.pool.has_user_names();
    let has_account = event.sub().is_some();
    let is_another =
        |name: &UserEmail| has_user_names && has_account && event.user_name.contains('@') && email != *name;
    let user_name_as_email = UserEmail::new(&event.user_name).filter(is_another);
    let user_name = has_user_names.then_some(event.user_name.as_str());
    Some(Question { email, user_name, user_name_as_email, has_account })
}

/// Decides over an attempt to sign in; `by_email` is the record of the user's email, `by_user_name` what other records were
/// found by their user name. The latter are those of namesakes, unless the account is theirs.
pub(crate) fn decide(
    rules: &Rules,
    event: &Event,
    by_email: Option<&Record>,
    by_user_name: &[Record],
) -> Read<Decision> {
    if let Some(refused) = refused_unseen(rules, event) {
        return Ok(refused);
    }
    let mut is_suspended = match by_email {
        Some(known) => known.suspended()?,
        None => false,
    };
    for known in by_user_name {
        is_suspended =
            is_suspended || (known.is_account_of(rules.pool, event.sub(), &event.user_name)? && known.suspended()?);
    }
    Ok(match is_suspended {
        true => Decision::Refuse("known user is suspended", Refusal::SignInRefused),
        false => Decision::LeaveToCognito,
    })
}

/// What the rules say that are about nobody in particular.
fn refused_unseen(rules: &Rules, event: &Event) -> Option<Decision> {
    if event.client_id.as_ref().is_some_and(|client| rules.blocked_app_clients.0.contains(client)) {
        return Some(Decision::Refuse("app client is blocked", Refusal::AppClientBlocked));
    }
    let ValidationData(required) = &rules.required_validation_data;
    let is_missing = required.iter().any(|(key, value)| event.validation_data.get(key) != Some(value));
    is_missing.then_some(Decision::Refuse("validation data is missing", Refusal::SignInRefused))
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
