//! The local stack from outside: every server by HTTP, every function as a process.

// Everything here is a test, helpers included: clippy.toml lets tests panic.
#![cfg(test)]

mod account;
mod client;
mod dynamodb;
mod faults;
mod function;
mod invoke_api;
mod mailbox;
