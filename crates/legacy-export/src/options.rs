//! What an export does not say, and its owner does.

use std::time::SystemTime;

/// What an export does not say, and its owner does.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the addresses are theirs, for systems that have no such notion.
    pub email_verified: Option<bool>,
    /// Which fields go where, as `(field, attribute)`.
    pub map: Vec<(String, String)>,
    /// Which fields go nowhere.
    pub drop: Vec<String>,
    /// Whether somebody whom the system has locked out for failed attempts is suspended.
    pub locked_is_suspended: bool,
    /// Django's name of the model of its users.
    pub model: String,
    /// Now: what ends later lasts.
    pub now: SystemTime,
}

impl Options {
    /// Nothing but what the export says.
    pub fn at(now: SystemTime) -> Self {
        Self {
            email_verified: None,
            map: Vec::new(),
            drop: Vec::new(),
            locked_is_suspended: false,
            model: "auth.user".to_owned(),
            now,
        }
    }
}
