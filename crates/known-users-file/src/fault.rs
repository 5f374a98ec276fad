//! What is wrong with a row.

use std::io;

/// What is wrong with a row, or with a file as a whole. It never holds what a cell holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}{reason}", column.as_ref().map(|column| format!("column `{column}`: ")).unwrap_or_default())]
pub struct Fault {
    /// Where the row begins; the first line is 1.
    pub line: u64,
    /// In which column, where it is one column's fault.
    pub column: Option<String>,
    /// What is wrong there.
    pub reason: String,
}

impl Fault {
    /// A fault of a whole row.
    pub fn of_row(line: u64, reason: impl Into<String>) -> Self {
        Self { line, column: None, reason: reason.into() }
    }

    /// A fault of one cell.
    pub fn of_cell(line: u64, column: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { line, column: Some(column.into()), reason: reason.into() }
    }

    pub(crate) fn unreadable(line: u64, error: &io::Error) -> Self {
        Self::of_row(line, format!("cannot be read: {error}"))
    }
}
