//! Known users in a file: `events/known-users.csv`, an export, or what Cognito's own user import takes.
//!
//! A file is CSV or NDJSON (a JSON object a line), and has these columns or members, of which only `email` must be there:
//!
//! | name | what |
//! |---|---|
//! | `email` | who it is |
//! | `user_name`, or Cognito's `cognito:username` | the user name, as the owner spells it |
//! | `email_verified` | whether the owner vouches for the address: `true` or `false` |
//! | `suspended` | whether sign-in is refused: `true` or `false` |
//! | `password_hash` | as another system keeps it |
//! | `name`, `phone_number`, `custom:legacy_id` … | an attribute that Cognito is handed at migration, by Cognito's name |
//! | `cognito:mfa_enabled` | in Cognito's own files; a trigger cannot hand it on, so it is read and not kept |
//! | `last_login`, `migrated_at`, `confirmed_at`, `user_sub` | in an export: what the triggers noted, which no file changes |
//!
//! A column that is not there, an empty cell and `null` say nothing. What is wrong is a [`Fault`] with its line, its column
//! and a reason, and never what the cell holds: a file whose columns have slipped has password hashes anywhere.
//!
//! Memory is that of one row, and a row has a limit: a quotation mark that is never closed is found, not loaded.

mod column;
mod csv;
mod fault;
mod item;
mod ndjson;
mod numbered;
mod person;
mod reader;
mod row;

pub use crate::{
    column::is_attribute,
    fault::Fault,
    item::dynamodb_json,
    person::Person,
    reader::{Format, Reader},
    row::{Mark, Row},
};
