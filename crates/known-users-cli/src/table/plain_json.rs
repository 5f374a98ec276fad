//! DynamoDB's values as plain JSON, for people and for `--json`: `true`, not `{"BOOL": true}`.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value, json};

/// One value. Binary ones are left to whoever wrote them.
pub(crate) fn plain(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!(text),
        AttributeValue::N(number) => serde_json::from_str(number).unwrap_or_else(|_| json!(number)),
        AttributeValue::Bool(flag) => json!(flag),
        AttributeValue::L(values) => values.iter().map(plain).collect(),
        AttributeValue::M(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>())
        }
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => json!(texts),
        _ => Value::Null,
    }
}
