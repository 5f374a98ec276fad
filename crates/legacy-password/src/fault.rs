//! Why an algorithm refuses its parameters.

use crate::limits::Limit;

/// Why an algorithm refuses its parameters. It does not know in which format they stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A part of an encoding is wrong: which part, and what is wrong with it.
    Malformed(&'static str, &'static str),
    /// More than a limit allows.
    Beyond { limit: Limit, most: u64 },
    /// There is not the memory for it.
    OutOfMemory,
}

/// Refuses a `value` above `most`.
pub(crate) fn at_most(value: u64, most: u64, limit: Limit) -> Result<(), Fault> {
    if value <= most { Ok(()) } else { Err(Fault::Beyond { limit, most }) }
}
