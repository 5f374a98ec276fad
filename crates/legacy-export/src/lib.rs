//! People in other systems' exports.
//!
//! An export is bytes; what comes out is one [`Entry`] for each account in it, in the columns of a list of known users. Nothing
//! is kept but the account at hand, so a file may be of any size; where a system spreads people over two files, one of them is
//! an index in memory.
//!
//! The way of the data: [`unpack()`] takes compression and encoding off → a record at a time (`csv`, `json`, `ldif`) → the
//! system's own rules (`systems`, one file a system) → [`Entry`].

mod account;
mod csv;
mod export;
mod json;
mod ldif;
mod options;
mod record;
mod system;
mod systems;
mod time;
mod unpack;

pub use crate::{
    account::{Account, Entry, Fault, LeftOut, Password},
    export::{File, Read, read},
    options::Options,
    system::System,
    unpack::unpack,
};
