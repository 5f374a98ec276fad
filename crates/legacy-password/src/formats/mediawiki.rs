//! MediaWiki's `:pbkdf2:<digest>:<rounds>:<length>:<salt>:<hash>` and `:B:<salt>:<hash>`, the MD5 of the salt, `-` and the
//! password's MD5.

use crate::{
    algorithms::{
        digest::Digest,
        pbkdf2::Pbkdf2,
        salted_digest::{Recipe, SaltedDigest},
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    limits::Limits,
    parsed::Parsed,
    preparation::{Preparation, Spelling},
};

const FORMAT: Format = Format::MediaWiki;

/// Reads what follows `:pbkdf2:`. Of a hash longer than the digest the first block is compared.
pub(crate) fn pbkdf2(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let fields: Vec<&str> = rest.split(':').collect();
    let [digest, rounds, length, salt, hash] = fields[..] else {
        return Err(FORMAT.malformed("hash", "is not of five parts"));
    };
    let digest = Digest::named(digest)
        .filter(|digest| *digest != Digest::Md5)
        .ok_or_else(|| FORMAT.malformed("digest", "is not known"))?;
    let rounds = encoding::decimal(rounds).ok_or_else(|| FORMAT.malformed("rounds", "are not a number"))?;
    let length = encoding::decimal(length).ok_or_else(|| FORMAT.malformed("length", "is not a number"))?;
    let salt = encoding::base64(salt).ok_or_else(|| FORMAT.malformed("salt", "is not base64"))?;
    let hash = encoding::base64(hash).ok_or_else(|| FORMAT.malformed("hash", "is not base64"))?;
    if hash.len() as u64 != length {
        return Err(FORMAT.malformed("hash", "is of another length than it should be"));
    }
    let compared = hash
        .get(..hash.len().min(digest.length()))
        .filter(|compared| compared.len() >= 16)
        .ok_or_else(|| FORMAT.malformed("hash", "is too short"))?;
    let pbkdf2 = Pbkdf2::new(digest, rounds, salt, compared.len(), limits).map_err(|fault| fault.of(FORMAT))?;
    Ok(Parsed::new(FORMAT, Derivation::Pbkdf2(pbkdf2), compared.to_vec()))
}

/// Reads what follows `:B:`.
pub(crate) fn md5(rest: &str) -> Result<Parsed, Error> {
    let (salt, hash) = rest.split_once(':').ok_or_else(|| FORMAT.missing("hash"))?;
    let hash = encoding::hex(hash)
        .filter(|hash| hash.len() == Digest::Md5.length())
        .ok_or_else(|| FORMAT.malformed("hash", "is not of 16 bytes"))?;
    let salted = SaltedDigest::once(Recipe::SaltFirst, Digest::Md5, format!("{salt}-").into());
    let parsed = Parsed::new(FORMAT, Derivation::SaltedDigest(salted), hash);
    Ok(parsed.after(Preparation::Digest { digest: Digest::Md5, spelling: Spelling::Hex }))
}
