//! Who comes into the user pool, and with what? Pure: no table, no clock, no environment.

use std::{borrow::Cow, collections::BTreeMap};

use aws_lambda_events::cognito::CognitoEventUserPoolsMigrateUserTriggerSource as Source;
use common::{
    event::Event,
    identity::{Pool, SignInWith},
    known_user::{Read, Record, UserEmail},
};
use serde::Serialize;

/// What migrate user says to Cognito. The texts are for the log.
#[derive(Debug, PartialEq)]
pub(crate) enum Decision {
    Migrate(Box<Migration>),
    LeaveToCognito(&'static str),
    /// The same, counted under an error type.
    Count(&'static str, &'static str),
}

/// Somebody comes into the pool, once it is noted on their record.
#[derive(PartialEq)]
pub(crate) struct Migration {
    /// Whose record has to say so.
    pub(crate) person: UserEmail,
    /// The user name of their account.
    pub(crate) user_name: UserName,
    /// Whether they come only under the user name that they were answered for before, if they were.
    pub(crate) only_as_before: bool,
    /// Whether their password proved who they are.
    pub(crate) proven: bool,
    response: Response,
}

/// The user name of somebody's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UserName {
    /// As it was typed.
    Typed(String),
    /// The owner's, because an email was typed.
    Known(String),
    /// An email was typed, and the owner has no user name for the person: one that nobody can guess, or somebody could
    /// sign up under it first.
    Unique,
    /// Cognito makes one up.
    Cognitos,
}

/// The members of `response` that are set; those left out stay as they came: `forceAliasCreation` above all, which would
/// take an alias away from another user.
#[derive(PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response {
    user_attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    final_user_status: Option<&'static str>,
    /// No welcome message: these people have been users for long.
    message_action: &'static str,
}

// It holds somebody's names and attributes.
impl std::fmt::Debug for Migration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Migration(…)")
    }
}

impl Migration {
    /// The answer, with the user name that is noted for somebody who needs a unique one.
    pub(crate) fn response(self, noted: Option<String>) -> Response {
        let mut response = self.response;
        // Left out, `username` is what was typed; Cognito needs it where that was an alias.
        let user_name = match self.user_name {
            UserName::Known(user_name) => Some(user_name),
            UserName::Unique => noted,
            UserName::Typed(_) | UserName::Cognitos => None,
        };
        response.user_attributes.extend(user_name.map(|user_name| ("username".to_owned(), user_name)));
        response
    }
}

/// What to ask the table: whose user name it is, and, if it is nobody's, whose email.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question<'a> {
    pub(crate) user_name: Option<&'a str>,
    pub(crate) email: Option<UserEmail>,
}

/// Nothing if it is no migration.
pub(crate) fn question(pool: Pool, event: &Event) -> Option<Question<'_>> {
    event.trigger_source::<Source>()?;
    let typed = event.user_name.as_str();
    Some(Question {
        user_name: pool.has_user_names().then_some(typed),
        email: (typed.contains('@') || !pool.has_user_names()).then(|| UserEmail::new(typed)).flatten(),
    })
}

/// The record that the table gave, if it is whom the pool takes the typed name for: in a pool of user names an email is
/// one only of somebody for whom the owner has no other.
pub(crate) fn asked_for(pool: Pool, event: &Event, found: Option<Record>) -> Read<Option<Record>> {
    let Some(record) = found else { return Ok(None) };
    let is_named = record.is_named(&event.user_name)?;
    let has_email = UserEmail::new(&event.user_name).is_some_and(|email| email == *record.email());
    let is_asked_for = match pool.sign_in_with {
        SignInWith::Username => is_named,
        SignInWith::EmailAlias => is_named || has_email,
        SignInWith::Email => has_email,
    };
    Ok(is_asked_for.then_some(record))
}

/// Whether somebody tries a password; else they have forgotten it.
pub(crate) fn is_sign_in(event: &Event) -> bool {
    event.trigger_source() == Some(Source::Authentication)
}

/// The known user's own hash to hold the password in `event` against. Nothing for everybody else: theirs is held against
/// nobody's, so that it takes as long, for whether somebody is known must not show.
pub(crate) fn hash<'a>(event: &Event, known: Option<&'a Record>) -> Read<Option<&'a str>> {
    match known {
        Some(known) if is_sign_in(event) && !known.suspended()? && !known.has_arrived()? => known.password_hash(),
        _ => Ok(None),
    }
}

/// What became of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Password {
    /// None was typed.
    Forgotten,
    Right,
    Wrong,
    /// It was held against nobody's hash, right or not.
    TooManyAttempts,
}

/// Decides over a migration; `known` is who is [`asked_for`], and `password` what became of it against their [`hash`].
pub(crate) fn decide(pool: Pool, event: &Event, known: Option<&Record>, password: Password) -> Read<Decision> {
    use Decision::{Count, LeaveToCognito};

    if password == Password::TooManyAttempts {
        return Ok(Count("too many attempts", "TooManyAttempts"));
    }
    let Some(known) = known else { return Ok(LeaveToCognito("stranger")) };
    if known.suspended()? {
        return Ok(LeaveToCognito("known user is suspended"));
    }
    if known.has_arrived()? {
        return Ok(LeaveToCognito("known user has arrived"));
    }
    let has_password = known.password_hash()?.is_some();
    let final_user_status = match password {
        Password::Forgotten => None,
        Password::Right => Some("CONFIRMED"),
        _ if has_password => return Ok(Count("wrong password", "WrongPassword")),
        _ => Some("RESET_REQUIRED"),
    };
    let proven = password == Password::Right;
    if !proven && !known.email_verified()? {
        return Ok(LeaveToCognito("nowhere to send a code"));
    }
    let user_name = user_name(pool, event, known)?;
    let is_own = is_own(pool, event, known, &user_name)?;
    if !proven && !is_own && (pool.case_sensitive || !is_as_before(pool, known, &user_name)?) {
        return Ok(LeaveToCognito("comes under another user name"));
    }
    Ok(Decision::Migrate(Box::new(Migration {
        person: known.email().clone(),
        user_name,
        only_as_before: !proven && !is_own,
        proven,
        response: Response {
            user_attributes: user_attributes(pool, event, known)?,
            final_user_status,
            message_action: "SUPPRESS",
        },
    })))
}

/// The user name of the account that the migration makes.
fn user_name(pool: Pool, event: &Event, known: &Record) -> Read<UserName> {
    Ok(match pool.sign_in_with {
        SignInWith::Username => UserName::Typed(event.user_name.clone()),
        SignInWith::EmailAlias if !event.user_name.contains('@') => UserName::Typed(event.user_name.clone()),
        // Cognito takes no user name there that looks like an email.
        SignInWith::EmailAlias => {
            match known.user_name()?.map(str::trim).filter(|name| !name.is_empty() && !name.contains('@')) {
                Some(user_name) => UserName::Known(user_name.to_owned()),
                None => UserName::Unique,
            }
        }
        SignInWith::Email => UserName::Cognitos,
    })
}

/// Whether the account is named as the owner names the person. Where the pool minds case, one email is several, too.
fn is_own(pool: Pool, event: &Event, known: &Record, user_name: &UserName) -> Read<bool> {
    let owners: Cow<'_, str> = match known.user_name()? {
        Some(owners) if pool.has_user_names() && !known.is_nameless()? => owners.trim().into(),
        _ => known.email_as_spelled()?.into(),
    };
    Ok(match user_name {
        UserName::Typed(typed) => pool.same(typed) == pool.same(&owners),
        UserName::Cognitos => pool.same(&event.user_name) == pool.same(&owners),
        UserName::Known(_) | UserName::Unique => true,
    })
}

/// Whether the person was not answered for yet under another user name.
fn is_as_before(pool: Pool, known: &Record, user_name: &UserName) -> Read<bool> {
    Ok(match (user_name, known.migrated_as()?) {
        (UserName::Typed(typed), Some(before)) => pool.same(typed) == before,
        _ => true,
    })
}

/// The longest value of an attribute that Cognito takes, in characters.
const LONGEST_VALUE: usize = 2048;

/// What Cognito is handed: the owner's attributes but for those that it refuses, which would keep the person out, and the
/// email with what the owner says of it.
fn user_attributes(pool: Pool, event: &Event, known: &Record) -> Read<BTreeMap<String, String>> {
    let email = match pool.sign_in_with {
        SignInWith::Email => event.user_name.clone(),
        _ => known.email_as_spelled()?,
    };
    let mut attributes = known.attributes()?;
    attributes.retain(|name, value| {
        let name = name.to_ascii_lowercase();
        let is_cognitos = name.starts_with("cognito:") || ["sub", "username", "identities"].contains(&name.as_str());
        let is_ours = ["email", "email_verified"].contains(&name.as_str());
        !is_cognitos && !is_ours && !value.is_empty() && value.chars().nth(LONGEST_VALUE).is_none()
    });
    attributes.insert("email".to_owned(), email);
    attributes.insert("email_verified".to_owned(), known.email_verified()?.to_string());
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Password::{NotAsked, Right, TooManyAttempts, Wrong};
    use SignInWith::{Email, EmailAlias, Username};
    use serde_json::{Value, json};

    const SIGN_IN: &str = "UserMigration_Authentication";
    const FORGOT: &str = "UserMigration_ForgotPassword";

    fn typed(source: &str, user_name: &str) -> Event {
        let event = json!({ "triggerSource": source, "userName": user_name, "request": { "password": "p" } });
        Event::new(serde_json::value::to_raw_value(&event).unwrap()).unwrap()
    }

    fn zoe(change: impl FnOnce(&mut KnownUser)) -> Option<KnownUser> {
        let mut zoe = KnownUser::new("Zoe@Example.com", Some("Zoë")).unwrap();
        for (name, value) in [("name", "Zoë"), ("custom:legacy_id", "7"), ("sub", "stolen"), ("username", "root")] {
            zoe.attributes.insert(name.to_owned(), value.to_owned());
        }
        change(&mut zoe);
        Some(zoe)
    }

    fn response(decision: &Decision) -> Value {
        match decision {
            Decision::Migrate(migration) => serde_json::to_value(&migration.response).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_stranger_is_left_to_cognito() {
        for source in [SIGN_IN, FORGOT] {
            let decision = decide(Username, &typed(source, "eve"), None, NotAsked);
            assert_eq!(decision, Decision::LeaveToCognito("stranger"));
        }
    }

    #[test]
    fn an_email_is_looked_up_as_such_and_anything_else_as_a_user_name() {
        for (source, name, person) in [
            (SIGN_IN, "zoe@example.com", Some(Person::Email("zoe@example.com"))),
            (FORGOT, "@", Some(Person::Email("@"))),
            (SIGN_IN, "Zoë", Some(Person::UserName("Zoë"))),
            (FORGOT, "", Some(Person::UserName(""))),
            ("UserMigration_Tomorrow", "Zoë", None),
            ("", "Zoë", None),
        ] {
            assert_eq!(question(&typed(source, name)), person, "{source} {name}");
        }
    }

    #[test]
    fn a_known_user_who_signs_in_comes_in_and_resets_the_password() {
        let attributes = json!({
            "name": "Zoë", "custom:legacy_id": "7", "email": "zoe@example.com", "email_verified": "true",
        });
        let with_name = json!({
            "name": "Zoë", "custom:legacy_id": "7", "email": "zoe@example.com", "email_verified": "true", "username": "Zoë",
        });
        for (pool, name, attributes) in [
            (Username, "zoë", &attributes),
            (Username, "zoe@example.com", &attributes),
            (EmailAlias, "zoë", &attributes),
            (EmailAlias, "zoe@example.com", &with_name),
            (Email, "zoe@example.com", &attributes),
        ] {
            let decision = decide(pool, &typed(SIGN_IN, name), zoe(|_| ()), NotAsked);
            let expected = json!({
                "userAttributes": attributes, "finalUserStatus": "RESET_REQUIRED", "messageAction": "SUPPRESS",
            });
            assert_eq!(response(&decision), expected, "{pool:?} {name}");
        }
    }

    #[test]
    fn a_password_is_held_against_the_known_users_hash_or_for_nothing() {
        let hashed = |zoe: &mut KnownUser| zoe.password_hash = Some("hash".to_owned());
        let suspended = |zoe: &mut KnownUser| (hashed(zoe), zoe.suspended = true).0;
        for (source, known, expected) in [
            (SIGN_IN, zoe(hashed), Some(Against::Hash("hash"))),
            (SIGN_IN, zoe(|_| ()), None),
            (SIGN_IN, zoe(suspended), Some(Against::Nobodys)),
            (SIGN_IN, None, Some(Against::Nobodys)),
            (FORGOT, zoe(hashed), None),
            (FORGOT, None, None),
            ("UserMigration_Tomorrow", zoe(hashed), None),
            ("", None, None),
        ] {
            assert!(against(&typed(source, "zoë"), known.as_ref()) == expected, "{source} {}", known.is_some());
        }
    }

    #[test]
    fn a_known_user_with_the_right_password_keeps_it_and_with_a_wrong_one_is_nobody() {
        let hashed = |zoe: &mut KnownUser| zoe.password_hash = Some("hash".to_owned());
        let suspended = |zoe: &mut KnownUser| (hashed(zoe), zoe.suspended = true).0;
        let decision = decide(Username, &typed(SIGN_IN, "zoë"), zoe(hashed), Right);
        let expected = json!({
            "userAttributes": {
                "name": "Zoë", "custom:legacy_id": "7", "email": "zoe@example.com", "email_verified": "true",
            },
            "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS",
        });
        assert_eq!(response(&decision), expected);

        for (known, password, why) in [
            (zoe(hashed), Wrong, "wrong password"),
            (zoe(hashed), NotAsked, "wrong password"),
            (zoe(hashed), TooManyAttempts, "too many attempts"),
            (zoe(suspended), Right, "known user is suspended"),
            (zoe(suspended), Wrong, "known user is suspended"),
            (zoe(suspended), TooManyAttempts, "too many attempts"),
            (None, Right, "stranger"),
            (None, Wrong, "stranger"),
            (None, TooManyAttempts, "too many attempts"),
        ] {
            let decision = decide(Username, &typed(SIGN_IN, "zoë"), known, password);
            assert_eq!(decision, Decision::LeaveToCognito(why), "{password:?}");
        }
    }

    #[test]
    fn a_wrong_password_does_not_show_a_record_that_lacks_something() {
        let nameless = |zoe: &mut KnownUser| (zoe.password_hash, zoe.user_name) = (Some("hash".to_owned()), None);
        let decision = |password| decide(EmailAlias, &typed(SIGN_IN, "zoe@example.com"), zoe(nameless), password);
        assert_eq!(decision(Wrong), Decision::LeaveToCognito("wrong password"));
        assert_eq!(decision(Right), Decision::Unusable(MalformedRecord { attribute: "UserName" }));
    }

    #[test]
    fn a_known_user_who_forgot_the_password_comes_in_with_a_verified_email() {
        let decision = decide(Email, &typed(FORGOT, "zoe@example.com"), zoe(|zoe| zoe.attributes.clear()), NotAsked);
        let attributes = json!({ "email": "zoe@example.com", "email_verified": "true" });
        assert_eq!(response(&decision), json!({ "userAttributes": attributes, "messageAction": "SUPPRESS" }));
    }

    #[test]
    fn an_email_that_the_owner_does_not_vouch_for_is_not_called_verified() {
        let unverified = |zoe: &mut KnownUser| zoe.email_verified = false;
        let decision = decide(Username, &typed(SIGN_IN, "zoë"), zoe(unverified), NotAsked);
        assert_eq!(response(&decision)["userAttributes"]["email_verified"], "false");

        let decision = decide(Username, &typed(FORGOT, "zoë"), zoe(unverified), NotAsked);
        assert_eq!(decision, Decision::LeaveToCognito("nowhere to send a code"));

        for (verified, comes_in) in [("true", true), ("false", false)] {
            let by_phone = |zoe: &mut KnownUser| {
                unverified(zoe);
                zoe.attributes.insert("phone_number".to_owned(), "+12065550100".to_owned());
                zoe.attributes.insert("phone_number_verified".to_owned(), verified.to_owned());
            };
            let decision = decide(Username, &typed(FORGOT, "zoë"), zoe(by_phone), NotAsked);
            assert_eq!(matches!(decision, Decision::Migrate(_)), comes_in, "phone verified: {verified}");
        }
    }

    #[test]
    fn a_suspended_person_is_answered_like_a_stranger() {
        for source in [SIGN_IN, FORGOT] {
            let decision = decide(Username, &typed(source, "zoë"), zoe(|zoe| zoe.suspended = true), NotAsked);
            assert_eq!(decision, Decision::LeaveToCognito("known user is suspended"));
        }
    }

    #[test]
    fn an_alias_pool_needs_a_user_name() {
        let nameless = |zoe: &mut KnownUser| zoe.user_name = None;
        let decision = decide(EmailAlias, &typed(SIGN_IN, "zoe@example.com"), zoe(nameless), NotAsked);
        assert_eq!(decision, Decision::Unusable(MalformedRecord { attribute: "UserName" }));
        let decision = decide(Email, &typed(SIGN_IN, "zoe@example.com"), zoe(nameless), NotAsked);
        assert!(matches!(decision, Decision::Migrate(_)));
    }

    #[test]
    fn the_first_migration_is_noted_and_only_the_first() {
        let first_time_of = |known| match decide(Username, &typed(SIGN_IN, "zoë"), known, NotAsked) {
            Decision::Migrate(migration) => migration.first_time_of,
            other => panic!("{other:?}"),
        };
        assert_eq!(first_time_of(zoe(|_| ())), UserEmail::new("zoe@example.com"));
        assert_eq!(first_time_of(zoe(|zoe| zoe.migrated_at = Some("2026-11-20T10:00:00.000Z".to_owned()))), None);
    }

    #[test]
    fn another_source_is_left_to_cognito() {
        for source in ["UserMigration_Tomorrow", "PreSignUp_SignUp", ""] {
            let decision = decide(Username, &typed(source, "zoë"), zoe(|_| ()), NotAsked);
            assert_eq!(decision, Decision::LeaveToCognito("not a migration"), "{source}");
        }
    }
}
