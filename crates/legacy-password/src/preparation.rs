//! What a system makes of a password before it hashes it.

use crate::{
    algorithms::digest::Digest,
    encoding::{base64_text, hex_text},
    error::Error,
    fault::Fault,
    secrets::Secrets,
    wiped::Wiped,
};

/// A step before the hash. What one makes, the next one gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preparation {
    /// A digest: so that bcrypt reads all of a password, or because the system's older hashes were hashed again.
    Digest { digest: Digest, spelling: Spelling },
    /// An HMAC of the password.
    Hmac { digest: Digest, key: Key, spelling: Spelling },
}

/// The key of an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// The system's, which everybody knows.
    Known(&'static [u8]),
    /// The project's pepper.
    Pepper,
}

/// How bytes are handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As they are.
    Raw,
    /// In hexadecimal digits, lower case.
    Hex,
    /// In base64, padded.
    Base64,
}

impl Preparation {
    pub(crate) fn apply(self, password: &[u8], secrets: &Secrets) -> Result<Wiped, Error> {
        let (bytes, spelling) = match self {
            Self::Digest { digest, spelling } => (digest.of(&[password]), spelling),
            Self::Hmac { digest, key, spelling } => {
                let (key, secret) = match key {
                    Key::Known(key) => (key, "key"),
                    Key::Pepper => (secrets.pepper()?, "pepper"),
                };
                let refused = |_: Fault| Error::SecretMalformed { secret };
                (digest.hmac(key, password).map_err(refused)?, spelling)
            }
        };
        Ok(match spelling {
            Spelling::Raw => bytes,
            Spelling::Hex => hex_text(&bytes),
            Spelling::Base64 => base64_text(&bytes),
        })
    }

    /// How long what it makes is, in bytes.
    pub(crate) fn length(self) -> usize {
        let (Self::Digest { digest, spelling } | Self::Hmac { digest, spelling, .. }) = self;
        match spelling {
            Spelling::Raw => digest.length(),
            Spelling::Hex => 2 * digest.length(),
            Spelling::Base64 => digest.length().div_ceil(3) * 4,
        }
    }
}
