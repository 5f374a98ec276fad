//! What a project keeps for itself and no encoding has.

use std::fmt;

use crate::{algorithms::firebase_scrypt::FirebaseProject, error::Error, wiped::Wiped};

/// The secrets and parameters of the project that made the hashes, where an encoding does not have them.
///
/// They are wiped from memory when they go, and `{:?}` shows none of them.
#[derive(Default)]
pub struct Secrets {
    firebase: Option<FirebaseProject>,
    pepper: Option<Wiped>,
    argon2_secret: Option<Wiped>,
}

impl Secrets {
    /// The hash parameters of a Firebase project, for `$firebase$` encodings.
    #[must_use]
    pub fn with_firebase(mut self, project: FirebaseProject) -> Self {
        self.firebase = Some(project);
        self
    }

    /// The pepper, for `$pepper$` encodings: the key of the HMAC that is taken of a password before it is hashed, or what stands
    /// beside it.
    #[must_use]
    pub fn with_pepper(mut self, key: &[u8]) -> Self {
        self.pepper = Some(Wiped::new(key.to_vec()));
        self
    }

    /// Argon2's own secret (`K` in RFC 9106): of all Argon2 hashes of the project, for the libraries that take a secret write
    /// no `keyid` that would tell which have it. One with a `keyid` cannot be verified without it.
    #[must_use]
    pub fn with_argon2_secret(mut self, secret: &[u8]) -> Self {
        self.argon2_secret = Some(Wiped::new(secret.to_vec()));
        self
    }

    pub(crate) fn firebase(&self) -> Result<&FirebaseProject, Error> {
        self.firebase.as_ref().ok_or(Error::SecretMissing { secret: "Firebase project" })
    }

    pub(crate) fn pepper(&self) -> Result<&[u8], Error> {
        self.pepper.as_ref().map(|key| key.as_slice()).ok_or(Error::SecretMissing { secret: "pepper" })
    }

    pub(crate) fn argon2_secret(&self) -> Result<&[u8], Error> {
        let secret = self.argon2_secret.as_ref().map(|secret| secret.as_slice());
        secret.ok_or(Error::SecretMissing { secret: "Argon2 secret" })
    }
}

impl Secrets {
    /// Argon2's secret; empty, which is Argon2 without one, where there is none.
    pub(crate) fn argon2_secret_if_any(&self) -> &[u8] {
        self.argon2_secret.as_ref().map_or(&[], |secret| secret.as_slice())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let secrets = Secrets::default().with_pepper(b"pepper").with_argon2_secret(b"secret");
        assert_eq!(format!("{secrets:?}"), "Secrets(…)");
    }
}
