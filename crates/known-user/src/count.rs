//! What is counted of a person, and in which item.

use std::time::{Duration, SystemTime};

use crate::digest::digest_of;

/// How many passwords may be tried at one person, by whoever and by whichever name, in a [`QUARTER`].
pub const MOST_ATTEMPTS: u64 = 10;

/// How long attempts are counted together: a quarter of an hour of the clock, in UTC, so that counting is one request.
pub const QUARTER: Duration = Duration::from_mins(15);

/// What is counted of one person in one user pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Passwords that were tried.
    Attempts,
    /// Passwords that were said to be forgotten.
    Forgotten,
}

impl Counted {
    /// The key of the item that counts it at `now`, and when that item expires. `who` is the key of a known user, or the
    /// normalised name of whom nobody knows: the item's key holds but its digest.
    pub fn item(self, pool: &str, who: &str, now: SystemTime) -> (String, SystemTime) {
        let what = match self {
            Self::Attempts => "attempts",
            Self::Forgotten => "forgotten",
        };
        let quarters = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() / QUARTER.as_secs();
        let end = Duration::from_secs((quarters + 1) * QUARTER.as_secs());
        (format!("{what}#{pool}#{}#{}", digest_of(pool, who), end.as_secs()), SystemTime::UNIX_EPOCH + end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_of_one_person_of_one_pool_in_one_quarter() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let item = |pool, who, seconds| Counted::Attempts.item(pool, who, at(seconds));
        let (id, expires_at) = item("pool", "zoë@example.com", 1_800_000_000);
        assert_eq!(id, format!("attempts#pool#{}#1800000900", digest_of("pool", "zoë@example.com")));
        assert_eq!(expires_at, at(1_800_000_900));
        for (pool, who, seconds, is_the_same) in [
            ("pool", "zoë@example.com", 1_800_000_899, true),
            ("pool", "zoë@example.com", 1_800_000_900, false),
            ("pool", "zoë@example.com", 1_799_999_999, false),
            ("pond", "zoë@example.com", 1_800_000_000, false),
            ("pool", "zoé@example.com", 1_800_000_000, false),
        ] {
            assert_ne!(Counted::Forgotten.item(pool, who, at(seconds)).0, id);
            assert_eq!(item(pool, who, seconds).0 == id, is_the_same, "{pool} {who} {seconds}");
        }
    }
}
