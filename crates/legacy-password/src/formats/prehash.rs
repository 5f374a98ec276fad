//! What a system hashes instead of the password: `$prehash$<recipe>$<encoding>`, an encoding of this crate's own around any
//! other.

use crate::{
    algorithms::digest::Digest,
    encoding,
    error::Error,
    format::Format,
    preparation::{Preparation, Side, Spelling},
};

/// Reads what follows `$prehash$`: what is done to a password, and the encoding that is left.
pub(crate) fn parse(rest: &str) -> Result<(Preparation, &str), Error> {
    let format = Format::Prehashed;
    let (recipe, encoded) = rest.split_once('$').ok_or_else(|| format.missing("encoding"))?;
    let preparation = recipe_of(recipe).ok_or_else(|| format.malformed("recipe", "is not known"))?;
    Ok((preparation, encoded))
}

/// A digest, `-`, a spelling; a text in base64 beside the password; or the form that the password is given.
fn recipe_of(recipe: &str) -> Option<Preparation> {
    match recipe {
        "utf16" => return Some(Preparation::Utf16),
        "nfkc" => return Some(Preparation::Nfkc),
        "phpbb" => return Some(Preparation::PhpBb),
        _ => (),
    }
    if let Some(text) = recipe.strip_suffix("+password").and_then(text) {
        return Some(Preparation::Text(text, Side::Before));
    }
    if let Some(text) = recipe.strip_prefix("password+").and_then(text) {
        return Some(Preparation::Text(text, Side::Behind));
    }
    let (digest, spelling) = recipe.split_once('-')?;
    Some(Preparation::Digest { digest: Digest::named(digest)?, spelling: Spelling::named(spelling)? })
}

/// `text(…)`.
fn text(argument: &str) -> Option<Vec<u8>> {
    encoding::base64(argument.strip_prefix("text(")?.strip_suffix(')')?)
}
