//! Django's encodings, which begin with the name of a hasher: `pbkdf2_sha256$<rounds>$<salt>$<hash>`,
//! `bcrypt$$2b$…`, `bcrypt_sha256$$2b$…`, `argon2$argon2id$…`, `scrypt$<N>$<salt>$<r>$<p>$<hash>`, `md5$<salt>$<hash>`.
//! A salt is text, and hashed as it stands.

use crate::{
    algorithms::{
        argon2::Algorithm,
        digest::Digest,
        pbkdf2::Pbkdf2,
        salted_digest::{Recipe, SaltedDigest},
        scrypt::Scrypt,
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    formats::{bcrypt, phc},
    limits::Limits,
    parsed::Parsed,
    preparation::{Preparation, Spelling},
};

/// As many fields as there are parts, and none of them empty.
fn fields<'a, const N: usize>(format: Format, rest: &'a str, parts: [&'static str; N]) -> Result<[&'a str; N], Error> {
    let mut fields = rest.split('$');
    let mut found = [""; N];
    for (place, part) in found.iter_mut().zip(parts) {
        *place = fields.next().filter(|field| !field.is_empty()).ok_or_else(|| format.missing(part))?;
    }
    if fields.next().is_none() { Ok(found) } else { Err(format.malformed("hash", "is followed by something")) }
}

fn number(format: Format, part: &'static str, text: &str) -> Result<u64, Error> {
    encoding::decimal(text).ok_or_else(|| format.malformed(part, "is not a number"))
}

/// Reads what follows `pbkdf2_sha256$` and its like.
pub(crate) fn pbkdf2(digest: Digest, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::DjangoPbkdf2;
    let [rounds, salt, hash] = fields(format, rest, ["rounds", "salt", "hash"])?;
    let rounds = number(format, "rounds", rounds)?;
    let hash = hash_of(format, hash, digest.length())?;
    let pbkdf2 = Pbkdf2::new(digest, rounds, salt.into(), hash.len(), limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Pbkdf2(pbkdf2), hash))
}

fn hash_of(format: Format, text: &str, length: usize) -> Result<Vec<u8>, Error> {
    let hash = encoding::base64(text).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    if hash.len() == length {
        Ok(hash)
    } else {
        Err(format.malformed("hash", "is of another length than it should be"))
    }
}

/// Reads what follows `bcrypt$`.
pub(crate) fn bcrypt(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    bcrypt_within(Format::DjangoBcrypt, rest, limits)
}

/// Reads what follows `bcrypt_sha256$`: bcrypt of a digest, so that it is of the whole password.
pub(crate) fn bcrypt_sha256(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let parsed = bcrypt_within(Format::DjangoBcryptSha256, rest, limits)?;
    Ok(parsed.after(Preparation::Digest { digest: Digest::Sha256, spelling: Spelling::Hex }))
}

fn bcrypt_within(format: Format, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    bcrypt::parse_any(format, rest, limits).unwrap_or_else(|| Err(format.missing("bcrypt hash")))
}

/// Reads what follows `argon2$`.
pub(crate) fn argon2(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::DjangoArgon2;
    let (algorithm, rest) = rest.split_once('$').ok_or_else(|| format.missing("Argon2 hash"))?;
    let algorithm = match algorithm {
        "argon2d" => Algorithm::Argon2d,
        "argon2i" => Algorithm::Argon2i,
        "argon2id" => Algorithm::Argon2id,
        _ => return Err(format.malformed("algorithm", "is none of Argon2's")),
    };
    phc::argon2(format, algorithm, rest, limits)
}

/// Reads what follows `scrypt$`.
pub(crate) fn scrypt(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::DjangoScrypt;
    let [n, salt, r, p, hash] = fields(format, rest, ["N", "salt", "r", "p", "hash"])?;
    let (n, r, p) = (number(format, "N", n)?, number(format, "r", r)?, number(format, "p", p)?);
    let hash = hash_of(format, hash, 64)?;
    let scrypt = Scrypt::new(n, r, p, salt.into(), hash.len(), limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Scrypt(scrypt), hash))
}

/// Reads what follows `md5$`.
pub(crate) fn md5(rest: &str) -> Result<Parsed, Error> {
    let format = Format::DjangoMd5;
    // An empty salt is Django's other spelling of a hash without one.
    let (salt, hash) = rest.split_once('$').ok_or_else(|| format.missing("hash"))?;
    let hash = encoding::hex(hash).ok_or_else(|| format.malformed("hash", "is not hexadecimal"))?;
    if hash.len() != Digest::Md5.length() {
        return Err(format.malformed("hash", "is not of 16 bytes"));
    }
    let salted = SaltedDigest::once(Recipe::SaltFirst, Digest::Md5, salt.into());
    Ok(Parsed::new(format, Derivation::SaltedDigest(salted), hash))
}
