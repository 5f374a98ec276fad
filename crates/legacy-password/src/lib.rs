#![doc = include_str!("../README.md")]
//!
//! # Where what is
//!
//! One parser per family of encodings: `aspnet`, `bcrypt`, `crypt3`, `django`, `drupal`, `firebase`, `keycloak`, `ldap`,
//! `passlib`, `phc`, `phpass`, `salted`, `werkzeug`, and around any of them `pepper`. Each takes an encoding apart into a
//! `hash::Hash`, which is within the `limits` by then, and computes nothing. `function` computes, with others' crates.
#![forbid(unsafe_code)]

mod aspnet;
mod bcrypt;
mod cost;
mod crypt3;
mod django;
mod drupal;
mod encoding;
mod error;
mod firebase;
mod format;
mod function;
mod hash;
mod keycloak;
mod ldap;
mod limits;
mod passlib;
mod pepper;
mod phc;
mod phpass;
mod salted;
mod secret;
mod werkzeug;

pub use crate::{
    cost::Cost,
    error::Error,
    firebase::FirebaseProject,
    format::Format,
    limits::{LONGEST_ENCODING, LONGEST_PASSWORD, Limit},
    secret::Parameters,
};

/// Whether a password is the one that a hash was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Answer {
    /// It is.
    Match,
    /// It is another.
    NoMatch,
}

/// Verifies `password` against `encoded`, the hash that another system made of it.
///
/// The password's bytes are taken exactly as they are: nothing is trimmed, normalised or, but for the 72 bytes that
/// bcrypt reads, cut off. `parameters` are the project's own, where the encoding does not have them.
///
/// This takes the time and the memory that the encoding asks for, up to the limits: call it where blocking is fine.
///
/// # Errors
/// What [`Format::of`] refuses; a password above [`LONGEST_PASSWORD`]; a parameter that the encoding needs and
/// `parameters` lack. All of it before any work is done.
///
/// ```
/// use legacy_password::{Answer, Parameters, verify};
///
/// let encoded = "{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==";
/// assert_eq!(verify(b"hashcat", encoded, &Parameters::default()), Ok(Answer::Match));
/// assert_eq!(verify(b"Hashcat", encoded, &Parameters::default()), Ok(Answer::NoMatch));
/// ```
pub fn verify(password: &[u8], encoded: &str, parameters: &Parameters) -> Result<Answer, Error> {
    limits::password(password)?;
    let matches = hash::Hash::of(encoded)?.matches(password, parameters)?;
    Ok(if matches { Answer::Match } else { Answer::NoMatch })
}
