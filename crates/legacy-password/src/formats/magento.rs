//! Magento's `hash:salt:version`: version 0 is MD5, 1 SHA-256, 2 and `3_32_<passes>_<bytes>` Argon2id, as libsodium has it. A
//! hash that was made anew without the password has more than one, each of what the last one made. Magento 1 and its like have
//! no version.

use crate::{
    algorithms::{
        argon2::{Algorithm, Argon2, Setting, Version},
        digest::Digest,
        salted_digest::{Recipe, SaltedDigest},
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    limits::Limits,
    parsed::Parsed,
    preparation::{Preparation, Side, Spelling},
};

/// Reads an encoding; nothing if it does not begin with the hexadecimal digits of a hash and a salt.
pub(crate) fn parse(encoded: &str, limits: &Limits) -> Option<Result<Parsed, Error>> {
    let mut fields = encoded.split(':');
    let (hash, salt) = (encoding::hex(fields.next()?)?, fields.next()?);
    if (hash.len() != 16 && hash.len() != 32) || salt.is_empty() {
        return None;
    }
    let versions: Vec<&str> = fields.collect();
    Some(versioned(hash, salt, &versions, limits))
}

fn versioned(hash: Vec<u8>, salt: &str, versions: &[&str], limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::Magento;
    let (last, before) = versions.split_last().unwrap_or((&"0", &[]));
    let digest = |version: &str| match version {
        "0" => Ok(Digest::Md5),
        "1" => Ok(Digest::Sha256),
        _ => Err(format.malformed("version", "is not known")),
    };
    let (derivation, length) = match *last {
        "2" => (argon2(salt, 2, 64 << 20, limits)?, 32),
        version if version.starts_with("3_") => {
            let mut numbers = version.split('_').skip(1).map(encoding::decimal);
            let (Some(Some(32)), Some(Some(passes)), Some(Some(bytes)), None) =
                (numbers.next(), numbers.next(), numbers.next(), numbers.next())
            else {
                return Err(format.malformed("version", "is not known"));
            };
            (argon2(salt, passes, bytes, limits)?, 32)
        }
        version => {
            let digest = digest(version)?;
            let salted = SaltedDigest::once(Recipe::SaltFirst, digest, salt.into());
            (Derivation::SaltedDigest(salted), digest.length())
        }
    };
    if hash.len() != length {
        return Err(format.malformed("hash", "is of another length than its version's"));
    }
    let mut parsed = Parsed::new(format, derivation, hash);
    for version in before.iter().rev() {
        let digest = digest(version)?;
        parsed = parsed
            .after(Preparation::Digest { digest, spelling: Spelling::Hex })
            .after(Preparation::Text(salt.into(), Side::Before));
    }
    Ok(parsed)
}

/// `sodium_crypto_pwhash` with `ALG_ARGON2ID13`: one lane; of the salt 16 bytes, repeated where it has not as many.
fn argon2(salt: &str, passes: u64, bytes: u64, limits: &Limits) -> Result<Derivation, Error> {
    let salt = salt.bytes().cycle().take(16).collect();
    let setting = Setting {
        algorithm: Algorithm::Argon2id,
        version: Version::V0x13,
        memory: bytes / 1024,
        passes,
        lanes: 1,
        data: Vec::new(),
        salt,
        keyed: false,
    };
    let argon2 = Argon2::new(setting, 32, limits).map_err(|fault| fault.of(Format::Magento))?;
    Ok(Derivation::Argon2(Box::new(argon2)))
}
