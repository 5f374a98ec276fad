//! The systems' own rules: one file a system. Each makes an [`Entry`](crate::account::Entry) of a record, and keeps nothing.

pub(crate) mod aspnet;
pub(crate) mod auth0;
pub(crate) mod clerk;
pub(crate) mod cognito;
pub(crate) mod devise;
pub(crate) mod discourse;
pub(crate) mod django;
pub(crate) mod firebase;
pub(crate) mod fusionauth;
pub(crate) mod keycloak;
pub(crate) mod laravel;
pub(crate) mod ldap;
pub(crate) mod okta;
pub(crate) mod supabase;
pub(crate) mod wordpress;

use std::borrow::Cow;

use crate::{
    account::{Account, Fault, LeftOut, Password},
    record::Record,
};

/// What a system's rules make of a record.
pub(crate) enum Made {
    Draft(Draft),
    LeftOut(LeftOut),
    /// A record of something else than an account, such as a group.
    Nothing,
}

/// An account, before what holds for all systems.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) email: Option<String>,
    pub(crate) user_name: Option<String>,
    /// Nothing where the export does not say.
    pub(crate) email_verified: Option<bool>,
    pub(crate) suspended: bool,
    pub(crate) password: Password,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) has_second_factor: bool,
}

impl Draft {
    /// The attribute, if the record has the field.
    pub(crate) fn attribute(&mut self, record: &Record<'_>, field: &str, attribute: &str) {
        if let Some(text) = record.text(field) {
            self.attributes.push((attribute.to_owned(), text.trim().to_owned()));
        }
    }

    /// These attributes, of the fields before them.
    pub(crate) fn attributes(mut self, record: &Record<'_>, fields: &[(&str, &str)]) -> Self {
        for (field, attribute) in fields {
            self.attribute(record, field, attribute);
        }
        self
    }
}

/// A text of its own.
pub(crate) fn owned(text: Option<Cow<'_, str>>) -> Option<String> {
    text.map(Cow::into_owned)
}

/// A hash as a database has it: without blanks around it, and none where what stands there says that nobody can sign in by it.
pub(crate) fn password(text: Option<Cow<'_, str>>) -> Password {
    match text.as_deref().map(str::trim) {
        None | Some("" | "*" | "!" | "!!" | "x" | "*LK*" | "*NP*") => Password::None,
        // Django's mark, with random text behind it.
        Some(mark) if mark.starts_with('!') => Password::None,
        Some(hash) => Password::Hash(hash.to_owned()),
    }
}

impl Draft {
    /// What holds for all: an address; what the owner says where the system does not.
    pub(crate) fn account(self, line: u64, email_verified: Option<bool>) -> Result<Account, Fault> {
        let email = self.email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
        let email =
            email.ok_or_else(|| Fault::of_field(line, "email", "is empty: nobody is found without an address"))?;
        let user_name = self.user_name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        Ok(Account {
            line,
            // A name that is the address says nothing more.
            user_name: user_name.filter(|name| !name.eq_ignore_ascii_case(&email)),
            email,
            email_verified: self.email_verified.or(email_verified).unwrap_or(false),
            suspended: self.suspended,
            password: self.password,
            attributes: self.attributes,
            has_second_factor: self.has_second_factor,
        })
    }
}

/// A digest in hexadecimal digits in the form that `legacy-password` reads.
pub(crate) fn salted(recipe: &str, salt: &[u8], digest: &str) -> String {
    use base64ct::{Base64, Encoding};
    format!("$salted${recipe}${}${}", Base64::encode_string(salt), digest.to_ascii_lowercase())
}

/// The bytes of hexadecimal digits.
pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| if let [high, low] = *pair { Some(digit(high)? << 4 | digit(low)?) } else { None }).collect()
}
