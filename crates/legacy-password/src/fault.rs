//! Why an algorithm refuses its parameters, and the checks that several have.

use crate::limits::{Limit, Limits};

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

/// Rounds that there are some of, and not too many.
pub(crate) fn checked_rounds(rounds: u64, limits: &Limits) -> Result<u32, Fault> {
    at_most(rounds, limits.rounds.into(), Limit::Rounds)?;
    match u32::try_from(rounds) {
        Ok(0) | Err(_) => Err(Fault::Malformed("rounds", "are none")),
        Ok(rounds) => Ok(rounds),
    }
}
