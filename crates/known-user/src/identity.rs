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

use crate::{
    keys::{UserEmail, UserNameKey},
    pool::Pool,
    record::{Read, Record},
};

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
    use crate::{known_user::KnownUser, pool::SignInWith};

    const USERNAME: Pool = Pool { sign_in_with: SignInWith::Username, case_sensitive: false };
    const MINDS_CASE: Pool = Pool { case_sensitive: true, ..USERNAME };
    const EMAIL: Pool = Pool { sign_in_with: SignInWith::Email, case_sensitive: false };

    fn ann(change: impl FnOnce(&mut KnownUser)) -> Record {
        let mut ann = KnownUser::new("ann@example.com", Some("Ann")).unwrap();
        change(&mut ann);
        ann.into()
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
}
