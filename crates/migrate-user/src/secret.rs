//! What a project keeps for itself and no hash has: a pepper, Argon2's secret, Firebase's parameters. They lie in one
//! secret of AWS Secrets Manager. It is read while the table is asked, and waited for only by a hash that needs it: a slow
//! Secrets Manager keeps nobody out who has another.

use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use base64ct::{Base64, Encoding};
use common::known_users::{ErrorCode, error_code};
use legacy_password::{FirebaseProject, Secrets};
use serde::Deserialize;
use tokio::{sync::OnceCell, task::JoinHandle};
use zeroize::Zeroizing;

/// A secret that is read once, and again only where that failed.
pub(crate) struct Secret {
    source: Arc<Source>,
    reading: Mutex<Option<JoinHandle<()>>>,
}

struct Source {
    client: aws_sdk_secretsmanager::Client,
    name: String,
    secrets: OnceCell<Arc<Secrets>>,
}

impl Secret {
    /// The secret called `name`, or with that ARN. Makes no request.
    pub(crate) fn new(sdk: &SdkConfig, name: String) -> Self {
        let client = aws_sdk_secretsmanager::Client::new(sdk);
        let source = Source { client, name, secrets: OnceCell::new() };
        Self { source: Arc::new(source), reading: Mutex::new(None) }
    }

    /// Begins to read it, unless that was done or is being done.
    pub(crate) fn begin(&self) {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let is_needless =
            self.source.secrets.initialized() || reading.as_ref().is_some_and(|reading| !reading.is_finished());
        if !is_needless {
            let source = Arc::clone(&self.source);
            // What goes wrong is said to whoever waits for it.
            *reading = Some(tokio::spawn(async move { drop(source.secrets().await) }));
        }
    }

    /// Waits for it. What is wrong with it is said without any of it.
    pub(crate) async fn secrets(&self) -> Result<Arc<Secrets>, SecretUnusable> {
        self.source.secrets().await
    }
}

/// Why the secret is of no use. Nothing of it is repeated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretUnusable {
    #[error("the secret cannot be read: {0}")]
    Unread(ErrorCode),
    #[error("the secret cannot be read: it is binary, not text")]
    Binary,
    #[error(
        "the secret is not a JSON object of the members that docs/passwords.md lists (line {line}, column {column})"
    )]
    NotAnObject { line: usize, column: usize },
    #[error("the secret's `firebase`: {0}")]
    Firebase(legacy_password::Error),
    #[error("the secret has both `{0}` and `{0}_base64`")]
    Twice(&'static str),
    #[error("the secret's `{0}_base64` is not base64, padded")]
    NotBase64(&'static str),
}

impl Source {
    async fn secrets(&self) -> Result<Arc<Secrets>, SecretUnusable> {
        self.secrets.get_or_try_init(async || self.read().await.map(Arc::new)).await.map(Arc::clone)
    }

    /// Reads it (`secretsmanager:GetSecretValue`).
    async fn read(&self) -> Result<Secrets, SecretUnusable> {
        let secret = self
            .client
            .get_secret_value()
            .secret_id(&self.name)
            .send()
            .await
            .map_err(|error| SecretUnusable::Unread(error_code(&error)))?
            .secret_string
            .map(Zeroizing::new)
            .ok_or(SecretUnusable::Binary)?;
        secrets(&secret)
    }
}

/// The secret's text, a JSON object; the members of `firebase` as Firebase's console shows them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    pepper: Option<Zeroizing<String>>,
    pepper_base64: Option<Zeroizing<String>>,
    argon2_secret: Option<Zeroizing<String>>,
    argon2_secret_base64: Option<Zeroizing<String>>,
    firebase: Option<Firebase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Firebase {
    base64_signer_key: Zeroizing<String>,
    base64_salt_separator: Zeroizing<String>,
    rounds: u32,
    mem_cost: u32,
}

fn secrets(secret: &str) -> Result<Secrets, SecretUnusable> {
    let Content { pepper, pepper_base64, argon2_secret, argon2_secret_base64, firebase } = serde_json::from_str(secret)
        // The error's own text can repeat a value.
        .map_err(|error| SecretUnusable::NotAnObject { line: error.line(), column: error.column() })?;
    let mut secrets = Secrets::default();
    if let Some(pepper) = bytes("pepper", pepper, pepper_base64)? {
        secrets = secrets.with_pepper(&pepper);
    }
    if let Some(secret) = bytes("argon2_secret", argon2_secret, argon2_secret_base64)? {
        secrets = secrets.with_argon2_secret(&secret);
    }
    if let Some(Firebase { base64_signer_key, base64_salt_separator, rounds, mem_cost }) = firebase {
        let project = FirebaseProject::new(&base64_signer_key, &base64_salt_separator, rounds, mem_cost)
            .map_err(SecretUnusable::Firebase)?;
        secrets = secrets.with_firebase(project);
    }
    Ok(secrets)
}

/// Bytes that are given as text or in base64, never in both.
fn bytes(
    name: &'static str,
    text: Option<Zeroizing<String>>,
    base64: Option<Zeroizing<String>>,
) -> Result<Option<Zeroizing<Vec<u8>>>, SecretUnusable> {
    match (text, base64) {
        (Some(_), Some(_)) => Err(SecretUnusable::Twice(name)),
        (Some(text), None) => Ok(Some(Zeroizing::new(text.as_bytes().to_vec()))),
        (None, Some(base64)) => match Base64::decode_vec(&base64) {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(_) => Err(SecretUnusable::NotBase64(name)),
        },
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use legacy_password::{Answer, PasswordHash};

    #[test]
    fn a_pepper_is_given_as_text_or_in_base64() {
        // By Python's hmac and hashlib.
        let hash = PasswordHash::parse("$pepper$hmac-sha256-hex${SHA}nTWilUqnkLtvzx8x5IJzvu9o5IE=").unwrap();
        for secret in [r#"{"pepper":"key"}"#, r#"{"pepper_base64":"a2V5"}"#] {
            let secrets = secrets(secret).unwrap();
            assert_eq!(hash.verify(b"hashcat", &secrets), Ok(Answer::Match), "{secret}");
        }
        let other = secrets(r#"{"pepper":"Key"}"#).unwrap();
        assert_eq!(hash.verify(b"hashcat", &other), Ok(Answer::NoMatch));
    }

    #[test]
    fn what_is_wrong_with_a_secret_is_said_without_any_of_it() {
        let shape =
            |place| format!("the secret is not a JSON object of the members that docs/passwords.md lists ({place})");
        for (secret, expected) in [
            ("hunter2", shape("line 1, column 1")),
            (r#""hunter2""#, shape("line 1, column 9")),
            (r#"{"peper":"hunter2"}"#, shape("line 1, column 8")),
            ("{\n\"pepper\":7}", shape("line 2, column 10")),
            (
                r#"{"pepper":"hunter2","pepper_base64":"a2V5"}"#,
                "the secret has both `pepper` and `pepper_base64`".to_owned(),
            ),
            (
                r#"{"argon2_secret_base64":"hunter2"}"#,
                "the secret's `argon2_secret_base64` is not base64, padded".to_owned(),
            ),
            (
                r#"{"firebase":{"base64_signer_key":"a2V5","base64_salt_separator":"Bw==","rounds":8,"mem_cost":14}}"#,
                "the secret's `firebase`: the Firebase signer key is malformed".to_owned(),
            ),
            (r#"{"firebase":{"rounds":8}}"#, shape("line 1, column 24")),
        ] {
            assert_eq!(secrets(secret).err().map(|error| error.to_string()), Some(expected), "{secret}");
        }
    }
}
