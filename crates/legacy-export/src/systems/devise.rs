//! Devise, and Rails' own `has_secure_password`: the table `users` as CSV.

use crate::{
    account::{Fault, LeftOut},
    options::Options,
    record::Record,
    systems::{Draft, Made, owned, password},
};

pub(crate) const FIELDS: &[&str] = &[
    "id",
    "email",
    "encrypted_password",
    "password_digest",
    "confirmed_at",
    "unconfirmed_email",
    "failed_attempts",
    "locked_at",
    "unlock_token",
    "sign_in_count",
    "current_sign_in_at",
    "last_sign_in_at",
    "current_sign_in_ip",
    "last_sign_in_ip",
    "created_at",
    "updated_at",
    "reset_password_token",
    "reset_password_sent_at",
    "remember_created_at",
    "confirmation_token",
    "confirmation_sent_at",
    "otp_secret",
    "encrypted_otp_secret",
    "otp_required_for_login",
    "deleted_at",
    "username",
    "name",
    "first_name",
    "last_name",
];

pub(crate) fn account(record: &Record<'_>, options: &Options) -> Result<Made, Fault> {
    if record.text("deleted_at").is_some() {
        return Ok(Made::LeftOut(LeftOut::Deleted));
    }
    // Without the module that confirms addresses there is no such column.
    let confirms = record.names().iter().any(|name| name.eq_ignore_ascii_case("confirmed_at"));
    let draft = Draft {
        email: owned(record.text("email")),
        user_name: owned(record.text("username")),
        email_verified: confirms.then(|| record.text("confirmed_at").is_some()).or(options.email_verified),
        suspended: options.locked_is_suspended && record.text("locked_at").is_some(),
        password: password(record.text("encrypted_password").or_else(|| record.text("password_digest"))),
        has_second_factor: record.flag("otp_required_for_login")? == Some(true),
        ..Draft::default()
    };
    let fields =
        [("name", "name"), ("first_name", "given_name"), ("last_name", "family_name"), ("id", "custom:legacy_id")];
    Ok(Made::Draft(draft.attributes(record, &fields)))
}
