//! The two names by which the table finds a person, normalised.

use unicode_normalization::UnicodeNormalization;

use crate::debug::debug_without_content;

/// The longest partition key that DynamoDB takes, in bytes.
const LONGEST_KEY: usize = 2048;

/// A name that nobody has, for a function's warm-up call: as an email it is nobody's by RFC 2606.
pub(crate) const NOBODY: &str = "nobody@warm-up.invalid";

/// A key that DynamoDB takes, or nothing: nobody is known by an empty or endless name.
fn key(key: String) -> Option<String> {
    (!key.is_empty() && key.len() <= LONGEST_KEY).then_some(key)
}

/// The key of the table of known users: a normalised email address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserEmail(String);

impl UserEmail {
    /// Normalises `spelling`: ASCII white space around it goes, ASCII letters are lower-cased, and nothing else changes, for
    /// Unicode's own normal forms make one mailbox of two (NFC turns the Kelvin sign into a `K`). Nothing if there is
    /// nothing left, or more than a key can hold (2,048 bytes).
    ///
    /// ```
    /// # use known_user::UserEmail;
    /// assert!(UserEmail::new(" Alice@Example.COM ") == UserEmail::new("alice@example.com"));
    /// assert!(UserEmail::new("\u{212a}im@example.com") != UserEmail::new("kim@example.com"));
    /// ```
    pub fn new(spelling: &str) -> Option<Self> {
        key(spelling.trim_ascii().to_ascii_lowercase()).map(Self)
    }

    /// The address that nobody has: for a function's warm-up call, and for a question that is asked so that nobody can tell
    /// from the requests who is known.
    pub fn nobody() -> Self {
        Self(NOBODY.to_owned())
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, by value.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// The partition key of the index `ByUserName`: a normalised user name.
#[derive(Clone, PartialEq, Eq)]
pub struct UserNameKey(String);

impl UserNameKey {
    /// Normalises `spelling`: trimmed, in Unicode's composed form (NFC), lower-cased. Nothing if there is nothing left, or
    /// more than a key can hold (2,048 bytes).
    ///
    /// ```
    /// # use known_user::UserNameKey;
    /// assert!(UserNameKey::new(" Zoe\u{308} ") == UserNameKey::new("ZO\u{cb}"));
    /// ```
    pub fn new(spelling: &str) -> Option<Self> {
        let trimmed = spelling.trim();
        if trimmed.is_ascii() {
            return key(trimmed.to_ascii_lowercase()).map(Self);
        }
        // Lower-casing can leave NFC (`İ` becomes two characters), so it is composed once more.
        key(trimmed.nfc().collect::<String>().to_lowercase().nfc().collect()).map(Self)
    }

    /// The normalised user name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, by value.
    pub fn into_string(self) -> String {
        self.0
    }
}

debug_without_content!(UserEmail, UserNameKey);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn email(spelling: &str) -> Option<String> {
        UserEmail::new(spelling).map(|key| key.0)
    }

    fn user_name(spelling: &str) -> Option<String> {
        UserNameKey::new(spelling).map(|key| key.0)
    }

    #[test]
    fn an_address_is_normalised_in_ascii_alone() {
        for (spelling, normalised) in [
            ("alice@example.com", Some("alice@example.com")),
            ("  Alice@Example.COM\t", Some("alice@example.com")),
            ("ZOË@example.com", Some("zoË@example.com")),
            ("zoe\u{308}@example.com", Some("zoe\u{308}@example.com")),
            ("\u{212a}im@example.com", Some("\u{212a}im@example.com")), // the Kelvin sign
            ("\u{a0}a@example.com", Some("\u{a0}a@example.com")),
            ("", None),
            (" \n", None),
        ] {
            assert_eq!(email(spelling).as_deref(), normalised, "{spelling:?}");
        }
    }

    #[test]
    fn a_user_name_is_normalised_in_unicode() {
        for (spelling, normalised) in [
            ("Alice ", Some("alice")),
            ("ZOË", Some("zo\u{eb}")),
            ("zoe\u{308}", Some("zo\u{eb}")),
            ("İpek", Some("i\u{307}pek")),
            ("Ωmega", Some("ωmega")), // OHM SIGN is GREEK CAPITAL OMEGA
            ("\u{212a}im", Some("kim")),
            ("\u{3000}太郎\u{a0}", Some("太郎")),
            (" \n", None),
        ] {
            assert_eq!(user_name(spelling).as_deref(), normalised, "{spelling:?}");
        }
    }

    #[test]
    fn nobody_is_known_by_a_name_that_cannot_be_a_key() {
        assert_eq!(UserEmail::new(" "), None);
        assert_eq!(UserEmail::new(&"a".repeat(2049)), None);
        assert!(UserEmail::new(&"a".repeat(2048)).is_some());
        assert_eq!(UserNameKey::new(""), None);
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(spelling in "\\PC*") {
            if let Some(once) = email(&spelling) {
                prop_assert_eq!(email(&once), Some(once));
            }
            if let Some(once) = user_name(&spelling) {
                prop_assert_eq!(user_name(&once), Some(once));
            }
        }
    }
}
