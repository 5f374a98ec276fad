//! Supabase: the table `auth.users`, as CSV or JSON.

use serde_json::Value;

use crate::{
    account::{Fault, LeftOut},
    options::Options,
    record::Record,
    systems::{Draft, Made, owned, password},
    time::is_later,
};

pub(crate) const FIELDS: &[&str] = &[
    "instance_id",
    "id",
    "aud",
    "role",
    "email",
    "encrypted_password",
    "email_confirmed_at",
    "invited_at",
    "confirmation_token",
    "confirmation_sent_at",
    "recovery_token",
    "recovery_sent_at",
    "email_change_token_new",
    "email_change",
    "email_change_sent_at",
    "last_sign_in_at",
    "raw_app_meta_data",
    "raw_user_meta_data",
    "is_super_admin",
    "created_at",
    "updated_at",
    "phone",
    "phone_confirmed_at",
    "phone_change",
    "phone_change_token",
    "phone_change_sent_at",
    "confirmed_at",
    "email_change_token_current",
    "email_change_confirm_status",
    "banned_until",
    "reauthentication_token",
    "reauthentication_sent_at",
    "is_sso_user",
    "deleted_at",
    "is_anonymous",
];

pub(crate) fn account(record: &Record<'_>, options: &Options) -> Result<Made, Fault> {
    if record.text("deleted_at").is_some() {
        return Ok(Made::LeftOut(LeftOut::Deleted));
    }
    if record.flag("is_anonymous")? == Some(true) {
        return Ok(Made::LeftOut(LeftOut::Anonymous));
    }
    // Whom the company's own provider signs in shares an address with somebody else, perhaps.
    if record.flag("is_sso_user")? == Some(true) {
        return Ok(Made::LeftOut(LeftOut::Federated));
    }
    let mut draft = Draft {
        email: owned(record.text("email")),
        // `confirmed_at` is the earlier of the address's and the telephone's.
        email_verified: Some(record.text("email_confirmed_at").is_some()),
        suspended: record.text("banned_until").is_some_and(|until| is_later(&until, options.now)),
        password: password(record.text("encrypted_password")),
        ..Draft::default()
    }
    .attributes(record, &[("id", "custom:legacy_id")]);
    // Without the + that Cognito wants.
    if let Some(phone) = record.text("phone") {
        draft.attributes.push(("phone_number".to_owned(), format!("+{}", phone.trim().trim_start_matches('+'))));
    }
    let data = match record.value("raw_user_meta_data") {
        Some(object @ Value::Object(_)) => Some(object.clone()),
        _ => record.text("raw_user_meta_data").and_then(|text| serde_json::from_str(&text).ok()),
    };
    let name =
        data.as_ref().and_then(|data| data.get("full_name").or_else(|| data.get("name"))).and_then(Value::as_str);
    draft.attributes.extend(name.map(|name| ("name".to_owned(), name.to_owned())));
    Ok(Made::Draft(draft))
}
