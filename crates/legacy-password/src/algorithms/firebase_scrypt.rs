//! Firebase's scrypt (github.com/firebase/scrypt). A hash is the project's signer key, encrypted with AES-256 in counter
//! mode under what scrypt makes of the password. All but the salt is the project's, in the console under *Password hash
//! parameters*.

use aes::Aes256;
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use zeroize::Zeroizing;

use crate::{
    algorithms::{
        cost::Cost,
        scrypt::{checked, cost as scrypt_cost},
    },
    encoding,
    error::Error,
    fault::Fault,
    limits::Limits,
    wiped::Wiped,
};

/// A signer key's length, and so a hash's, in bytes.
pub(crate) const SIGNER_KEY: usize = 64;

/// The password hash parameters of a Firebase project.
pub struct FirebaseProject {
    signer_key: Wiped,
    salt_separator: Wiped,
    scrypt: scrypt::Params,
}

impl FirebaseProject {
    /// As Firebase's console and `firebase auth:export` show them: `base64_signer_key` (64 bytes),
    /// `base64_salt_separator`, `rounds` (scrypt's r, usually 8) and `mem_cost` (scrypt's log₂ N, usually 14).
    ///
    /// # Errors
    /// [`Error::SecretMalformed`], or [`Error::BeyondLimit`] for more work than [`Limits::default`] allows.
    pub fn new(
        base64_signer_key: &str,
        base64_salt_separator: &str,
        rounds: u32,
        mem_cost: u32,
    ) -> Result<Self, Error> {
        Self::new_within(base64_signer_key, base64_salt_separator, rounds, mem_cost, &Limits::default())
    }

    /// As [`new`](Self::new), with the caller's `limits`.
    ///
    /// # Errors
    /// [`Error::SecretMalformed`], or [`Error::BeyondLimit`].
    pub fn new_within(
        base64_signer_key: &str,
        base64_salt_separator: &str,
        rounds: u32,
        mem_cost: u32,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let decoded =
            |secret, text| encoding::any_base64(text).map(Wiped::new).ok_or(Error::SecretMalformed { secret });
        let signer_key = decoded("Firebase signer key", base64_signer_key)?;
        if signer_key.len() != SIGNER_KEY {
            return Err(Error::SecretMalformed { secret: "Firebase signer key" });
        }
        let salt_separator = decoded("Firebase salt separator", base64_salt_separator)?;
        let n = 1u64.checked_shl(mem_cost).unwrap_or(u64::MAX);
        let scrypt = checked(n, rounds.into(), 1, limits).map_err(|fault| match fault {
            Fault::Beyond { limit, most } => Error::BeyondLimit { limit, most },
            Fault::Malformed(..) | Fault::OutOfMemory => {
                Error::SecretMalformed { secret: "Firebase rounds or memory cost" }
            }
        })?;
        Ok(Self { signer_key, salt_separator, scrypt })
    }

    pub(crate) fn cost(&self) -> Cost {
        scrypt_cost(&self.scrypt)
    }

    pub(crate) fn hash(&self, password: &[u8], salt: &[u8]) -> Result<Wiped, Fault> {
        let refused = Fault::Malformed("hash", "is not Firebase's");
        let salt = Wiped::new([salt, &self.salt_separator].concat());
        let mut key = Zeroizing::new([0; 32]);
        scrypt::scrypt(password, &salt, &self.scrypt, key.as_mut_slice()).map_err(|_| refused)?;
        let mut hash = self.signer_key.clone();
        let mut cipher = Ctr128BE::<Aes256>::new_from_slices(key.as_slice(), &[0; 16]).map_err(|_| refused)?;
        cipher.try_apply_keystream(&mut hash).map_err(|_| refused)?;
        Ok(hash)
    }
}
