//! A digest, or an HMAC, of a password and a salt; once, or over and over.

use crate::{
    algorithms::{cost::Cost, digest::Digest},
    encoding::hex_text,
    fault::{Fault, checked_rounds},
    limits::Limits,
    wiped::Wiped,
};

/// How salt and password become one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipe {
    /// The digest of the salt and, behind it, the password.
    SaltFirst,
    /// The digest of the password and, behind it, the salt.
    PasswordFirst,
    /// The HMAC of the password under the salt.
    SaltIsKey,
    /// The HMAC of the salt under the password.
    PasswordIsKey,
}

/// What a round after the first takes the digest of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// The digest so far.
    Digest,
    /// The digest so far, in hexadecimal digits.
    Hex,
    /// The digest so far and, behind it, what the first round took.
    DigestAndInput,
}

pub(crate) struct SaltedDigest {
    recipe: Recipe,
    digest: Digest,
    salt: Vec<u8>,
    rounds: u32,
    again: Again,
}

impl SaltedDigest {
    /// One digest, or one HMAC.
    pub(crate) fn once(recipe: Recipe, digest: Digest, salt: Vec<u8>) -> Self {
        Self { recipe, digest, salt, rounds: 1, again: Again::Digest }
    }

    /// As many as `rounds`, the first among them.
    pub(crate) fn repeated(self, rounds: u64, again: Again, limits: &Limits) -> Result<Self, Fault> {
        Ok(Self { rounds: checked_rounds(rounds, limits)?, again, ..self })
    }

    pub(crate) fn cost(&self, password_length: usize) -> Cost {
        let input = self.salt.len().saturating_add(password_length);
        let first = match self.recipe {
            Recipe::SaltFirst | Recipe::PasswordFirst => self.digest.blocks(input),
            // Two blocks of the key, and one of the digest within.
            Recipe::SaltIsKey | Recipe::PasswordIsKey => self.digest.blocks(input) + 3,
        };
        let next = self.digest.blocks(match self.again {
            Again::Digest => self.digest.length(),
            Again::Hex => 2 * self.digest.length(),
            Again::DigestAndInput => self.digest.length().saturating_add(input),
        });
        let blocks = next.saturating_mul(u64::from(self.rounds).saturating_sub(1)).saturating_add(first);
        Cost::Digest { digest: self.digest, blocks }
    }

    pub(crate) fn hash(&self, password: &[u8]) -> Result<Wiped, Fault> {
        let (digest, salt) = (self.digest, self.salt.as_slice());
        let (first, last) = match self.recipe {
            Recipe::SaltFirst => (salt, password),
            Recipe::PasswordFirst => (password, salt),
            Recipe::SaltIsKey => return digest.hmac(salt, password),
            Recipe::PasswordIsKey => return digest.hmac(password, salt),
        };
        let mut state = digest.of(&[first, last]);
        for _ in 1..self.rounds {
            state = match self.again {
                Again::Digest => digest.of(&[&state]),
                Again::Hex => digest.of(&[&hex_text(&state)]),
                Again::DigestAndInput => digest.of(&[&state, first, last]),
            };
        }
        Ok(state)
    }
}
