//! May this person try to sign in here? Pure: no table, no clock, no environment.
//!
//! Cognito asks before it checks the password, and, where the app client hides who exists, also for users that do not
//! exist (`userNotFound`). So nothing here depends on whether the pool has the user, nor on the trigger source: whoever
//! asks, a blocked app client is blocked.

use std::{convert::Infallible, str::FromStr};

use common::{
    error::Refusal,
    event::Event,
    validation_data::{RequiredValidationData, entries},
};
use known_user::{CheckSuspended, Pool, Read, Record, UserEmail};

/// The owner's rules, and the pool that they are for.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) pool: Pool,
    pub(crate) blocked_app_clients: AppClients,
    pub(crate) required_validation_data: RequiredValidationData,
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
        // A flaw of either is none where the other says no.
        is_suspended |= match (known.suspended(), known.is_account_of(rules.pool, event.sub(), &event.user_name)) {
            (Ok(false), _) | (_, Ok(false)) => false,
            (suspended, is_theirs) => suspended? && is_theirs?,
        };
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
    let RequiredValidationData(required) = &rules.required_validation_data;
    let is_missing = required.iter().any(|(key, value)| event.validation_data.get(key) != Some(value));
    is_missing.then_some(Decision::Refuse("validation data is missing", Refusal::SignInRefused))
}

#[cfg(test)]
mod tests {
    use super::*;
    use CheckSuspended::{After, Before, Never};
    use Decision::{LeaveToCognito, Refuse};
    use SignInWith::{Email, EmailAlias, Username};
    use known_user::{KnownUser, MalformedRecord, SignInWith};
    use serde_json::{Value, json};

    const NAME_POOLS: [SignInWith; 2] = [Username, EmailAlias];

    fn rules(blocked: &str, required: &str, check_suspended: CheckSuspended) -> Rules {
        Rules {
            blocked_app_clients: blocked.parse().unwrap(),
            required_validation_data: required.parse().unwrap(),
            check_suspended,
            ..Rules::default()
        }
    }

    fn rules_of(sign_in_with: SignInWith) -> Rules {
        Rules { pool: Pool { sign_in_with, case_sensitive: false }, ..Rules::default() }
    }

    fn attempt(client: Value, validation_data: Value) -> Event {
        event(&json!({
            "triggerSource": "PreAuthentication_Authentication",
            "userName": "mallory",
            "callerContext": { "clientId": client },
            "request": { "userAttributes": { "email": "mallory@example.com" }, "validationData": validation_data },
        }))
    }

    fn account(sub: Option<&str>, user_name: &str, email: Option<&str>) -> Event {
        event(&json!({ "userName": user_name, "request": { "userAttributes": { "sub": sub, "email": email } } }))
    }

    fn event(json: &Value) -> Event {
        Event::new(serde_json::value::to_raw_value(json).unwrap()).unwrap()
    }

    fn mallory(change: impl FnOnce(&mut KnownUser)) -> Record {
        let mut mallory = KnownUser::new("mallory@example.com", Some("Mallory")).unwrap();
        change(&mut mallory);
        mallory.into()
    }

    fn suspended(person: &mut KnownUser) {
        person.suspended = true;
    }

    /// Mallory, with this attribute of another type.
    fn flawed(attribute: &str) -> Record {
        let mut item = KnownUser::new("mallory@example.com", Some("Mallory")).unwrap().into_item();
        let wrong = item[if attribute == "Suspended" { "UserEmail" } else { "Suspended" }].clone();
        item.insert(attribute.to_owned(), wrong);
        Record::new(item).unwrap()
    }

    const BLOCKED: Decision = Refuse("app client is blocked", Refusal::AppClientBlocked);
    const MISSING: Decision = Refuse("validation data is missing", Refusal::SignInRefused);
    const SUSPENDED: Decision = Refuse("known user is suspended", Refusal::SignInRefused);

    #[test]
    fn a_stranger_may_try() {
        let event = attempt(json!("web"), Value::Null);
        let rules = Rules::default();
        assert_eq!(decide(&rules, &event, None, &[]), Ok(LeaveToCognito));
        assert_eq!(decide(&rules, &event, Some(&mallory(|_| ())), &[]), Ok(LeaveToCognito));
    }

    #[test]
    fn an_attempt_is_decided_by_app_client_then_validation_data_then_the_record() {
        let suspended = &mallory(suspended);
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
            let rules = rules(blocked, required, Before);
            let decision = decide(&rules, &attempt(client.clone(), sent.clone()), known, &[]);
            assert_eq!(decision, Ok(expected), "{blocked:?} {required:?} {client} {sent}");
        }
    }

    #[test]
    fn the_table_is_asked_only_where_its_answer_counts() {
        let event = attempt(json!("web"), Value::Null);
        for (blocked, required, check_suspended, is_asked) in [
            ("", "", Before, true),
            ("", "", After, false),
            ("", "", Never, false),
            ("web", "", Before, false),
            ("", "k=v", Before, false),
        ] {
            let rules = rules(blocked, required, check_suspended);
            assert_eq!(question(&rules, &event).is_some(), is_asked, "{blocked:?} {required:?} {check_suspended:?}");
        }
    }

    #[test]
    fn the_questions_depend_on_what_was_typed_and_on_nobody_who_is_known() {
        let key = |email| UserEmail::new(email).unwrap();
        let mallory = || key("mallory@example.com");
        for (pool, event, expected) in [
            (Username, account(Some("1"), "Mallory", Some(" MALLORY@example.com")), (mallory(), Some("Mallory"), None)),
            (
                EmailAlias,
                account(Some("1"), "Mallory", Some("mallory@example.com")),
                (mallory(), Some("Mallory"), None),
            ),
            (Email, account(Some("1"), "7a63f1fb", Some("mallory@example.com")), (mallory(), None, None)),
            (Username, account(None, "ghost", None), (UserEmail::nobody(), Some("ghost"), None)),
            (Username, account(Some("1"), "ghost", Some(" ")), (UserEmail::nobody(), Some("ghost"), None)),
            (Email, account(None, "ghost@x", None), (UserEmail::nobody(), None, None)),
            (
                Username,
                account(Some("1"), "Bob@x", Some("mallory@example.com")),
                (mallory(), Some("Bob@x"), Some(key("bob@x"))),
            ),
            (Username, account(None, "bob@x", None), (UserEmail::nobody(), Some("bob@x"), None)),
            (
                Username,
                account(Some("1"), "Mallory@example.com", Some("mallory@example.com")),
                (mallory(), Some("Mallory@example.com"), None),
            ),
        ] {
            let (email, user_name, user_name_as_email) = expected;
            let has_account = event.sub().is_some();
            let expected = Question { email, user_name, user_name_as_email, has_account };
            assert_eq!(question(&rules_of(pool), &event), Some(expected), "{pool:?} {:?}", event.user_name);
        }
    }

    #[test]
    fn a_changed_email_sheds_no_suspension_and_a_namesake_is_not_hit() {
        type Change = fn(&mut KnownUser);
        let rows: [(&str, Change, Option<&str>, &str, Decision); 10] = [
            ("their sub", |m| m.user_sub = Some("1".to_owned()), Some("1"), "Mallory", SUSPENDED),
            ("their sub under another name", |m| m.user_sub = Some("1".to_owned()), Some("1"), "anything", SUSPENDED),
            ("another sub", |m| m.user_sub = Some("2".to_owned()), Some("1"), "Mallory", LeaveToCognito),
            (
                "another sub, their migration's name",
                |m| (m.user_sub = Some("2".to_owned()), m.migrated_as = Some("mallory".to_owned())).1,
                Some("1"),
                "Mallory",
                LeaveToCognito,
            ),
            ("their migration's name", |m| m.migrated_as = Some("mallory".to_owned()), Some("1"), "MALLORY", SUSPENDED),
            (
                "another migration's name",
                |m| m.migrated_as = Some("mal".to_owned()),
                Some("1"),
                "mallory",
                LeaveToCognito,
            ),
            ("no account of theirs", |_| (), Some("1"), "mallory", LeaveToCognito),
            ("confirmed alone", |m| m.confirmed_at = Some("2026".to_owned()), Some("1"), "mallory", LeaveToCognito),
            ("no sub", |m| m.user_sub = Some("1".to_owned()), None, "mallory", LeaveToCognito),
            ("an empty sub", |m| m.user_sub = Some("1".to_owned()), Some(""), "mallory", LeaveToCognito),
        ];
        for (what, change, sub, user_name, expected) in rows {
            for pool in NAME_POOLS {
                let by_name = |is_suspended| mallory(|mallory| (change(mallory), mallory.suspended = is_suspended).1);
                let event = account(sub, user_name, Some("changed@example.com"));
                let decision = decide(&rules_of(pool), &event, None, &[by_name(true)]);
                assert_eq!(decision.as_ref(), Ok(&expected), "{what}: {pool:?}");
                let decision = decide(&rules_of(pool), &event, None, &[by_name(false)]);
                assert_eq!(decision, Ok(LeaveToCognito), "{what}, not suspended: {pool:?}");
                // The record of the email counts whoever the account is, and beside the others.
                let decision = decide(&rules_of(pool), &event, Some(&mallory(suspended)), &[by_name(false)]);
                assert_eq!(decision, Ok(SUSPENDED), "{what}, by email: {pool:?}");
                let bob = KnownUser::new("bob@example.com", Some("bob")).unwrap().into();
                let decision = decide(&rules_of(pool), &event, Some(&bob), &[bob.clone(), by_name(true)]);
                assert_eq!(decision.as_ref(), Ok(&expected), "{what}, the second of two: {pool:?}");
            }
        }
    }

    #[test]
    fn a_pool_that_minds_letter_case_knows_two_accounts_by_two_spellings() {
        let migrated = mallory(|mallory| (suspended(mallory), mallory.migrated_as = Some("Mallory".to_owned())).1);
        for (sign_in_with, user_name, expected) in [
            (Username, "Mallory", SUSPENDED),
            (Username, "mallory", LeaveToCognito),
            (EmailAlias, "Mallory", SUSPENDED),
            (EmailAlias, "mallory", LeaveToCognito),
            (Email, "Mallory", LeaveToCognito),
        ] {
            let rules = Rules { pool: Pool { sign_in_with, case_sensitive: true }, ..Rules::default() };
            let event = account(Some("1"), user_name, Some("changed@example.com"));
            let decision = decide(&rules, &event, None, std::slice::from_ref(&migrated));
            assert_eq!(decision, Ok(expected), "{sign_in_with:?} {user_name}");
        }
    }

    #[test]
    fn a_flaw_of_an_attribute_that_is_not_used_locks_nobody_out() {
        let event = account(Some("1"), "mallory", Some("mallory@example.com"));
        for attribute in [
            "Suspended",
            "UserSub",
            "MigratedAs",
            "Attributes",
            "LastLogin",
            "PasswordHash",
            "EmailVerified",
            "MigratedAt",
            "ConfirmedAt",
            "UserName",
        ] {
            let known = flawed(attribute);
            let by_email = match attribute {
                "Suspended" => Err(MalformedRecord { attribute }),
                _ => Ok(LeaveToCognito),
            };
            assert_eq!(decide(&rules_of(Username), &event, Some(&known), &[]), by_email, "{attribute}");
            // A namesake's, and not suspended: nothing of it matters.
            assert_eq!(decide(&rules_of(Username), &event, None, &[known]), Ok(LeaveToCognito), "{attribute}, by name");
        }
        let suspended = |attribute: &str| {
            let mallory = KnownUser { suspended: true, ..KnownUser::new("m@example.com", Some("mallory")).unwrap() };
            let mut item = mallory.into_item();
            let wrong = item["Suspended"].clone();
            item.insert(attribute.to_owned(), wrong);
            Record::new(item).unwrap()
        };
        for attribute in ["UserSub", "MigratedAs"] {
            let decision = decide(&rules_of(Username), &event, None, &[suspended(attribute)]);
            assert_eq!(decision, Err(MalformedRecord { attribute }), "whose it is decides over a suspension");
        }
    }

    #[test]
    fn suspended_and_missing_validation_data_read_the_same() {
        let (Refuse(_, suspended), Refuse(_, missing)) = (SUSPENDED, MISSING) else { panic!() };
        assert_eq!((suspended.text(), suspended.error_type()), (missing.text(), missing.error_type()));
    }
}
