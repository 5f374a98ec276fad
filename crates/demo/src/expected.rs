//! What a case expects, in JSON, held against what happened.

use serde_json::Value;

/// Stands in an expectation for a time of today: RFC 3339, UTC.
pub(crate) const TIME: &str = "<time>";

/// Stands in an expectation for a number of seconds since 1970 that lies ahead; also at the end of a text or a key.
pub(crate) const LATER: &str = "<later>";

/// Whether `actual` is what was expected; [`TIME`] and [`LATER`] stand for what differs from run to run.
pub(crate) fn matches(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::String(expected), Value::String(actual)) if expected == TIME => is_time(actual),
        (Value::String(expected), Value::Number(actual)) if expected == LATER => {
            actual.as_u64().is_some_and(|seconds| seconds > now())
        }
        (Value::String(expected), Value::String(actual)) => text_matches(expected, actual),
        (Value::Object(expected), Value::Object(actual)) => {
            expected.len() == actual.len()
                && expected.iter().all(|(name, value)| {
                    let actual = actual.iter().find(|(actual, _)| text_matches(name, actual));
                    actual.is_some_and(|(_, actual)| matches(value, actual))
                })
        }
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(value, actual)| matches(value, actual))
        }
        (expected, actual) => expected == actual,
    }
}

fn text_matches(expected: &str, actual: &str) -> bool {
    match expected.strip_suffix(LATER) {
        Some(start) => {
            actual.strip_prefix(start).and_then(|end| end.parse::<u64>().ok()).is_some_and(|seconds| seconds > now())
        }
        None => expected == actual,
    }
}

/// `2026-01-31T12:00:00.000Z`, with or without a fraction.
fn is_time(text: &str) -> bool {
    let shape = text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect::<String>();
    shape.starts_with("0000-00-00T00:00:00") && shape.ends_with('Z')
}

fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stand_in_stands_for_what_differs() {
        let expected = json!({"a": [1, TIME], "b": {"c": LATER}});
        let actual = |time: &str, seconds: u64| json!({"a": [1, time], "b": {"c": seconds}});
        assert!(matches(&expected, &actual("2026-01-31T12:00:00.123Z", now() + 60)));
        assert!(matches(&expected, &actual("2026-01-31T12:00:00Z", now() + 60)));
        assert!(!matches(&expected, &actual("yesterday", now() + 60)));
        assert!(!matches(&expected, &actual("2026-01-31T12:00:00Z", 1)));
        let key = |seconds: u64| json!({ format!("key#{seconds}"): format!("id#{seconds}") });
        assert!(matches(&json!({"key#<later>": "id#<later>"}), &key(now() + 60)));
        assert!(!matches(&json!({"key#<later>": "id#<later>"}), &key(1)));
        assert!(!matches(&json!({"a": 1}), &json!({"a": 1, "b": 2})));
        assert!(!matches(&json!([1, 2]), &json!([1])));
    }
}
