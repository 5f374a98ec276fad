//! Drupal 7's encodings: phpass's with SHA-512 and `$S$`, cut off after 55 characters; and with `U` before them, those
//! that Drupal 6's MD5 hashes were made into at the update.

use crate::{
    Error, Format,
    function::Digest,
    hash::{Hash, Preparation},
    phpass,
};

/// Reads what follows `$S$`.
pub(crate) fn sha512(preparation: Preparation, rest: &str) -> Result<Hash, Error> {
    Ok(Hash { preparation, ..phpass::parse(Format::Drupal7, Digest::Sha512, rest, 43)? })
}

/// Reads what follows `U$P$`.
pub(crate) fn md5(rest: &str) -> Result<Hash, Error> {
    Ok(Hash { preparation: Preparation::Md5Hex, ..phpass::parse(Format::Drupal7, Digest::Md5, rest, 22)? })
}
