//! Why there is no answer.

use std::fmt;

use crate::{Format, Limit};

/// Why there is no answer. It never holds any of the encoding or of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The encoding begins like none that this crate knows.
    UnknownFormat,
    /// The encoding begins like one of `format` and does not go on like one.
    Malformed {
        /// What it begins like.
        format: Format,
        /// Where it ceases to be one: `salt`, `rounds` …
        part: &'static str,
        /// What is wrong there: `is missing`, `is not base64` …
        fault: &'static str,
    },
    /// The work would be more than this crate does for anyone, or the encoding or the password longer.
    BeyondLimit(Limit),
    /// The encoding needs a parameter of the project that was not given.
    ParameterMissing {
        /// Which: `pepper`, `Firebase project`, `Argon2 secret`.
        parameter: &'static str,
    },
    /// A parameter of the project is not what it should be.
    ParameterMalformed {
        /// Which: `Firebase signer key` …
        parameter: &'static str,
    },
    /// There is not the memory that the function needs.
    OutOfMemory,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFormat => f.write_str("the password hash is of no known format"),
            Self::Malformed { format, part, fault } => write!(f, "the {format} hash is malformed: its {part} {fault}"),
            Self::BeyondLimit(limit) => write!(f, "beyond the limit: {limit}"),
            Self::ParameterMissing { parameter } => write!(f, "the password hash needs the {parameter}"),
            Self::ParameterMalformed { parameter } => write!(f, "the {parameter} is malformed"),
            Self::OutOfMemory => f.write_str("not enough memory to verify the password"),
        }
    }
}

impl std::error::Error for Error {}
