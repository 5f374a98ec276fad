//! crypt(3)'s encodings: `$1$<salt>$<hash>` (MD5), `$5$<salt>$<hash>` (SHA-256) and `$6$<salt>$<hash>` (SHA-512), the last
//! two with `rounds=<rounds>$` before the salt where they are not 5,000.

use crate::{
    algorithms::crypt::{Crypt, Rounds},
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    limits::Limits,
    parsed::Parsed,
};

/// The salt, of at most `longest` characters, and the hash.
fn salt_and_hash(format: Format, rest: &str, longest: usize, length: usize) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let (salt, hash) = rest.split_once('$').ok_or_else(|| format.missing("hash"))?;
    if salt.len() > longest {
        return Err(format.malformed("salt", "is too long"));
    }
    if hash.len() != length {
        return Err(format.malformed("hash", "is of another length than it should be"));
    }
    if !encoding::is_crypt_base64(hash) {
        return Err(format.malformed("hash", "is not crypt's base64"));
    }
    Ok((salt.into(), hash.into()))
}

/// The rounds, and what follows them. crypt(3) writes none below 1,000.
fn rounds<'a>(format: Format, rest: &'a str, limits: &Limits) -> Result<(Rounds, &'a str), Error> {
    let Some(rest) = rest.strip_prefix("rounds=") else { return Ok((Rounds::usual(), rest)) };
    let (rounds, rest) = rest.split_once('$').ok_or_else(|| format.missing("salt"))?;
    let rounds = encoding::decimal(rounds).ok_or_else(|| format.malformed("rounds", "are not a number"))?;
    Ok((Rounds::new(rounds, limits).map_err(|fault| fault.of(format))?, rest))
}

/// Reads what follows `$1$`.
pub(crate) fn md5(format: Format, rest: &str) -> Result<Parsed, Error> {
    let (salt, hash) = salt_and_hash(format, rest, 8, 22)?;
    Ok(Parsed::new(format, Derivation::Crypt(Crypt::md5(salt)), hash))
}

/// Reads what follows `$apr1$`, Apache's mark for its own MD5.
pub(crate) fn apr1(rest: &str) -> Result<Parsed, Error> {
    let format = Format::Apr1Crypt;
    let (salt, hash) = salt_and_hash(format, rest, 8, 22)?;
    Ok(Parsed::new(format, Derivation::Crypt(Crypt::apr1(salt)), hash))
}

/// Reads what follows `$5$`.
pub(crate) fn sha256(format: Format, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let (rounds, rest) = rounds(format, rest, limits)?;
    let (salt, hash) = salt_and_hash(format, rest, 16, 43)?;
    Ok(Parsed::new(format, Derivation::Crypt(Crypt::sha256(rounds, salt)), hash))
}

/// Reads what follows `$6$`.
pub(crate) fn sha512(format: Format, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let (rounds, rest) = rounds(format, rest, limits)?;
    let (salt, hash) = salt_and_hash(format, rest, 16, 86)?;
    Ok(Parsed::new(format, Derivation::Crypt(Crypt::sha512(rounds, salt)), hash))
}
