//! What every Cognito trigger of this project shares.
//!
//! An invocation goes one way: [`event`] in → a question to [`known_users`] → the trigger's own pure decision → [`event`]
//! out. No trigger's rules live here; who a known user is, is the crate `known-user`'s.
//!
//! - [`event`]: an invocation, a lenient view over the JSON it came in, which goes back unchanged but for `response`
//! - [`known_users`]: the table, one method = one DynamoDB action = one IAM grant
//! - [`ephemera`]: the table of what may be forgotten, in the same way
//! - [`error`]: what went wrong, what the person signing in is told, the error type operators alarm on
//! - [`function`]: how a function wakes up, and what surrounds each invocation
//! - [`log`]: what is written down, and what never is
//! - [`validation_data`]: what a client must send along with a sign-in

pub mod ephemera;
pub mod error;
pub mod event;
pub mod function;
pub mod known_users;
pub mod log;
pub mod validation_data;
