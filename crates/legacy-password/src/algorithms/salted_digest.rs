//! One digest, or one HMAC, of a password and a salt.

use crate::{
    algorithms::{cost::Cost, digest::Digest},
    fault::Fault,
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

pub(crate) struct SaltedDigest {
    pub(crate) recipe: Recipe,
    pub(crate) digest: Digest,
    pub(crate) salt: Vec<u8>,
}

impl SaltedDigest {
    pub(crate) fn cost(&self, password_length: usize) -> Cost {
        let both = self.digest.blocks(self.salt.len().saturating_add(password_length));
        let blocks = match self.recipe {
            Recipe::SaltFirst | Recipe::PasswordFirst => both,
            // Two blocks of the key, and one of the digest within.
            Recipe::SaltIsKey | Recipe::PasswordIsKey => both + 3,
        };
        Cost::Digest { digest: self.digest, blocks }
    }

    pub(crate) fn hash(&self, password: &[u8]) -> Result<Wiped, Fault> {
        let (digest, salt) = (self.digest, self.salt.as_slice());
        match self.recipe {
            Recipe::SaltFirst => Ok(digest.of(&[salt, password])),
            Recipe::PasswordFirst => Ok(digest.of(&[password, salt])),
            Recipe::SaltIsKey => digest.hmac(salt, password),
            Recipe::PasswordIsKey => digest.hmac(password, salt),
        }
    }
}
