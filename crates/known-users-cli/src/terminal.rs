//! Who sits before it: what is told, asked, and when it is time to stop.

pub(crate) mod interrupt;
pub(crate) mod output;
pub(crate) mod password;
pub(crate) mod prompt;
