//! The one-time code by which a person shows at sign-up who they are.

use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::debug::debug_without_content;

/// A one-time code that the owner has sent to a person, as the table keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// [`Claim::hash_of`] the code.
    pub code_hash: String,
    /// Until when the code counts: seconds since 1970.
    pub expires: u64,
    /// Who has used it.
    pub used: Option<ClaimUse>,
}

/// The use of a one-time code.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimUse {
    /// The user name that signed up with it, as it was spelled.
    pub by: String,
    /// When it first did (RFC 3339); empty where the record does not say.
    pub at: String,
}

impl Claim {
    /// A code that has yet to be used; see the fields.
    pub fn new(code_hash: String, expires: u64) -> Self {
        Self { code_hash, expires, used: None }
    }

    /// The SHA-256 of a code, in lower-case hexadecimal digits. How the code is grouped and spelled does not matter: white
    /// space, hyphens and letter case are left out.
    pub fn hash_of(code: &str) -> String {
        let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        Sha256::digest(code.to_lowercase()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `code` is the one, and still counts.
    pub fn is_met_by(&self, code: &str, now: SystemTime) -> bool {
        let expires = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.expires));
        expires.is_some_and(|expires| now < expires) && Self::hash_of(code) == self.code_hash
    }
}

debug_without_content!(Claim);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_met_by_its_code_until_it_expires() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        // By `printf abcdefghij | sha256sum`.
        let code_hash = "72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0".to_owned();
        let claim = Claim::new(code_hash, 1_800_000_000);
        for (code, now, is_met) in [
            ("abcdefghij", 1_799_999_999, true),
            (" ABCDE-fghij\n", 0, true),
            ("abcdefghij", 1_800_000_000, false),
            ("abcdefghi", 0, false),
            ("", 0, false),
        ] {
            assert_eq!(claim.is_met_by(code, at(now)), is_met, "{code:?} {now}");
        }
        assert!(!Claim { expires: u64::MAX, ..claim }.is_met_by("abcdefghij", at(0)));
    }
}
