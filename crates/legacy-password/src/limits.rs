//! How much work is done for anyone. Whatever is beyond is refused before any is done.

use std::fmt;

use crate::Error;

/// The longest encoding, in bytes.
pub const LONGEST_ENCODING: usize = 1024;
/// The longest password, in bytes.
pub const LONGEST_PASSWORD: usize = 256;

pub(crate) const BCRYPT_COST: u32 = 15;
/// PBKDF2, and whatever else repeats a digest.
pub(crate) const ROUNDS: u64 = 10_000_000;
/// Of one hash, in bytes: PBKDF2's work grows with it.
pub(crate) const OUTPUT: usize = 128;
/// In KiB.
pub(crate) const ARGON2_MEMORY: u64 = 256 * 1024;
pub(crate) const ARGON2_PASSES: u64 = 10;
pub(crate) const ARGON2_LANES: u64 = 16;
/// 128·N·r, in bytes.
pub(crate) const SCRYPT_MEMORY: u64 = 256 * 1024 * 1024;
/// N·r·p: four times what OWASP recommends.
pub(crate) const SCRYPT_WORK: u64 = 1 << 22;
/// r·p: scrypt has a megabyte of blocks then, besides its large table.
pub(crate) const SCRYPT_BLOCKS: u64 = 1 << 13;

/// What there is too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// The encoding is longer than [`LONGEST_ENCODING`] bytes.
    EncodingLength,
    /// The password is longer than [`LONGEST_PASSWORD`] bytes.
    PasswordLength,
    /// The hash itself is longer than 128 bytes.
    OutputLength,
    /// bcrypt's cost is above 15.
    BcryptCost,
    /// A digest is repeated more than 10 million times.
    Rounds,
    /// Argon2's memory is above 256 MiB.
    Argon2Memory,
    /// Argon2 makes more than 10 passes.
    Argon2Passes,
    /// Argon2 has more than 16 lanes.
    Argon2Lanes,
    /// scrypt's memory, 128·N·r bytes, is above 256 MiB, or r·p above 8,192.
    ScryptMemory,
    /// scrypt's N·r·p is above 4,194,304.
    ScryptWork,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EncodingLength => "a password hash of 1,024 bytes",
            Self::PasswordLength => "a password of 256 bytes",
            Self::OutputLength => "128 bytes of output",
            Self::BcryptCost => "a bcrypt cost of 15",
            Self::Rounds => "10 million rounds",
            Self::Argon2Memory => "256 MiB of memory for Argon2",
            Self::Argon2Passes => "10 passes of Argon2",
            Self::Argon2Lanes => "16 lanes of Argon2",
            Self::ScryptMemory => "256 MiB of memory for scrypt",
            Self::ScryptWork => "4,194,304 as scrypt's N·r·p",
        })
    }
}

/// `value`, unless it is above `most`.
pub(crate) fn at_most<T: PartialOrd>(value: T, most: T, limit: Limit) -> Result<T, Error> {
    if value <= most { Ok(value) } else { Err(Error::BeyondLimit(limit)) }
}

pub(crate) fn encoding(encoded: &str) -> Result<(), Error> {
    at_most(encoded.len(), LONGEST_ENCODING, Limit::EncodingLength).map(drop)
}

pub(crate) fn password(password: &[u8]) -> Result<(), Error> {
    at_most(password.len(), LONGEST_PASSWORD, Limit::PasswordLength).map(drop)
}
