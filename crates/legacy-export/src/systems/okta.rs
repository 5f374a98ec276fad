//! Okta: `GET /api/v1/users`, or the console's CSV. It gives no password hashes to anybody.

use crate::{
    account::{Fault, LeftOut, Password},
    record::{Content, Record},
    systems::{Draft, Made, owned},
};

pub(crate) const FIELDS: &[&str] = &[
    "id",
    "status",
    "created",
    "activated",
    "statusChanged",
    "lastLogin",
    "lastUpdated",
    "passwordChanged",
    "type",
    "profile",
    "credentials",
    "_links",
    "login",
    "email",
    "firstName",
    "lastName",
    "mobilePhone",
];

pub(crate) fn account(record: &Record<'_>) -> Result<Made, Fault> {
    let status = record.text("status").unwrap_or_default().to_uppercase();
    if matches!(status.as_str(), "STAGED" | "PROVISIONED") && record.text("activated").is_none() {
        return Ok(Made::LeftOut(LeftOut::NeverActivated));
    }
    let of_profile = |field: &str| match record.content {
        Content::Object(_) => format!("profile.{field}"),
        Content::Fields(_) | Content::Broken(_) => field.to_owned(),
    };
    let provider = record.text("credentials.provider.type");
    let password = match provider.as_deref() {
        None | Some("OKTA") => Password::Lost("Okta gives no password hashes"),
        Some(_) => Password::Lost("the password is in the directory behind Okta"),
    };
    let draft = Draft {
        email: owned(record.text(&of_profile("email"))),
        user_name: owned(record.text(&of_profile("login"))),
        email_verified: Some(status == "ACTIVE"),
        suspended: matches!(status.as_str(), "SUSPENDED" | "DEPROVISIONED" | "LOCKED_OUT"),
        password,
        ..Draft::default()
    };
    let fields = [
        (of_profile("firstName"), "given_name"),
        (of_profile("lastName"), "family_name"),
        (of_profile("mobilePhone"), "phone_number"),
        ("id".to_owned(), "custom:legacy_id"),
    ];
    Ok(Made::Draft(draft.attributes(record, &fields.each_ref().map(|(field, attribute)| (field.as_str(), *attribute)))))
}
