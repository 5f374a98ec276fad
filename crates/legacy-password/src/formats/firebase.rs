//! Firebase's hashes: `$firebase$<salt>$<hash>`, an encoding of this crate's own around what `firebase auth:export` calls
//! `salt` and `passwordHash`.

use crate::{
    algorithms::firebase_scrypt::SIGNER_KEY, derivation::Derivation, encoding, error::Error, format::Format,
    parsed::Parsed,
};

/// Reads what follows `$firebase$`.
pub(crate) fn parse(rest: &str) -> Result<Parsed, Error> {
    let format = Format::Firebase;
    let (salt, hash) = rest.split_once('$').ok_or_else(|| format.missing("hash"))?;
    let salt = encoding::any_base64(salt).ok_or_else(|| format.malformed("salt", "is not base64"))?;
    let hash = encoding::any_base64(hash).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    if hash.len() != SIGNER_KEY {
        return Err(format.malformed("hash", "is not of 64 bytes"));
    }
    Ok(Parsed::new(format, Derivation::Firebase { salt, project: None }, hash))
}
