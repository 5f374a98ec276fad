//! ASP.NET: `AspNetUsers` of Core Identity and Identity 2 as CSV; or `aspnet_Users` and `aspnet_Membership` joined.

use base64ct::{Base64, Encoding};

use crate::{
    account::{Fault, Password},
    options::Options,
    record::Record,
    systems::{Draft, Made, owned, password},
    time::{a_year_from, is_later},
};

pub(crate) const FIELDS: &[&str] = &[
    "Id",
    "UserName",
    "NormalizedUserName",
    "Email",
    "NormalizedEmail",
    "EmailConfirmed",
    "PasswordHash",
    "SecurityStamp",
    "ConcurrencyStamp",
    "PhoneNumber",
    "PhoneNumberConfirmed",
    "TwoFactorEnabled",
    "LockoutEnd",
    "LockoutEndDateUtc",
    "LockoutEnabled",
    "AccessFailedCount",
    "ApplicationId",
    "UserId",
    "Password",
    "PasswordFormat",
    "PasswordSalt",
    "IsApproved",
    "IsLockedOut",
    "LoweredEmail",
    "LoweredUserName",
    "Comment",
    "MobilePIN",
    "PasswordQuestion",
    "PasswordAnswer",
    "CreateDate",
    "LastLoginDate",
    "LastPasswordChangedDate",
    "LastLockoutDate",
    "FailedPasswordAttemptCount",
    "FailedPasswordAttemptWindowStart",
    "FailedPasswordAnswerAttemptCount",
    "FailedPasswordAnswerAttemptWindowStart",
    "MobileAlias",
    "IsAnonymous",
    "LastActivityDate",
];

pub(crate) fn account(record: &Record<'_>, options: &Options) -> Result<Made, Fault> {
    let is_membership = record.text("PasswordFormat").is_some();
    let draft = Draft {
        email: owned(record.text("Email")),
        user_name: owned(record.text("UserName")),
        email_verified: if is_membership {
            options.email_verified
        } else {
            Some(record.flag("EmailConfirmed")?.unwrap_or(false))
        },
        suspended: is_suspended(record, options)?,
        password: if is_membership { of_membership(record) } else { password(record.text("PasswordHash")) },
        has_second_factor: record.flag("TwoFactorEnabled")? == Some(true),
        ..Draft::default()
    };
    let id = if is_membership { "UserId" } else { "Id" };
    Ok(Made::Draft(draft.attributes(record, &[("PhoneNumber", "phone_number"), (id, "custom:legacy_id")])))
}

/// A lockout of a few minutes is for wrong passwords; one of years is somebody's will.
fn is_suspended(record: &Record<'_>, options: &Options) -> Result<bool, Fault> {
    let end = record.text("LockoutEnd").or_else(|| record.text("LockoutEndDateUtc"));
    let is_for_good = end.is_some_and(|end| is_later(&end, a_year_from(options.now)));
    let is_locked = options.locked_is_suspended && record.flag("IsLockedOut")? == Some(true);
    Ok(is_for_good || is_locked || record.flag("IsApproved")? == Some(false))
}

/// Of the salt and the password in UTF-16: SHA-1 in version 2, HMAC-SHA256 since version 4, which the length tells.
fn of_membership(record: &Record<'_>) -> Password {
    let (Some(format), Some(hash), Some(salt)) =
        (record.text("PasswordFormat"), record.text("Password"), record.text("PasswordSalt"))
    else {
        return Password::None;
    };
    let bytes = |text: &str| Base64::decode_vec(text.trim()).ok();
    match (format.trim(), bytes(&hash), bytes(&salt)) {
        ("1", Some(hash), Some(salt)) => {
            let recipe = match hash.len() {
                20 => "sha1(salt+password)",
                32 => "hmac-sha256(salt,password)",
                _ => return Password::Lost("the hash is of none of Membership's digests"),
            };
            let (salt, hash) = (Base64::encode_string(&salt), Base64::encode_string(&hash));
            Password::Hash(format!("$prehash$utf16$$salted${recipe}${salt}${hash}"))
        }
        ("0", ..) => Password::Lost("the password is stored in clear: nothing reads that"),
        ("2", ..) => Password::Lost("the password is encrypted with the machine's key"),
        _ => Password::Lost("the hash is not base64"),
    }
}
