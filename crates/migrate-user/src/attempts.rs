//! How often a password may be tried at this door: ten times in a quarter of an hour, for each person.
//!
//! Cognito limits how often a password of its own is tried, but it does not know these yet. Strangers are counted like
//! known users: who is not must not show.

use std::time::SystemTime;

use common::{ephemera::Ephemera, error::Failure, event::Event};
use known_user::{Counted, UserEmail, UserNameKey, count::MOST_ATTEMPTS};

use crate::decision::is_sign_in;

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
        let counted = if is_sign_in(event) { Counted::Attempts } else { Counted::Forgotten };
        let (id, expires_at) = counted.item(&event.user_pool_id, who, now);
        let times = self.0.count(&id, expires_at).await.map_err(|code| Failure::EphemeraUnavailable(code.0))?;
        Ok(times <= MOST_ATTEMPTS)
    }
}
