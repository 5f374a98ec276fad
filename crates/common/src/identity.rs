//! Who somebody is: what proves it, and what is merely said. Pure, and the one place that knows.
//!
//! | what there is | what it proves |
//! |---|---|
//! | the pool calls the record's email this user's own, and verified ([`Shown::Proven`]) | that it is the person |
//! | the same of a user of another provider ([`Shown::Federated`]) | that it is the person, who can still come with their old password |
//! | the record's `UserSub`, or (until there is one) its `MigratedAs`, is this user ([`Record::is_account_of`]) | that the account was made by the person's own migration |
//! | the right password of the record's hash | that it is the person |
//! | the one-time code that the owner has sent them | that it is the person |
//! | an email that is not verified, a user name, both ([`Shown::Said`]) | nothing: it changes nothing that is known of anybody |

use std::str::FromStr;

use crate::{
    event::Event,
    known_user::{Read, Record, UserEmail, UserNameKey},
};

/// How the users of a pool sign in, which is what `userName` means in its events. The pool's setting, for good:
/// `SIGN_IN_WITH`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignInWith {
    /// A user name.
    #[default]
    Username,
    /// A user name, or the verified email that is its alias.
    EmailAlias,
    /// The email; Cognito makes up a UUID as `userName`.
    Email,
}

impl FromStr for SignInWith {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "username" => Ok(Self::Username),
            "email-alias" => Ok(Self::EmailAlias),
            "email" => Ok(Self::Email),
            _ => Err(format!("`{text}` is none of `username`, `email-alias`, `email`")),
        }
    }
}

/// When somebody who is suspended is refused: `CHECK_SUSPENDED`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CheckSuspended {
    /// Before the password is looked at, by pre authentication.
    #[default]
    Before,
    /// After the password, by post authentication, where it tells nobody else anything.
    After,
    /// Never: the mark keeps them from migrating, and from nothing else.
    Never,
}

impl FromStr for CheckSuspended {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "before" => Ok(Self::Before),
            "after" => Ok(Self::After),
            "never" => Ok(Self::Never),
            _ => Err(format!("`{text}` is none of `before`, `after`, `never`")),
        }
    }
}

/// How a pool names its users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pool {
    /// What people sign in with.
    pub sign_in_with: SignInWith,
    /// Whether `Ann` and `ann` are two users: `USER_NAMES_CASE_SENSITIVE`.
    pub case_sensitive: bool,
}

impl Pool {
    /// Whether people have user names (a *name pool*), or their email is their user name (an *email pool*).
    pub fn has_user_names(self) -> bool {
        self.sign_in_with != SignInWith::Email
    }

    /// The spelling that all spellings of one of the pool's user names share. Unicode's forms stay apart: Cognito may hold
    /// them for two users.
    pub fn same(self, user_name: &str) -> String {
        if self.case_sensitive { user_name.to_owned() } else { user_name.to_lowercase() }
    }
}

/// What a user of the pool has shown of who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The email is theirs: the pool calls it verified, and they sign in with the pool itself.
    Proven,
    /// The email is theirs, and they come by another provider.
    Federated,
    /// They only say so.
    Said,
}

impl Event {
    /// What the user of the event has shown. An absent `email_verified` is not `true`, and without an email there is nothing
    /// to verify.
    pub fn shown(&self) -> Shown {
        let is_verified = self.user_attributes.get("email_verified").is_some_and(|verified| verified == "true");
        match (is_verified && self.email().is_some(), self.is_federated()) {
            (true, false) => Shown::Proven,
            (true, true) => Shown::Federated,
            (false, _) => Shown::Said,
        }
    }

    /// Whether the user comes by another provider. A native user with a linked provider has `identities` too, and is not
    /// federated.
    pub fn is_federated(&self) -> bool {
        match self.user_attributes.get("cognito:user_status") {
            Some(status) => status == "EXTERNAL_PROVIDER",
            None => self.user_attributes.get("identities").is_some_and(|list| !["", "[]"].contains(&list.trim())),
        }
    }
}

impl Record {
    /// Whether the person has an account of their own: somebody who was proven has signed in or was confirmed.
    pub fn has_arrived(&self) -> Read<bool> {
        Ok(self.user_sub()?.is_some() || self.confirmed_at()?.is_some())
    }

    /// Whether `user_name` is the person's: it normalises like the owner's spelling, or to the email of somebody for whom
    /// the owner has no user name.
    pub fn is_named(&self, user_name: &str) -> Read<bool> {
        Ok(match self.name_key()? {
            Some(known) => UserNameKey::new(user_name).is_some_and(|given| given == known),
            None => UserEmail::new(user_name).is_some_and(|given| given == *self.email()),
        })
    }

    /// Whether the owner has no user name for the person.
    pub fn is_nameless(&self) -> Read<bool> {
        Ok(self.name_key()?.is_none())
    }

    fn name_key(&self) -> Read<Option<UserNameKey>> {
        Ok(self.user_name()?.and_then(UserNameKey::new))
    }

    /// Whether the user of `event` is the account that the person's own migration made: their `sub`, or, where none is
    /// noted yet, in a name pool, the user name that the migration was answered for.
    pub fn is_account_of(&self, pool: Pool, sub: Option<&str>, user_name: &str) -> Read<bool> {
        if let Some(known) = self.user_sub()? {
            return Ok(sub == Some(known));
        }
        Ok(pool.has_user_names() && self.migrated_as()?.is_some_and(|known| known == pool.same(user_name)))
    }

    /// The address as the owner spells it, where `Attributes` has an `email` that is the record's own; else the key.
    pub fn email_as_spelled(&self) -> Read<String> {
        let spelled = self.attributes()?.remove("email").map(|email| email.trim_ascii().to_owned());
        let is_theirs = |email: &String| UserEmail::new(email).is_some_and(|email| email == *self.email());
        Ok(spelled.filter(is_theirs).unwrap_or_else(|| self.email().as_str().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known_user::KnownUser;
    use serde_json::{Value, json};

    const USERNAME: Pool = Pool { sign_in_with: SignInWith::Username, case_sensitive: false };
    const MINDS_CASE: Pool = Pool { case_sensitive: true, ..USERNAME };
    const EMAIL: Pool = Pool { sign_in_with: SignInWith::Email, case_sensitive: false };

    fn user(attributes: &Value, email: &str) -> Event {
        let mut event = json!({ "request": { "userAttributes": attributes } });
        event["request"]["userAttributes"]["email"] = json!(email);
        Event::new(serde_json::value::to_raw_value(&event).unwrap()).unwrap()
    }

    fn ann(change: impl FnOnce(&mut KnownUser)) -> Record {
        let mut ann = KnownUser::new("ann@example.com", Some("Ann")).unwrap();
        change(&mut ann);
        ann.into()
    }

    #[test]
    fn only_the_pools_own_word_proves_an_email() {
        for (attributes, shown) in [
            (json!({}), Shown::Said),
            (json!({ "email_verified": "true" }), Shown::Proven),
            (json!({ "email_verified": true }), Shown::Proven),
            (json!({ "email_verified": "false" }), Shown::Said),
            (json!({ "email_verified": "TRUE" }), Shown::Said),
            (json!({ "email_verified": "" }), Shown::Said),
            (json!({ "email_verified": null }), Shown::Said),
            (json!({ "email_verified": "true", "cognito:user_status": "CONFIRMED" }), Shown::Proven),
            (json!({ "email_verified": "true", "cognito:user_status": "EXTERNAL_PROVIDER" }), Shown::Federated),
            (json!({ "email_verified": "false", "cognito:user_status": "EXTERNAL_PROVIDER" }), Shown::Said),
            (json!({ "email_verified": "true", "identities": "[{\"providerName\":\"Google\"}]" }), Shown::Federated),
            (json!({ "email_verified": "true", "identities": "[]" }), Shown::Proven),
            (
                json!({ "email_verified": "true", "identities": "[{}]", "cognito:user_status": "CONFIRMED" }),
                Shown::Proven,
            ),
        ] {
            assert_eq!(user(&attributes, "ann@example.com").shown(), shown, "{attributes}");
            assert_eq!(user(&attributes, " ").shown(), Shown::Said, "{attributes}");
        }
    }

    #[test]
    fn a_user_name_is_theirs_by_the_owners_spelling_or_where_there_is_none_by_the_email() {
        let nameless = ann(|ann| ann.user_name = None);
        for (record, user_name, is_theirs) in [
            (ann(|_| ()), " aNN", true),
            (ann(|_| ()), "anna", false),
            (ann(|_| ()), "ann@example.com", false),
            (ann(|_| ()), "", false),
            (nameless.clone(), "ANN@example.com", true),
            (nameless.clone(), "ann", false),
            (nameless, "", false),
            (ann(|ann| ann.user_name = Some(" ".to_owned())), "", false),
        ] {
            assert_eq!(record.is_named(user_name), Ok(is_theirs), "{user_name:?}");
        }
    }

    #[test]
    fn an_account_is_theirs_by_its_sub_and_until_there_is_one_by_the_name_of_the_migration() {
        let migrated = |ann: &mut KnownUser| ann.migrated_as = Some("ann".to_owned());
        let arrived = |ann: &mut KnownUser| (migrated(ann), ann.user_sub = Some("s".to_owned())).0;
        for (pool, record, sub, user_name, is_theirs) in [
            (USERNAME, ann(|_| ()), Some("s"), "ann", false),
            (USERNAME, ann(migrated), Some("s"), "ANN", true),
            (USERNAME, ann(migrated), None, "ann", true),
            (USERNAME, ann(migrated), Some("s"), "anna", false),
            (MINDS_CASE, ann(migrated), Some("s"), "ANN", false),
            (EMAIL, ann(migrated), Some("s"), "ann", false),
            (USERNAME, ann(arrived), Some("s"), "other", true),
            (EMAIL, ann(arrived), Some("s"), "7a63f1fb", true),
            (USERNAME, ann(arrived), Some("t"), "ann", false),
            (USERNAME, ann(arrived), None, "ann", false),
        ] {
            assert_eq!(record.is_account_of(pool, sub, user_name), Ok(is_theirs), "{pool:?} {sub:?} {user_name}");
        }
    }

    #[test]
    fn a_migration_is_no_arrival() {
        let at = || Some("2026-11-20T10:00:00.000Z".to_owned());
        assert_eq!(ann(|_| ()).has_arrived(), Ok(false));
        assert_eq!(ann(|ann| ann.migrated_at = at()).has_arrived(), Ok(false));
        assert_eq!(ann(|ann| ann.confirmed_at = at()).has_arrived(), Ok(true));
        assert_eq!(ann(|ann| ann.user_sub = at()).has_arrived(), Ok(true));
    }

    #[test]
    fn the_owners_spelling_of_an_address_counts_where_it_is_that_address() {
        let spelled = |email: &str| {
            ann(|ann| drop(ann.attributes.insert("email".to_owned(), email.to_owned()))).email_as_spelled().unwrap()
        };
        assert_eq!(spelled("Ann@Example.com"), "Ann@Example.com");
        assert_eq!(spelled(" Ann@Example.com "), "Ann@Example.com");
        assert_eq!(spelled("bob@example.com"), "ann@example.com");
        assert_eq!(ann(|_| ()).email_as_spelled().unwrap(), "ann@example.com");
    }

    #[test]
    fn a_setting_is_one_of_three_words() {
        assert_eq!("email-alias".parse(), Ok(SignInWith::EmailAlias));
        assert_eq!("after".parse(), Ok(CheckSuspended::After));
        assert_eq!("true".parse::<CheckSuspended>().unwrap_err(), "`true` is none of `before`, `after`, `never`");
        assert_eq!("Email".parse::<SignInWith>().unwrap_err(), "`Email` is none of `username`, `email-alias`, `email`");
    }
}
