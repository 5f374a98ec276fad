//! DynamoDB: what is not asked of the embedded one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What is said of tables in place of the embedded DynamoDB.
pub struct Tables {
    /// Tables by name, as `DescribeTable` answers. The embedded DynamoDB describes any other.
    pub described: BTreeMap<String, Value>,
    /// Whether a table can be put back to any time.
    pub point_in_time: bool,
}

impl Default for Tables {
    fn default() -> Self {
        Self { described: BTreeMap::new(), point_in_time: true }
    }
}

impl Tables {
    /// None where the embedded DynamoDB answers.
    pub(crate) fn reply(&self, operation: &str, body: &Value) -> Option<Value> {
        match operation {
            "DescribeTable" => {
                let table = self.described.get(body["TableName"].as_str()?)?;
                Some(json!({"Table": table}))
            }
            "DescribeContinuousBackups" => {
                let status = if self.point_in_time { "ENABLED" } else { "DISABLED" };
                Some(json!({"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED",
                    "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status}}}))
            }
            _ => None,
        }
    }
}
