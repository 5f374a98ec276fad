//! ASP.NET Core Identity's `PasswordHasher`: base64 of a structure that begins with a version.
//!
//! Version 2 (byte 0): salt of 16 bytes, PBKDF2-HMAC-SHA-1 of 1,000 rounds and 32 bytes.
//! Version 3 (byte 1): PRF, rounds and length of the salt, each 32 bits, the most significant byte first; the salt; PBKDF2
//! of 32 bytes. Identity reads any length, and writes no other. As the first half of a hash by PBKDF2 is one too, others
//! are taken only where they are not a part of one that Identity wrote: with less than 1,000 rounds, as in its tests.

use crate::{
    algorithms::{digest::Digest, pbkdf2::Pbkdf2},
    derivation::Derivation,
    encoding,
    error::Error,
    fault::Fault,
    format::Format,
    limits::Limits,
    parsed::Parsed,
};

const SALT: usize = 16;
const HASH: usize = 32;
const ROUNDS_2: u64 = 1_000;
/// Below it, hashes of version 3 may have other lengths.
const FEW_ROUNDS: u32 = 1_000;

/// What version 3 begins with: the version, and a PRF below 16.
const BEGIN_3: &str = "AQAAAA";
/// How long version 2 always is.
const TEXT_2: usize = 68;

/// Reads an encoding; nothing if it does not begin like one. Version 2 begins with nothing of its own, so that it is one
/// only if it is whole.
pub(crate) fn parse(encoded: &str, limits: &Limits) -> Option<Result<Parsed, Error>> {
    if encoded.starts_with(BEGIN_3) {
        return Some(version_3(encoded, limits));
    }
    let bytes = (encoded.len() == TEXT_2).then(|| encoding::base64(encoded))??;
    let (0, rest) = bytes.split_first()? else { return None };
    let (salt, hash) = rest.split_at_checked(SALT).filter(|(_, hash)| hash.len() == HASH)?;
    let format = Format::AspNetIdentity2;
    let pbkdf2 = Pbkdf2::new(Digest::Sha1, ROUNDS_2, salt.to_vec(), hash.len(), limits);
    Some(parsed(format, pbkdf2, hash))
}

fn version_3(encoded: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::AspNetIdentity3;
    let bytes = encoding::base64(encoded).ok_or_else(|| format.malformed("structure", "is not base64"))?;
    let rest = bytes.get(1..).unwrap_or_default();
    let (prf, rest) = number(rest).ok_or_else(|| format.missing("PRF"))?;
    let (rounds, rest) = number(rest).ok_or_else(|| format.missing("rounds"))?;
    let (salt_length, rest) = number(rest).ok_or_else(|| format.missing("length of the salt"))?;
    let digest = match prf {
        0 => Digest::Sha1,
        1 => Digest::Sha256,
        2 => Digest::Sha512,
        _ => return Err(format.malformed("PRF", "is none of SHA-1, SHA-256 and SHA-512")),
    };
    let salt_length = usize::try_from(salt_length).unwrap_or(usize::MAX);
    if salt_length < SALT {
        return Err(format.malformed("salt", "is shorter than 16 bytes"));
    }
    let (salt, hash) = rest.split_at_checked(salt_length).ok_or_else(|| format.malformed("salt", "is too short"))?;
    if hash.len() != HASH && !(rounds < FEW_ROUNDS && [HASH / 2, HASH * 2].contains(&hash.len())) {
        return Err(format.malformed("hash", "is not of 32 bytes"));
    }
    parsed(format, Pbkdf2::new(digest, rounds.into(), salt.to_vec(), hash.len(), limits), hash)
}

fn parsed(format: Format, pbkdf2: Result<Pbkdf2, Fault>, hash: &[u8]) -> Result<Parsed, Error> {
    let pbkdf2 = pbkdf2.map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Pbkdf2(pbkdf2), hash.to_vec()))
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*number), rest))
}
