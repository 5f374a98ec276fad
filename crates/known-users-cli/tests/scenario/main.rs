//! The tool from outside: the real binary, against an account that is played here, with the embedded DynamoDB in it.

// Everything here is a test, helpers included: clippy.toml lets tests panic.
#![cfg(test)]

mod attach;
mod caller;
mod doctor;
#[path = "../environment/mod.rs"]
mod environment;
mod failures;
#[cfg(unix)]
mod interrupts;
mod options;
mod profile;
mod readmit;
mod release;
mod sample;
mod scenarios;
mod suspend;
#[cfg(unix)]
mod terminal;
mod tool;
mod why;
mod wiring;
