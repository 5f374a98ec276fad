#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod algorithms;
mod derivation;
mod dummy;
mod encoding;
mod error;
mod fault;
mod format;
mod formats;
pub mod lambda_memory;
mod limits;
mod parsed;
mod password_hash;
mod preparation;
mod registry;
mod secrets;
mod typed;
mod wiped;

pub use crate::{
    algorithms::{cost::Cost, digest::Digest, firebase_scrypt::FirebaseProject},
    error::Error,
    format::Format,
    limits::{Limit, Limits},
    password_hash::{Answer, PasswordHash, USUAL_PASSWORD_LENGTH},
    secrets::Secrets,
};
