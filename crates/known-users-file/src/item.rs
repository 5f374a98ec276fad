//! DynamoDB's own JSON of a person, as its bulk import takes it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use known_user::KnownUser;
use serde_json::{Map, Value, json};

/// The record that DynamoDB keeps of a person, in DynamoDB's JSON: `{"UserEmail": {"S": "…"}}`.
pub fn dynamodb_json(person: KnownUser) -> Value {
    object(&person.into_item())
}

fn object(entries: &HashMap<String, AttributeValue>) -> Value {
    Value::Object(entries.iter().map(|(name, value)| (name.clone(), typed(value))).collect::<Map<_, _>>())
}

fn typed(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(value) => json!({"BOOL": value}),
        AttributeValue::M(entries) => json!({"M": object(entries)}),
        // A known user has no other types.
        _ => json!({"NULL": true}),
    }
}
