//! Laravel: the table `users` as CSV.

use crate::{
    account::{Fault, LeftOut},
    record::Record,
    systems::{Draft, Made, owned, password},
};

pub(crate) const FIELDS: &[&str] = &[
    "id",
    "name",
    "email",
    "email_verified_at",
    "password",
    "two_factor_secret",
    "two_factor_recovery_codes",
    "two_factor_confirmed_at",
    "remember_token",
    "created_at",
    "updated_at",
    "deleted_at",
    "current_team_id",
    "profile_photo_path",
];

pub(crate) fn account(record: &Record<'_>) -> Result<Made, Fault> {
    if record.text("deleted_at").is_some() {
        return Ok(Made::LeftOut(LeftOut::Deleted));
    }
    let draft = Draft {
        email: owned(record.text("email")),
        email_verified: Some(record.text("email_verified_at").is_some()),
        password: password(record.text("password")),
        has_second_factor: record.text("two_factor_confirmed_at").is_some(),
        ..Draft::default()
    };
    Ok(Made::Draft(draft.attributes(record, &[("name", "name"), ("id", "custom:legacy_id")])))
}
