//! Spring Security's `DelegatingPasswordEncoder`: the encoder's id in braces, and what it writes. Those in which LDAP has the
//! same name are told by what follows.

use crate::{
    algorithms::{
        digest::Digest,
        pbkdf2::Pbkdf2,
        salted_digest::{Again, Recipe, SaltedDigest},
        scrypt::Scrypt,
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    formats::ldap,
    limits::Limits,
    parsed::Parsed,
};

/// Reads an encoding; nothing if its id is none of Spring's.
pub(crate) fn parse(encoded: &str, limits: &Limits) -> Option<Result<Parsed, Error>> {
    let (id, rest) = encoded.strip_prefix('{')?.split_once('}')?;
    match id {
        // Salt and hash of the encoders as they are made before version 5.8, and by `defaultsForSpringSecurity_v5_8`.
        "pbkdf2" if !rest.contains('$') => Some(pbkdf2(Digest::Sha1, 185_000, 8, rest, limits)),
        "pbkdf2@SpringSecurity_v5_8" => Some(pbkdf2(Digest::Sha256, 310_000, 16, rest, limits)),
        "scrypt" | "scrypt@SpringSecurity_v5_8" => Some(scrypt(rest, limits)),
        "argon2@SpringSecurity_v5_8" => ldap::parse(&format!("{{ARGON2}}{rest}"), limits),
        "sha256" if rest.len() == SHA256_TEXT => Some(sha256(rest, limits)),
        "ldap" => ldap::parse(rest, limits),
        _ => None,
    }
}

/// `Pbkdf2PasswordEncoder`: hexadecimal digits, or base64, of the salt and 32 bytes of hash.
fn pbkdf2(digest: Digest, rounds: u64, salt: usize, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::SpringPbkdf2;
    let bytes = if rest.len() == 2 * (salt + 32) { encoding::hex(rest) } else { encoding::base64(rest) };
    let bytes = bytes.ok_or_else(|| format.malformed("hash", "is neither hexadecimal nor base64"))?;
    let (salt, hash) = bytes
        .split_at_checked(salt)
        .filter(|(_, hash)| hash.len() == 32)
        .ok_or_else(|| format.malformed("hash", "is of another length than by default"))?;
    let pbkdf2 = Pbkdf2::new(digest, rounds, salt.to_vec(), hash.len(), limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Pbkdf2(pbkdf2), hash.to_vec()))
}

/// `SCryptPasswordEncoder`: `$<log₂ N, then a byte each of r and p, in hexadecimal digits>$<salt>$<hash>`.
fn scrypt(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::SpringScrypt;
    let mut fields = rest.strip_prefix('$').ok_or_else(|| format.missing("parameters"))?.split('$');
    let mut field = |part| fields.next().ok_or_else(|| format.missing(part));
    let (parameters, salt, hash) = (field("parameters")?, field("salt")?, field("hash")?);
    if fields.next().is_some() {
        return Err(format.malformed("hash", "is followed by something"));
    }
    let parameters = u64::from_str_radix(parameters, 16)
        .map_err(|_| format.malformed("parameters", "are not a hexadecimal number"))?;
    let n = u32::try_from(parameters >> 16).ok().and_then(|log_n| 1u64.checked_shl(log_n)).unwrap_or(u64::MAX);
    let (r, p) = (parameters >> 8 & 0xFF, parameters & 0xFF);
    let salt = encoding::base64(salt).ok_or_else(|| format.malformed("salt", "is not base64"))?;
    let hash = encoding::base64(hash).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    if hash.len() != 32 {
        return Err(format.malformed("hash", "is not of 32 bytes"));
    }
    let scrypt = Scrypt::new(n, r, p, salt, hash.len(), limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Scrypt(scrypt), hash))
}

/// Of `StandardPasswordEncoder`'s 8 bytes of salt and 32 of hash.
const SHA256_TEXT: usize = 2 * (8 + 32);

/// `StandardPasswordEncoder`: SHA-256, 1,024 times.
fn sha256(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::SpringSha256;
    let bytes = encoding::hex(rest).ok_or_else(|| format.malformed("hash", "is not hexadecimal"))?;
    let (salt, hash) = bytes.split_first_chunk::<8>().ok_or_else(|| format.missing("salt"))?;
    let salted = SaltedDigest::once(Recipe::SaltFirst, Digest::Sha256, salt.to_vec());
    let salted = salted.repeated(1024, Again::Digest, limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::SaltedDigest(salted), hash.to_vec()))
}
