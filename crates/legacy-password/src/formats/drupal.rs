//! Drupal 7's encodings: phpass's with SHA-512 and `$S$`, cut off after 55 characters; and with `U` before them, those
//! that Drupal 6's MD5 hashes were made into at the update.

use crate::{
    algorithms::digest::Digest,
    error::Error,
    format::Format,
    formats::phpass,
    limits::Limits,
    parsed::Parsed,
    preparation::{Preparation, Spelling},
    typed::Typed,
};

/// What Drupal 6 kept of a password.
const DRUPAL_6: Preparation = Preparation::Digest { digest: Digest::Md5, spelling: Spelling::Hex };

/// Reads what follows `$S$`.
pub(crate) fn sha512(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    Ok(phpass::repeated(Format::Drupal7, Digest::Sha512, rest, 43, limits)?.typed(Typed::Trimmed))
}

/// Reads what follows `U$S$`.
pub(crate) fn sha512_of_md5(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    Ok(sha512(rest, limits)?.after(DRUPAL_6))
}

/// Reads what follows `U$P$`.
pub(crate) fn md5_of_md5(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    Ok(phpass::repeated(Format::Drupal7, Digest::Md5, rest, 22, limits)?.after(DRUPAL_6).typed(Typed::Trimmed))
}
