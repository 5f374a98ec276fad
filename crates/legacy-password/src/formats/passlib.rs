//! passlib's PBKDF2: `$pbkdf2-sha256$<rounds>$<salt>$<hash>`, in base64 with `.` for `+`; and the scrypt that it and
//! libxcrypt share: `$7$`, a digit for log₂ N, five each for r and p, `<salt>$<hash>`. Its other encodings are crypt(3)'s,
//! bcrypt's and the PHC string format's.

use crate::{
    algorithms::{digest::Digest, pbkdf2::Pbkdf2, scrypt::Scrypt},
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    formats::phc,
    limits::Limits,
    parsed::Parsed,
};

/// Reads what follows `$pbkdf2-sha256$` and its like, which the PHC string format begins with too.
pub(crate) fn pbkdf2(digest: Digest, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    if rest.starts_with("i=") {
        return phc::pbkdf2(digest, rest, limits);
    }
    let format = Format::Pbkdf2Passlib;
    let mut fields = rest.split('$');
    let mut field = |part| fields.next().ok_or_else(|| format.missing(part));
    let (rounds, salt, hash) = (field("rounds")?, field("salt")?, field("hash")?);
    if fields.next().is_some() {
        return Err(format.malformed("hash", "is followed by something"));
    }
    let rounds = encoding::decimal(rounds).ok_or_else(|| format.malformed("rounds", "are not a number"))?;
    let salt = encoding::adapted_base64(salt).ok_or_else(|| format.malformed("salt", "is not base64"))?;
    let hash = encoding::adapted_base64(hash).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    let pbkdf2 = Pbkdf2::new(digest, rounds, salt, hash.len(), limits).map_err(|fault| fault.of(format))?;
    if hash.len() != digest.length() {
        return Err(format.malformed("hash", "is of another length than the digest"));
    }
    Ok(Parsed::new(format, Derivation::Pbkdf2(pbkdf2), hash))
}

/// Reads what follows `$7$`. The salt is text, and hashed as it stands.
pub(crate) fn scrypt(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::Scrypt;
    let (setting, hash) = rest.split_once('$').ok_or_else(|| format.missing("hash"))?;
    let (parameters, salt) =
        setting.split_at_checked(11).ok_or_else(|| format.malformed("parameters", "are too short"))?;
    // The lowest digit comes first.
    let mut digits = parameters.bytes().map(|digit| encoding::crypt_base64_digit(digit).map(u64::from));
    let mut number = |length| {
        let digits = digits.by_ref().take(length).enumerate();
        digits.map(|(place, digit)| Some(digit? << (6 * place))).sum::<Option<u64>>()
    };
    let [Some(log_n), Some(r), Some(p)] = [1, 5, 5].map(&mut number) else {
        return Err(format.malformed("parameters", "are not crypt's base64"));
    };
    let hash = encoding::crypt_base64(hash).ok_or_else(|| format.malformed("hash", "is not crypt's base64"))?;
    let scrypt = Scrypt::new(1 << log_n, r, p, salt.into(), hash.len(), limits).map_err(|fault| fault.of(format))?;
    if hash.len() != 32 {
        return Err(format.malformed("hash", "is not of 32 bytes"));
    }
    Ok(Parsed::new(format, Derivation::Scrypt(scrypt), hash))
}
