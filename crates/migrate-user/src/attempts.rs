//! How often a password may be tried at this door: ten times in a quarter of an hour, for each person.
//!
//! Cognito limits how often a password of its own is tried, but it does not know these yet. Quarters are those of the
//! clock, in UTC, so that counting is one request. Strangers are counted like known users: who is not must not show.

use std::time::{Duration, SystemTime};

use common::{
    ephemera::Ephemera,
    error::Failure,
    event::Event,
    known_user::{UserEmail, UserNameKey},
    log,
};

use crate::decision::is_sign_in;

/// How many attempts there are.
const MOST: u64 = 10;

/// How long they are counted together.
const QUARTER: Duration = Duration::from_mins(15);

/// Counts attempts.
pub(crate) struct Attempts(Ephemera);

impl Attempts {
    pub(crate) fn new(ephemera: Ephemera) -> Self {
        Self(ephemera)
    }

    /// Counts an attempt at the person of this email, or at whom nobody knows by the name in `event`; whether there was one
    /// left. It is counted before the password is looked at, so that attempts side by side are no more than one by one.
    /// Who forgot the password is counted apart: nobody who tries passwords keeps a person from their mailbox.
    pub(crate) async fn allow_one_more(
        &self,
        event: &Event,
        email: Option<&UserEmail>,
        now: SystemTime,
    ) -> Result<bool, Failure> {
        let typed = UserNameKey::new(&event.user_name);
        let who = email.map(UserEmail::as_str).or(typed.as_ref().map(UserNameKey::as_str)).unwrap_or_default();
        let what = if is_sign_in(event) { "attempts" } else { "forgotten" };
        let (id, expires_at) = item(what, &event.user_pool_id, who, now);
        let times = self.0.count(&id, expires_at).await.map_err(Failure::EphemeraUnavailable)?;
        Ok(times <= MOST)
    }
}

/// The key of the item that counts, and when it expires.
fn item(what: &str, pool: &str, who: &str, now: SystemTime) -> (String, SystemTime) {
    let quarters = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() / QUARTER.as_secs();
    let end = Duration::from_secs((quarters + 1) * QUARTER.as_secs());
    (format!("{what}#{pool}#{}#{}", log::digest_of(pool, who), end.as_secs()), SystemTime::UNIX_EPOCH + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_by_pool_person_and_quarter() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let (id, expires_at) = item("attempts", "pool", "zoë@example.com", at(1_800_000_000));
        assert_eq!(id, format!("attempts#pool#{}#1800000900", log::digest_of("pool", "zoë@example.com")));
        assert_eq!(expires_at, at(1_800_000_900));
        for (pool, who, seconds, is_the_same) in [
            ("pool", "zoë@example.com", 1_800_000_899, true),
            ("pool", "zoë@example.com", 1_800_000_900, false),
            ("pool", "zoë@example.com", 1_799_999_999, false),
            ("pond", "zoë@example.com", 1_800_000_000, false),
            ("pool", "zoé@example.com", 1_800_000_000, false),
        ] {
            assert_ne!(item("forgotten", pool, who, at(seconds)).0, id);
            assert_eq!(item("attempts", pool, who, at(seconds)).0 == id, is_the_same, "{pool} {who} {seconds}");
        }
    }
}
