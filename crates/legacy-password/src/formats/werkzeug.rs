//! Werkzeug's encodings, which Flask writes: `pbkdf2:sha256:<rounds>$<salt>$<hash>`, `scrypt:<N>:<r>:<p>$<salt>$<hash>`.
//! A salt is text, and hashed as it stands; the hash is hexadecimal.

use crate::{
    algorithms::{digest::Digest, pbkdf2::Pbkdf2, scrypt::Scrypt},
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    limits::Limits,
    parsed::Parsed,
};

/// The method's arguments, the salt and the hash.
fn parts(format: Format, rest: &str) -> Result<(Vec<&str>, &str, Vec<u8>), Error> {
    let (method, rest) = rest.split_once('$').ok_or_else(|| format.missing("salt"))?;
    let (salt, hash) = rest.split_once('$').ok_or_else(|| format.missing("hash"))?;
    let hash = encoding::hex(hash).ok_or_else(|| format.malformed("hash", "is not hexadecimal"))?;
    if salt.is_empty() { Err(format.missing("salt")) } else { Ok((method.split(':').collect(), salt, hash)) }
}

fn number(format: Format, part: &'static str, text: &str) -> Result<u64, Error> {
    encoding::decimal(text).ok_or_else(|| format.malformed(part, "is not a number"))
}

/// Reads what follows `pbkdf2:`. Werkzeug has always written the rounds, though it reads a method without them.
pub(crate) fn pbkdf2(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::WerkzeugPbkdf2;
    let (arguments, salt, hash) = parts(format, rest)?;
    let [digest, rounds] = arguments[..] else { return Err(format.malformed("method", "is not a digest and rounds")) };
    let digest = match digest {
        "sha1" => Digest::Sha1,
        "sha256" => Digest::Sha256,
        "sha512" => Digest::Sha512,
        _ => return Err(format.malformed("digest", "is none of sha1, sha256 and sha512")),
    };
    let rounds = number(format, "rounds", rounds)?;
    let pbkdf2 = Pbkdf2::new(digest, rounds, salt.into(), hash.len(), limits).map_err(|fault| fault.of(format))?;
    if hash.len() != digest.length() {
        return Err(format.malformed("hash", "is of another length than the digest"));
    }
    Ok(Parsed::new(format, Derivation::Pbkdf2(pbkdf2), hash))
}

/// Reads what follows `scrypt:`.
pub(crate) fn scrypt(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::WerkzeugScrypt;
    let (arguments, salt, hash) = parts(format, rest)?;
    let [n, r, p] = arguments[..] else { return Err(format.malformed("method", "is not N, r and p")) };
    let (n, r, p) = (number(format, "N", n)?, number(format, "r", r)?, number(format, "p", p)?);
    let scrypt = Scrypt::new(n, r, p, salt.into(), hash.len(), limits).map_err(|fault| fault.of(format))?;
    if hash.len() != 64 {
        return Err(format.malformed("hash", "is not of 64 bytes"));
    }
    Ok(Parsed::new(format, Derivation::Scrypt(scrypt), hash))
}
