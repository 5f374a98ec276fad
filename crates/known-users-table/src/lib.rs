//! The table of known users, as its owner reads and writes it.
//!
//! Unlike a trigger, the owner's tool may list people, and add and remove one. [`known_users`] has one person's record and
//! the list; [`batch`] many records at once; [`change`] what is said of a person, as the change that it makes to the record;
//! [`readmit`] lets a person come once more; a table that is busy is asked again with [`patience`].

pub mod batch;
pub mod change;
pub mod item;
pub mod known_users;
pub mod patience;
pub mod readmit;
