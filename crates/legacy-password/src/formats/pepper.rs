//! A pepper: `$pepper$<recipe>$<encoding>`, an encoding of this crate's own around any other. What the other hashes is then
//! the password with a secret of the project's: its HMAC, or the two side by side.

use crate::{
    algorithms::digest::Digest,
    error::Error,
    format::Format,
    preparation::{Key, Preparation, Side, Spelling},
};

/// Reads what follows `$pepper$`: what is done to a password, and the encoding that is left.
pub(crate) fn parse(rest: &str) -> Result<(Preparation, &str), Error> {
    let format = Format::Peppered;
    let (recipe, encoded) = rest.split_once('$').ok_or_else(|| format.missing("encoding"))?;
    let preparation = recipe_of(recipe).ok_or_else(|| format.malformed("recipe", "is not known"))?;
    Ok((preparation, encoded))
}

/// `hmac-`, the digest, `-`, the spelling; or the order of the two.
fn recipe_of(text: &str) -> Option<Preparation> {
    match text {
        "password+pepper" => return Some(Preparation::Pepper(Side::Behind)),
        "pepper+password" => return Some(Preparation::Pepper(Side::Before)),
        _ => (),
    }
    let (digest, spelling) = text.strip_prefix("hmac-")?.split_once('-')?;
    // Nobody has been met with an HMAC of MD5.
    let digest = Digest::named(digest).filter(|digest| *digest != Digest::Md5)?;
    Some(Preparation::Hmac { digest, key: Key::Pepper, spelling: Spelling::named(spelling)? })
}
