//! Auth0: a file of password hashes from its support, and one of profiles (`POST /api/v2/jobs/users-exports`), each an object a
//! line. What joins them is the user's id.

use serde_json::Value;

use crate::{
    account::{Fault, Password},
    record::{Content, Record},
    systems::{Draft, Made, owned},
};

pub(crate) const FIELDS: &[&str] = &[
    "_id",
    "email",
    "email_verified",
    "passwordHash",
    "password_set_date",
    "tenant",
    "connection",
    "_tmp_is_unique",
    "identifiers",
    "alt_id",
    "user_id",
    "username",
    "phone_number",
    "phone_verified",
    "name",
    "nickname",
    "given_name",
    "family_name",
    "blocked",
    "identities",
    "multifactor",
    "last_login",
    "last_ip",
    "logins_count",
    "created_at",
    "updated_at",
    "picture",
    "last_password_reset",
    "user_id_hash",
];

/// The id of a user in either file.
pub(crate) fn id(record: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(id) = record.get("user_id").and_then(text) {
        return Some(id);
    }
    let id = record.get("alt_id").and_then(text).or_else(|| record.get("_id")?.get("$oid").and_then(text))?;
    Some(format!("auth0|{id}"))
}

/// A profile, with what the file of hashes has of the same user; either alone will do.
pub(crate) fn account(record: &Record<'_>) -> Result<Made, Fault> {
    let Content::Object(object) = record.content else { return Ok(Made::Nothing) };
    // The fields at the root need not be there.
    let identifier = record.value("identifiers").and_then(Value::as_array).and_then(|identifiers| {
        identifiers.iter().find(|identifier| identifier.get("type").and_then(Value::as_str) == Some("email"))
    });
    let of_identifier = |name: &str| identifier.and_then(|identifier| identifier.get(name));
    let email = owned(record.text("email")).or_else(|| of_identifier("value")?.as_str().map(str::to_owned));
    let verified = record.flag("email_verified")?.or_else(|| of_identifier("verified")?.as_bool());
    let password = match record.text("passwordHash") {
        // An id has been seen before the hash.
        Some(hash) => Password::Hash(match hash.split_once('|') {
            Some((id, rest)) if !id.contains('$') && rest.starts_with("$2") => rest.trim().to_owned(),
            _ => hash.trim().to_owned(),
        }),
        None => Password::None,
    };
    let mut draft = Draft {
        email,
        user_name: owned(record.text("username")),
        email_verified: Some(verified.unwrap_or(false)),
        suspended: record.flag("blocked")?.unwrap_or(false),
        password,
        has_second_factor: !record.texts("multifactor").is_empty(),
        ..Draft::default()
    }
    .attributes(
        record,
        &[
            ("name", "name"),
            ("given_name", "given_name"),
            ("family_name", "family_name"),
            ("nickname", "nickname"),
            ("phone_number", "phone_number"),
            ("picture", "picture"),
        ],
    );
    // Auth0 puts the address where there is no name.
    draft.attributes.retain(|(name, text)| name != "name" || Some(text) != draft.email.as_ref());
    draft.attributes.extend(id(object).map(|id| ("custom:legacy_id".to_owned(), id)));
    Ok(Made::Draft(draft))
}
