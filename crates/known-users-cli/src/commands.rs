//! One file, or one folder, a command, named as it is typed.

pub(crate) mod attach;
pub(crate) mod completions;
pub(crate) mod detach;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod invite;
pub(crate) mod man_pages;
pub(crate) mod put;
pub(crate) mod readmit;
pub(crate) mod release;
pub(crate) mod remove;
pub(crate) mod resume;
pub(crate) mod scenario;
pub(crate) mod status;
pub(crate) mod suspend;
pub(crate) mod why;
