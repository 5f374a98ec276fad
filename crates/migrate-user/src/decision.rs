//! Who comes into the user pool, and with what? Pure: no table, no clock, no environment.

use std::collections::BTreeMap;

use aws_lambda_events::cognito::CognitoEventUserPoolsMigrateUserTriggerSource as Source;
use common::{
    event::{Event, Person, SignInWith},
    known_user::{KnownUser, MalformedRecord, UserEmail, attribute},
};
use serde::Serialize;

/// What migrate user says to Cognito. The text is for the log.
#[derive(Debug, PartialEq)]
pub(crate) enum Decision {
    Migrate(Migration),
    LeaveToCognito(&'static str),
    /// The record lacks what this pool needs.
    Unusable(MalformedRecord),
}

/// Somebody comes into the pool.
#[derive(Debug, PartialEq)]
pub(crate) struct Migration {
    pub(crate) response: Response,
    /// Whose record has yet to say so.
    pub(crate) first_time_of: Option<UserEmail>,
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

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Response(…)") // it holds somebody's attributes
    }
}

/// Whom to look up: by email if the name as typed has an `@`, else by user name.
pub(crate) fn question(event: &Event) -> Option<Person<'_>> {
    event.trigger_source::<Source>()?;
    Some(if event.user_name.contains('@') {
        Person::Email(&event.user_name)
    } else {
        Person::UserName(&event.user_name)
    })
}

/// What the password in an event is held against.
#[derive(PartialEq)]
pub(crate) enum Against<'a> {
    /// The known user's own hash.
    Hash(&'a str),
    /// Nobody's, so that it takes as long: whether somebody is known must not show.
    Nobodys,
}

/// What to hold the password in `event` against; `known` is the record of the [`question`]. Nothing if none was typed, or
/// the known user has to choose a new one.
pub(crate) fn against<'a>(event: &Event, known: Option<&'a KnownUser>) -> Option<Against<'a>> {
    match (event.trigger_source()?, known) {
        (Source::Authentication, Some(known)) if !known.suspended => known.password_hash.as_deref().map(Against::Hash),
        (Source::Authentication, _) => Some(Against::Nobodys),
        _ => None,
    }
}

/// What became of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Password {
    /// It was held against nothing.
    NotAsked,
    Right,
    Wrong,
    /// It was not looked at.
    TooManyAttempts,
}

/// Decides over a migration; `known` is the record of the [`question`], and `password` what became of it [`against`] that.
pub(crate) fn decide(
    sign_in_with: SignInWith,
    event: &Event,
    known: Option<KnownUser>,
    password: Password,
) -> Decision {
    let Some(source) = event.trigger_source() else { return Decision::LeaveToCognito("not a migration") };
    if password == Password::TooManyAttempts {
        return Decision::LeaveToCognito("too many attempts");
    }
    let Some(known) = known else { return Decision::LeaveToCognito("stranger") };
    if known.suspended {
        return Decision::LeaveToCognito("known user is suspended");
    }
    let final_user_status = match source {
        Source::Authentication if known.password_hash.is_none() => Some("RESET_REQUIRED"),
        Source::Authentication if password == Password::Right => Some("CONFIRMED"),
        Source::Authentication => return Decision::LeaveToCognito("wrong password"),
        Source::ForgotPassword if can_receive_a_code(&known) => None,
        Source::ForgotPassword => return Decision::LeaveToCognito("nowhere to send a code"),
        _ => return Decision::LeaveToCognito("not a migration"),
    };
    // In a pool with aliases the user needs a name of their own, and an email was typed.
    let user_name = match (sign_in_with, event.user_name.contains('@')) {
        (SignInWith::EmailAlias, true) => match known.user_name {
            Some(user_name) => Some(user_name),
            None => return Decision::Unusable(MalformedRecord { attribute: attribute::USER_NAME }),
        },
        _ => None,
    };

    let mut user_attributes = known.attributes;
    user_attributes.retain(|name, _| name != "sub" && name != "username");
    user_attributes.extend(user_name.map(|name| ("username".to_owned(), name)));
    user_attributes.insert("email".to_owned(), known.email.as_str().to_owned());
    user_attributes.insert("email_verified".to_owned(), known.email_verified.to_string());
    Decision::Migrate(Migration {
        response: Response { user_attributes, final_user_status, message_action: "SUPPRESS" },
        first_time_of: known.migrated_at.is_none().then_some(known.email),
    })
}

/// Cognito sends the code to a verified address or number only.
fn can_receive_a_code(known: &KnownUser) -> bool {
    let attribute = |name| known.attributes.get(name).map(String::as_str);
    known.email_verified || (attribute("phone_number").is_some() && attribute("phone_number_verified") == Some("true"))
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
