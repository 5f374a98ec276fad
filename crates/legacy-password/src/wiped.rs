//! Bytes that are wiped from memory when they go.

use zeroize::Zeroizing;

/// A password, a key, or what was made of one.
pub(crate) type Wiped = Zeroizing<Vec<u8>>;
