//! Which prefix is whose.

use crate::{
    algorithms::{argon2::Algorithm, bcrypt::Variant, digest::Digest},
    error::Error,
    format::Format,
    formats::{
        aspnet_identity, bcrypt, better_auth, crypt, django, drupal, firebase, keycloak, ldap, magento, mediawiki,
        passlib, pepper, phc, phpass, prehash, salted, shiro, spring, supabase, werkzeug, wordpress, yescrypt,
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
    ("$shiro2$argon2d$", |rest, limits| phc::argon2(Format::Argon2, Algorithm::Argon2d, rest, limits)),
    ("$shiro2$argon2i$", |rest, limits| phc::argon2(Format::Argon2, Algorithm::Argon2i, rest, limits)),
    ("$shiro2$argon2id$", |rest, limits| phc::argon2(Format::Argon2, Algorithm::Argon2id, rest, limits)),
    ("$scrypt$", phc::scrypt),
    ("$bcrypt$", phc::bcrypt),
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
    ("$fbscrypt$", supabase::parse),
    ("$P$", phpass::parse),
    ("$H$", phpass::of_php_bb),
    ("$wp$2y$", wordpress::parse),
    ("$S$", drupal::sha512),
    ("U$S$", drupal::sha512_of_md5),
    ("U$P$", drupal::md5_of_md5),
    ("$1$", |rest, _| crypt::md5(Format::Md5Crypt, rest)),
    ("$apr1$", |rest, _| crypt::apr1(rest)),
    ("$y$", |rest, limits| yescrypt::parse(Format::Yescrypt, rest, limits)),
    ("$5$", |rest, limits| crypt::sha256(Format::Sha256Crypt, rest, limits)),
    ("$6$", |rest, limits| crypt::sha512(Format::Sha512Crypt, rest, limits)),
    (":pbkdf2:", mediawiki::pbkdf2),
    (":B:", |rest, _| mediawiki::md5(rest)),
    ("$shiro1$", shiro::parse),
    ("$salted$", salted::parse),
];

type Recogniser = fn(&str, &Limits) -> Option<Result<Parsed, Error>>;

/// Encodings that no fixed prefix tells. Each says nothing where the encoding is not one of its own.
const RECOGNISERS: [Recogniser; 6] =
    [spring::parse, ldap::parse, keycloak::parse, better_auth::parse, magento::parse, aspnet_identity::parse];

type Wrapper = fn(&str) -> Result<(Preparation, &str), Error>;

/// What an encoding around another begins with, and who reads it up to the other.
const WRAPPERS: &[(&str, Wrapper)] = &[("$pepper$", pepper::parse), ("$prehash$", prehash::parse)];

/// The most of them around an encoding: what is known needs three.
const MOST_WRAPPERS: usize = 4;

/// Nextcloud's versions of what PHP makes (`Security/Hasher.php`), which say no more than that does.
const NEXTCLOUD: [(&str, &str); 3] = [("1|", "$2y$"), ("2|", "$argon2i$"), ("3|", "$argon2id$")];

/// Takes `encoded` apart, and computes nothing.
pub(crate) fn parse(encoded: &str, limits: &Limits) -> Result<Parsed, Error> {
    if encoded.len() > limits.encoding_length {
        let most = limits.encoding_length as u64;
        return Err(Error::BeyondLimit { limit: Limit::EncodingLength, most });
    }
    let mut preparations = Vec::new();
    let mut within = encoded;
    while preparations.len() < MOST_WRAPPERS
        && let Some(wrapped) = WRAPPERS.iter().find_map(|(prefix, wrapper)| within.strip_prefix(prefix).map(wrapper))
    {
        let (preparation, encoding) = wrapped?;
        preparations.push(preparation);
        within = encoding;
    }
    let parsed = without_wrapper(within, limits)?;
    Ok(preparations.into_iter().rev().fold(parsed, Parsed::after))
}

fn without_wrapper(encoded: &str, limits: &Limits) -> Result<Parsed, Error> {
    let of_php = NEXTCLOUD.iter().find_map(|(version, prefix)| {
        let of_php = encoded.strip_prefix(version)?;
        of_php.starts_with(prefix).then_some(of_php)
    });
    let encoded = of_php.unwrap_or(encoded);
    let by_prefix = PREFIXES.iter().find_map(|(prefix, parser)| Some(parser(encoded.strip_prefix(prefix)?, limits)));
    by_prefix
        .or_else(|| RECOGNISERS.iter().find_map(|recogniser| recogniser(encoded, limits)))
        .unwrap_or(Err(Error::UnknownFormat))
}
