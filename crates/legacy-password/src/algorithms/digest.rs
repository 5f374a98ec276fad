//! Digests and their HMACs.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::{fault::Fault, wiped::Wiped};

/// A digest that passwords are hashed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Digest {
    /// MD5 (RFC 1321).
    Md5,
    /// SHA-1 (FIPS 180-4).
    Sha1,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
    /// SHA-512 (FIPS 180-4).
    Sha512,
}

impl Digest {
    /// The digest of this name, as this crate's own encodings have it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "md5" => Some(Self::Md5),
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The length of its output, in bytes.
    pub(crate) fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// How many blocks a message of `length` bytes is, with its padding: a 1 bit and the length behind it.
    pub(crate) fn blocks(self, length: usize) -> u64 {
        let (block, padding) = match self {
            Self::Md5 | Self::Sha1 | Self::Sha256 => (64, 9),
            Self::Sha384 | Self::Sha512 => (128, 17),
        };
        length.saturating_add(padding).div_ceil(block) as u64
    }

    /// The digest of `parts`, one behind the other.
    pub(crate) fn of(self, parts: &[&[u8]]) -> Wiped {
        match self {
            Self::Md5 => digest::<Md5>(parts),
            Self::Sha1 => digest::<Sha1>(parts),
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sha384 => digest::<Sha384>(parts),
            Self::Sha512 => digest::<Sha512>(parts),
        }
    }

    /// The HMAC of `message` (RFC 2104).
    pub(crate) fn hmac(self, key: &[u8], message: &[u8]) -> Result<Wiped, Fault> {
        match self {
            Self::Md5 => mac::<Hmac<Md5>>(key, message),
            Self::Sha1 => mac::<Hmac<Sha1>>(key, message),
            Self::Sha256 => mac::<Hmac<Sha256>>(key, message),
            Self::Sha384 => mac::<Hmac<Sha384>>(key, message),
            Self::Sha512 => mac::<Hmac<Sha512>>(key, message),
        }
    }
}

fn digest<D: sha2::Digest>(parts: &[&[u8]]) -> Wiped {
    let mut digest = D::new();
    for part in parts {
        digest.update(part);
    }
    Zeroizing::new(digest.finalize().to_vec())
}

fn mac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Result<Wiped, Fault> {
    // HMAC takes a key of any length.
    let mut mac = <M as KeyInit>::new_from_slice(key).map_err(|_| Fault::Malformed("key", "is not one of HMAC"))?;
    mac.update(message);
    Ok(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
}
