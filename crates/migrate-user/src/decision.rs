//! Who comes into the user pool, and with what? Pure: no table, no clock, no environment.

use std::{borrow::Cow, collections::BTreeMap};

use aws_lambda_events::cognito::CognitoEventUserPoolsMigrateUserTriggerSource as Source;
use common::event::Event;
use known_user::{Pool, Read, Record, SignInWith, UserEmail};
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

impl Response {
    /// What the log says of it; the template's metric filters know these texts.
    pub(crate) fn outcome(&self) -> &'static str {
        match self.final_user_status {
            Some("CONFIRMED") => "migrated",
            _ => "migrated, and has to choose a password",
        }
    }
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

/// What the password in an event is held against.
#[derive(Debug, PartialEq)]
pub(crate) enum Against<'a> {
    /// The known user's own hash.
    Hash(&'a str),
    /// Nobody's, so that it takes as long: whether somebody is known must not show.
    Nobodys,
    /// Nothing: none was typed, or the known user has none yet and is told to choose one.
    Nothing,
}

/// What to hold the password in `event` against; `known` is who is [`asked_for`].
pub(crate) fn against<'a>(pool: Pool, event: &Event, known: Option<&'a Record>) -> Read<Against<'a>> {
    if !is_sign_in(event) {
        return Ok(Against::Nothing);
    }
    let Some(known) = known else { return Ok(Against::Nobodys) };
    if known.suspended()? || known.has_arrived()? {
        return Ok(Against::Nobodys);
    }
    Ok(match known.password_hash()? {
        Some(hash) => Against::Hash(hash),
        None if matches!(decide(pool, event, Some(known), Password::Wrong)?, Decision::Migrate(_)) => Against::Nothing,
        None => Against::Nobodys,
    })
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

/// Decides over a migration; `known` is who is [`asked_for`], and `password` what became of it [`against`] that.
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
    use Password::{Forgotten, Right, TooManyAttempts, Wrong};
    use SignInWith::{Email, EmailAlias, Username};
    use known_user::{KnownUser, MalformedRecord};
    use serde_json::{Value, json};

    const SIGN_IN: &str = "UserMigration_Authentication";
    const FORGOT: &str = "UserMigration_ForgotPassword";
    const AT: &str = "2026-11-20T10:00:00.000Z";

    fn typed(source: &str, user_name: &str) -> Event {
        let event = json!({ "triggerSource": source, "userName": user_name, "request": { "password": "p" } });
        Event::new(serde_json::value::to_raw_value(&event).unwrap()).unwrap()
    }

    fn pool(sign_in_with: SignInWith) -> Pool {
        Pool { sign_in_with, case_sensitive: false }
    }

    fn minds_case(sign_in_with: SignInWith) -> Pool {
        Pool { sign_in_with, case_sensitive: true }
    }

    fn zoe(change: impl FnOnce(&mut KnownUser)) -> Record {
        let mut zoe = KnownUser::new("zoe@example.com", Some("Zoë")).unwrap();
        change(&mut zoe);
        zoe.into()
    }

    fn hashed(zoe: &mut KnownUser) {
        zoe.password_hash = Some("hash".to_owned());
    }

    fn nameless(zoe: &mut KnownUser) {
        zoe.user_name = None;
    }

    /// A record with one attribute of another type.
    fn flawed(attribute: &str) -> Record {
        let mut zoe = KnownUser::new("zoe@example.com", Some("Zoë")).unwrap();
        hashed(&mut zoe);
        let mut item = zoe.into_item();
        item.insert(attribute.to_owned(), aws_sdk_dynamodb::types::AttributeValue::N("7".to_owned()));
        Record::new(item).unwrap()
    }

    /// What is answered, with `unique` as the noted user name; or why not.
    fn answer(pool: Pool, event: &Event, known: Option<&Record>, password: Password) -> Result<Value, &'static str> {
        match decide(pool, event, known, password).unwrap() {
            Decision::Migrate(migration) => {
                Ok(serde_json::to_value(migration.response(Some("unique".to_owned()))).unwrap())
            }
            Decision::LeaveToCognito(why) | Decision::Count(why, _) => Err(why),
        }
    }

    #[test]
    fn a_stranger_is_left_to_cognito() {
        for (source, password) in [(SIGN_IN, Wrong), (SIGN_IN, Right), (FORGOT, Forgotten)] {
            for sign_in_with in [Username, EmailAlias, Email] {
                assert_eq!(answer(pool(sign_in_with), &typed(source, "eve"), None, password), Err("stranger"));
            }
        }
    }

    #[test]
    fn a_question_depends_on_the_pool_and_on_what_was_typed() {
        let email = || UserEmail::new("zoe@example.com");
        for (sign_in_with, source, name, expected) in [
            (Username, SIGN_IN, "Zoë", Some((Some("Zoë"), None))),
            (Username, SIGN_IN, "Zoe@example.com", Some((Some("Zoe@example.com"), email()))),
            (Username, FORGOT, "", Some((Some(""), None))),
            (EmailAlias, FORGOT, "Zoe@example.com", Some((Some("Zoe@example.com"), email()))),
            (EmailAlias, SIGN_IN, "Zoë", Some((Some("Zoë"), None))),
            (Email, SIGN_IN, "Zoe@example.com", Some((None, email()))),
            (Email, SIGN_IN, " ", Some((None, None))),
            (Username, "UserMigration_Tomorrow", "Zoë", None),
            (Username, "PreSignUp_SignUp", "Zoë", None),
            (Username, "", "Zoë", None),
        ] {
            let expected = expected.map(|(user_name, email)| Question { user_name, email });
            assert_eq!(
                question(pool(sign_in_with), &typed(source, name)),
                expected,
                "{sign_in_with:?} {source} {name}"
            );
        }
    }

    #[test]
    fn the_person_asked_for_is_the_one_whom_the_pool_takes_the_name_for() {
        let by_email = "ZOE@example.com";
        for (sign_in_with, typed_name, known, is_asked_for) in [
            (Username, "ZOË", zoe(|_| ()), true),
            (Username, by_email, zoe(|_| ()), false),
            (Username, by_email, zoe(nameless), true),
            (Username, "zoë@old", zoe(|zoe| zoe.user_name = Some("Zoë@old".to_owned())), true),
            (EmailAlias, "ZOË", zoe(|_| ()), true),
            (EmailAlias, by_email, zoe(|_| ()), true),
            (EmailAlias, by_email, zoe(nameless), true),
            (EmailAlias, "zoë@old", zoe(|zoe| zoe.user_name = Some("Zoë@old".to_owned())), true),
            // The index was behind: the record has another user name by now.
            (EmailAlias, "zoe", zoe(|_| ()), false),
            (Email, by_email, zoe(|_| ()), true),
            (Email, "zoë", zoe(|_| ()), false),
        ] {
            let found = asked_for(pool(sign_in_with), &typed(SIGN_IN, typed_name), Some(known)).unwrap();
            assert_eq!(found.is_some(), is_asked_for, "{sign_in_with:?} {typed_name}");
        }
        assert!(asked_for(pool(Username), &typed(SIGN_IN, "zoë"), None).unwrap().is_none());
    }

    #[test]
    fn a_password_is_held_against_the_known_users_hash_or_nobodys_or_nothing() {
        let own = Ok(Against::Hash("hash"));
        let nobodys = || Ok(Against::Nobodys);
        let nothing = || Ok(Against::Nothing);
        let before = |zoe: &mut KnownUser| {
            (zoe.migrated_at, zoe.migrated_as) = (Some(AT.to_owned()), Some("another form".to_owned()));
        };
        for (case, source, name, known, expected) in [
            ("has a hash", SIGN_IN, "zoë", Some(zoe(hashed)), &own),
            ("on the way", SIGN_IN, "zoë", Some(zoe(|zoe| (hashed(zoe), before(zoe)).0)), &own),
            ("unverified", SIGN_IN, "zoë", Some(zoe(|zoe| (hashed(zoe), zoe.email_verified = false).0)), &own),
            ("flawed elsewhere", SIGN_IN, "zoë", Some(flawed("Attributes")), &own),
            ("suspended", SIGN_IN, "zoë", Some(zoe(|zoe| (hashed(zoe), zoe.suspended = true).0)), &nobodys()),
            (
                "signed in",
                SIGN_IN,
                "zoë",
                Some(zoe(|zoe| (hashed(zoe), zoe.user_sub = Some("s".to_owned())).0)),
                &nobodys(),
            ),
            (
                "signed up",
                SIGN_IN,
                "zoë",
                Some(zoe(|zoe| (hashed(zoe), zoe.confirmed_at = Some(AT.to_owned())).0)),
                &nobodys(),
            ),
            ("unknown", SIGN_IN, "zoë", None, &nobodys()),
            // Who has no hash is told so, unless they do not come in: then they are nobody.
            ("no hash", SIGN_IN, "zoë", Some(zoe(|_| ())), &nothing()),
            ("no hash, unverified", SIGN_IN, "zoë", Some(zoe(|zoe| zoe.email_verified = false)), &nobodys()),
            ("no hash, another form", SIGN_IN, "Zoe\u{308}", Some(zoe(before)), &nobodys()),
            ("forgotten", FORGOT, "zoë", Some(zoe(hashed)), &nothing()),
            ("forgotten, unknown", FORGOT, "zoë", None, &nothing()),
            ("flawed", SIGN_IN, "zoë", Some(flawed("Suspended")), &Err(MalformedRecord { attribute: "Suspended" })),
        ] {
            assert_eq!(&against(pool(Username), &typed(source, name), known.as_ref()), expected, "{case}");
        }
    }

    #[test]
    fn a_person_comes_in_once_and_otherwise_is_as_good_as_unknown() {
        let confirmed = Ok(Some("CONFIRMED"));
        let reset = Ok(Some("RESET_REQUIRED"));
        let unverified = |zoe: &mut KnownUser| zoe.email_verified = false;
        let suspended = |zoe: &mut KnownUser| zoe.suspended = true;
        let on_the_way = |zoe: &mut KnownUser| {
            (zoe.migrated_at, zoe.migrated_as) = (Some(AT.to_owned()), Some("zoë".to_owned()));
        };
        let signed_in = |zoe: &mut KnownUser| zoe.user_sub = Some("s".to_owned());
        let signed_up = |zoe: &mut KnownUser| zoe.confirmed_at = Some(AT.to_owned());
        let and = |one: fn(&mut KnownUser), other: fn(&mut KnownUser)| zoe(|zoe| (one(zoe), other(zoe)).0);

        for (case, source, known, password, expected) in [
            ("right", SIGN_IN, zoe(hashed), Right, confirmed),
            ("wrong", SIGN_IN, zoe(hashed), Wrong, Err("wrong password")),
            ("right, unverified", SIGN_IN, and(hashed, unverified), Right, confirmed),
            ("no hash", SIGN_IN, zoe(|_| ()), Wrong, reset),
            ("no hash, unverified", SIGN_IN, zoe(unverified), Wrong, Err("nowhere to send a code")),
            ("over the limit", SIGN_IN, zoe(hashed), TooManyAttempts, Err("too many attempts")),
            ("over the limit, no hash", SIGN_IN, zoe(|_| ()), TooManyAttempts, Err("too many attempts")),
            ("suspended, right", SIGN_IN, and(hashed, suspended), Right, Err("known user is suspended")),
            ("suspended, wrong", SIGN_IN, and(hashed, suspended), Wrong, Err("known user is suspended")),
            ("suspended, no hash", SIGN_IN, zoe(suspended), Wrong, Err("known user is suspended")),
            ("arrived, right", SIGN_IN, and(hashed, signed_in), Right, Err("known user has arrived")),
            ("arrived, no hash", SIGN_IN, zoe(signed_in), Wrong, Err("known user has arrived")),
            ("arrived by a sign-up", SIGN_IN, zoe(signed_up), Wrong, Err("known user has arrived")),
            ("on the way, right", SIGN_IN, and(hashed, on_the_way), Right, confirmed),
            ("on the way, wrong", SIGN_IN, and(hashed, on_the_way), Wrong, Err("wrong password")),
            ("on the way, no hash", SIGN_IN, zoe(on_the_way), Wrong, reset),
            ("forgotten", FORGOT, zoe(hashed), Forgotten, Ok(None)),
            ("forgotten, no hash", FORGOT, zoe(|_| ()), Forgotten, Ok(None)),
            ("forgotten, unverified", FORGOT, and(hashed, unverified), Forgotten, Err("nowhere to send a code")),
            ("forgotten, suspended", FORGOT, zoe(suspended), Forgotten, Err("known user is suspended")),
            ("forgotten, arrived", FORGOT, zoe(signed_in), Forgotten, Err("known user has arrived")),
            ("forgotten, on the way", FORGOT, and(hashed, on_the_way), Forgotten, Ok(None)),
        ] {
            for sign_in_with in [Username, EmailAlias, Email] {
                let event = typed(source, if sign_in_with == Email { "zoe@example.com" } else { "zoë" });
                let expected = expected.map(|status| {
                    let verified = (!case.contains("unverified")).to_string();
                    let mut response = json!({
                        "userAttributes": { "email": "zoe@example.com", "email_verified": verified },
                        "messageAction": "SUPPRESS",
                    });
                    if let Some(status) = status {
                        response["finalUserStatus"] = json!(status);
                    }
                    response
                });
                let answer = answer(pool(sign_in_with), &event, Some(&known), password);
                assert_eq!(answer, expected, "{case} {sign_in_with:?}");
            }
        }
    }

    #[test]
    fn guesses_are_counted_and_nobody_else_is() {
        let counted = |known: Option<Record>, password| match decide(
            pool(Username),
            &typed(SIGN_IN, "zoë"),
            known.as_ref(),
            password,
        )
        .unwrap()
        {
            Decision::Count(_, error_type) => Some(error_type),
            _ => None,
        };
        assert_eq!(counted(Some(zoe(hashed)), Wrong), Some("WrongPassword"));
        assert_eq!(counted(Some(zoe(hashed)), TooManyAttempts), Some("TooManyAttempts"));
        assert_eq!(counted(None, TooManyAttempts), Some("TooManyAttempts"));
        assert_eq!(counted(Some(zoe(hashed)), Right), None);
        assert_eq!(counted(None, Wrong), None);
    }

    #[test]
    fn without_the_right_password_an_account_is_named_as_before_or_as_the_owner_names_the_person() {
        let before = |name: &'static str| {
            move |zoe: &mut KnownUser| {
                (zoe.migrated_at, zoe.migrated_as) = (Some(AT.to_owned()), Some(name.to_owned()));
            }
        };
        let decomposed = "Zoe\u{308}";
        let comes = Ok(());
        let other = Err("comes under another user name");
        for (case, pool, name, known, expected) in [
            ("first, any case", pool(Username), "ZOË", zoe(|_| ()), comes),
            ("first, another form", pool(Username), decomposed, zoe(|_| ()), comes),
            ("again, any case", pool(Username), "ZOË", zoe(before("zoë")), comes),
            ("again, another form", pool(Username), decomposed, zoe(before("zoë")), other),
            ("again, the form before", pool(Username), decomposed, zoe(before("zoe\u{308}")), comes),
            ("again, the owner's form", pool(Username), "Zoë", zoe(before("zoe\u{308}")), comes),
            (
                "again, a note without a name",
                pool(Username),
                decomposed,
                zoe(|zoe| zoe.migrated_at = Some(AT.to_owned())),
                comes,
            ),
            ("case minded, the owner's", minds_case(Username), "Zoë", zoe(|_| ()), comes),
            ("case minded, another", minds_case(Username), "zoë", zoe(|_| ()), other),
            ("case minded, as before", minds_case(Username), "zoë", zoe(before("zoë")), other),
            ("no user name", pool(Username), "ZOE@example.com", zoe(nameless), comes),
            ("no user name, case minded", minds_case(Username), "ZOE@example.com", zoe(nameless), other),
            (
                "no user name, case minded, the owner's",
                minds_case(Username),
                "Zoe@example.com",
                zoe(|zoe| {
                    nameless(zoe);
                    zoe.attributes.insert("email".to_owned(), "Zoe@example.com".to_owned());
                }),
                comes,
            ),
            ("by email, an alias", minds_case(EmailAlias), "ZOE@example.com", zoe(before("zoë")), comes),
            ("by name, case minded", minds_case(EmailAlias), "ZOË", zoe(|_| ()), other),
            ("by name, another form, again", pool(EmailAlias), decomposed, zoe(before("zoë")), other),
            ("email pool", pool(Email), "ZOE@example.com", zoe(before("zoë")), comes),
            ("email pool, case minded", minds_case(Email), "ZOE@example.com", zoe(|_| ()), other),
            ("email pool, case minded, the owner's", minds_case(Email), "zoe@example.com", zoe(|_| ()), comes),
        ] {
            for (source, password) in [(SIGN_IN, Wrong), (FORGOT, Forgotten)] {
                let decided = answer(pool, &typed(source, name), Some(&known), password).map(drop);
                assert_eq!(decided, expected, "{case} {source}");
            }
            assert!(answer(pool, &typed(SIGN_IN, name), Some(&known), Right).is_ok(), "{case}: the password proves it");
        }
    }

    #[test]
    fn a_note_is_bound_to_the_first_user_name_unless_it_is_the_owners_or_the_password_is_right() {
        let migration =
            |name, password| match decide(pool(Username), &typed(SIGN_IN, name), Some(&zoe(hashed)), password) {
                Ok(Decision::Migrate(migration)) => (migration.only_as_before, migration.proven),
                other => panic!("{other:?}"),
            };
        assert_eq!(migration("Zoe\u{308}", Right), (false, true));
        assert_eq!(migration("ZOË", Right), (false, true));
        let without = |name| match decide(pool(Username), &typed(SIGN_IN, name), Some(&zoe(|_| ())), Wrong) {
            Ok(Decision::Migrate(migration)) => (migration.only_as_before, migration.proven),
            other => panic!("{other:?}"),
        };
        assert_eq!(without("Zoe\u{308}"), (true, false));
        assert_eq!(without("ZOË"), (false, false));
    }

    #[test]
    fn an_alias_comes_with_a_user_name_that_cognito_takes() {
        let named = |name: &str| zoe(|zoe| zoe.user_name = Some(name.to_owned()));
        for (sign_in_with, typed_name, known, user_name, in_answer) in [
            (EmailAlias, "zoe@example.com", zoe(|_| ()), UserName::Known("Zoë".to_owned()), Some("Zoë")),
            (EmailAlias, "zoe@example.com", named(" Zoë "), UserName::Known("Zoë".to_owned()), Some("Zoë")),
            (EmailAlias, "zoe@example.com", zoe(nameless), UserName::Unique, Some("unique")),
            (EmailAlias, "zoe@example.com", named("zoe@old.example"), UserName::Unique, Some("unique")),
            (EmailAlias, "zoe@old.example", named("zoe@old.example"), UserName::Unique, Some("unique")),
            (EmailAlias, "zoë", zoe(|_| ()), UserName::Typed("zoë".to_owned()), None),
            (Username, "zoë", zoe(|_| ()), UserName::Typed("zoë".to_owned()), None),
            (Username, "zoe@example.com", zoe(nameless), UserName::Typed("zoe@example.com".to_owned()), None),
            (Email, "zoe@example.com", zoe(|_| ()), UserName::Cognitos, None),
        ] {
            let event = typed(SIGN_IN, typed_name);
            assert_eq!(super::user_name(pool(sign_in_with), &event, &known), Ok(user_name), "{typed_name}");
            let answer = answer(pool(sign_in_with), &event, Some(&known), Wrong).unwrap();
            assert_eq!(answer["userAttributes"]["username"].as_str(), in_answer, "{sign_in_with:?} {typed_name}");
        }
    }

    #[test]
    fn cognito_is_handed_the_owners_attributes_but_for_those_that_it_refuses() {
        let long = "x".repeat(2049);
        let known = zoe(|zoe| {
            for (name, value) in [
                ("name", "Zoë"),
                ("custom:legacy_id", "7"),
                ("phone_number_verified", "true"),
                ("nickname", &"ë".repeat(2048)),
                ("sub", "stolen"),
                ("SUB", "stolen"),
                ("username", "root"),
                ("Username", "root"),
                ("identities", "[]"),
                ("cognito:user_status", "EXTERNAL_PROVIDER"),
                ("Cognito:groups", "admins"),
                ("EMAIL", "eve@example.com"),
                ("email_verified", "false"),
                ("profile", ""),
                ("address", &long),
            ] {
                zoe.attributes.insert(name.to_owned(), value.to_owned());
            }
        });
        let answer = answer(pool(Username), &typed(SIGN_IN, "zoë"), Some(&known), Wrong).unwrap();
        let expected = json!({
            "name": "Zoë", "custom:legacy_id": "7", "phone_number_verified": "true", "nickname": "ë".repeat(2048),
            "email": "zoe@example.com", "email_verified": "true",
        });
        assert_eq!(answer["userAttributes"], expected);
    }

    #[test]
    fn the_address_is_spelled_as_typed_in_an_email_pool_and_else_as_the_owner_spells_it() {
        let spelled = |email: &str| zoe(|zoe| drop(zoe.attributes.insert("email".to_owned(), email.to_owned())));
        for (sign_in_with, name, known, email) in [
            (Email, "ZOE@Example.com", spelled("Zoe@example.com"), "ZOE@Example.com"),
            (Username, "zoë", spelled("Zoe@example.com"), "Zoe@example.com"),
            (EmailAlias, "ZOE@Example.com", spelled("Zoe@example.com"), "Zoe@example.com"),
            (Username, "zoë", spelled("eve@example.com"), "zoe@example.com"),
            (Username, "zoë", zoe(|_| ()), "zoe@example.com"),
        ] {
            let answer = answer(pool(sign_in_with), &typed(SIGN_IN, name), Some(&known), Wrong).unwrap();
            assert_eq!(answer["userAttributes"]["email"], email, "{sign_in_with:?} {name}");
        }
    }

    #[test]
    fn a_flaw_shows_only_to_the_right_password() {
        let decided = |password| decide(pool(Username), &typed(SIGN_IN, "zoë"), Some(&flawed("Attributes")), password);
        assert_eq!(decided(Wrong), Ok(Decision::Count("wrong password", "WrongPassword")));
        assert_eq!(decided(TooManyAttempts), Ok(Decision::Count("too many attempts", "TooManyAttempts")));
        assert_eq!(decided(Right), Err(MalformedRecord { attribute: "Attributes" }));
        for unused in ["ClaimCodeExpires", "LastLogin", "ClaimUsedAs", "ReadmittedAt"] {
            let decided = decide(pool(Username), &typed(SIGN_IN, "zoë"), Some(&flawed(unused)), Right);
            assert!(matches!(decided, Ok(Decision::Migrate(_))), "{unused}");
        }
    }
}
