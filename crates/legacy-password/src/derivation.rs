//! Which algorithm makes the hash, and what of the project's it needs for that.

use subtle::ConstantTimeEq;

use crate::{
    algorithms::{
        argon2::Argon2, bcrypt::Bcrypt, cost::Cost, crypt::Crypt, firebase_scrypt::FirebaseProject, pbkdf2::Pbkdf2,
        repeated_digest::RepeatedDigest, salted_digest::SaltedDigest, scrypt::Scrypt, yescrypt::Yescrypt,
    },
    error::Error,
    fault::Fault,
    format::Format,
    secrets::Secrets,
    wiped::Wiped,
};

/// An algorithm with its salt and its parameters, which are within the limits.
pub(crate) enum Derivation {
    Argon2(Box<Argon2>),
    Bcrypt(Bcrypt),
    Crypt(Crypt),
    /// With the project's parameters, where the encoding has them.
    Firebase {
        salt: Vec<u8>,
        project: Option<Box<FirebaseProject>>,
    },
    Pbkdf2(Pbkdf2),
    RepeatedDigest(RepeatedDigest),
    SaltedDigest(SaltedDigest),
    Scrypt(Scrypt),
    Yescrypt(Yescrypt),
}

impl Derivation {
    /// What it takes, for a password of `length` bytes.
    pub(crate) fn cost(&self, length: usize) -> Cost {
        match self {
            Self::Argon2(argon2) => argon2.cost(),
            Self::Bcrypt(bcrypt) => bcrypt.cost(),
            Self::Crypt(crypt) => crypt.cost(length),
            Self::Firebase { project: Some(project), .. } => project.cost(),
            Self::Firebase { project: None, .. } => Cost::OfTheProject,
            Self::Pbkdf2(pbkdf2) => pbkdf2.cost(),
            Self::RepeatedDigest(repeated) => repeated.cost(length),
            Self::SaltedDigest(salted) => salted.cost(length),
            Self::Scrypt(scrypt) => scrypt.cost(),
            Self::Yescrypt(yescrypt) => yescrypt.cost(),
        }
    }

    /// Whether the answer depends on the project's secrets.
    pub(crate) fn takes_secrets(&self) -> bool {
        matches!(self, Self::Argon2(_) | Self::Firebase { project: None, .. })
    }

    /// Whether `password` gives `expected`.
    pub(crate) fn matches(
        &self,
        password: &[u8],
        expected: &[u8],
        format: Format,
        secrets: &Secrets,
    ) -> Result<bool, Error> {
        let fault = |fault: Fault| fault.of(format);
        let mut output = Wiped::new(vec![0; expected.len()]);
        match self {
            Self::Argon2(argon2) => {
                let secret = if argon2.is_keyed() { secrets.argon2_secret()? } else { secrets.argon2_secret_if_any() };
                argon2.fill(password, secret, &mut output).map_err(fault)?;
            }
            Self::Bcrypt(bcrypt) => return Ok(bcrypt.matches(password, expected)),
            Self::Crypt(crypt) => output = crypt.hash(password),
            Self::Firebase { salt, project } => {
                let project = project.as_deref().map_or_else(|| secrets.firebase(), Ok)?;
                output = project.hash(password, salt).map_err(fault)?;
            }
            Self::Pbkdf2(pbkdf2) => pbkdf2.fill(password, &mut output).map_err(fault)?,
            Self::RepeatedDigest(repeated) => output = repeated.hash(password),
            Self::SaltedDigest(salted) => output = salted.hash(password).map_err(fault)?,
            Self::Scrypt(scrypt) => scrypt.fill(password, &mut output).map_err(fault)?,
            Self::Yescrypt(yescrypt) => yescrypt.fill(password, &mut output).map_err(fault)?,
        }
        Ok(output.ct_eq(expected).into())
    }
}
