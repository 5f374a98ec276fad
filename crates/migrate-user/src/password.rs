//! Whether the password that somebody typed is the one that another system keeps a hash of.

use std::{str::FromStr, sync::Arc};

use common::{error::Failure, event::Event};
use legacy_password::{Answer, Error, Format, Limit, Parameters, verify};
use tracing::error;

/// Holds passwords against hashes, on a thread of their own: one can take a second.
pub(crate) struct Passwords {
    parameters: Arc<Parameters>,
    dummy: Dummy,
}

/// A hash that is nobody's, in the format of most people's: somebody unknown costs as much work as somebody known.
pub(crate) struct Dummy(Option<String>);

impl Default for Dummy {
    /// bcrypt at cost 10, the default of most libraries for most of its time. Nobody knows a password to it.
    fn default() -> Self {
        Self(Some("$2y$10$VVt6y.2livvfS5m6UIEem.cqMqcGEz9ebqB2lk2znWV.M16JiRVs2".to_owned()))
    }
}

impl FromStr for Dummy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text == "none" {
            return Ok(Self(None));
        }
        Format::of(text).map(|_| Self(Some(text.to_owned())))
    }
}

impl Passwords {
    pub(crate) fn new(parameters: Parameters, dummy: Dummy) -> Self {
        Self { parameters: Arc::new(parameters), dummy }
    }

    /// Whether somebody unknown costs as much work as somebody known.
    pub(crate) fn pretend(&self) -> bool {
        self.dummy.0.is_some()
    }

    /// Whether the password in `event` is right. An absent or empty one never is.
    pub(crate) async fn is_right(&self, event: &Event, encoded: &str) -> Result<bool, Failure> {
        self.work(event, encoded).await?.map_err(|error| Failure::PasswordHashUnusable(error.to_string()))
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

    async fn work(&self, event: &Event, encoded: &str) -> Result<Result<bool, Error>, Failure> {
        let password = event.password().unwrap_or_default();
        let encoded = encoded.to_owned();
        let parameters = Arc::clone(&self.parameters);
        let verified = tokio::task::spawn_blocking(move || match verify(password.as_bytes(), &encoded, &parameters) {
            Ok(Answer::Match) => Ok(!password.is_empty()),
            // A password that is too long for any of the hashes is a wrong one.
            Ok(Answer::NoMatch) | Err(Error::BeyondLimit(Limit::PasswordLength)) => Ok(false),
            Err(error) => Err(error),
        });
        verified.await.map_err(|_| Failure::Panicked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn typed(request: &serde_json::Value) -> Event {
        Event::new(serde_json::value::to_raw_value(&json!({ "request": request })).unwrap()).unwrap()
    }

    #[test]
    fn a_dummy_is_a_hash_or_none() {
        let dummy = |text: &str| text.parse::<Dummy>().map(|dummy| dummy.0);
        assert_eq!(dummy("none"), Ok(None));
        assert_eq!(dummy("plain"), Err(Error::UnknownFormat));
        let default = Dummy::default().0.unwrap();
        assert_eq!(dummy(&default), Ok(Some(default.clone())));
        assert_eq!(Format::of(&default), Ok(Format::Bcrypt));
    }

    #[tokio::test]
    async fn an_empty_password_is_never_right() {
        // {SHA} of nothing.
        let encoded = "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
        let nothing = Parameters::default();
        assert_eq!(verify(b"", encoded, &nothing), Ok(Answer::Match));
        let passwords = Passwords::new(nothing, Dummy(None));
        for request in [json!({ "password": "" }), json!({ "password": null }), json!({}), json!(null)] {
            assert_eq!(passwords.is_right(&typed(&request), encoded).await, Ok(false), "{request}");
        }
    }

    #[tokio::test]
    async fn a_password_is_right_wrong_or_cannot_be_told() {
        let passwords = Passwords::new(Parameters::default(), Dummy(None));
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
}
