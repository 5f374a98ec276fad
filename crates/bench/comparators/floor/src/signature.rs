//! Signature Version 4, as the guide has it:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use std::{env, fmt::Write, time::SystemTime};

use lambda_runtime::Error;
use ring::{digest, hmac};

/// Signs requests to one service of one region. The key of a day is kept for the day.
pub struct Signer {
    service: &'static str,
    region: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    key: Option<(String, hmac::Key)>,
}

impl Signer {
    /// With the credentials and the region that Lambda puts into the environment.
    pub fn from_environment(service: &'static str) -> Result<Self, Error> {
        Ok(Self {
            service,
            region: env::var("AWS_REGION")?,
            access_key_id: env::var("AWS_ACCESS_KEY_ID")?,
            secret_access_key: env::var("AWS_SECRET_ACCESS_KEY")?,
            session_token: env::var("AWS_SESSION_TOKEN").ok(),
            key: None,
        })
    }

    /// The head of a `POST` of this body, as it is sent.
    pub fn sign(&mut self, host: &str, target: &str, body: &str) -> String {
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string().replace(['-', ':'], "");
        let day = now[..8].to_owned();
        let mut headers = format!("host:{host}\nx-amz-date:{now}\n");
        let mut names = "host;x-amz-date".to_owned();
        if let Some(token) = &self.session_token {
            headers += &format!("x-amz-security-token:{token}\n");
            names += ";x-amz-security-token";
        }
        headers += &format!("x-amz-target:{target}\n");
        names += ";x-amz-target";

        let request = format!("POST\n/\n\n{headers}\n{names}\n{}", hex(sha256(body).as_ref()));
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{}", hex(sha256(&request).as_ref()));
        let signature = hex(hmac::sign(self.key_of(day), text.as_bytes()).as_ref());

        format!(
            "POST / HTTP/1.1\r\n{}content-type:application/x-amz-json-1.0\r\ncontent-length:{}\r\n\
             authorization:AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}\r\n\r\n",
            headers.replace('\n', "\r\n"),
            body.len(),
            self.access_key_id
        )
    }

    fn key_of(&mut self, day: String) -> &hmac::Key {
        let key = match self.key.take() {
            Some(key) if key.0 == day => key,
            _ => {
                let first = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{}", self.secret_access_key).as_bytes());
                let key = [day.as_str(), &self.region, self.service, "aws4_request"].iter().fold(first, |key, part| {
                    hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref())
                });
                (day, key)
            }
        };
        &self.key.insert(key).1
    }
}

fn sha256(text: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, text.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string has no failing path.
        write!(text, "{byte:02x}").ok();
    }
    text
}
