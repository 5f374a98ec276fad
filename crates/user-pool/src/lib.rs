//! A Cognito user pool as its owner sees it.
//!
//! A pool is changed by sending its own description back: [`settings`] holds it as the JSON it came in, [`configuration`]
//! reads and writes it, [`plan`] says what the pool shall call, [`change`] carries that out or puts everything back, and
//! [`backup`] keeps the pool as it was in a file. [`functions`] and [`policy`] are the functions that the pool calls and who
//! may call them. [`accounts`] are the pool's users and how each stands to a known person; [`pool`] is what an app does with
//! them: it signs people up and in.

pub mod accounts;
pub mod app_client;
pub mod backup;
pub mod change;
pub mod configuration;
pub mod function;
pub mod functions;
pub mod plan;
pub mod policy;
pub mod pool;
pub mod report;
pub mod secret;
pub mod settings;
