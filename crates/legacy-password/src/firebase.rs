//! Firebase's scrypt: `$firebase$<salt>$<hash>`, an encoding of this crate's own around what `firebase auth:export` calls
//! `salt` and `passwordHash`. The rest is the project's, in the console under *Password hash parameters*.
//!
//! The hash is the project's signer key, encrypted with AES-256 in counter mode under what scrypt makes of the password.

use aes::Aes256;
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use zeroize::Zeroizing;

use crate::{
    Error, Format, encoding,
    function::{Function, ScryptFault, scrypt_parameters},
    hash::Hash,
    secret::Secret,
};

/// What an encoding begins with.
pub(crate) const PREFIX: &str = "$firebase$";

/// A signer key's length, and so a hash's.
const SIGNER_KEY: usize = 64;

/// The password hash parameters of a Firebase project.
pub struct FirebaseProject {
    signer_key: Secret,
    salt_separator: Secret,
    scrypt: scrypt::Params,
}

impl FirebaseProject {
    /// As Firebase's console and `firebase auth:export` show them: `base64_signer_key`, `base64_salt_separator`, `rounds`
    /// (scrypt's r, usually 8) and `mem_cost` (scrypt's log₂ N, usually 14).
    ///
    /// # Errors
    /// [`Error::ParameterMalformed`], or [`Error::BeyondLimit`] for too much work.
    pub fn new(
        base64_signer_key: &str,
        base64_salt_separator: &str,
        rounds: u32,
        mem_cost: u32,
    ) -> Result<Self, Error> {
        let secret = |parameter, text| {
            encoding::any_base64(text).map(Secret::new).ok_or(Error::ParameterMalformed { parameter })
        };
        let signer_key = secret("Firebase signer key", base64_signer_key)?;
        if signer_key.len() != SIGNER_KEY {
            return Err(Error::ParameterMalformed { parameter: "Firebase signer key" });
        }
        let salt_separator = secret("Firebase salt separator", base64_salt_separator)?;
        let n = 1u64.checked_shl(mem_cost).unwrap_or(u64::MAX);
        let scrypt = scrypt_parameters(n, rounds.into(), 1).map_err(|fault| match fault {
            ScryptFault::Beyond(limit) => Error::BeyondLimit(limit),
            ScryptFault::Malformed(..) => Error::ParameterMalformed { parameter: "Firebase rounds or memory cost" },
        })?;
        Ok(Self { signer_key, salt_separator, scrypt })
    }

    pub(crate) fn hash(&self, password: &[u8], salt: &[u8]) -> Result<Secret, Error> {
        let refused = Error::ParameterMalformed { parameter: "Firebase project" };
        let salt = Secret::new([salt, &self.salt_separator].concat());
        let mut key = Zeroizing::new([0; 32]);
        scrypt::scrypt(password, &salt, &self.scrypt, key.as_mut_slice()).map_err(|_| refused)?;
        let mut hash = self.signer_key.clone();
        let mut cipher = Ctr128BE::<Aes256>::new_from_slices(key.as_slice(), &[0; 16]).map_err(|_| refused)?;
        cipher.try_apply_keystream(&mut hash).map_err(|_| refused)?;
        Ok(hash)
    }
}

/// Reads what follows [`PREFIX`].
pub(crate) fn parse(rest: &str) -> Result<Hash, Error> {
    let format = Format::Firebase;
    let (salt, hash) = rest.split_once('$').ok_or_else(|| format.missing("hash"))?;
    let salt = encoding::any_base64(salt).ok_or_else(|| format.malformed("salt", "is not base64"))?;
    let hash = encoding::any_base64(hash).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    if hash.len() != SIGNER_KEY {
        return Err(format.malformed("hash", "is not of 64 bytes"));
    }
    Ok(Hash::new(format, Function::Firebase { salt }, hash))
}
