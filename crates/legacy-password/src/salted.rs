//! Salted digests and HMACs of home-grown schemes: `$salted$<recipe>$<salt>$<hash>`, an encoding of this crate's own.
//! The salt, which may be empty, and the hash are base64, of their bytes.

use crate::{
    Error, Format, encoding,
    function::{Digest, Function},
    hash::Hash,
    secret::Secret,
};

/// What an encoding begins with.
pub(crate) const PREFIX: &str = "$salted$";

/// How salt and password become one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipe {
    /// The digest of the salt and, behind it, the password.
    SaltFirst(Digest),
    /// The digest of the password and, behind it, the salt.
    PasswordFirst(Digest),
    /// The HMAC of the password under the salt.
    SaltIsKey(Digest),
    /// The HMAC of the salt under the password.
    PasswordIsKey(Digest),
}

impl Recipe {
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "sha256(salt+password)" => Self::SaltFirst(Digest::Sha256),
            "sha512(salt+password)" => Self::SaltFirst(Digest::Sha512),
            "sha256(password+salt)" => Self::PasswordFirst(Digest::Sha256),
            "sha512(password+salt)" => Self::PasswordFirst(Digest::Sha512),
            "hmac-sha256(salt,password)" => Self::SaltIsKey(Digest::Sha256),
            "hmac-sha512(salt,password)" => Self::SaltIsKey(Digest::Sha512),
            "hmac-sha256(password,salt)" => Self::PasswordIsKey(Digest::Sha256),
            "hmac-sha512(password,salt)" => Self::PasswordIsKey(Digest::Sha512),
            _ => return None,
        })
    }

    fn length(self) -> usize {
        let (Self::SaltFirst(digest)
        | Self::PasswordFirst(digest)
        | Self::SaltIsKey(digest)
        | Self::PasswordIsKey(digest)) = self;
        digest.length()
    }

    pub(crate) fn hash(self, password: &[u8], salt: &[u8]) -> Result<Secret, Error> {
        match self {
            Self::SaltFirst(digest) => Ok(digest.of(&[salt, password])),
            Self::PasswordFirst(digest) => Ok(digest.of(&[password, salt])),
            Self::SaltIsKey(digest) => digest.hmac(salt, password),
            Self::PasswordIsKey(digest) => digest.hmac(password, salt),
        }
    }
}

/// Reads what follows [`PREFIX`].
pub(crate) fn parse(rest: &str) -> Result<Hash, Error> {
    let format = Format::Salted;
    let (recipe, rest) = rest.split_once('$').ok_or_else(|| format.missing("salt"))?;
    let (salt, hash) = rest.split_once('$').ok_or_else(|| format.missing("hash"))?;
    let recipe = Recipe::of(recipe).ok_or_else(|| format.malformed("recipe", "is not known"))?;
    let salt = encoding::base64(salt).ok_or_else(|| format.malformed("salt", "is not base64"))?;
    let hash = encoding::base64(hash).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    if hash.len() != recipe.length() {
        return Err(format.malformed("hash", "is of another length than the digest"));
    }
    Ok(Hash::new(format, Function::Salted { recipe, salt }, hash))
}
