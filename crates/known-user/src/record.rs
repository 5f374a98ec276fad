//! A record of the table as a trigger reads it: lazily, attribute by attribute.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    attribute,
    claim::{Claim, ClaimUse},
    debug::debug_without_content,
    keys::UserEmail,
};

/// An item of the table, as DynamoDB has it.
pub type Item = HashMap<String, AttributeValue>;

/// A record of the table, as it lies there. A trigger reads of it what it needs, and a flaw of one attribute matters only
/// where that attribute is read: a missing attribute has its default, one of another type is an error, for what is guessed
/// here decides who gets in.
#[derive(Clone, PartialEq)]
pub struct Record {
    email: UserEmail,
    item: Item,
}

/// What reading an attribute of a [`Record`] comes to.
pub type Read<T> = Result<T, MalformedRecord>;

impl Record {
    /// Views an item of the table as a record.
    ///
    /// # Errors
    /// Where it has no key.
    pub fn new(item: Item) -> Read<Self> {
        let malformed = MalformedRecord { attribute: attribute::USER_EMAIL };
        match item.get(attribute::USER_EMAIL) {
            Some(AttributeValue::S(email)) => Ok(Self { email: UserEmail::new(email).ok_or(malformed)?, item }),
            _ => Err(malformed),
        }
    }

    /// The record of a person whose key is known.
    pub(crate) fn of(email: UserEmail, item: Item) -> Self {
        Self { email, item }
    }

    /// Whether one of the attributes is there, of whatever type.
    pub fn has_any(&self, attributes: &[&str]) -> bool {
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
    /// [`Pool::same`](crate::Pool::same) spells it.
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

/// A record of the table that is not one: the attribute that is missing or of another type. Never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its attribute `{attribute}` is missing or of another type")]
pub struct MalformedRecord {
    /// The attribute's name in the table.
    pub attribute: &'static str,
}

debug_without_content!(Record);

#[cfg(test)]
mod tests {
    use super::*;

    fn item(pairs: &[(&str, AttributeValue)]) -> HashMap<String, AttributeValue> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
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
}
