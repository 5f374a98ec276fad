//! A record that is sound in every attribute: as the operator's tool reads and writes it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    attribute,
    claim::Claim,
    debug::debug_without_content,
    keys::{UserEmail, UserNameKey},
    record::{Item, Read, Record},
};

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
    pub fn from_item(item: &Item) -> Read<Self> {
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
    pub fn into_item(self) -> Item {
        let user_name_key = self.user_name.as_deref().and_then(UserNameKey::new).map(UserNameKey::into_string);
        let (code, used) = self.claim.map(|claim| ((claim.code_hash, claim.expires), claim.used)).unzip();
        let (code_hash, expires) = code.unzip();
        let (used_as, used_at) = used.flatten().map(|used| (used.by, used.at)).unzip();
        let mut item: HashMap<_, _> = texts([
            (attribute::USER_EMAIL, Some(self.email.into_string())),
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
        Self::of(known.email.clone(), known.into_item())
    }
}

debug_without_content!(KnownUser);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{claim::ClaimUse, record::MalformedRecord};

    fn item(pairs: &[(&str, AttributeValue)]) -> Item {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
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
    fn what_is_known_of_a_person_is_not_printed() {
        let user = KnownUser::new("alice@example.com", Some("Alice")).unwrap();
        let record = Record::from(user.clone());
        assert_eq!(format!("{user:?} {:?} {record:?}", user.email), "KnownUser(…) UserEmail(…) Record(…)");
    }
}
