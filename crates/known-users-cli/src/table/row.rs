//! A record as a row that `import` reads.

use std::collections::BTreeMap;

use known_user::{Item, KnownUser, MalformedRecord, Record};
use known_users_file::is_attribute;
use serde_json::{Map, Value, json};

use crate::table::plain_json;

/// The attributes that are none of Cognito's, in a record that is shown.
pub(crate) const OTHERS: &str = "attributes";

/// A record as `import` reads it, or why it cannot be one. One with attributes that Cognito does not have is for showing.
pub(crate) fn line(item: &Item, with_hash: bool) -> Result<Map<String, Value>, MalformedRecord> {
    let mut user = KnownUser::from_item(item)?;
    let email = Record::from(user.clone()).email_as_spelled()?;
    user.attributes.remove("email");
    let mut line = Map::new();
    line.insert("email".to_owned(), json!(email));
    line.insert("user_name".to_owned(), json!(user.user_name));
    line.insert("email_verified".to_owned(), json!(user.email_verified));
    line.insert("suspended".to_owned(), json!(user.suspended));
    line.insert("password_hash".to_owned(), json!(user.password_hash.filter(|_| with_hash)));
    let (attributes, others) =
        user.attributes.into_iter().partition::<BTreeMap<_, _>, _>(|(name, _)| is_attribute(name));
    line.extend(attributes.into_iter().map(|(name, value)| (name, json!(value))));
    // A file cannot carry these.
    line.insert(OTHERS.to_owned(), if others.is_empty() { Value::Null } else { json!(others) });
    line.insert("last_login".to_owned(), item.get("LastLogin").map(plain_json::plain).unwrap_or_default());
    line.insert("migrated_at".to_owned(), json!(user.migrated_at));
    line.insert("migrated_as".to_owned(), json!(user.migrated_as));
    line.insert("readmitted_at".to_owned(), json!(user.readmitted_at));
    line.insert("confirmed_at".to_owned(), json!(user.confirmed_at));
    line.insert("user_sub".to_owned(), json!(user.user_sub));
    line.retain(|_, value| !value.is_null());
    Ok(line)
}
