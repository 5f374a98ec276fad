//! A pepper: `$pepper$<recipe>$<encoding>`, an encoding of this crate's own around any other. What the other hashes is then
//! not the password but its HMAC under a key of the project's.

use crate::{
    algorithms::digest::Digest,
    error::Error,
    format::Format,
    preparation::{Key, Preparation, Spelling},
};

/// Reads what follows `$pepper$`: what is done to a password, and the encoding that is left.
pub(crate) fn parse(rest: &str) -> Result<(Preparation, &str), Error> {
    let format = Format::Peppered;
    let (recipe, encoded) = rest.split_once('$').ok_or_else(|| format.missing("encoding"))?;
    let preparation = recipe_of(recipe).ok_or_else(|| format.malformed("recipe", "is not known"))?;
    Ok((preparation, encoded))
}

/// `hmac-`, the digest, `-`, the spelling.
fn recipe_of(text: &str) -> Option<Preparation> {
    let (digest, spelling) = text.strip_prefix("hmac-")?.split_once('-')?;
    let digest = match digest {
        "sha1" => Digest::Sha1,
        "sha256" => Digest::Sha256,
        "sha384" => Digest::Sha384,
        "sha512" => Digest::Sha512,
        _ => return None,
    };
    let spelling = match spelling {
        "raw" => Spelling::Raw,
        "hex" => Spelling::Hex,
        "base64" => Spelling::Base64,
        _ => return None,
    };
    Some(Preparation::Hmac { digest, key: Key::Pepper, spelling })
}
