//! Encodings in the PHC string format: `$argon2id$v=19$m=65536,t=3,p=4$<salt>$<hash>`,
//! `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`, `$pbkdf2-sha256$i=600000,l=32$<salt>$<hash>`.

use base64ct::{Base64Bcrypt, Encoding};

use crate::{
    algorithms::{
        argon2::{Algorithm, Argon2, Setting, Version},
        bcrypt::{Bcrypt, Variant},
        digest::Digest,
        pbkdf2::Pbkdf2,
        scrypt::Scrypt,
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    limits::Limits,
    parsed::Parsed,
};

/// `name=value,name=value`, each once and each known.
pub(crate) struct Named<'a> {
    format: Format,
    pairs: Vec<(&'a str, &'a str)>,
}

impl<'a> Named<'a> {
    pub(crate) fn read(format: Format, text: &'a str, known: &[&str]) -> Result<Self, Error> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in text.split(',') {
            let (name, value) = pair.split_once('=').ok_or_else(|| format.malformed("parameters", "have no value"))?;
            if !known.contains(&name) {
                return Err(format.malformed("parameters", "are not known"));
            }
            if pairs.iter().any(|(before, _)| *before == name) {
                return Err(format.malformed("parameters", "are there twice"));
            }
            pairs.push((name, value));
        }
        Ok(Self { format, pairs })
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.pairs.iter().find_map(|(found, value)| (*found == name).then_some(*value))
    }

    fn number_if_any(&self, name: &'static str) -> Result<Option<u64>, Error> {
        let number = |value| encoding::decimal(value).ok_or_else(|| self.format.malformed(name, "is not a number"));
        self.text(name).map(number).transpose()
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<u64, Error> {
        self.number_if_any(name)?.ok_or_else(|| self.format.missing(name))
    }
}

/// The salt and the hash that an encoding ends with.
fn salt_and_hash(format: Format, salt: Option<&str>, hash: Option<&str>) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let bytes = |part, text: Option<&str>| match text.map(encoding::unpadded_base64) {
        None => Err(format.missing(part)),
        Some(None) => Err(format.malformed(part, "is not base64")),
        Some(Some(bytes)) => Ok(bytes),
    };
    let (salt, hash) = (bytes("salt", salt)?, bytes("hash", hash)?);
    if hash.is_empty() { Err(format.missing("hash")) } else { Ok((salt, hash)) }
}

/// Nothing may follow.
fn end<'a>(format: Format, mut fields: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    if fields.next().is_none() { Ok(()) } else { Err(format.malformed("hash", "is followed by something")) }
}

/// Reads what follows `$argon2id$` and its like. Without a version it is 16, as there was no other when there was none.
pub(crate) fn argon2(format: Format, algorithm: Algorithm, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let mut fields = rest.split('$');
    let mut named = fields.next();
    let version = match named.and_then(|field| field.strip_prefix("v=")) {
        None => Version::V0x10,
        Some(version) => {
            named = fields.next();
            match version {
                "16" => Version::V0x10,
                "19" => Version::V0x13,
                _ => return Err(format.malformed("version", "is neither 16 nor 19")),
            }
        }
    };
    let named = named.ok_or_else(|| format.missing("parameters"))?;
    let named = Named::read(format, named, &["m", "t", "p", "keyid", "data"])?;
    let (memory, passes, lanes) = (named.number("m")?, named.number("t")?, named.number("p")?);
    let data = match named.text("data").map(encoding::unpadded_base64) {
        None => Vec::new(),
        Some(data) => data.ok_or_else(|| format.malformed("data", "is not base64"))?,
    };
    let (salt, hash) = salt_and_hash(format, fields.next(), fields.next())?;
    end(format, fields)?;
    let keyed = named.text("keyid").is_some_and(|id| !id.is_empty());
    let setting = Setting { algorithm, version, memory, passes, lanes, data, salt, keyed };
    let argon2 = Argon2::new(setting, hash.len(), limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Argon2(Box::new(argon2)), hash))
}

/// Reads what follows `$scrypt$`. An encoding does not say how long its hash is, and a part of scrypt's output is one
/// too, so it has to be of 32 bytes, as every known system writes, or of 64, as in RFC 7914. One of 64 whose second half
/// was lost is taken as one of 32 where that is base64 at all, which it is for one in four: 256 bits are a hash.
pub(crate) fn scrypt(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::Scrypt;
    let mut fields = rest.split('$');
    let named = Named::read(format, fields.next().unwrap_or_default(), &["ln", "n", "r", "p"])?;
    // `n` is AdonisJS's, and N itself.
    let n = match named.number_if_any("n")? {
        Some(n) if named.text("ln").is_none() => n,
        _ => u32::try_from(named.number("ln")?).ok().and_then(|log_n| 1u64.checked_shl(log_n)).unwrap_or(u64::MAX),
    };
    let (r, p) = (named.number("r")?, named.number("p")?);
    let (salt, hash) = salt_and_hash(format, fields.next(), fields.next())?;
    end(format, fields)?;
    let scrypt = Scrypt::new(n, r, p, salt, hash.len(), limits).map_err(|fault| fault.of(format))?;
    if hash.len() != 32 && hash.len() != 64 {
        return Err(format.malformed("hash", "is of neither 32 nor 64 bytes"));
    }
    Ok(Parsed::new(format, Derivation::Scrypt(scrypt), hash))
}

/// Reads what follows `$bcrypt$`, which AdonisJS writes: `v=<letter's code>$r=<cost>$<salt>$<hash>`.
pub(crate) fn bcrypt(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::Bcrypt;
    let mut fields = rest.split('$');
    let version = Named::read(format, fields.next().unwrap_or_default(), &["v"])?.number("v")?;
    let cost = Named::read(format, fields.next().unwrap_or_default(), &["r"])?.number("r")?;
    let (salt, hash) = salt_and_hash(format, fields.next(), fields.next())?;
    end(format, fields)?;
    let variant = match u8::try_from(version) {
        Ok(b'a') => Variant::A,
        Ok(b'b') => Variant::B,
        _ => return Err(format.malformed("version", "is none of bcrypt's")),
    };
    let salt = salt.try_into().map_err(|_| format.malformed("salt", "is not of 16 bytes"))?;
    if hash.len() != 23 {
        return Err(format.malformed("hash", "is not of 23 bytes"));
    }
    let cost = u32::try_from(cost).ok().filter(|cost| *cost >= 4);
    let cost = cost.ok_or_else(|| format.malformed("cost", "is not one of 04 to 31"))?;
    let bcrypt = Bcrypt::new(variant, cost, salt, limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Bcrypt(bcrypt), Base64Bcrypt::encode_string(&hash).into_bytes()))
}

/// The shortest output that is a hash (PHC string format).
const SHORTEST: usize = 10;

/// What is compared of an output longer than the limit, in bytes. Mongoose's plug-in and its like have 512 bytes, each
/// block of which is all rounds again; that much of them is as good as all.
const COMPARED: usize = 64;

/// Reads what follows `$pbkdf2-sha256$` and its like. The hash is as long as `l` says, or as the digest's output.
pub(crate) fn pbkdf2(digest: Digest, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::Pbkdf2Phc;
    let mut fields = rest.split('$');
    let named = Named::read(format, fields.next().unwrap_or_default(), &["i", "l"])?;
    let rounds = named.number("i")?;
    let length = named.number_if_any("l")?.map_or(Some(digest.length()), |length| usize::try_from(length).ok());
    let (salt, hash) = salt_and_hash(format, fields.next(), fields.next())?;
    end(format, fields)?;
    if length != Some(hash.len()) {
        return Err(format.malformed("hash", "is of another length than it should be"));
    }
    if hash.len() < SHORTEST {
        return Err(format.malformed("hash", "is too short"));
    }
    let mut compared = hash;
    if compared.len() > limits.output_length {
        compared.truncate(COMPARED);
    }
    let pbkdf2 = Pbkdf2::new(digest, rounds, salt, compared.len(), limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Pbkdf2(pbkdf2), compared))
}
