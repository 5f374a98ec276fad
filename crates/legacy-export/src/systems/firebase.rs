//! Firebase: `firebase auth:export`, as JSON with a list `users`, or as CSV without a row of names.

use crate::{
    account::{Fault, LeftOut, Password},
    record::Record,
    systems::{Draft, Made, owned},
};

/// Where each cell of a row stands; the last is empty, for a row ends with a comma.
pub(crate) const COLUMNS: [&str; 29] = [
    "localId",
    "email",
    "emailVerified",
    "passwordHash",
    "salt",
    "displayName",
    "photoUrl",
    "googleId",
    "googleEmail",
    "googleDisplayName",
    "googlePhotoUrl",
    "facebookId",
    "facebookEmail",
    "facebookDisplayName",
    "facebookPhotoUrl",
    "twitterId",
    "twitterEmail",
    "twitterDisplayName",
    "twitterPhotoUrl",
    "githubId",
    "githubEmail",
    "githubDisplayName",
    "githubPhotoUrl",
    "createdAt",
    "lastLoginAt",
    "phoneNumber",
    "disabled",
    "customAttributes",
    "",
];

/// What is read of a record, or is of no use.
pub(crate) const FIELDS: &[&str] = &[
    "localId",
    "email",
    "emailVerified",
    "passwordHash",
    "salt",
    "displayName",
    "photoUrl",
    "createdAt",
    "lastLoginAt",
    "lastSignedInAt",
    "phoneNumber",
    "disabled",
    "providerUserInfo",
    "mfaInfo",
    "version",
    "passwordUpdatedAt",
    "validSince",
    "lastRefreshAt",
];

pub(crate) fn account(record: &Record<'_>) -> Result<Made, Fault> {
    let email = owned(record.text("email"));
    if email.is_none() && record.text("phoneNumber").is_none() && record.text("providerUserInfo.0.providerId").is_none()
    {
        return Ok(Made::LeftOut(LeftOut::Anonymous));
    }
    // The exporter takes both away from people who were imported with another algorithm.
    let password = match (record.text("salt"), record.text("passwordHash")) {
        (Some(salt), Some(hash)) => Password::Hash(format!("$firebase${}${}", salt.trim(), hash.trim())),
        (None, Some(_)) => Password::Lost("the export has a hash without its salt"),
        (_, None) => Password::None,
    };
    let draft = Draft {
        email,
        email_verified: Some(record.flag("emailVerified")?.unwrap_or(false)),
        suspended: record.flag("disabled")?.unwrap_or(false),
        password,
        has_second_factor: record.value("mfaInfo.0").is_some(),
        ..Draft::default()
    }
    .attributes(
        record,
        &[
            ("displayName", "name"),
            ("photoUrl", "picture"),
            ("phoneNumber", "phone_number"),
            ("localId", "custom:legacy_id"),
        ],
    );
    Ok(Made::Draft(draft))
}
