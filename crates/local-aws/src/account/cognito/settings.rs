//! The settings of a pool, as an update leaves them.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::account::deployed::POOL;
use crate::account::protocol::{Refusal, no};

/// What an update cannot change.
const FIXED: [&str; 15] = [
    "Id",
    "Name",
    "Arn",
    "CreationDate",
    "Domain",
    "CustomDomain",
    "SchemaAttributes",
    "AliasAttributes",
    "UsernameAttributes",
    "UsernameConfiguration",
    "EstimatedNumberOfUsers",
    "EmailConfigurationFailure",
    "SmsConfigurationFailure",
    "Status",
    "LastModifiedDate",
];

/// As Cognito does: what is not sent is reset.
pub(crate) fn updated(pool: &Value, update: &Value) -> Result<Value, Refusal> {
    let has = |pointer: &str| update.pointer(pointer).is_some();
    if has("/AdminCreateUserConfig/UnusedAccountValidityDays")
        && has("/Policies/PasswordPolicy/TemporaryPasswordValidityDays")
    {
        return no(
            "InvalidParameterException",
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
        );
    }
    let old = pool.as_object().into_iter().flatten();
    let mut new: Map<String, Value> = old
        .filter(|(name, _)| FIXED.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, value) in update.as_object().into_iter().flatten() {
        match name.as_str() {
            "UserPoolId" if value == POOL => {}
            "UserPoolId" => return no("ResourceNotFoundException", &format!("User pool {value} does not exist.")),
            "PoolName" => drop(new.insert("Name".to_owned(), value.clone())),
            name if FIXED.contains(&name) => return no("InvalidParameterException", &format!("unknown {name}")),
            name => drop(new.insert(name.to_owned(), value.clone())),
        }
    }
    // The old name of what is sent by its new one.
    if let (Some(days), Some(admin)) =
        (pool.pointer("/AdminCreateUserConfig/UnusedAccountValidityDays"), new.get_mut("AdminCreateUserConfig"))
    {
        admin["UnusedAccountValidityDays"] = days.clone();
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    new.insert("LastModifiedDate".to_owned(), json!(now));
    Ok(Value::Object(new))
}
