//! The congratulation: one mail, at most once per user, however often Cognito calls.
//!
//! A receipt in the Ephemera table comes first, on condition that there is none; then the mail. Where SES says no, the
//! receipt is taken back, so that Cognito's next call can try again. Where nobody knows whether the mail went out (a
//! time-out, a broken connection), the receipt stays: no mail is better than two.

use std::{
    error::Error,
    io::{self, ErrorKind},
    time::{Duration, SystemTime},
};

use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    config::{
        interceptors::InterceptorContext,
        retry::{ClassifyRetry, RetryAction},
    },
    error::{BuildError, SdkError},
    types::{Body, Content, Destination, EmailContent, Message},
};
use common::{ephemera::Ephemera, error::Failure, known_users::error_code};

use crate::record::{Congratulation, SUBJECT};

/// How long a receipt is kept: Cognito repeats a call within seconds.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// HTTP's "too many requests", with which SES says that it has not taken the mail.
const TOO_MANY_REQUESTS: u16 = 429;

/// Sends congratulations.
pub(crate) struct WelcomeEmail {
    ses: aws_sdk_sesv2::Client,
    from: String,
    ephemera: Ephemera,
}

impl WelcomeEmail {
    /// Sends from `from`, an identity that SES has verified, and keeps receipts in `ephemera`.
    pub(crate) fn new(sdk: &SdkConfig, from: String, ephemera: Ephemera) -> Self {
        let config = aws_sdk_sesv2::config::Builder::from(sdk).retry_classifier(NotTakenOnly).build();
        Self { ses: aws_sdk_sesv2::Client::from_conf(config), from, ephemera }
    }

    /// Sends `mail` unless there is a receipt for it; whether it was sent now.
    pub(crate) async fn send_once(&self, mail: &Congratulation, now: SystemTime) -> Result<bool, Failure> {
        let put = self.ephemera.put_receipt(&mail.receipt, now, KEPT).await;
        if !put.map_err(|code| Failure::WelcomeEmailFailed(format!("receipt: {code}")))? {
            return Ok(false);
        }
        match self.send(mail).await {
            Ok(()) => Ok(true),
            Err(Unsent { code, for_certain }) => {
                let code = format!("SendEmail: {code}");
                if for_certain && let Err(error) = self.ephemera.take_receipt_back(&mail.receipt).await {
                    return Err(Failure::WelcomeEmailFailed(format!("{code}; the receipt stays: {error}")));
                }
                Err(Failure::WelcomeEmailFailed(code))
            }
        }
    }

    async fn send(&self, mail: &Congratulation) -> Result<(), Unsent> {
        let message = message(&mail.text)
            .map_err(|_| Unsent { code: "the mail could not be written".to_owned(), for_certain: true })?;
        self.ses
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await
            .map(drop)
            .map_err(|error| Unsent { code: error_code(&error).0, for_certain: surely_unsent(&error) })
    }
}

fn message(text: &str) -> Result<Message, BuildError> {
    let content = |text| Content::builder().charset("UTF-8").data(text).build();
    let body = Body::builder().text(content(text)?).build();
    Ok(Message::builder().subject(content(SUBJECT)?).body(body).build())
}

/// A mail that was not sent, as far as anybody knows.
struct Unsent {
    code: String,
    for_certain: bool,
}

/// Whether SES said no, or never heard of the mail.
fn surely_unsent<E: Error + 'static, R: std::fmt::Debug + 'static>(error: &SdkError<E, R>) -> bool {
    match error {
        SdkError::ServiceError(_) | SdkError::ConstructionFailure(_) => true,
        SdkError::DispatchFailure(failure) => {
            let mut cause = failure.as_connector_error().and_then(Error::source);
            while let Some(error) = cause {
                if let Some(error) = error.downcast_ref::<io::Error>() {
                    return matches!(
                        error.kind(),
                        ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable
                    );
                }
                cause = error.source();
            }
            false
        }
        _ => false,
    }
}

/// Repeats a request only where SES has said that it did not take the mail: `SendEmail` sends again each time.
#[derive(Debug)]
struct NotTakenOnly;

impl ClassifyRetry for NotTakenOnly {
    fn classify_retry(&self, attempt: &InterceptorContext) -> RetryAction {
        match attempt.response().map(|answer| answer.status().as_u16()) {
            Some(TOO_MANY_REQUESTS) => RetryAction::NoActionIndicated,
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "not taken only"
    }
}
