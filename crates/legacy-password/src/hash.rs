//! An encoding, taken apart.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::{
    Error, Format, Parameters, aspnet,
    bcrypt::{self, Variant},
    crypt3, django, drupal, firebase,
    function::{Digest, Function},
    keycloak, ldap, limits, passlib,
    pepper::{self, Pepper},
    phc, phpass, salted,
    secret::Secret,
    werkzeug,
};

/// An encoding, taken apart, whole and within the limits.
pub(crate) struct Hash {
    pub(crate) format: Format,
    pub(crate) pepper: Option<Pepper>,
    pub(crate) preparation: Preparation,
    pub(crate) function: Function,
    /// What the function makes of the right password: bytes, or the text that crypt(3) makes of them.
    pub(crate) expected: Vec<u8>,
}

/// What a system makes of a password before it hashes it.
#[derive(Clone, Copy)]
pub(crate) enum Preparation {
    /// Nothing.
    Plain,
    /// The hexadecimal SHA-256, so that bcrypt reads all of it.
    Sha256Hex,
    /// The hexadecimal MD5, which is what Drupal 6 had.
    Md5Hex,
    /// WordPress's: the base64 of HMAC-SHA-384 under a fixed key.
    WordPress,
}

type Parser = fn(&str) -> Result<Hash, Error>;

/// What an encoding begins with, and who reads the rest.
const PREFIXES: &[(&str, Parser)] = &[
    ("$2a$", |rest| bcrypt::parse(Format::Bcrypt, Variant::A, rest)),
    ("$2b$", |rest| bcrypt::parse(Format::Bcrypt, Variant::B, rest)),
    ("$2x$", |rest| bcrypt::parse(Format::Bcrypt, Variant::X, rest)),
    ("$2y$", |rest| bcrypt::parse(Format::Bcrypt, Variant::Y, rest)),
    ("$argon2d$", |rest| phc::argon2(Format::Argon2, argon2::Algorithm::Argon2d, rest)),
    ("$argon2i$", |rest| phc::argon2(Format::Argon2, argon2::Algorithm::Argon2i, rest)),
    ("$argon2id$", |rest| phc::argon2(Format::Argon2, argon2::Algorithm::Argon2id, rest)),
    ("$scrypt$", phc::scrypt),
    ("$7$", passlib::scrypt),
    ("$pbkdf2$", |rest| passlib::pbkdf2(Digest::Sha1, rest)),
    ("$pbkdf2-sha1$", |rest| passlib::pbkdf2(Digest::Sha1, rest)),
    ("$pbkdf2-sha256$", |rest| passlib::pbkdf2(Digest::Sha256, rest)),
    ("$pbkdf2-sha512$", |rest| passlib::pbkdf2(Digest::Sha512, rest)),
    ("pbkdf2_sha256$", |rest| django::pbkdf2(Digest::Sha256, rest)),
    ("pbkdf2_sha1$", |rest| django::pbkdf2(Digest::Sha1, rest)),
    ("bcrypt$", |rest| django::bcrypt(Format::DjangoBcrypt, Preparation::Plain, rest)),
    ("bcrypt_sha256$", |rest| django::bcrypt(Format::DjangoBcryptSha256, Preparation::Sha256Hex, rest)),
    ("argon2$", django::argon2),
    ("scrypt$", django::scrypt),
    ("md5$", django::md5),
    ("pbkdf2:", werkzeug::pbkdf2),
    ("scrypt:", werkzeug::scrypt),
    (firebase::PREFIX, firebase::parse),
    ("$P$", phpass::phpass),
    ("$H$", phpass::phpass),
    ("$wp$2y$", phpass::wordpress),
    ("$S$", |rest| drupal::sha512(Preparation::Plain, rest)),
    ("U$S$", |rest| drupal::sha512(Preparation::Md5Hex, rest)),
    ("U$P$", drupal::md5),
    ("$1$", |rest| crypt3::md5(Format::Md5Crypt, rest)),
    ("$5$", |rest| crypt3::sha256(Format::Sha256Crypt, rest)),
    ("$6$", |rest| crypt3::sha512(Format::Sha512Crypt, rest)),
    (salted::PREFIX, salted::parse),
];

impl Hash {
    pub(crate) fn new(format: Format, function: Function, expected: Vec<u8>) -> Self {
        Self { format, pepper: None, preparation: Preparation::Plain, function, expected }
    }

    /// Takes `encoded` apart, and computes nothing.
    pub(crate) fn of(encoded: &str) -> Result<Self, Error> {
        limits::encoding(encoded)?;
        match encoded.strip_prefix(pepper::PREFIX) {
            Some(rest) => pepper::parse(rest),
            None => Self::without_pepper(encoded),
        }
    }

    pub(crate) fn without_pepper(encoded: &str) -> Result<Self, Error> {
        let by_prefix = PREFIXES.iter().find_map(|(prefix, parse)| encoded.strip_prefix(prefix).map(parse));
        by_prefix
            .or_else(|| ldap::parse(encoded))
            .or_else(|| keycloak::parse(encoded))
            .or_else(|| aspnet::parse(encoded))
            .unwrap_or(Err(Error::UnknownFormat))
    }

    /// Does the work.
    pub(crate) fn matches(&self, password: &[u8], parameters: &Parameters) -> Result<bool, Error> {
        let peppered = self.pepper.as_ref().map(|pepper| pepper.apply(password, parameters)).transpose()?;
        let password = peppered.as_ref().map_or(password, |peppered| peppered.as_slice());
        let prepared = self.preparation.apply(password)?;
        let password = prepared.as_ref().map_or(password, |prepared| prepared.as_slice());
        self.function.matches(password, &self.expected, self.format, parameters)
    }
}

impl Preparation {
    fn apply(self, password: &[u8]) -> Result<Option<Secret>, Error> {
        let hex = |digest: Digest| Some(hex(&digest.of(&[password])));
        Ok(match self {
            Self::Plain => None,
            Self::Sha256Hex => hex(Digest::Sha256),
            Self::Md5Hex => hex(Digest::Md5),
            Self::WordPress => Some(base64(&Digest::Sha384.hmac(b"wp-sha384", password)?)),
        })
    }
}

/// The hexadecimal digits of a secret, which are one too.
pub(crate) fn hex(secret: &[u8]) -> Secret {
    Zeroizing::new(crate::encoding::to_hex(secret).into_bytes())
}

/// The base64 of a secret, which is one too.
pub(crate) fn base64(secret: &[u8]) -> Secret {
    Zeroizing::new(Base64::encode_string(secret).into_bytes())
}
