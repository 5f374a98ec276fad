//! Whether the password that somebody typed is the one that another system keeps a hash of.

use std::{str::FromStr, sync::Arc};

use common::{error::Failure, event::Event};
use legacy_password::{Answer, Error, Limit, PasswordHash, Secrets, lambda_memory};
use tokio::sync::Semaphore;
use tracing::error;

use crate::{decision::is_sign_in, secret::Secret};

/// Holds passwords against hashes, on a thread of their own: one can take a second. One at a time: a verification that
/// nobody waits for any more goes on to its end, and two at once would take the memory and the time of each other.
pub(crate) struct Passwords {
    secret: Option<Secret>,
    dummy: Dummy,
    memory_mib: Option<u64>,
    one_at_a_time: Arc<Semaphore>,
}

/// A hash that is nobody's, in the format of most people's: somebody unknown costs as much work as somebody known.
pub(crate) struct Dummy(Option<Arc<PasswordHash>>);

const BCRYPT_10: &str = "$2y$10$VVt6y.2livvfS5m6UIEem.cqMqcGEz9ebqB2lk2znWV.M16JiRVs2";

impl Default for Dummy {
    /// bcrypt at cost 10, the default of most libraries for most of its time. Nobody knows a password to it.
    fn default() -> Self {
        Self(PasswordHash::parse(BCRYPT_10).ok().map(Arc::new))
    }
}

impl FromStr for Dummy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text == "none" {
            return Ok(Self(None));
        }
        PasswordHash::parse(text).map(|hash| Self(Some(Arc::new(hash))))
    }
}

/// Why a hash cannot be held against a password. Nothing of it is repeated.
#[derive(Debug, thiserror::Error)]
enum HashUnusable {
    #[error(transparent)]
    Hash(#[from] Error),
    /// In MB: Lambda would end the function.
    #[error("the password hash needs {needs} MB of memory, and the function has {has}")]
    TooLarge { needs: u64, has: u64 },
}

impl Passwords {
    /// `memory_mib` is what the function has, where it is known.
    pub(crate) fn new(secret: Option<Secret>, dummy: Dummy, memory_mib: Option<u64>) -> Self {
        Self { secret, dummy, memory_mib, one_at_a_time: Arc::new(Semaphore::new(1)) }
    }

    /// Begins to read the secret, while the table is asked whether anybody needs it.
    pub(crate) fn get_ready(&self, event: &Event) {
        if let Some(secret) = self.secret.as_ref().filter(|_| is_sign_in(event)) {
            secret.begin();
        }
    }

    /// Whether the password in `event` is right. An absent or empty one never is.
    pub(crate) async fn is_right(&self, event: &Event, encoded: &str) -> Result<bool, Failure> {
        let is_right = match PasswordHash::parse(encoded) {
            Ok(hash) => self.work(event, &Arc::new(hash)).await?,
            Err(error) => Err(error.into()),
        };
        is_right.map_err(|why| Failure::PasswordHashUnusable(why.to_string()))
    }

    /// Holds the password in `event` against nobody's hash, for the work that it is. It is wrong.
    pub(crate) async fn is_nobodys(&self, event: &Event) -> Result<(), Failure> {
        if let Some(dummy) = &self.dummy.0
            && let Err(why) = self.work(event, dummy).await?
        {
            error!(errorType = "PasswordHashUnusable", detail = %why, "DUMMY_HASH cannot be used");
        }
        Ok(())
    }

    /// Whether the password is right, or why the hash is of no use.
    async fn work(&self, event: &Event, hash: &Arc<PasswordHash>) -> Result<Result<bool, HashUnusable>, Failure> {
        if let Some(why) = self.does_not_fit(hash) {
            return Ok(Err(why));
        }
        let secrets = match &self.secret {
            Some(secret) if hash.takes_secrets() => {
                secret.secrets().await.map_err(|why| Failure::PasswordSecretUnavailable(why.to_string()))?
            }
            _ => Arc::default(),
        };
        Ok(self.verify(event, hash, secrets).await?.map_err(HashUnusable::from))
    }

    async fn verify(
        &self,
        event: &Event,
        hash: &Arc<PasswordHash>,
        secrets: Arc<Secrets>,
    ) -> Result<Result<bool, Error>, Failure> {
        let password = event.password().unwrap_or_default();
        let hash = Arc::clone(hash);
        let turn = Arc::clone(&self.one_at_a_time).acquire_owned().await.map_err(|_| Failure::Panicked)?;
        let verified = tokio::task::spawn_blocking(move || {
            let _until_it_is_done = turn;
            match hash.verify(password.as_bytes(), &secrets) {
                Ok(Answer::Match) => Ok(!password.is_empty()),
                // A password that is too long for any of the hashes is a wrong one.
                Ok(Answer::NoMatch) | Err(Error::BeyondLimit { limit: Limit::PasswordLength, .. }) => Ok(false),
                Err(error) => Err(error),
            }
        });
        verified.await.map_err(|_| Failure::Panicked)
    }

    /// Why the hash does not fit into the function's memory, where it does not: Lambda would end the function.
    fn does_not_fit(&self, hash: &PasswordHash) -> Option<HashUnusable> {
        let has = self.memory_mib?;
        let needs = u64::from(lambda_memory::held_mb(hash.cost()));
        (needs > has).then_some(HashUnusable::TooLarge { needs, has })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use legacy_password::Format;
    use serde_json::json;

    fn typed(request: &serde_json::Value) -> Event {
        Event::new(serde_json::value::to_raw_value(&json!({ "request": request })).unwrap()).unwrap()
    }

    #[test]
    fn a_dummy_is_a_hash_or_none() {
        let format = |dummy: Dummy| dummy.0.map(|hash| hash.format());
        let parsed = |text: &str| text.parse::<Dummy>().map(format);
        assert_eq!(parsed("none"), Ok(None));
        assert_eq!(parsed("plain"), Err(Error::UnknownFormat));
        assert_eq!(parsed("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="), Ok(Some(Format::LdapSha)));
        assert_eq!(format(Dummy::default()), Some(Format::Bcrypt));
    }

    #[tokio::test]
    async fn an_empty_password_is_never_right() {
        // {SHA} of nothing.
        let encoded = "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
        assert_eq!(PasswordHash::parse(encoded).unwrap().verify(b"", &Secrets::default()), Ok(Answer::Match));
        let passwords = Passwords::new(None, Dummy(None), None);
        for request in [json!({ "password": "" }), json!({ "password": null }), json!({}), json!(null)] {
            assert_eq!(passwords.is_right(&typed(&request), encoded).await, Ok(false), "{request}");
        }
    }

    #[tokio::test]
    async fn a_password_is_right_wrong_or_cannot_be_told() {
        let passwords = Passwords::new(None, Dummy(None), None);
        let long = "x".repeat(257);
        let unusable = |why: &str| Err(Failure::PasswordHashUnusable(why.to_owned()));
        for (password, encoded, expected) in [
            ("hashcat", "{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==", Ok(true)),
            ("Hashcat", "{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==", Ok(false)),
            (&long, "{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==", Ok(false)),
            ("x", "hunter2", unusable("the password hash is of no known format")),
            ("x", "{SSHA}FLzW", unusable("the ldap-ssha hash is malformed: its hash is too short")),
            (
                "x",
                "$2y$16$VVt6y.2livvfS5m6UIEem.cqMqcGEz9ebqB2lk2znWV.M16JiRVs2",
                unusable("beyond the limit: a bcrypt cost of 15"),
            ),
            (
                "x",
                "$pepper$hmac-sha256-hex${SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==",
                unusable("the password hash needs the pepper"),
            ),
        ] {
            assert_eq!(passwords.is_right(&typed(&json!({ "password": password })), encoded).await, expected);
        }
    }

    #[tokio::test]
    async fn a_hash_that_does_not_fit_into_the_functions_memory_is_not_begun() {
        let argon2 = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";
        let scrypt = "$scrypt$ln=16,r=8,p=1$c2FsdHNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";
        let event = typed(&json!({ "password": "x" }));
        for (encoded, memory_mib, fits) in [
            (argon2, Some(95), false),
            (argon2, Some(96), true),
            (argon2, None, true),
            (scrypt, Some(95), false),
            (scrypt, Some(96), true),
        ] {
            let passwords = Passwords::new(None, Dummy(None), memory_mib);
            let why = "the password hash needs 96 MB of memory, and the function has 95".to_owned();
            let expected = if fits { Ok(false) } else { Err(Failure::PasswordHashUnusable(why)) };
            assert_eq!(passwords.is_right(&event, encoded).await, expected, "{encoded} {memory_mib:?}");
        }
    }

    #[tokio::test]
    async fn one_password_is_verified_at_a_time_and_an_abandoned_one_has_its_turn_until_it_is_done() {
        let passwords = Passwords::new(None, Dummy(None), None);
        let event = typed(&json!({ "password": "x" }));
        // A million rounds: seconds without optimisation, a quarter of one with it.
        let slow = "$6$rounds=999999$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";
        let abandoned = passwords.is_right(&event, slow);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), abandoned).await.is_err());
        assert_eq!(passwords.one_at_a_time.available_permits(), 0, "it goes on");
        assert_eq!(passwords.is_right(&event, "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=").await, Ok(false));
        assert_eq!(passwords.one_at_a_time.available_permits(), 1, "it is done, and so was the other");
    }
}
