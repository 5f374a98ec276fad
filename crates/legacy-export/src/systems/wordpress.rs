//! WordPress: the table `wp_users` as CSV, with `first_name` and `last_name` of `wp_usermeta` where they are joined.

use crate::{
    account::{Fault, LeftOut, Password},
    record::Record,
    systems::{Draft, Made, owned, password},
};

pub(crate) const FIELDS: &[&str] = &[
    "ID",
    "user_login",
    "user_pass",
    "user_nicename",
    "user_email",
    "user_url",
    "user_registered",
    "user_activation_key",
    "user_status",
    "display_name",
    "spam",
    "deleted",
    "first_name",
    "last_name",
    "roles",
];

pub(crate) fn account(record: &Record<'_>) -> Result<Made, Fault> {
    if record.flag("deleted")? == Some(true) {
        return Ok(Made::LeftOut(LeftOut::Deleted));
    }
    let password = match password(record.text("user_pass")) {
        // What very old accounts have, and what administrators set by SQL.
        Password::Hash(md5) if md5.len() == 32 && md5.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            Password::Hash(super::salted("md5(salt+password)", b"", &md5))
        }
        other => other,
    };
    let draft = Draft {
        email: owned(record.text("user_email")),
        user_name: owned(record.text("user_login")),
        suspended: record.flag("spam")? == Some(true),
        password,
        ..Draft::default()
    };
    let fields = [
        ("display_name", "name"),
        ("first_name", "given_name"),
        ("last_name", "family_name"),
        ("user_url", "website"),
        ("ID", "custom:legacy_id"),
    ];
    Ok(Made::Draft(draft.attributes(record, &fields)))
}
