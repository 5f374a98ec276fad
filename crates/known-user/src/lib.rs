//! Somebody the owner of a user pool knows already. Pure: no request, no clock, no runtime.
//!
//! - [`keys`]: the two names by which the table finds a person
//! - [`record`]: a record as a trigger reads it, attribute by attribute; [`known_user`]: a record that is sound, as the
//!   operator's tool writes it; [`attribute`]: what the attributes are called
//! - [`claim`]: the one-time code that shows at sign-up who a person is
//! - [`identity`]: who a person is, what proves it, and what is merely said; [`pool`]: what a pool's settings say of it
//! - [`count`]: what is counted of a person, and in which item
//! - [`digest`], [`time`]: how a person and a moment are written down
//! - [`trigger`]: the five triggers, by every name that they have

pub mod attribute;
pub mod claim;
pub mod count;
mod debug;
pub mod digest;
pub mod identity;
pub mod keys;
pub mod known_user;
pub mod pool;
pub mod record;
pub mod time;
pub mod trigger;

pub use claim::{Claim, ClaimUse};
pub use count::Counted;
pub use digest::digest_of;
pub use identity::Shown;
pub use keys::{UserEmail, UserNameKey};
pub use known_user::KnownUser;
pub use pool::{CheckSuspended, Pool, SignInWith};
pub use record::{Item, MalformedRecord, Read, Record};
pub use trigger::Trigger;
