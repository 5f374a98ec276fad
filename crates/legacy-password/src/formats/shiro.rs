//! Apache Shiro 1's `$shiro1$<digest>$<rounds>$<salt>$<hash>`. Shiro 2 writes the PHC string format, behind `$shiro2$`.

use crate::{
    algorithms::{
        digest::Digest,
        salted_digest::{Again, Recipe, SaltedDigest},
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    limits::Limits,
    parsed::Parsed,
};

/// Reads what follows `$shiro1$`.
pub(crate) fn parse(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::Shiro;
    let fields: Vec<&str> = rest.split('$').collect();
    let [digest, rounds, salt, hash] = fields[..] else {
        return Err(format.malformed("hash", "is not of four parts"));
    };
    let digest = match digest {
        "MD5" => Digest::Md5,
        "SHA-1" => Digest::Sha1,
        "SHA-256" => Digest::Sha256,
        "SHA-384" => Digest::Sha384,
        "SHA-512" => Digest::Sha512,
        _ => return Err(format.malformed("digest", "is not known")),
    };
    let rounds = encoding::decimal(rounds).ok_or_else(|| format.malformed("rounds", "are not a number"))?;
    let salt = encoding::base64(salt).ok_or_else(|| format.malformed("salt", "is not base64"))?;
    let hash = encoding::base64(hash).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    if hash.len() != digest.length() {
        return Err(format.malformed("hash", "is of another length than the digest"));
    }
    let salted = SaltedDigest::once(Recipe::SaltFirst, digest, salt);
    let salted = salted.repeated(rounds, Again::Digest, limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::SaltedDigest(salted), hash))
}
