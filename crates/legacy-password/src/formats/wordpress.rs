//! WordPress's hashes since 6.8: `$wp` before bcrypt's encoding of an HMAC of the password, so that it is of the whole
//! password.

use crate::{
    algorithms::{bcrypt::Variant, digest::Digest},
    error::Error,
    format::Format,
    formats::bcrypt,
    limits::Limits,
    parsed::Parsed,
    preparation::{Key, Preparation, Spelling},
    typed::Typed,
};

/// Reads what follows `$wp$2y$`.
pub(crate) fn parse(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let preparation =
        Preparation::Hmac { digest: Digest::Sha384, key: Key::Known(b"wp-sha384"), spelling: Spelling::Base64 };
    Ok(bcrypt::parse(Format::WordPress, Variant::Y, rest, limits)?.after(preparation).typed(Typed::WordPress))
}
