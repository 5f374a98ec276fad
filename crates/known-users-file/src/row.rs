//! A row, and where it is in its file.

use crate::{fault::Fault, person::Person};

/// The most bytes that a row may have. DynamoDB keeps no record of more than 400 KB.
pub(crate) const LONGEST_ROW: usize = 512 * 1024;

/// A row of a file.
#[derive(Debug)]
pub struct Row {
    /// Where it begins.
    pub line: u64,
    /// What it says.
    pub person: Result<Person, Fault>,
    /// Where the next row may be read from.
    pub end: Mark,
}

/// What a row says, behind the line on which it begins.
pub(crate) type Numbered = (u64, Result<Person, Fault>);

/// A place between two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Bytes from the beginning of the file.
    pub byte: u64,
    /// The line there; the first is 1.
    pub line: u64,
}
