//! Discourse: `users`, `user_emails` and `user_passwords` joined. The admin's own CSV has no hashes.

use base64ct::{Base64Unpadded, Encoding};

use crate::{
    account::{Fault, LeftOut, Password},
    options::Options,
    record::Record,
    systems::{Draft, Made, owned},
    time::is_later,
};

pub(crate) const FIELDS: &[&str] = &[
    "id",
    "username",
    "name",
    "email",
    "active",
    "approved",
    "suspended_till",
    "silenced_till",
    "staged",
    "password_hash",
    "password_salt",
    "password_algorithm",
    "salt",
];

/// What a row without an algorithm is of: Discourse before 2023.
const BEFORE: &str = "$pbkdf2-sha256$i=64000,l=32$";

pub(crate) fn account(record: &Record<'_>, options: &Options) -> Result<Made, Fault> {
    let is_of_the_system = record.text("id").is_some_and(|id| id.trim().starts_with('-'));
    if is_of_the_system {
        return Ok(Made::LeftOut(LeftOut::Service));
    }
    // Made for a mail that somebody has sent, before they ever came.
    if record.flag("staged")? == Some(true) {
        return Ok(Made::LeftOut(LeftOut::NeverActivated));
    }
    let draft = Draft {
        email: owned(record.text("email")),
        user_name: owned(record.text("username")),
        email_verified: Some(record.flag("active")?.unwrap_or(false)),
        suspended: record.text("suspended_till").is_some_and(|until| is_later(&until, options.now)),
        password: hash(record),
        ..Draft::default()
    };
    Ok(Made::Draft(draft.attributes(record, &[("name", "name"), ("id", "custom:legacy_id")])))
}

/// The hash in the PHC string format. The salt is text, and hashed as it stands.
fn hash(record: &Record<'_>) -> Password {
    let Some(hash) = record.text("password_hash") else { return Password::None };
    let Some(salt) = record.text("password_salt").or_else(|| record.text("salt")) else {
        return Password::Lost("the export has a hash without its salt");
    };
    let Some(bytes) = super::hex(hash.trim()) else { return Password::Lost("the hash is not hexadecimal") };
    let algorithm = record.text("password_algorithm");
    let algorithm = algorithm.as_deref().map_or(BEFORE, str::trim);
    let (salt, hash) = (Base64Unpadded::encode_string(salt.trim().as_bytes()), Base64Unpadded::encode_string(&bytes));
    Password::Hash(format!("{}${salt}${hash}", algorithm.trim_end_matches('$')))
}
