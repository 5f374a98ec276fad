//! What goes wrong in the local stack, as one text for the person at the terminal.

use std::fmt;

/// What is wrong, where, and what to do about it.
///
/// Everything that can fail here is reported to a person and never decided upon by a program, so a text is all it is.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl Error {
    /// An error with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

// A test that unwraps prints the text, not the text in quotes inside a struct.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
