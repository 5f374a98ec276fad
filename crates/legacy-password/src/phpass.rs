//! phpass's portable hashes, which WordPress before 6.8 and phpBB 3 write: `$P$` or `$H$`, a character whose place in the
//! alphabet is log₂ of the rounds, 8 characters of salt, 22 of hash; and WordPress's since 6.8, which is bcrypt.

use crate::{
    Error, Format,
    bcrypt::{self, Variant},
    encoding,
    function::{Digest, Function},
    hash::{Hash, Preparation},
};

/// Reads what follows `$P$` and `$H$`.
pub(crate) fn phpass(rest: &str) -> Result<Hash, Error> {
    parse(Format::Phpass, Digest::Md5, rest, 22)
}

/// Reads what follows `$wp$2y$`: bcrypt of an HMAC of the password, so that bcrypt reads all of it.
pub(crate) fn wordpress(rest: &str) -> Result<Hash, Error> {
    let hash = bcrypt::parse(Format::WordPress, Variant::Y, rest)?;
    Ok(Hash { preparation: Preparation::WordPress, ..hash })
}

/// Reads a character for the rounds, 8 of salt and `length` of hash.
pub(crate) fn parse(format: Format, digest: Digest, rest: &str, length: usize) -> Result<Hash, Error> {
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
    Ok(Hash::new(format, Function::repeated(digest, log_rounds, salt.into(), length)?, hash.into()))
}
