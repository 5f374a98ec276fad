//! A stand-in for a person's name, for logs and keys.

use sha2::{Digest, Sha256};

/// The first 12 hexadecimal digits of the SHA-256 of the user pool's id, a zero byte and `who`.
pub fn digest_of(user_pool_id: &str, who: &str) -> String {
    let hash = Sha256::new().chain_update(user_pool_id).chain_update([0]).chain_update(who).finalize();
    hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
