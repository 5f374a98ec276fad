//! The tool from outside: the real binary, against a user pool, a stack, functions and a log that are played here, and
//! the embedded DynamoDB.

// Everything here is a test, helpers included: clippy.toml lets tests panic.
#![cfg(test)]

mod attach;
mod aws;
mod caller;
mod doctor;
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
