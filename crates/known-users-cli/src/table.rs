//! The table of known users, as its owner reads and writes it.

pub(crate) mod batch;
pub(crate) mod change;
pub(crate) mod item;
pub(crate) mod known_users;
pub(crate) mod patience;
pub(crate) mod person;
pub(crate) mod plain_json;
pub(crate) mod readmit;
pub(crate) mod row;
pub(crate) mod suspension;
