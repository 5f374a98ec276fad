//! PBKDF2 with HMAC (RFC 8018, 5.2).

use hmac::Hmac;
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::{
    algorithms::{cost::Cost, digest::Digest},
    fault::{Fault, at_most, checked_rounds},
    limits::{Limit, Limits},
};

pub(crate) struct Pbkdf2 {
    digest: Digest,
    rounds: u32,
    salt: Vec<u8>,
    /// Of the output, in bytes.
    length: usize,
}

impl Pbkdf2 {
    /// PBKDF2 of `length` bytes of output.
    pub(crate) fn new(
        digest: Digest,
        rounds: u64,
        salt: Vec<u8>,
        length: usize,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        at_most(length as u64, limits.output_length as u64, Limit::OutputLength)?;
        Ok(Self { digest, rounds: checked_rounds(rounds, limits)?, salt, length })
    }

    /// An HMAC a round, which is two blocks; all rounds anew for each block of output that the digest has not the length for.
    pub(crate) fn cost(&self) -> Cost {
        let outputs = self.length.div_ceil(self.digest.length()) as u64;
        Cost::Digest { digest: self.digest, blocks: 2 * u64::from(self.rounds) * outputs }
    }

    /// Fills `output`, which is as long as was said.
    pub(crate) fn fill(&self, password: &[u8], output: &mut [u8]) -> Result<(), Fault> {
        match self.digest {
            Digest::Md5 => pbkdf2::pbkdf2::<Hmac<Md5>>(password, &self.salt, self.rounds, output),
            Digest::Sha1 => pbkdf2::pbkdf2::<Hmac<Sha1>>(password, &self.salt, self.rounds, output),
            Digest::Sha256 => pbkdf2::pbkdf2::<Hmac<Sha256>>(password, &self.salt, self.rounds, output),
            Digest::Sha384 => pbkdf2::pbkdf2::<Hmac<Sha384>>(password, &self.salt, self.rounds, output),
            Digest::Sha512 => pbkdf2::pbkdf2::<Hmac<Sha512>>(password, &self.salt, self.rounds, output),
        }
        // HMAC takes a key of any length.
        .map_err(|_| Fault::Malformed("key", "is not one of HMAC"))
    }
}
