//! phpass's loop, which Drupal's is too: the digest of salt and password, then over and over that of the digest so far and
//! the password. No well-kept crate has it.

use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::{
    algorithms::{cost::Cost, digest::Digest},
    encoding::crypt_text,
    fault::{Fault, at_most},
    limits::{Limit, Limits},
    wiped::Wiped,
};

pub(crate) struct RepeatedDigest {
    digest: Digest,
    rounds: u32,
    salt: Vec<u8>,
    /// Of the hash's text, in characters.
    length: usize,
}

impl RepeatedDigest {
    /// Two to the power of `log_rounds` rounds; `length` characters of text.
    pub(crate) fn new(
        digest: Digest,
        log_rounds: u8,
        salt: Vec<u8>,
        length: usize,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let rounds = 1u32.checked_shl(log_rounds.into()).unwrap_or(u32::MAX);
        at_most(rounds.into(), limits.rounds.into(), Limit::Rounds)?;
        Ok(Self { digest, rounds, salt, length })
    }

    pub(crate) fn cost(&self, password_length: usize) -> Cost {
        let a_round = self.digest.blocks(self.digest.length().saturating_add(password_length));
        Cost::Digest { digest: self.digest, blocks: a_round.saturating_mul(self.rounds.into()) }
    }

    /// The hash, as text.
    pub(crate) fn hash(&self, password: &[u8]) -> Wiped {
        let repeated = match self.digest {
            Digest::Md5 => repeated::<Md5>,
            Digest::Sha1 => repeated::<Sha1>,
            Digest::Sha256 => repeated::<Sha256>,
            Digest::Sha384 => repeated::<Sha384>,
            Digest::Sha512 => repeated::<Sha512>,
        };
        let mut text = crypt_text(&repeated(password, &self.salt, self.rounds));
        text.truncate(self.length);
        text
    }
}

fn repeated<D: sha2::Digest>(password: &[u8], salt: &[u8], rounds: u32) -> Wiped {
    let mut state = D::new().chain_update(salt).chain_update(password).finalize();
    for _ in 0..rounds {
        state = D::new().chain_update(&state).chain_update(password).finalize();
    }
    Zeroizing::new(state.to_vec())
}
