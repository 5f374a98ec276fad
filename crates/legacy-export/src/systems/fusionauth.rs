//! FusionAuth: `users` and `identities` joined. Its API gives no hashes.

use base64ct::{Base64, Base64Unpadded, Encoding};

use crate::{
    account::{Fault, Password},
    record::Record,
    systems::{Draft, Made, owned},
};

pub(crate) const FIELDS: &[&str] = &[
    "id",
    "users_id",
    "email",
    "username",
    "password",
    "salt",
    "encryption_scheme",
    "factor",
    "verified",
    "active",
    "first_name",
    "last_name",
    "full_name",
    "mobile_phone",
    "two_factor",
    "two_factor_enabled",
    "birth_date",
    "tenants_id",
    "insert_instant",
    "last_login_instant",
    "status",
    "type",
];

pub(crate) fn account(record: &Record<'_>) -> Result<Made, Fault> {
    let second = record.flag("two_factor_enabled")?.or(record.flag("two_factor").ok().flatten());
    let draft = Draft {
        email: owned(record.text("email")),
        user_name: owned(record.text("username")),
        email_verified: Some(record.flag("verified")?.unwrap_or(false)),
        suspended: record.flag("active")? == Some(false),
        password: hash(record),
        has_second_factor: second == Some(true),
        ..Draft::default()
    };
    let fields = [
        ("full_name", "name"),
        ("first_name", "given_name"),
        ("last_name", "family_name"),
        ("mobile_phone", "phone_number"),
        ("birth_date", "birthdate"),
        ("users_id", "custom:legacy_id"),
    ];
    Ok(Made::Draft(draft.attributes(record, &fields)))
}

fn hash(record: &Record<'_>) -> Password {
    let Some(hash) = record.text("password") else { return Password::None };
    let (scheme, factor, salt) = (record.text("encryption_scheme"), record.text("factor"), record.text("salt"));
    let (Some(scheme), Some(factor), Some(salt)) = (scheme, factor, salt) else {
        return Password::Lost("the export has a hash without its scheme, factor or salt");
    };
    let digest = match scheme.trim() {
        "salted-bcrypt" => {
            let Ok(factor) = factor.trim().parse::<u8>() else { return Password::Lost("the factor is not a number") };
            return Password::Hash(format!("$2a${factor:02}${}{}", salt.trim(), hash.trim()));
        }
        "salted-pbkdf2-hmac-sha256" => "sha256",
        "salted-pbkdf2-hmac-sha512" | "salted-pbkdf2-hmac-sha512-512" => "sha512",
        _ => return Password::Lost("the hash is of a scheme of FusionAuth's that is not read"),
    };
    let unpadded =
        |text: &str| Base64::decode_vec(text.trim()).map(|bytes| (Base64Unpadded::encode_string(&bytes), bytes.len()));
    match (unpadded(&salt), unpadded(&hash)) {
        (Ok((salt, _)), Ok((hash, length))) => {
            Password::Hash(format!("$pbkdf2-{digest}$i={},l={length}${salt}${hash}", factor.trim()))
        }
        _ => Password::Lost("the hash or its salt is not base64"),
    }
}
