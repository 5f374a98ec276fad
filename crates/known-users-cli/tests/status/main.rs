//! `known-users status` from outside: the real binary, against the embedded DynamoDB and whatever goes wrong on the way.

// Everything here is a test, helpers included: clippy.toml lets tests panic.
#![cfg(test)]

#[path = "../environment/mod.rs"]
mod environment;
mod failures;
mod numbers;
mod pages;
mod reading;
mod table;
mod tool;
