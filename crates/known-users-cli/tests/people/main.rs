//! The owner's list from outside: the real binary against the embedded DynamoDB, with faults in between.

// Everything here is a test, helpers included: clippy.toml lets tests panic.
#![cfg(test)]

mod arrival;
#[path = "../environment/mod.rs"]
mod environment;
mod export;
mod file;
mod foreign;
mod import;
mod invite;
mod one;
mod requests;
#[cfg(unix)]
mod resume;
#[cfg(unix)]
mod terminal;
mod tool;
mod trouble;
