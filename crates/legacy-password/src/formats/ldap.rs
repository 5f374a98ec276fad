//! LDAP's `userPassword` (RFC 2307 and OpenLDAP): `{SSHA}` and base64 of the digest and the salt; `{SHA}` without a salt;
//! `{CRYPT}` and what crypt(3) writes. A scheme is spelled in either case.

use crate::{
    algorithms::{
        digest::Digest,
        salted_digest::{Recipe, SaltedDigest},
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    formats::{bcrypt, crypt},
    limits::Limits,
    parsed::Parsed,
};

/// Reads an encoding; nothing if its scheme is not one of those.
pub(crate) fn parse(encoded: &str, limits: &Limits) -> Option<Result<Parsed, Error>> {
    let (scheme, rest) = encoded.strip_prefix('{')?.split_once('}')?;
    match scheme.to_ascii_uppercase().as_str() {
        "SSHA" => Some(salted(Format::LdapSsha, Digest::Sha1, rest)),
        "SSHA256" => Some(salted(Format::LdapSsha256, Digest::Sha256, rest)),
        "SSHA512" => Some(salted(Format::LdapSsha512, Digest::Sha512, rest)),
        "SHA" => Some(unsalted(rest)),
        "CRYPT" => Some(within_crypt(rest, limits)),
        _ => None,
    }
}

fn salted(format: Format, digest: Digest, rest: &str) -> Result<Parsed, Error> {
    let bytes = encoding::base64(rest).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    let (hash, salt) =
        bytes.split_at_checked(digest.length()).ok_or_else(|| format.malformed("hash", "is too short"))?;
    if salt.is_empty() {
        return Err(format.missing("salt"));
    }
    let salted = SaltedDigest { recipe: Recipe::PasswordFirst, digest, salt: salt.to_vec() };
    Ok(Parsed::new(format, Derivation::SaltedDigest(salted), hash.to_vec()))
}

fn unsalted(rest: &str) -> Result<Parsed, Error> {
    let format = Format::LdapSha;
    let hash = encoding::base64(rest).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    if hash.len() != Digest::Sha1.length() {
        return Err(format.malformed("hash", "is not of 20 bytes"));
    }
    let salted = SaltedDigest { recipe: Recipe::PasswordFirst, digest: Digest::Sha1, salt: Vec::new() };
    Ok(Parsed::new(format, Derivation::SaltedDigest(salted), hash))
}

fn within_crypt(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::LdapCrypt;
    if let Some(rest) = rest.strip_prefix("$1$") {
        crypt::md5(format, rest)
    } else if let Some(rest) = rest.strip_prefix("$5$") {
        crypt::sha256(format, rest, limits)
    } else if let Some(rest) = rest.strip_prefix("$6$") {
        crypt::sha512(format, rest, limits)
    } else {
        let other = Err(format.malformed("crypt hash", "is of none of the known kinds"));
        bcrypt::parse_any(format, rest, limits).unwrap_or(other)
    }
}
