//! Salted digests and HMACs of home-grown schemes: `$salted$<recipe>$<salt>$<hash>`, an encoding of this crate's own.
//! The salt, which may be empty, is base64 of its bytes; the hash that, or hexadecimal digits.

use crate::{
    algorithms::{
        digest::Digest,
        salted_digest::{Again, Recipe, SaltedDigest},
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    limits::Limits,
    parsed::Parsed,
};

/// Reads what follows `$salted$`.
pub(crate) fn parse(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::Salted;
    let (recipe, rest) = rest.split_once('$').ok_or_else(|| format.missing("salt"))?;
    let (salt, hash) = rest.split_once('$').ok_or_else(|| format.missing("hash"))?;
    let unknown = || format.malformed("recipe", "is not known");
    let (recipe, repeated) = recipe.split_once('*').map_or((recipe, None), |(recipe, again)| (recipe, Some(again)));
    let (recipe, digest) = recipe_of(recipe).ok_or_else(unknown)?;
    let salt = encoding::base64(salt).ok_or_else(|| format.malformed("salt", "is not base64"))?;
    let mut salted = SaltedDigest::once(recipe, digest, salt);
    if let Some(repeated) = repeated {
        let is_digest = matches!(recipe, Recipe::SaltFirst | Recipe::PasswordFirst);
        let (rounds, again) = rounds(repeated).filter(|_| is_digest).ok_or_else(unknown)?;
        salted = salted.repeated(rounds, again, limits).map_err(|fault| fault.of(format))?;
    }
    // No digest is as long in the one spelling as in the other.
    let hash = if hash.len() == 2 * digest.length() { encoding::hex(hash) } else { encoding::base64(hash) };
    let hash = hash.ok_or_else(|| format.malformed("hash", "is neither base64 nor hexadecimal"))?;
    if hash.len() != digest.length() {
        return Err(format.malformed("hash", "is of another length than the digest"));
    }
    Ok(Parsed::new(format, Derivation::SaltedDigest(salted), hash))
}

/// The digest and how it takes the two: `sha256(salt+password)`, `hmac-sha256(salt,password)`.
fn recipe_of(text: &str) -> Option<(Recipe, Digest)> {
    let (name, arguments) = text.strip_suffix(')')?.split_once('(')?;
    let (name, recipe) = match (name.strip_prefix("hmac-"), arguments) {
        (None, "salt+password") => (name, Recipe::SaltFirst),
        (None, "password+salt") => (name, Recipe::PasswordFirst),
        (Some(name), "salt,password") => (name, Recipe::SaltIsKey),
        (Some(name), "password,salt") => (name, Recipe::PasswordIsKey),
        _ => return None,
    };
    Some((recipe, Digest::named(name)?))
}

/// How often, and what of: `20-hex`.
fn rounds(text: &str) -> Option<(u64, Again)> {
    let (rounds, again) = match text.split_once('-') {
        None => (text, Again::Digest),
        Some((rounds, "hex")) => (rounds, Again::Hex),
        Some((rounds, "input")) => (rounds, Again::DigestAndInput),
        Some(_) => return None,
    };
    Some((encoding::decimal(rounds)?, again))
}
