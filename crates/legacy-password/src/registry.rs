//! Which prefix is whose.

use crate::{
    algorithms::{argon2::Algorithm, bcrypt::Variant, digest::Digest},
    error::Error,
    format::Format,
    formats::{
        aspnet_identity, bcrypt, crypt, django, drupal, firebase, keycloak, ldap, passlib, pepper, phc, phpass, salted,
        werkzeug, wordpress,
    },
    limits::{Limit, Limits},
    parsed::Parsed,
    preparation::Preparation,
};

type Parser = fn(&str, &Limits) -> Result<Parsed, Error>;

/// What an encoding begins with, and who reads the rest.
const PREFIXES: &[(&str, Parser)] = &[
    ("$2a$", |rest, limits| bcrypt::parse(Format::Bcrypt, Variant::A, rest, limits)),
    ("$2b$", |rest, limits| bcrypt::parse(Format::Bcrypt, Variant::B, rest, limits)),
    ("$2x$", |rest, limits| bcrypt::parse(Format::Bcrypt, Variant::X, rest, limits)),
    ("$2y$", |rest, limits| bcrypt::parse(Format::Bcrypt, Variant::Y, rest, limits)),
    ("$argon2d$", |rest, limits| phc::argon2(Format::Argon2, Algorithm::Argon2d, rest, limits)),
    ("$argon2i$", |rest, limits| phc::argon2(Format::Argon2, Algorithm::Argon2i, rest, limits)),
    ("$argon2id$", |rest, limits| phc::argon2(Format::Argon2, Algorithm::Argon2id, rest, limits)),
    ("$scrypt$", phc::scrypt),
    ("$7$", passlib::scrypt),
    ("$pbkdf2$", |rest, limits| passlib::pbkdf2(Digest::Sha1, rest, limits)),
    ("$pbkdf2-sha1$", |rest, limits| passlib::pbkdf2(Digest::Sha1, rest, limits)),
    ("$pbkdf2-sha256$", |rest, limits| passlib::pbkdf2(Digest::Sha256, rest, limits)),
    ("$pbkdf2-sha512$", |rest, limits| passlib::pbkdf2(Digest::Sha512, rest, limits)),
    ("pbkdf2_sha256$", |rest, limits| django::pbkdf2(Digest::Sha256, rest, limits)),
    ("pbkdf2_sha1$", |rest, limits| django::pbkdf2(Digest::Sha1, rest, limits)),
    ("bcrypt$", django::bcrypt),
    ("bcrypt_sha256$", django::bcrypt_sha256),
    ("argon2$", django::argon2),
    ("scrypt$", django::scrypt),
    ("md5$", |rest, _| django::md5(rest)),
    ("pbkdf2:", werkzeug::pbkdf2),
    ("scrypt:", werkzeug::scrypt),
    ("$firebase$", |rest, _| firebase::parse(rest)),
    ("$P$", phpass::parse),
    ("$H$", phpass::parse),
    ("$wp$2y$", wordpress::parse),
    ("$S$", drupal::sha512),
    ("U$S$", drupal::sha512_of_md5),
    ("U$P$", drupal::md5_of_md5),
    ("$1$", |rest, _| crypt::md5(Format::Md5Crypt, rest)),
    ("$5$", |rest, limits| crypt::sha256(Format::Sha256Crypt, rest, limits)),
    ("$6$", |rest, limits| crypt::sha512(Format::Sha512Crypt, rest, limits)),
    ("$salted$", |rest, _| salted::parse(rest)),
];

type Recogniser = fn(&str, &Limits) -> Option<Result<Parsed, Error>>;

/// Encodings that no fixed prefix tells. Each says nothing where the encoding is not one of its own.
const RECOGNISERS: [Recogniser; 3] = [ldap::parse, keycloak::parse, aspnet_identity::parse];

type Wrapper = fn(&str) -> Result<(Preparation, &str), Error>;

/// What an encoding around another begins with, and who reads it up to the other.
const WRAPPERS: &[(&str, Wrapper)] = &[("$pepper$", pepper::parse)];

/// Takes `encoded` apart, and computes nothing. There is one wrapper around an encoding at most.
pub(crate) fn parse(encoded: &str, limits: &Limits) -> Result<Parsed, Error> {
    if encoded.len() > limits.encoding_length {
        let most = limits.encoding_length as u64;
        return Err(Error::BeyondLimit { limit: Limit::EncodingLength, most });
    }
    let wrapped = WRAPPERS.iter().find_map(|(prefix, wrapper)| encoded.strip_prefix(prefix).map(wrapper));
    match wrapped.transpose()? {
        Some((preparation, within)) => Ok(without_wrapper(within, limits)?.after(preparation)),
        None => without_wrapper(encoded, limits),
    }
}

fn without_wrapper(encoded: &str, limits: &Limits) -> Result<Parsed, Error> {
    let by_prefix = PREFIXES.iter().find_map(|(prefix, parser)| Some(parser(encoded.strip_prefix(prefix)?, limits)));
    by_prefix
        .or_else(|| RECOGNISERS.iter().find_map(|recogniser| recogniser(encoded, limits)))
        .unwrap_or(Err(Error::UnknownFormat))
}
