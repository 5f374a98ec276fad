//! CloudWatch Logs: what the functions of this account have written.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::protocol::{Reply, no, not_played};

/// What CloudWatch Logs knows.
#[derive(Default)]
pub struct Logs {
    /// How many looks at the log find no log group yet.
    pub late_by: usize,
    events: Vec<Value>,
}

impl Logs {
    /// A function has started, and decided on an event with this trigger source.
    pub(crate) fn decided(&mut self, trigger_source: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let decided = json!({"level": "INFO", "message": "decided", "trigger": trigger_source});
        for text in ["INIT_START Runtime Version: provided:al2023".to_owned(), decided.to_string()] {
            let event = json!({"logStreamName": "2026/11/20/[$LATEST]1", "timestamp": now as u64, "message": text});
            self.events.push(event);
        }
    }

    pub(crate) fn reply(&mut self, operation: &str) -> Reply {
        match operation {
            "FilterLogEvents" if self.late_by > 0 => {
                self.late_by -= 1;
                no("ResourceNotFoundException", "The specified log group does not exist.")
            }
            "FilterLogEvents" => Ok(json!({"events": self.events})),
            other => not_played(other),
        }
    }
}
