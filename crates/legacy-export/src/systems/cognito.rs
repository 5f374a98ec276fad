//! Another user pool: `aws cognito-idp list-users`, its pages one behind the other, or the users of them. Cognito gives no
//! password hashes to anybody.

use serde_json::Value;

use crate::{
    account::{Fault, LeftOut, Password},
    record::Record,
    systems::{Draft, Made, owned},
};

pub(crate) const FIELDS: &[&str] =
    &["Username", "Attributes", "UserCreateDate", "UserLastModifiedDate", "Enabled", "UserStatus", "MFAOptions"];

pub(crate) fn account(record: &Record<'_>) -> Result<Made, Fault> {
    match record.text("UserStatus").as_deref() {
        Some("EXTERNAL_PROVIDER") => return Ok(Made::LeftOut(LeftOut::Federated)),
        Some("UNCONFIRMED" | "FORCE_CHANGE_PASSWORD") => return Ok(Made::LeftOut(LeftOut::NeverActivated)),
        _ => {}
    }
    let none = Vec::new();
    let attributes = record.value("Attributes").and_then(Value::as_array).unwrap_or(&none);
    let pairs = attributes.iter().filter_map(|attribute| {
        Some((attribute.get("Name")?.as_str()?, attribute.get("Value")?.as_str().filter(|value| !value.is_empty())?))
    });
    let pairs: Vec<(&str, &str)> = pairs.collect();
    let named = |name: &str| pairs.iter().find_map(|(found, value)| (*found == name).then_some(*value));
    let sub = named("sub");
    let mut draft = Draft {
        email: named("email").map(str::to_owned),
        // In a pool of email addresses the name is the `sub`.
        user_name: owned(record.text("Username")).filter(|name| Some(name.as_str()) != sub),
        email_verified: Some(named("email_verified") == Some("true")),
        suspended: record.flag("Enabled")? == Some(false),
        password: Password::Lost("Cognito gives no password hashes"),
        has_second_factor: record.value("MFAOptions.0").is_some(),
        ..Draft::default()
    };
    let taken = ["sub", "email", "email_verified", "identities", "cognito:user_status"];
    let others = pairs.iter().filter(|(name, _)| !taken.contains(name));
    draft.attributes.extend(others.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    if named("custom:legacy_id").is_none() {
        draft.attributes.extend(sub.map(|sub| ("custom:legacy_id".to_owned(), sub.to_owned())));
    }
    Ok(Made::Draft(draft))
}
