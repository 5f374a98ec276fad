//! phpass's portable hashes, which WordPress before 6.8 and phpBB 3 write: `$P$` or `$H$`, a character whose place in the
//! alphabet is log₂ of the rounds, 8 characters of salt, 22 of hash.

use crate::{
    algorithms::{digest::Digest, repeated_digest::RepeatedDigest},
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    limits::Limits,
    parsed::Parsed,
    typed::Typed,
};

/// Reads what follows `$P$`, phpass's own mark.
pub(crate) fn parse(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    Ok(repeated(Format::Phpass, Digest::Md5, rest, 22, limits)?.typed(Typed::WordPress))
}

/// Reads what follows `$H$`, phpBB's.
pub(crate) fn of_php_bb(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    Ok(repeated(Format::Phpass, Digest::Md5, rest, 22, limits)?.typed(Typed::PhpBb))
}

/// Reads a character for the rounds, 8 of salt and `length` of hash.
pub(crate) fn repeated(
    format: Format,
    digest: Digest,
    rest: &str,
    length: usize,
    limits: &Limits,
) -> Result<Parsed, Error> {
    let (setting, hash) = rest.split_at_checked(9).ok_or_else(|| format.malformed("salt", "is too short"))?;
    let (log_rounds, salt) = setting.split_at_checked(1).ok_or_else(|| format.missing("rounds"))?;
    let log_rounds = log_rounds
        .bytes()
        .next()
        .and_then(encoding::crypt_base64_digit)
        .filter(|log_rounds| (7..=30).contains(log_rounds))
        .ok_or_else(|| format.malformed("rounds", "are not 2 to the power of 7 to 30"))?;
    if hash.len() != length {
        return Err(format.malformed("hash", "is of another length than it should be"));
    }
    if !encoding::is_crypt_base64(hash) {
        return Err(format.malformed("hash", "is not phpass's base64"));
    }
    let repeated =
        RepeatedDigest::new(digest, log_rounds, salt.into(), length, limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::RepeatedDigest(repeated), hash.into()))
}
