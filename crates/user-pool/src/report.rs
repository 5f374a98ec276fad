//! What was undone, and what is left.

use std::fmt::Display;

use aws_failure::Failure;
use serde_json::{Value, json};

/// What was undone, and what not.
#[derive(Default)]
pub struct Report {
    /// What was removed or put back.
    pub removed: Vec<String>,
    /// What is left.
    pub left: Vec<Left>,
    /// Whether something is left that nobody wanted to leave.
    pub has_failed: bool,
}

/// Something that is left.
pub struct Left {
    /// What it is.
    pub what: String,
    /// What to do about it.
    pub todo: String,
}

impl Report {
    /// This was removed or put back.
    pub fn removed(&mut self, what: impl Display) {
        self.removed.push(what.to_string());
    }

    /// This is left, as was wanted.
    pub fn left(&mut self, what: impl Display, todo: impl Display) {
        self.left.push(Left { what: what.to_string(), todo: todo.to_string() });
    }

    /// This could not be removed or put back.
    pub fn failed(&mut self, what: impl Display, failure: &Failure, todo: impl Display) {
        self.has_failed = true;
        self.left(format!("{what} (cannot {}: {})", failure.tried, failure.said), todo);
    }

    /// As the JSON result has it.
    pub fn to_json(&self) -> Value {
        let left: Vec<Value> = self.left.iter().map(|left| json!({"what": left.what, "todo": left.todo})).collect();
        json!({"removed": self.removed, "left": left})
    }
}
