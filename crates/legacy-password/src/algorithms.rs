//! The arithmetic: one file an algorithm. An algorithm is a value with its salt and its parameters, which are within the
//! limits once it is made, tells what it costs, and makes a hash of a password. None knows how an encoding spells it.

pub(crate) mod argon2;
pub(crate) mod bcrypt;
pub(crate) mod cost;
pub(crate) mod crypt;
pub(crate) mod digest;
pub(crate) mod firebase_scrypt;
pub(crate) mod pbkdf2;
pub(crate) mod repeated_digest;
pub(crate) mod salted_digest;
pub(crate) mod scrypt;
pub(crate) mod yescrypt;
