//! Why there is no answer.

use crate::{fault::Fault, format::Format, limits::Limit};

/// Why there is no answer. It holds no part of the encoding, of the password or of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The encoding begins like none that this crate knows.
    #[error("the password hash is of no known format")]
    UnknownFormat,
    /// The encoding begins like one of `format` and does not go on like one.
    #[error("the {format} hash is malformed: its {part} {fault}")]
    Malformed {
        /// What it begins like.
        format: Format,
        /// Where it ceases to be one: `salt`, `rounds` …
        part: &'static str,
        /// What is wrong there: `is missing`, `is not base64` …
        fault: &'static str,
    },
    /// The work would be more than the caller's [`Limits`](crate::Limits) allow, or the encoding or the password longer.
    #[error("beyond the limit: {}", limit.at(*most))]
    BeyondLimit {
        /// What there is too much of.
        limit: Limit,
        /// The most that the limits allow, in the unit of their field.
        most: u64,
    },
    /// The encoding needs a secret of the project that was not given.
    #[error("the password hash needs the {secret}")]
    SecretMissing {
        /// Which: `pepper`, `Firebase project`, `Argon2 secret`.
        secret: &'static str,
    },
    /// A secret of the project is not what it should be.
    #[error("the {secret} is malformed")]
    SecretMalformed {
        /// Which: `Firebase signer key` …
        secret: &'static str,
    },
    /// There is not the memory that the algorithm needs.
    #[error("not enough memory to verify the password")]
    OutOfMemory,
}

impl Fault {
    /// The fault as one of an encoding.
    pub(crate) fn of(self, format: Format) -> Error {
        match self {
            Self::Malformed(part, fault) => format.malformed(part, fault),
            Self::Beyond { limit, most } => Error::BeyondLimit { limit, most },
            Self::OutOfMemory => Error::OutOfMemory,
        }
    }
}

impl Format {
    pub(crate) fn malformed(self, part: &'static str, fault: &'static str) -> Error {
        Error::Malformed { format: self, part, fault }
    }

    pub(crate) fn missing(self, part: &'static str) -> Error {
        self.malformed(part, "is missing")
    }
}
