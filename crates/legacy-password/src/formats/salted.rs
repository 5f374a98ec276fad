//! Salted digests and HMACs of home-grown schemes: `$salted$<recipe>$<salt>$<hash>`, an encoding of this crate's own.
//! The salt, which may be empty, and the hash are base64, of their bytes.

use crate::{
    algorithms::{
        digest::Digest,
        salted_digest::{Recipe, SaltedDigest},
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    parsed::Parsed,
};

/// The recipes by the names that they have in an encoding.
const RECIPES: [(&str, Recipe, Digest); 8] = [
    ("sha256(salt+password)", Recipe::SaltFirst, Digest::Sha256),
    ("sha512(salt+password)", Recipe::SaltFirst, Digest::Sha512),
    ("sha256(password+salt)", Recipe::PasswordFirst, Digest::Sha256),
    ("sha512(password+salt)", Recipe::PasswordFirst, Digest::Sha512),
    ("hmac-sha256(salt,password)", Recipe::SaltIsKey, Digest::Sha256),
    ("hmac-sha512(salt,password)", Recipe::SaltIsKey, Digest::Sha512),
    ("hmac-sha256(password,salt)", Recipe::PasswordIsKey, Digest::Sha256),
    ("hmac-sha512(password,salt)", Recipe::PasswordIsKey, Digest::Sha512),
];

/// Reads what follows `$salted$`.
pub(crate) fn parse(rest: &str) -> Result<Parsed, Error> {
    let format = Format::Salted;
    let (name, rest) = rest.split_once('$').ok_or_else(|| format.missing("salt"))?;
    let (salt, hash) = rest.split_once('$').ok_or_else(|| format.missing("hash"))?;
    let recipe = RECIPES.iter().find(|(known, ..)| *known == name);
    let (_, recipe, digest) = *recipe.ok_or_else(|| format.malformed("recipe", "is not known"))?;
    let salt = encoding::base64(salt).ok_or_else(|| format.malformed("salt", "is not base64"))?;
    let hash = encoding::base64(hash).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    if hash.len() != digest.length() {
        return Err(format.malformed("hash", "is of another length than the digest"));
    }
    Ok(Parsed::new(format, Derivation::SaltedDigest(SaltedDigest { recipe, digest, salt }), hash))
}
