//! What a row says of somebody.

use std::{collections::BTreeMap, fmt};

use known_user::{KnownUser, UserEmail, UserNameKey};
use unicode_normalization::is_nfc;

use crate::{
    column::{Column, shown},
    fault::Fault,
};

/// The longest value of an attribute that Cognito takes, in characters.
const LONGEST_VALUE: usize = 2048;

/// DynamoDB's limit is 400 KB, names and the triggers' notes included; the email has 2 KB at most.
const LONGEST_RECORD: usize = 390 * 1024;

/// What a file says of somebody. Nothing but the email has to be said.
#[derive(Clone, PartialEq)]
pub struct Person {
    /// Who it is.
    pub email: UserEmail,
    /// The user name as the owner spells it.
    pub user_name: Option<String>,
    /// Whether the owner vouches for the address.
    pub email_verified: Option<bool>,
    /// Whether sign-in is refused.
    pub suspended: Option<bool>,
    /// The password as another system keeps it. Whether it is in an encoding that can be verified is for others to say.
    pub password_hash: Option<String>,
    /// What Cognito is handed at migration, by Cognito's names.
    pub attributes: BTreeMap<String, String>,
    /// Whether a file of Cognito's asks for a second factor, which a trigger cannot hand on.
    pub mfa_enabled: bool,
}

// Who somebody is never gets into a log by way of `{:?}`.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}

impl Person {
    /// From names and values, as a row has them.
    ///
    /// # Errors
    /// Where a name or a value cannot be; the fault's line is 0.
    pub fn from_values<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Fault> {
        let mut said = Said::default();
        for (position, (name, value)) in values.into_iter().enumerate() {
            let column = Column::named(name).map_err(|reason| Fault::of_cell(0, shown(name, position + 1), reason))?;
            said.add(&column, name, value).map_err(|reason| Fault::of_cell(0, name, reason))?;
        }
        said.person(0)
    }

    /// The key of the user name, where there is one.
    pub fn user_name_key(&self) -> Option<UserNameKey> {
        self.user_name.as_deref().and_then(UserNameKey::new)
    }

    /// As somebody who is not in the table yet.
    pub fn into_known_user(self) -> KnownUser {
        KnownUser {
            email: self.email,
            user_name: self.user_name,
            attributes: self.attributes,
            email_verified: self.email_verified.unwrap_or(true),
            password_hash: self.password_hash,
            suspended: self.suspended.unwrap_or(false),
            claim: None,
            migrated_at: None,
            migrated_as: None,
            confirmed_at: None,
            user_sub: None,
            readmitted_at: None,
        }
    }
}

/// What was said so far.
#[derive(Default)]
pub(crate) struct Said {
    email: Option<UserEmail>,
    user_name: Option<String>,
    email_verified: Option<bool>,
    suspended: Option<bool>,
    password_hash: Option<String>,
    attributes: BTreeMap<String, String>,
    mfa_enabled: bool,
}

impl Said {
    /// Takes one cell, unless it says nothing; an error is the reason why it cannot be.
    pub(crate) fn add(&mut self, column: &Column, name: &str, value: &str) -> Result<(), &'static str> {
        if value.is_empty() {
            return Ok(());
        }
        match column {
            Column::Email => {
                let email = email(value)?;
                // Cognito is handed the address as the owner spells it.
                let spelled = value.trim_ascii();
                if spelled != email.as_str() {
                    self.attribute(name, spelled.to_owned());
                }
                self.email = Some(email);
            }
            Column::UserName => {
                UserNameKey::new(value).ok_or("is blank, or longer than a key can be (2048 bytes)")?;
                self.user_name = Some(value.to_owned());
            }
            Column::EmailVerified => self.email_verified = Some(flag(value)?),
            Column::Suspended => self.suspended = Some(flag(value)?),
            Column::PasswordHash => self.password_hash = Some(value.to_owned()),
            Column::Mfa => self.mfa_enabled = flag(value)?,
            Column::Flag => self.attribute(name, flag(value)?.to_string()),
            Column::Attribute if value.chars().nth(LONGEST_VALUE).is_some() => {
                return Err("is longer than Cognito takes (2048 characters)");
            }
            Column::Attribute => self.attribute(name, value.to_owned()),
            Column::Note => {}
        }
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: String) {
        self.attributes.insert(name.to_owned(), value);
    }

    /// The person of the row at `line`.
    pub(crate) fn person(self, line: u64) -> Result<Person, Fault> {
        let email = self.email.ok_or_else(|| Fault::of_cell(line, "email", "is empty"))?;
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let attributes: usize = self.attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
        if attributes + 2 * length(&self.user_name) + length(&self.password_hash) > LONGEST_RECORD {
            return Err(Fault::of_row(line, "is more than a record can hold (400 KB)"));
        }
        Ok(Person {
            email,
            user_name: self.user_name,
            email_verified: self.email_verified,
            suspended: self.suspended,
            password_hash: self.password_hash,
            attributes: self.attributes,
            mfa_enabled: self.mfa_enabled,
        })
    }
}

fn email(spelling: &str) -> Result<UserEmail, &'static str> {
    let is_address = |email: &UserEmail| {
        let has_two_sides = email.as_str().rsplit_once('@').is_some_and(|(who, at)| !who.is_empty() && !at.is_empty());
        has_two_sides && !email.as_str().contains(|c: char| c.is_whitespace() || c.is_control())
    };
    let email = UserEmail::new(spelling).filter(is_address).ok_or("is no email address")?;
    if !is_nfc(email.as_str()) {
        return Err("is not in Unicode's composed form (NFC), in which it would be another mailbox");
    }
    Ok(email)
}

/// Spreadsheets write `TRUE`.
fn flag(value: &str) -> Result<bool, &'static str> {
    match value {
        _ if value.eq_ignore_ascii_case("true") => Ok(true),
        _ if value.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err("is neither `true` nor `false`"),
    }
}
