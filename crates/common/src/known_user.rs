//! One known user: the record and its DynamoDB form.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    time::{Duration, SystemTime},
};

use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// The longest partition key that DynamoDB takes, in bytes.
const LONGEST_KEY: usize = 2048;

/// A name that nobody has, for a function's warm-up call: as an email it is nobody's by RFC 2606.
pub(crate) const NOBODY: &str = "nobody@warm-up.invalid";

/// The attributes of a record, by the names they have in the table.
pub mod attribute {
    #![expect(missing_docs, reason = "README's table of attributes says what each is")]
    pub const USER_EMAIL: &str = "UserEmail";
    pub const USER_NAME: &str = "UserName";
    pub const USER_NAME_KEY: &str = "UserNameKey";
    pub const ATTRIBUTES: &str = "Attributes";
    pub const EMAIL_VERIFIED: &str = "EmailVerified";
    pub const PASSWORD_HASH: &str = "PasswordHash";
    pub const SUSPENDED: &str = "Suspended";
    pub const CLAIM_CODE_HASH: &str = "ClaimCodeHash";
    pub const CLAIM_CODE_EXPIRES: &str = "ClaimCodeExpires";
    pub const CLAIM_USED_AS: &str = "ClaimUsedAs";
    pub const CLAIM_USED_AT: &str = "ClaimUsedAt";
    pub const MIGRATED_AT: &str = "MigratedAt";
    pub const MIGRATED_AS: &str = "MigratedAs";
    pub const LAST_LOGIN: &str = "LastLogin";
    pub const CONFIRMED_AT: &str = "ConfirmedAt";
    pub const USER_SUB: &str = "UserSub";
    pub const READMITTED_AT: &str = "ReadmittedAt";

    /// What a claim code is and what became of it: all of it goes once its person has come.
    pub const CLAIM: [&str; 4] = [CLAIM_CODE_HASH, CLAIM_CODE_EXPIRES, CLAIM_USED_AS, CLAIM_USED_AT];
}

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
    /// # use common::known_user::UserEmail;
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
}

/// The partition key of the index `ByUserName`: a normalised user name.
#[derive(Clone, PartialEq, Eq)]
pub struct UserNameKey(String);

impl UserNameKey {
    /// Normalises `spelling`: trimmed, in Unicode's composed form (NFC), lower-cased. Nothing if there is nothing left, or
    /// more than a key can hold (2,048 bytes).
    ///
    /// ```
    /// # use common::known_user::UserNameKey;
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
}

/// A record of the table, as it lies there. A trigger reads of it what it needs, and a flaw of one attribute matters only
/// where that attribute is read: a missing attribute has its default, one of another type is an error, for what is guessed
/// here decides who gets in.
#[derive(Clone, PartialEq)]
pub struct Record {
    email: UserEmail,
    item: HashMap<String, AttributeValue>,
}

/// What reading an attribute of a [`Record`] comes to.
pub type Read<T> = Result<T, MalformedRecord>;

impl Record {
    /// Views an item of the table as a record.
    ///
    /// # Errors
    /// Where it has no key.
    pub fn new(item: HashMap<String, AttributeValue>) -> Read<Self> {
        let malformed = MalformedRecord { attribute: attribute::USER_EMAIL };
        match item.get(attribute::USER_EMAIL) {
            Some(AttributeValue::S(email)) => Ok(Self { email: UserEmail::new(email).ok_or(malformed)?, item }),
            _ => Err(malformed),
        }
    }

    /// Whether one of the attributes is there, of whatever type.
    pub(crate) fn has_any(&self, attributes: &[&str]) -> bool {
        attributes.iter().any(|attribute| self.item.contains_key(*attribute))
    }

    fn text(&self, attribute: &'static str) -> Read<Option<&str>> {
        match self.item.get(attribute) {
            None | Some(AttributeValue::Null(_)) => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(MalformedRecord { attribute }),
        }
    }

    fn flag(&self, attribute: &'static str, default: bool) -> Read<bool> {
        match self.item.get(attribute) {
            None | Some(AttributeValue::Null(_)) => Ok(default),
            Some(AttributeValue::Bool(flag)) => Ok(*flag),
            Some(_) => Err(MalformedRecord { attribute }),
        }
    }

    /// Whose it is.
    pub fn email(&self) -> &UserEmail {
        &self.email
    }

    /// The user name as the owner spells it.
    pub fn user_name(&self) -> Read<Option<&str>> {
        self.text(attribute::USER_NAME)
    }

    /// What Cognito is handed at migration (`name`, `phone_number`, `custom:legacy_id` …), by Cognito's names.
    pub fn attributes(&self) -> Read<BTreeMap<String, String>> {
        let malformed = MalformedRecord { attribute: attribute::ATTRIBUTES };
        match self.item.get(attribute::ATTRIBUTES) {
            None | Some(AttributeValue::Null(_)) => Ok(BTreeMap::new()),
            Some(AttributeValue::M(pairs)) => pairs
                .iter()
                .map(|(name, value)| match value {
                    AttributeValue::S(value) => Ok((name.clone(), value.clone())),
                    _ => Err(malformed),
                })
                .collect(),
            Some(_) => Err(malformed),
        }
    }

    /// Whether the owner vouches for the address.
    pub fn email_verified(&self) -> Read<bool> {
        self.flag(attribute::EMAIL_VERIFIED, true)
    }

    /// The password as another system keeps it, in one of the encodings of `legacy-password`.
    pub fn password_hash(&self) -> Read<Option<&str>> {
        self.text(attribute::PASSWORD_HASH)
    }

    /// Whether sign-in is refused.
    pub fn suspended(&self) -> Read<bool> {
        self.flag(attribute::SUSPENDED, false)
    }

    /// The one-time code that the owner has sent to the person, and what became of it.
    pub fn claim(&self) -> Read<Option<Claim>> {
        let expires = match self.item.get(attribute::CLAIM_CODE_EXPIRES) {
            None | Some(AttributeValue::Null(_)) => None,
            Some(AttributeValue::N(number)) => {
                Some(number.parse().map_err(|_| MalformedRecord { attribute: attribute::CLAIM_CODE_EXPIRES })?)
            }
            Some(_) => return Err(MalformedRecord { attribute: attribute::CLAIM_CODE_EXPIRES }),
        };
        let (Some(code_hash), Some(expires)) = (self.text(attribute::CLAIM_CODE_HASH)?, expires) else {
            return Ok(None);
        };
        let used_as = self.text(attribute::CLAIM_USED_AS)?;
        let used_at = self.text(attribute::CLAIM_USED_AT)?;
        let used = used_as.map(|by| ClaimUse { by: by.to_owned(), at: used_at.unwrap_or_default().to_owned() });
        Ok(Some(Claim { code_hash: code_hash.to_owned(), expires, used }))
    }

    /// When migrate user last answered for the person (RFC 3339).
    pub fn migrated_at(&self) -> Read<Option<&str>> {
        self.text(attribute::MIGRATED_AT)
    }

    /// The first user name that migrate user answered for, in a pool where people have user names, as
    /// [`Pool::same`](crate::identity::Pool::same) spells it.
    pub fn migrated_as(&self) -> Read<Option<&str>> {
        self.text(attribute::MIGRATED_AS)
    }

    /// When the person's sign-up was confirmed (RFC 3339).
    pub fn confirmed_at(&self) -> Read<Option<&str>> {
        self.text(attribute::CONFIRMED_AT)
    }

    /// The `sub` that signed in last.
    pub fn user_sub(&self) -> Read<Option<&str>> {
        self.text(attribute::USER_SUB)
    }

    /// When the owner let the person come once more who had arrived (RFC 3339).
    pub fn readmitted_at(&self) -> Read<Option<&str>> {
        self.text(attribute::READMITTED_AT)
    }
}

/// Somebody the owner of the user pool knows already: a record that is sound in every attribute.
#[derive(Clone, PartialEq)]
pub struct KnownUser {
    /// Who it is.
    pub email: UserEmail,
    /// The user name as the owner spells it.
    pub user_name: Option<String>,
    /// What Cognito is handed at migration (`name`, `phone_number`, `custom:legacy_id` …), by Cognito's names.
    pub attributes: BTreeMap<String, String>,
    /// Whether the owner vouches for the address.
    pub email_verified: bool,
    /// The password as another system keeps it, in one of the encodings of `legacy-password`; gone once the person has
    /// moved with it.
    pub password_hash: Option<String>,
    /// Whether sign-in is refused.
    pub suspended: bool,
    /// What proves at sign-up that it is the person; gone once the person has come.
    pub claim: Option<Claim>,
    /// When migrate user last answered for the person (RFC 3339).
    pub migrated_at: Option<String>,
    /// The first user name that migrate user answered for.
    pub migrated_as: Option<String>,
    /// When the person's sign-up was confirmed (RFC 3339).
    pub confirmed_at: Option<String>,
    /// The `sub` that signed in last.
    pub user_sub: Option<String>,
    /// When the owner let the person come once more who had arrived (RFC 3339).
    pub readmitted_at: Option<String>,
}

/// A one-time code that the owner has sent to a person, as the table keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// [`Claim::hash_of`] the code.
    pub code_hash: String,
    /// Until when the code counts: seconds since 1970.
    pub expires: u64,
    /// Who has used it.
    pub used: Option<ClaimUse>,
}

/// The use of a one-time code.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimUse {
    /// The user name that signed up with it, as it was spelled.
    pub by: String,
    /// When it first did (RFC 3339); empty where the record does not say.
    pub at: String,
}

impl Claim {
    /// A code that has yet to be used; see the fields.
    pub fn new(code_hash: String, expires: u64) -> Self {
        Self { code_hash, expires, used: None }
    }

    /// The SHA-256 of a code, in lower-case hexadecimal digits. How the code is grouped and spelled does not matter: white
    /// space, hyphens and letter case are left out.
    pub fn hash_of(code: &str) -> String {
        let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        Sha256::digest(code.to_lowercase()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `code` is the one, and still counts.
    pub fn is_met_by(&self, code: &str, now: SystemTime) -> bool {
        let expires = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.expires));
        expires.is_some_and(|expires| now < expires) && Self::hash_of(code) == self.code_hash
    }
}

/// A record of the table that is not one: the attribute that is missing or of another type. Never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedRecord {
    /// The attribute's name in the table.
    pub attribute: &'static str,
}

fn texts<const N: usize>(
    members: [(&'static str, Option<String>); N],
) -> impl Iterator<Item = (String, AttributeValue)> {
    members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), AttributeValue::S(text?))))
}

impl KnownUser {
    /// A person of whom only the names are known yet; nothing if `email` cannot be a key (see [`UserEmail::new`]).
    pub fn new(email: &str, user_name: Option<&str>) -> Option<Self> {
        Some(Self {
            email: UserEmail::new(email)?,
            user_name: user_name.map(str::to_owned),
            attributes: BTreeMap::new(),
            email_verified: true,
            password_hash: None,
            suspended: false,
            claim: None,
            migrated_at: None,
            migrated_as: None,
            confirmed_at: None,
            user_sub: None,
            readmitted_at: None,
        })
    }

    /// Reads a record as it lies in the table, all of it.
    ///
    /// # Errors
    /// The first attribute that is of another type.
    pub fn from_item(item: &HashMap<String, AttributeValue>) -> Read<Self> {
        let record = Record::new(item.clone())?;
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Ok(Self {
            email: record.email().clone(),
            user_name: owned(record.user_name()?),
            attributes: record.attributes()?,
            email_verified: record.email_verified()?,
            password_hash: owned(record.password_hash()?),
            suspended: record.suspended()?,
            claim: record.claim()?,
            migrated_at: owned(record.migrated_at()?),
            migrated_as: owned(record.migrated_as()?),
            confirmed_at: owned(record.confirmed_at()?),
            user_sub: owned(record.user_sub()?),
            readmitted_at: owned(record.readmitted_at()?),
        })
    }

    /// The record as the owner's tool writes it; `UserNameKey` follows from `UserName`.
    pub fn into_item(self) -> HashMap<String, AttributeValue> {
        let user_name_key = self.user_name.as_deref().and_then(UserNameKey::new).map(|key| key.0);
        let (code, used) = self.claim.map(|claim| ((claim.code_hash, claim.expires), claim.used)).unzip();
        let (code_hash, expires) = code.unzip();
        let (used_as, used_at) = used.flatten().map(|used| (used.by, used.at)).unzip();
        let mut item: HashMap<_, _> = texts([
            (attribute::USER_EMAIL, Some(self.email.0)),
            (attribute::USER_NAME, self.user_name),
            (attribute::USER_NAME_KEY, user_name_key),
            (attribute::PASSWORD_HASH, self.password_hash),
            (attribute::CLAIM_CODE_HASH, code_hash),
            (attribute::CLAIM_USED_AS, used_as),
            (attribute::CLAIM_USED_AT, used_at),
            (attribute::MIGRATED_AT, self.migrated_at),
            (attribute::MIGRATED_AS, self.migrated_as),
            (attribute::CONFIRMED_AT, self.confirmed_at),
            (attribute::USER_SUB, self.user_sub),
            (attribute::READMITTED_AT, self.readmitted_at),
        ])
        .collect();
        item.insert(attribute::EMAIL_VERIFIED.to_owned(), AttributeValue::Bool(self.email_verified));
        item.insert(attribute::SUSPENDED.to_owned(), AttributeValue::Bool(self.suspended));
        if let Some(expires) = expires {
            item.insert(attribute::CLAIM_CODE_EXPIRES.to_owned(), AttributeValue::N(expires.to_string()));
        }
        if !self.attributes.is_empty() {
            let pairs = self.attributes.into_iter().map(|(name, value)| (name, AttributeValue::S(value))).collect();
            item.insert(attribute::ATTRIBUTES.to_owned(), AttributeValue::M(pairs));
        }
        item
    }
}

impl From<KnownUser> for Record {
    fn from(known: KnownUser) -> Self {
        Self { email: known.email.clone(), item: known.into_item() }
    }
}

// Who somebody is never gets into a log by way of `{:?}`.
macro_rules! debug_without_content {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
debug_without_content!(UserEmail, UserNameKey, Record, KnownUser, Claim);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(pairs: &[(&str, AttributeValue)]) -> HashMap<String, AttributeValue> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

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

    #[test]
    fn a_record_of_the_aws_example_is_a_verified_unsuspended_person() {
        let record = item(&[("UserEmail", s("Alice@Example.com")), ("UserName", s("Alice"))]);
        assert!(KnownUser::from_item(&record).unwrap() == KnownUser::new("alice@example.com", Some("Alice")).unwrap());
    }

    #[test]
    fn a_record_survives_the_table() {
        let mut user = KnownUser::new("Zoe@example.com", Some("Zoë")).unwrap();
        user.attributes =
            [("name".to_owned(), "Zoë".to_owned()), ("custom:legacy_id".to_owned(), "7".to_owned())].into();
        user.email_verified = false;
        user.password_hash = Some("$2b$12$".to_owned());
        user.suspended = true;
        user.claim = Some(Claim {
            used: Some(ClaimUse { by: "Zoë".to_owned(), at: "2026-11-20T09:00:00.000Z".to_owned() }),
            ..Claim::new(Claim::hash_of("code"), 1_800_000_000)
        });
        user.migrated_at = Some("2026-11-20T10:00:00.000Z".to_owned());
        user.migrated_as = Some("zoë".to_owned());
        user.readmitted_at = Some("2026-11-19T10:00:00.000Z".to_owned());
        user.confirmed_at = Some("2026-11-20T10:00:01.000Z".to_owned());
        user.user_sub = Some("00000000-0000-4000-8000-000000000001".to_owned());
        let item = user.clone().into_item();
        assert_eq!(item["UserNameKey"], s("zo\u{eb}"));
        assert!(KnownUser::from_item(&item).unwrap() == user);
    }

    #[test]
    fn a_record_of_another_shape_is_refused_by_the_attributes_name() {
        let number = AttributeValue::N("1".to_owned());
        for (name, value) in [
            ("UserEmail", number.clone()),
            ("UserEmail", s(" ")),
            ("UserName", AttributeValue::Bool(true)),
            ("Attributes", s("{}")),
            ("Attributes", AttributeValue::M(item(&[("age", number.clone())]))),
            ("EmailVerified", s("true")),
            ("PasswordHash", number.clone()),
            ("Suspended", number.clone()),
            ("ClaimCodeHash", number.clone()),
            ("ClaimCodeExpires", s("1800000000")),
            ("ClaimCodeExpires", AttributeValue::N("-1".to_owned())),
            ("MigratedAs", number.clone()),
            ("ReadmittedAt", number.clone()),
            ("MigratedAt", number.clone()),
            ("ConfirmedAt", number.clone()),
            ("UserSub", number.clone()),
        ] {
            let mut record = item(&[("UserEmail", s("a@example.com"))]);
            record.insert(name.to_owned(), value);
            assert_eq!(KnownUser::from_item(&record).unwrap_err(), MalformedRecord { attribute: name }, "{record:?}");
        }
        assert_eq!(KnownUser::from_item(&item(&[])).unwrap_err(), MalformedRecord { attribute: "UserEmail" });
    }

    #[test]
    fn a_flaw_matters_only_where_it_is_read() {
        let record = Record::new(item(&[
            ("UserEmail", s("a@example.com")),
            ("Suspended", AttributeValue::Bool(true)),
            ("Attributes", s("{}")),
            ("ClaimCodeExpires", s("soon")),
        ]))
        .unwrap();
        assert_eq!((record.suspended(), record.user_name()), (Ok(true), Ok(None)));
        assert_eq!(record.attributes(), Err(MalformedRecord { attribute: "Attributes" }));
        assert_eq!(record.claim().unwrap_err(), MalformedRecord { attribute: "ClaimCodeExpires" });
    }

    #[test]
    fn a_claim_was_used_by_whom_the_record_says() {
        let claim = |more: &[(&str, AttributeValue)]| {
            let code = [
                ("UserEmail", s("a@example.com")),
                ("ClaimCodeHash", s("abc")),
                ("ClaimCodeExpires", AttributeValue::N("7".to_owned())),
            ];
            Record::new(item(&[&code, more].concat())).unwrap().claim()
        };
        let unused = Claim::new("abc".to_owned(), 7);
        let used =
            |at: &str| Claim { used: Some(ClaimUse { by: "Ann".to_owned(), at: at.to_owned() }), ..unused.clone() };
        assert_eq!(claim(&[]), Ok(Some(unused.clone())));
        assert_eq!(claim(&[("ClaimUsedAs", s("Ann")), ("ClaimUsedAt", s("then"))]), Ok(Some(used("then"))));
        assert_eq!(claim(&[("ClaimUsedAs", s("Ann"))]), Ok(Some(used(""))));
    }

    #[test]
    fn a_claim_is_met_by_its_code_until_it_expires() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        // By `printf abcdefghij | sha256sum`.
        let code_hash = "72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0".to_owned();
        let claim = Claim::new(code_hash, 1_800_000_000);
        for (code, now, is_met) in [
            ("abcdefghij", 1_799_999_999, true),
            (" ABCDE-fghij\n", 0, true),
            ("abcdefghij", 1_800_000_000, false),
            ("abcdefghi", 0, false),
            ("", 0, false),
        ] {
            assert_eq!(claim.is_met_by(code, at(now)), is_met, "{code:?} {now}");
        }
        assert!(!Claim { expires: u64::MAX, ..claim }.is_met_by("abcdefghij", at(0)));
    }

    #[test]
    fn what_is_known_of_a_person_is_not_printed() {
        let user = KnownUser::new("alice@example.com", Some("Alice")).unwrap();
        let record = Record::from(user.clone());
        assert_eq!(format!("{user:?} {:?} {record:?}", user.email), "KnownUser(…) UserEmail(…) Record(…)");
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
