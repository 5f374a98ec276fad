//! How much work is done for anyone. Whatever is beyond is refused before any is done.

use std::fmt;

/// How much work a hash may ask for. [`Limits::default`] has the limits that the crate's README lists.
///
/// ```
/// use legacy_password::{Limits, PasswordHash};
///
/// let mut limits = Limits::default();
/// limits.bcrypt_cost = 9;
/// let cost_10 = "$2y$10$VVt6y.2livvfS5m6UIEem.cqMqcGEz9ebqB2lk2znWV.M16JiRVs2";
/// assert!(PasswordHash::parse(cost_10).is_ok());
/// let refused = PasswordHash::parse_within(cost_10, &limits).unwrap_err();
/// assert_eq!(refused.to_string(), "beyond the limit: a bcrypt cost of 9");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest encoding, in bytes.
    pub encoding_length: usize,
    /// The longest password, in characters, as Cognito counts: 256 of them may be 1,024 bytes.
    pub password_length: usize,
    /// The longest hash within an encoding, in bytes: the work of PBKDF2 grows with it.
    pub output_length: usize,
    /// The highest cost of bcrypt, which makes two to its power of rounds.
    pub bcrypt_cost: u32,
    /// The most rounds of PBKDF2, and of whatever else repeats a digest.
    pub rounds: u32,
    /// The most memory of Argon2, in KiB.
    pub argon2_memory: u32,
    /// The most passes of Argon2 over its memory.
    pub argon2_passes: u32,
    /// The most lanes of Argon2.
    pub argon2_lanes: u32,
    /// The largest table of scrypt, 128·N·r, in bytes.
    pub scrypt_memory: u64,
    /// The most work of scrypt, N·r·p: by default four times what OWASP recommends.
    pub scrypt_work: u64,
    /// The most r·p of scrypt, which has 128 bytes for each beside its table.
    pub scrypt_blocks: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            encoding_length: 2048,
            password_length: 256,
            output_length: 128,
            bcrypt_cost: 15,
            rounds: 10_000_000,
            argon2_memory: 256 * 1024,
            argon2_passes: 10,
            argon2_lanes: 16,
            scrypt_memory: 256 * 1024 * 1024,
            scrypt_work: 1 << 22,
            scrypt_blocks: 1 << 13,
        }
    }
}

/// What there is too much of: the fields of [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::encoding_length`].
    EncodingLength,
    /// [`Limits::password_length`].
    PasswordLength,
    /// [`Limits::output_length`].
    OutputLength,
    /// [`Limits::bcrypt_cost`].
    BcryptCost,
    /// [`Limits::rounds`].
    Rounds,
    /// [`Limits::argon2_memory`].
    Argon2Memory,
    /// [`Limits::argon2_passes`].
    Argon2Passes,
    /// [`Limits::argon2_lanes`].
    Argon2Lanes,
    /// [`Limits::scrypt_memory`].
    ScryptMemory,
    /// [`Limits::scrypt_work`].
    ScryptWork,
    /// [`Limits::scrypt_blocks`].
    ScryptBlocks,
}

impl Limit {
    /// What is allowed, in words, where it is `most`.
    pub(crate) fn at(self, most: u64) -> impl fmt::Display {
        fmt::from_fn(move |f| match self {
            Self::EncodingLength => write!(f, "a password hash of {} bytes", grouped(most)),
            Self::PasswordLength => write!(f, "a password of {} characters", grouped(most)),
            Self::OutputLength => write!(f, "{} bytes of output", grouped(most)),
            Self::BcryptCost => write!(f, "a bcrypt cost of {most}"),
            Self::Rounds if most > 0 && most.is_multiple_of(1_000_000) => {
                write!(f, "{} million rounds", most / 1_000_000)
            }
            Self::Rounds => write!(f, "{} rounds", grouped(most)),
            Self::Argon2Memory => write!(f, "{} of memory for Argon2", binary(most.saturating_mul(1024))),
            Self::Argon2Passes => write!(f, "{most} passes of Argon2"),
            Self::Argon2Lanes => write!(f, "{most} lanes of Argon2"),
            Self::ScryptMemory => write!(f, "{} of memory for scrypt", binary(most)),
            Self::ScryptWork => write!(f, "{} as scrypt's N·r·p", grouped(most)),
            Self::ScryptBlocks => write!(f, "{} as scrypt's r·p", grouped(most)),
        })
    }
}

/// `4,194,304`.
fn grouped(number: u64) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", grouped(number / 1000), number % 1000) }
}

/// `256 MiB`, where there are as many; else in smaller units.
fn binary(bytes: u64) -> String {
    match bytes {
        0 => "0 bytes".to_owned(),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", grouped(bytes >> 20)),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", grouped(bytes >> 10)),
        _ => format!("{} bytes", grouped(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_described_by_its_number() {
        for (limit, most, described) in [
            (Limit::EncodingLength, 1024, "a password hash of 1,024 bytes"),
            (Limit::PasswordLength, 256, "a password of 256 characters"),
            (Limit::OutputLength, 128, "128 bytes of output"),
            (Limit::BcryptCost, 15, "a bcrypt cost of 15"),
            (Limit::Rounds, 10_000_000, "10 million rounds"),
            (Limit::Rounds, 1_234_567, "1,234,567 rounds"),
            (Limit::Rounds, 0, "0 rounds"),
            (Limit::Argon2Memory, 256 * 1024, "256 MiB of memory for Argon2"),
            (Limit::Argon2Memory, 1000, "1,000 KiB of memory for Argon2"),
            (Limit::Argon2Passes, 10, "10 passes of Argon2"),
            (Limit::Argon2Lanes, 16, "16 lanes of Argon2"),
            (Limit::ScryptMemory, 256 << 20, "256 MiB of memory for scrypt"),
            (Limit::ScryptMemory, 999, "999 bytes of memory for scrypt"),
            (Limit::ScryptMemory, 0, "0 bytes of memory for scrypt"),
            (Limit::ScryptWork, 1 << 22, "4,194,304 as scrypt's N·r·p"),
            (Limit::ScryptBlocks, 1 << 13, "8,192 as scrypt's r·p"),
        ] {
            assert_eq!(limit.at(most).to_string(), described);
        }
    }
}
