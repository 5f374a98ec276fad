//! DynamoDB's values as plain JSON, for people and for `--json`: `true`, not `{"BOOL": true}`.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

/// One value. Binary ones are left to whoever wrote them.
pub(crate) fn plain(value: &AttributeValue) -> Value {
    serde_dynamo::from_attribute_value(value.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_plain_json_and_a_binary_one_is_nothing() {
        let s = |text: &str| AttributeValue::S(text.to_owned());
        for (value, expected) in [
            (s("Zoë"), json!("Zoë")),
            (AttributeValue::N("1795283100".to_owned()), json!(1_795_283_100)),
            (AttributeValue::N("-1.5".to_owned()), json!(-1.5)),
            (AttributeValue::Bool(true), json!(true)),
            (AttributeValue::Null(true), json!(null)),
            (AttributeValue::L(vec![s("a"), AttributeValue::Bool(false)]), json!(["a", false])),
            (AttributeValue::M([("ClientId".to_owned(), s("c"))].into()), json!({"ClientId": "c"})),
            (AttributeValue::Ss(vec!["a".to_owned()]), json!(["a"])),
            (AttributeValue::B(Blob::new([1])), json!(null)),
        ] {
            assert_eq!(plain(&value), expected, "{value:?}");
        }
    }
}
