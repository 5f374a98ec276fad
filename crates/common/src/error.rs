//! What went wrong, what the person signing in is told, and the error type that operators alarm on.
//!
//! Cognito shows the person `<Trigger> failed with error <text>.`, so a text here is lower case, without a full stop, and
//! one of five: nothing else leaves a function.

use known_user::MalformedRecord;
use lambda_runtime::Diagnostic;

use crate::event::NotAnEvent;

/// The owner's rules say no. A decision comes to this; it is no failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The app client is one of `BLOCKED_APP_CLIENTS`.
    AppClientBlocked,
    /// The person is suspended, or the required validation data is missing: one text for both, so that neither tells who
    /// exists.
    SignInRefused,
    /// The sign-up would take the place of a known user who can come by signing in.
    AccountExists,
    /// The user name is a known user's, and the sign-up does not give their email.
    UserNameReserved,
}

/// Why the answer could not be found, or a record not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The payload is not a JSON object.
    EventMalformed,
    /// The table did not answer as it should: the error's code as the service or the SDK has it.
    KnownUsersUnavailable(String),
    /// A record of the table has an attribute of the wrong type, or lacks one that it needs.
    KnownUserMalformed(MalformedRecord),
    /// The Ephemera table did not answer as it should: the error's code.
    EphemeraUnavailable(String),
    /// A password hash cannot be held against any password: why, which shows nothing of it.
    PasswordHashUnusable(String),
    /// The secret that a password hash needs cannot be read or is none: why, which shows nothing of it.
    PasswordSecretUnavailable(String),
    /// The welcome mail was not sent, or its receipt not kept: what failed, and the error's code.
    WelcomeEmailFailed(String),
    /// The time that Cognito leaves a trigger was used up.
    TimedOut,
    /// A bug.
    Panicked,
}

/// Why an event does not go back to Cognito.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The rules.
    Refused(Refusal),
    /// The circumstances.
    Failed(Failure),
}

impl Refusal {
    /// The name that operators count.
    pub fn error_type(self) -> &'static str {
        match self {
            Self::AppClientBlocked => "AppClientBlocked",
            Self::SignInRefused => "SignInRefused",
            Self::AccountExists => "AccountExists",
            Self::UserNameReserved => "UserNameReserved",
        }
    }

    /// What the person reads.
    pub fn text(self) -> &'static str {
        match self {
            Self::AppClientBlocked => "cannot authenticate users from this user pool app client",
            Self::SignInRefused => "sign-in is not available",
            Self::AccountExists => "this account already exists, sign in instead",
            // As Cognito says it of a name that the pool has.
            Self::UserNameReserved => "this user name is taken",
        }
    }
}

impl Failure {
    /// The name that operators alarm on.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::EventMalformed => "EventMalformed",
            Self::KnownUsersUnavailable(_) => "KnownUsersUnavailable",
            Self::KnownUserMalformed(_) => "KnownUserMalformed",
            Self::EphemeraUnavailable(_) => "EphemeraUnavailable",
            Self::PasswordHashUnusable(_) => "PasswordHashUnusable",
            Self::PasswordSecretUnavailable(_) => "PasswordSecretUnavailable",
            Self::WelcomeEmailFailed(_) => "WelcomeEmailFailed",
            Self::TimedOut => "TimedOut",
            Self::Panicked => "Panicked",
        }
    }

    /// What operators read beside it: an error code or an attribute's name, nothing about a person.
    pub fn detail(&self) -> &str {
        match self {
            Self::KnownUsersUnavailable(detail)
            | Self::EphemeraUnavailable(detail)
            | Self::PasswordHashUnusable(detail)
            | Self::PasswordSecretUnavailable(detail)
            | Self::WelcomeEmailFailed(detail) => detail,
            Self::KnownUserMalformed(record) => record.attribute,
            Self::EventMalformed => "the payload is not a JSON object",
            Self::TimedOut => "no answer within the time that Cognito leaves",
            Self::Panicked => "a bug; the line before says where",
        }
    }
}

impl Error {
    /// What the person reads. Of the circumstances they learn nothing.
    pub fn text(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.text(),
            Self::Failed(_) => "try again later",
        }
    }

    /// The stable name of the error, `errorType` in Lambda's answer and in the log.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.error_type(),
            Self::Failed(failure) => failure.error_type(),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<NotAnEvent> for Failure {
    fn from(_: NotAnEvent) -> Self {
        Self::EventMalformed
    }
}

impl From<MalformedRecord> for Failure {
    fn from(record: MalformedRecord) -> Self {
        Self::KnownUserMalformed(record)
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.text().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_one_of_five_texts() {
        let failures = [
            Failure::EventMalformed,
            Failure::KnownUsersUnavailable("ThrottlingException".to_owned()),
            Failure::KnownUserMalformed(MalformedRecord { attribute: "Suspended" }),
            Failure::EphemeraUnavailable("no answer in time".to_owned()),
            Failure::PasswordHashUnusable("the password hash is of no known format".to_owned()),
            Failure::PasswordSecretUnavailable("ResourceNotFoundException".to_owned()),
            Failure::WelcomeEmailFailed("SendEmail: MessageRejected".to_owned()),
            Failure::TimedOut,
            Failure::Panicked,
        ];
        let told = |error: Error| {
            let Diagnostic { error_type, error_message } = error.into();
            (error_type, error_message)
        };
        let expected = |error_type: &str, text: &str| (error_type.to_owned(), text.to_owned());
        for failure in failures {
            assert_eq!(told(failure.clone().into()), expected(failure.error_type(), "try again later"));
        }
        assert_eq!(
            told(Refusal::AppClientBlocked.into()),
            expected("AppClientBlocked", "cannot authenticate users from this user pool app client")
        );
        assert_eq!(told(Refusal::SignInRefused.into()), expected("SignInRefused", "sign-in is not available"));
        assert_eq!(
            told(Refusal::AccountExists.into()),
            expected("AccountExists", "this account already exists, sign in instead")
        );
        assert_eq!(told(Refusal::UserNameReserved.into()), expected("UserNameReserved", "this user name is taken"));
    }
}
