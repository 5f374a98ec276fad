//! The table of known users, as its owner reads and writes it.

pub(crate) mod person;
pub(crate) mod plain_json;
pub(crate) mod row;
pub(crate) mod suspension;
