//! What turns a password into a hash. Others' crates do; what no well-kept crate has is a loop around their digests:
//! phpass's and Drupal's ([`repeated`]) and crypt(3)'s MD5 ([`crypt3::md5_crypt`]).

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    Cost, Error, Format, Limit, Parameters, bcrypt::Bcrypt, crypt3, encoding, limits, salted::Recipe, secret::Secret,
};

/// A digest that passwords are hashed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digest {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// A function with its salt and its parameters, which are within the limits: only the makers below make one.
pub(crate) enum Function {
    Argon2(Box<Argon2>),
    Bcrypt(Bcrypt),
    Firebase { salt: Vec<u8> },
    Md5Crypt { salt: Vec<u8> },
    Pbkdf2 { digest: Digest, rounds: u32, salt: Vec<u8> },
    Repeated { digest: Digest, rounds: u32, salt: Vec<u8>, length: usize },
    Salted { recipe: Recipe, salt: Vec<u8> },
    Scrypt { parameters: scrypt::Params, salt: Vec<u8> },
    Sha256Crypt { rounds: sha_crypt::Params, salt: Vec<u8> },
    Sha512Crypt { rounds: sha_crypt::Params, salt: Vec<u8> },
}

/// Argon2's salt and parameters.
pub(crate) struct Argon2 {
    algorithm: argon2::Algorithm,
    version: argon2::Version,
    parameters: argon2::Params,
    salt: Vec<u8>,
    keyed: bool,
}

/// Argon2's salt and parameters, as they are read.
pub(crate) struct Argon2Setting {
    pub(crate) algorithm: argon2::Algorithm,
    pub(crate) version: argon2::Version,
    /// In KiB.
    pub(crate) memory: u64,
    pub(crate) passes: u64,
    pub(crate) lanes: u64,
    /// What is hashed besides, and no secret.
    pub(crate) data: Vec<u8>,
    pub(crate) salt: Vec<u8>,
    /// Whether the project's secret is part of it.
    pub(crate) keyed: bool,
}

impl Function {
    /// PBKDF2 with HMAC; `length` bytes of output.
    pub(crate) fn pbkdf2(
        format: Format,
        digest: Digest,
        rounds: u64,
        salt: Vec<u8>,
        length: usize,
    ) -> Result<Self, Error> {
        limits::at_most(length, limits::OUTPUT, Limit::OutputLength)?;
        Ok(Self::Pbkdf2 { digest, rounds: checked_rounds(format, rounds)?, salt })
    }

    /// scrypt; `length` bytes of output.
    pub(crate) fn scrypt(format: Format, n: u64, r: u64, p: u64, salt: Vec<u8>, length: usize) -> Result<Self, Error> {
        limits::at_most(length, limits::OUTPUT, Limit::OutputLength)?;
        Ok(Self::Scrypt { parameters: scrypt_parameters(n, r, p).map_err(|error| error.of(format))?, salt })
    }

    /// Argon2; `length` bytes of output.
    pub(crate) fn argon2(format: Format, setting: Argon2Setting, length: usize) -> Result<Self, Error> {
        let Argon2Setting { algorithm, version, memory, passes, lanes, data, salt, keyed } = setting;
        limits::at_most(memory, limits::ARGON2_MEMORY, Limit::Argon2Memory)?;
        limits::at_most(passes, limits::ARGON2_PASSES, Limit::Argon2Passes)?;
        limits::at_most(lanes, limits::ARGON2_LANES, Limit::Argon2Lanes)?;
        limits::at_most(length, limits::OUTPUT, Limit::OutputLength)?;
        if length < SHORTEST_ARGON2 {
            return Err(format.malformed("hash", "is too short"));
        }
        if salt.len() < argon2::MIN_SALT_LEN {
            return Err(format.malformed("salt", "is too short"));
        }
        let refused = format.malformed("parameters", "are not Argon2's");
        let cost = |cost: u64| u32::try_from(cost).map_err(|_| refused);
        let mut builder = argon2::ParamsBuilder::new();
        builder.m_cost(cost(memory)?).t_cost(cost(passes)?).p_cost(cost(lanes)?).output_len(length);
        builder.data(argon2::AssociatedData::new(&data).map_err(|_| format.malformed("data", "is too long"))?);
        let parameters = builder.build().map_err(|_| refused)?;
        Ok(Self::Argon2(Box::new(Argon2 { algorithm, version, parameters, salt, keyed })))
    }

    /// phpass's and Drupal's loop, of two to the power of `log_rounds`; `length` characters of its text.
    pub(crate) fn repeated(digest: Digest, log_rounds: u8, salt: Vec<u8>, length: usize) -> Result<Self, Error> {
        let rounds = 1u32.checked_shl(log_rounds.into()).unwrap_or(u32::MAX);
        limits::at_most(u64::from(rounds), limits::ROUNDS, Limit::Rounds)?;
        Ok(Self::Repeated { digest, rounds, salt, length })
    }

    /// Whether `password` gives `expected`.
    pub(crate) fn matches(
        &self,
        password: &[u8],
        expected: &[u8],
        format: Format,
        parameters: &Parameters,
    ) -> Result<bool, Error> {
        let mut output = Zeroizing::new(vec![0; expected.len()]);
        match self {
            Self::Argon2(argon2) => argon2.fill(password, &mut output, format, parameters)?,
            Self::Bcrypt(bcrypt) => return Ok(bcrypt.matches(password, expected)),
            Self::Firebase { salt } => output = parameters.firebase()?.hash(password, salt)?,
            Self::Md5Crypt { salt } => output = crypt3::md5_crypt(password, salt),
            Self::Pbkdf2 { digest, rounds, salt } => digest.pbkdf2(password, salt, *rounds, &mut output)?,
            Self::Repeated { digest, rounds, salt, length } => {
                output = crypt_text(&digest.repeated(password, salt, *rounds));
                output.truncate(*length);
            }
            Self::Salted { recipe, salt } => output = recipe.hash(password, salt)?,
            Self::Scrypt { parameters, salt } => scrypt::scrypt(password, salt, parameters, &mut output)
                .map_err(|_| format.malformed("hash", "is not scrypt's"))?,
            Self::Sha256Crypt { rounds, salt } => output = crypt3::sha256_crypt(password, salt, *rounds),
            Self::Sha512Crypt { rounds, salt } => output = crypt3::sha512_crypt(password, salt, *rounds),
        }
        Ok(output.ct_eq(expected).into())
    }
}

/// The shortest output of Argon2 that is a hash (PHC string format).
const SHORTEST_ARGON2: usize = 10;

/// Why parameters are not scrypt's.
pub(crate) enum ScryptFault {
    Beyond(Limit),
    Malformed(&'static str, &'static str),
}

impl ScryptFault {
    pub(crate) fn of(self, format: Format) -> Error {
        match self {
            Self::Beyond(limit) => Error::BeyondLimit(limit),
            Self::Malformed(part, fault) => format.malformed(part, fault),
        }
    }
}

/// scrypt's parameters, within the limits.
pub(crate) fn scrypt_parameters(n: u64, r: u64, p: u64) -> Result<scrypt::Params, ScryptFault> {
    let within = |value: u64, most, limit| limits::at_most(value, most, limit).map_err(|_| ScryptFault::Beyond(limit));
    within(n.saturating_mul(r).saturating_mul(128), limits::SCRYPT_MEMORY, Limit::ScryptMemory)?;
    within(r.saturating_mul(p), limits::SCRYPT_BLOCKS, Limit::ScryptMemory)?;
    within(n.saturating_mul(r).saturating_mul(p), limits::SCRYPT_WORK, Limit::ScryptWork)?;
    if n < 2 || !n.is_power_of_two() {
        return Err(ScryptFault::Malformed("N", "is not a power of two"));
    }
    let refused = || ScryptFault::Malformed("parameters", "are not scrypt's");
    let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| refused())?;
    let [r, p] = [r, p].map(|value| u32::try_from(value).unwrap_or(0));
    // The crate wants both above zero.
    scrypt::Params::new(log_n, r, p).map_err(|_| refused())
}

/// Rounds that there are some of, and not too many.
pub(crate) fn checked_rounds(format: Format, rounds: u64) -> Result<u32, Error> {
    limits::at_most(rounds, limits::ROUNDS, Limit::Rounds)?;
    match u32::try_from(rounds) {
        Ok(0) | Err(_) => Err(format.malformed("rounds", "are none")),
        Ok(rounds) => Ok(rounds),
    }
}

/// The text that crypt(3) and phpass make of bytes.
pub(crate) fn crypt_text(bytes: &[u8]) -> Secret {
    Zeroizing::new(encoding::to_crypt_base64(bytes).into_bytes())
}

impl Argon2 {
    pub(crate) fn cost(&self) -> Cost {
        Cost::Argon2 { memory: self.parameters.m_cost(), passes: self.parameters.t_cost() }
    }

    fn fill(&self, password: &[u8], output: &mut [u8], format: Format, parameters: &Parameters) -> Result<(), Error> {
        let refused = |error| match error {
            argon2::Error::OutOfMemory => Error::OutOfMemory,
            _ => format.malformed("parameters", "are not Argon2's"),
        };
        let secret = if self.keyed { parameters.argon2_secret()? } else { &[] };
        argon2::Argon2::new_with_secret(secret, self.algorithm, self.version, self.parameters.clone())
            .and_then(|argon2| argon2.hash_password_into(password, &self.salt, output))
            .map_err(refused)
    }
}

impl Digest {
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

    /// The digest of `parts`, one behind the other.
    pub(crate) fn of(self, parts: &[&[u8]]) -> Secret {
        match self {
            Self::Md5 => digest::<Md5>(parts),
            Self::Sha1 => digest::<Sha1>(parts),
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sha384 => digest::<Sha384>(parts),
            Self::Sha512 => digest::<Sha512>(parts),
        }
    }

    /// The HMAC of `message`.
    pub(crate) fn hmac(self, key: &[u8], message: &[u8]) -> Result<Secret, Error> {
        match self {
            Self::Md5 => mac::<Hmac<Md5>>(key, message),
            Self::Sha1 => mac::<Hmac<Sha1>>(key, message),
            Self::Sha256 => mac::<Hmac<Sha256>>(key, message),
            Self::Sha384 => mac::<Hmac<Sha384>>(key, message),
            Self::Sha512 => mac::<Hmac<Sha512>>(key, message),
        }
    }

    fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32, output: &mut [u8]) -> Result<(), Error> {
        match self {
            Self::Md5 => pbkdf2::pbkdf2::<Hmac<Md5>>(password, salt, rounds, output),
            Self::Sha1 => pbkdf2::pbkdf2::<Hmac<Sha1>>(password, salt, rounds, output),
            Self::Sha256 => pbkdf2::pbkdf2::<Hmac<Sha256>>(password, salt, rounds, output),
            Self::Sha384 => pbkdf2::pbkdf2::<Hmac<Sha384>>(password, salt, rounds, output),
            Self::Sha512 => pbkdf2::pbkdf2::<Hmac<Sha512>>(password, salt, rounds, output),
        }
        .map_err(|_| Error::ParameterMalformed { parameter: "HMAC key" })
    }

    fn repeated(self, password: &[u8], salt: &[u8], rounds: u32) -> Secret {
        match self {
            Self::Md5 => repeated::<Md5>(password, salt, rounds),
            Self::Sha1 => repeated::<Sha1>(password, salt, rounds),
            Self::Sha256 => repeated::<Sha256>(password, salt, rounds),
            Self::Sha384 => repeated::<Sha384>(password, salt, rounds),
            Self::Sha512 => repeated::<Sha512>(password, salt, rounds),
        }
    }
}

fn digest<D: sha2::Digest>(parts: &[&[u8]]) -> Secret {
    let mut digest = D::new();
    for part in parts {
        digest.update(part);
    }
    Zeroizing::new(digest.finalize().to_vec())
}

fn mac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Result<Secret, Error> {
    // HMAC takes a key of any length.
    let mut mac =
        <M as KeyInit>::new_from_slice(key).map_err(|_| Error::ParameterMalformed { parameter: "HMAC key" })?;
    mac.update(message);
    Ok(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
}

/// The digest of salt and password, then `rounds` times that of the digest so far and the password: phpass's loop.
fn repeated<D: sha2::Digest>(password: &[u8], salt: &[u8], rounds: u32) -> Secret {
    let mut state = D::new().chain_update(salt).chain_update(password).finalize();
    for _ in 0..rounds {
        state = D::new().chain_update(&state).chain_update(password).finalize();
    }
    Zeroizing::new(state.to_vec())
}
