//! bcrypt's encoding: `$2b$<cost>$<22 characters of salt><31 of hash>`, with the letters `a`, `b`, `x` and `y`.

use base64ct::{Base64Bcrypt, Encoding};

use crate::{
    algorithms::bcrypt::{Bcrypt, Variant},
    derivation::Derivation,
    error::Error,
    format::Format,
    limits::Limits,
    parsed::Parsed,
};

const SALT_TEXT: usize = 22;
const HASH_TEXT: usize = 31;

/// Reads what follows `$2a$` and its like.
pub(crate) fn parse(format: Format, variant: Variant, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let (cost, text) = rest.split_once('$').ok_or_else(|| format.missing("salt"))?;
    let cost = match cost.as_bytes() {
        [tens @ b'0'..=b'9', units @ b'0'..=b'9'] => u32::from(tens - b'0') * 10 + u32::from(units - b'0'),
        _ => return Err(format.malformed("cost", "is not two digits")),
    };
    if !(4..=31).contains(&cost) {
        return Err(format.malformed("cost", "is not one of 04 to 31"));
    }
    let (salt, hash) = text.split_at_checked(SALT_TEXT).ok_or_else(|| format.malformed("salt", "is too short"))?;
    let salt = decode_salt(salt).ok_or_else(|| format.malformed("salt", "is not bcrypt's base64"))?;
    if hash.len() != HASH_TEXT {
        return Err(format.malformed("hash", "is not of 31 characters"));
    }
    Base64Bcrypt::decode_vec(hash).map_err(|_| format.malformed("hash", "is not bcrypt's base64"))?;
    let bcrypt = Bcrypt::new(variant, cost, salt, limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Bcrypt(bcrypt), hash.as_bytes().to_vec()))
}

/// Reads any bcrypt encoding, prefix included; nothing if it is none.
pub(crate) fn parse_any(format: Format, encoded: &str, limits: &Limits) -> Option<Result<Parsed, Error>> {
    let variants = [("$2a$", Variant::A), ("$2b$", Variant::B), ("$2x$", Variant::X), ("$2y$", Variant::Y)];
    variants.iter().find_map(|(prefix, variant)| Some(parse(format, *variant, encoded.strip_prefix(prefix)?, limits)))
}

/// 16 bytes have four bits less than 22 characters. Some systems left dirt in them, which bcrypt never looks at.
fn decode_salt(text: &str) -> Option<[u8; 16]> {
    const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let last = text.bytes().last()?;
    let digit = ALPHABET.iter().position(|character| *character == last)?;
    let clean = char::from(*ALPHABET.get(digit & 0b11_0000)?);
    let text = format!("{}{clean}", text.get(..SALT_TEXT - 1)?);
    Base64Bcrypt::decode_vec(&text).ok()?.try_into().ok()
}
