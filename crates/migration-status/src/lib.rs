//! How far a migration is.
//!
//! Records are counted one by one ([`tally`]), and nothing of a person stays: names, addresses and attributes are not even
//! asked for. What came out ([`numbers`]) is told in a terminal ([`text`]), as JSON, and as one page to send around
//! ([`page`]). Days are UTC.

mod chart;
pub mod day;
pub mod numbers;
pub mod page;
pub mod tally;
pub mod text;
