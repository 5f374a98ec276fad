//! What verifying a password will take, before it is done.

use crate::algorithms::digest::Digest;

/// What verifying a password takes, in the unit that the time of each algorithm grows with.
///
/// [`lambda_memory`](crate::lambda_memory) turns it into time and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cost {
    /// bcrypt: two to the power of `cost` rounds.
    Bcrypt {
        /// As the encoding has it.
        cost: u32,
    },
    /// Argon2. Its lanes are filled one after the other, and so do not make it faster.
    Argon2 {
        /// The memory, in KiB.
        memory_kib: u32,
        /// How often the memory is gone over.
        passes: u32,
    },
    /// scrypt.
    Scrypt {
        /// 128·N·r, in bytes.
        memory_bytes: u64,
        /// N·r·p.
        work: u64,
    },
    /// A digest, once or repeated: PBKDF2, phpass, Drupal, crypt(3), salted digests.
    Digest {
        /// Which.
        digest: Digest,
        /// How many blocks of its own it takes in, of 64 bytes or, with SHA-384 and SHA-512, of 128: the rounds, times the
        /// blocks of output in PBKDF2, times the blocks that a round's message has, which may hold the password.
        blocks: u64,
    },
    /// Firebase's scrypt, whose parameters are the project's and not in the encoding.
    OfTheProject,
}
