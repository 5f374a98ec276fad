//! What AWS plays around a trigger, on one machine.
//!
//! The triggers are real binaries that talk real protocols; this crate is the other end of each of them: a Lambda
//! Runtime API per function, the Invoke API before all of them, an embedded DynamoDB, a mailbox that takes what SES
//! would send, and a proxy that injects the faults none of these would have by themselves. `cargo demo`, `cargo local`
//! and the tests are three uses of the same [`stack::Stack`]. The operator's tool sees an [`account`] with a stack in it.
//!
//! Everything binds 127.0.0.1 only, nothing needs an AWS account, and nothing of this is ever deployed.

pub mod account;
pub mod binaries;
pub mod dynamodb;
pub mod effects;
mod error;
pub mod faults;
pub mod function;
pub mod invoke_api;
pub mod listener;
pub mod mailbox;
pub mod stack;
pub mod template;
mod upstream;

pub use error::Error;
pub use known_users_file;

/// The region in which everything pretends to be.
pub const REGION: &str = "eu-west-1";

/// The account in which everything pretends to be: the one AWS's documentation uses for examples.
pub const ACCOUNT: &str = "123456789012";
