//! Clerk: the dashboard's export, CSV or JSON. It has the secrets of second factors in clear, which are not looked at.

use crate::{
    account::{Fault, Password},
    record::Record,
    systems::{Draft, Made, owned, password},
};

pub(crate) const FIELDS: &[&str] = &[
    "id",
    "first_name",
    "last_name",
    "username",
    "primary_email_address",
    "primary_phone_number",
    "verified_email_addresses",
    "unverified_email_addresses",
    "verified_phone_numbers",
    "unverified_phone_numbers",
    "totp_secret",
    "password_digest",
    "password_hasher",
];

pub(crate) fn account(record: &Record<'_>) -> Result<Made, Fault> {
    let email = owned(record.text("primary_email_address"));
    let verified = record.texts("verified_email_addresses");
    let mut verified = verified.iter().flat_map(|list| list.split('|'));
    let is_verified = email.as_deref().is_some_and(|email| verified.any(|address| address.trim() == email.trim()));
    let hasher = record.text("password_hasher");
    let password = match (password(record.text("password_digest")), hasher.as_deref()) {
        // These digests say themselves what they are.
        (
            hash @ Password::Hash(_),
            None | Some("bcrypt" | "argon2i" | "argon2id" | "phpass" | "pbkdf2_sha256_django"),
        ) => hash,
        (Password::Hash(_), Some("awscognito")) => Password::Lost("the hash is with Cognito, which gives none out"),
        (Password::Hash(_), Some(_)) => Password::Lost("the hash is of a kind of Clerk's that is not read"),
        (other, _) => other,
    };
    let draft = Draft {
        email,
        user_name: owned(record.text("username")),
        email_verified: Some(is_verified),
        password,
        has_second_factor: record.text("totp_secret").is_some(),
        ..Draft::default()
    };
    let fields = [
        ("first_name", "given_name"),
        ("last_name", "family_name"),
        ("primary_phone_number", "phone_number"),
        ("id", "custom:legacy_id"),
    ];
    Ok(Made::Draft(draft.attributes(record, &fields)))
}
