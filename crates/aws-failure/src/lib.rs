//! What went wrong, in three lines: what was tried, what AWS said, what to do.

use std::{
    error::Error,
    fmt::{self, Display},
    io,
};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::{Value, json};

/// How a run can end other than well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A step failed.
    Failed,
    /// The command line is wrong, or an answer is missing that nobody is there to give.
    Usage,
    /// Every call worked, but the trigger did not do what the scenario shows.
    NotShown,
    /// Every call worked, but what was looked at is not as it should be.
    Found,
    /// The operator asked to stop.
    Interrupted,
}

impl Kind {
    /// As the JSON result has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotShown => "not-shown",
            Self::Found => "found",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What there is to do after an interruption, where nothing else is said.
const AGAIN: &str = "run it again when you like";

/// Why a step did not come to its end.
#[derive(Debug)]
pub struct Failure {
    /// How it ends the run.
    pub kind: Kind,
    /// What was tried: the end of a sentence that begins with `cannot`.
    pub tried: String,
    /// The service's code, where AWS was it that said no.
    pub code: Option<String>,
    /// What AWS, or whoever else, said.
    pub said: String,
    /// What to do.
    pub todo: String,
}

impl Failure {
    fn of(kind: Kind, tried: impl Display, said: impl Display, todo: impl Display) -> Self {
        Self { kind, tried: tried.to_string(), code: None, said: said.to_string(), todo: todo.to_string() }
    }

    /// Something other than AWS said no.
    pub fn new(tried: impl Display, why: impl Display, todo: impl Display) -> Self {
        Self::of(Kind::Failed, tried, why, todo)
    }

    /// An option or an answer is missing or wrong.
    pub fn usage(tried: impl Display, why: impl Display, todo: impl Display) -> Self {
        Self::of(Kind::Usage, tried, why, todo)
    }

    /// The trigger did not do what the scenario shows.
    pub fn not_shown(expected: impl Display, why: impl Display, todo: impl Display) -> Self {
        Self::of(Kind::NotShown, expected, why, todo)
    }

    /// What was looked at is not as it should be.
    pub fn found(tried: impl Display, why: impl Display, todo: impl Display) -> Self {
        Self::of(Kind::Found, tried, why, todo)
    }

    /// The operator asked to stop.
    pub fn interrupted() -> Self {
        Self::of(Kind::Interrupted, "go on", "interrupted", AGAIN)
    }

    /// AWS said no, or nothing. `action` is what IAM calls the call: `cognito-idp:SignUp`.
    pub fn aws<E, R>(tried: impl Display, action: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug,
    {
        let (code, said) = match error {
            SdkError::ServiceError(service) => {
                let code = service.err().code().unwrap_or("unknown error").to_owned();
                let message = service.err().message().unwrap_or("without a message");
                (code.clone(), format!("{code}: {message}"))
            }
            SdkError::TimeoutError(_) => ("no answer in time".to_owned(), "nothing, in the time there was".to_owned()),
            SdkError::DispatchFailure(failure) => {
                let why = failure.as_connector_error().map_or_else(|| NOT_SENT.to_owned(), not_sent);
                ("no answer".to_owned(), format!("nothing: {why}"))
            }
            SdkError::ResponseError(_) => {
                ("no answer".to_owned(), "something that is no answer to this call".to_owned())
            }
            _ => ("no answer".to_owned(), format!("nothing: {NOT_SENT}")),
        };
        let todo = advice(action, &code, &said);
        Self { kind: Kind::Failed, tried: tried.to_string(), code: Some(code), said, todo }
    }

    /// Whether AWS said no with this code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the same call may work later: the service was busy, or out of reach.
    pub fn is_transient(&self) -> bool {
        if self.is("no answer") {
            return !self.said.to_lowercase().contains("credentials");
        }
        self.is("no answer in time") || self.code.as_deref().is_some_and(says_busy)
    }

    /// Something else that can be done.
    pub fn or(self, todo: impl Display) -> Self {
        Self { todo: format!("{}; or {todo}", self.todo), ..self }
    }

    /// As the JSON result has it.
    pub fn to_json(&self) -> Value {
        json!({"tried": self.tried, "said": self.said, "code": self.code, "todo": self.todo})
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == Kind::Interrupted {
            f.write_str("interrupted")?;
            return if self.todo == AGAIN { Ok(()) } else { write!(f, "\n  what to do: {}", self.todo) };
        }
        let says = if self.code.is_some() { "AWS said" } else { "why" };
        write!(f, "error: cannot {}\n  {says}: {}\n  what to do: {}", self.tried, self.said, self.todo)
    }
}

/// Whether a service says with this code that it is busy, or not well: the same call may work later.
pub fn says_busy(code: &str) -> bool {
    says_throttled(code) || matches!(code, "InternalServerError" | "ServiceUnavailable")
}

/// Whether a service says with this code that it is asked too much.
pub fn says_throttled(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException" | "RequestLimitExceeded" | "ThrottlingException" | "Throttling"
    )
}

/// What is said of a request that was not sent, where more may repeat it: the SDK's own words have the whole request in
/// them as soon as it cannot be addressed, signed or written.
const NOT_SENT: &str = "the request could not be made";

/// Why nothing was sent, or nothing came back. Only the network's own words are taken, and those about credentials.
fn not_sent(error: &ConnectorError) -> String {
    if error.is_io() || error.is_timeout() {
        return causes(error);
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<CredentialsError>() || error.is::<io::Error>() {
            return causes(error);
        }
        cause = error.source();
    }
    NOT_SENT.to_owned()
}

/// An error and what caused it, each said once; not beyond a call to AWS among the causes (a role is assumed by one),
/// whose causes may have its request in them.
pub fn causes(error: &(dyn Error + 'static)) -> String {
    const CALLS: [&str; 3] = ["failed to construct request", "dispatch failure", "response error"];
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        let is_call = CALLS.contains(&text.as_str());
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = if is_call { None } else { error.source() };
    }
    said
}

/// What to do about an error, by the service's code and what is said with it.
fn advice(action: &str, code: &str, said: &str) -> String {
    let (service, _) = action.split_once(':').unwrap_or((action, ""));
    let fixed = match code {
        "ExpiredToken" | "ExpiredTokenException" | "InvalidClientTokenId" | "UnrecognizedClientException" => {
            "sign in to AWS again, for example with `aws sso login`, or choose another --profile"
        }
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "RequestTimeTooSkewed" => {
            "check the secret access key of the profile, and the clock of this machine"
        }
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
            return format!(
                "ask the account's administrator for the permission `{action}`, or choose another --profile"
            );
        }
        "NotAuthorizedException" if action == "cognito-idp:SignUp" => {
            "let people sign themselves up in the pool (AllowAdminCreateUserOnly=false), or take another pool"
        }
        "NotAuthorizedException" if said.contains("SECRET_HASH") || said.contains("secret hash") => {
            "take an app client without a secret, or one whose secret you may read (cognito-idp:DescribeUserPoolClient)"
        }
        "NotAuthorizedException" => {
            "check that the app client and the user belong to this pool; the function's log may tell more"
        }
        "ResourceNotFoundException" if service == "cognito-idp" => {
            "check --user-pool-id, --client-id and --region, and that the stack is deployed there"
        }
        "ResourceNotFoundException" if service == "dynamodb" => "check --table and --region",
        "ResourceNotFoundException" if service == "lambda" => "check --stack and --region, and deploy the stack again",
        "ValidationError" if service == "cloudformation" => {
            "check --stack and --region, or give --user-pool-id, --client-id, --table and --function instead"
        }
        "UserLambdaValidationException" => {
            "the trigger refused; its log says why (errorType), and docs/operate.md what that means; where the \
             stack has RequiredValidationData, give it as --client-metadata"
        }
        "UnexpectedLambdaException" => {
            "the pool could not call its function: deploy the stack with this pool as ExistingUserPoolId, which is what lets \
             the pool call the functions, and look at the function's log for time-outs"
        }
        "InvalidLambdaResponseException" => "look at the function's log: it answered with what is no event",
        "InvalidPasswordException" => "choose a password that the pool's policy accepts",
        "CodeMismatchException" => "give the code of the newest mail",
        "ExpiredCodeException" => "run the scenario again, and enter the code sooner",
        "CodeDeliveryFailureException" => "check how the pool sends mail (EmailConfiguration), and the address",
        "UsernameExistsException" | "AliasExistsException" => "choose somebody who is not in the pool yet",
        "InvalidParameterException" if action == "cognito-idp:UpdateUserPool" => {
            "nothing was changed: change what the pool calls in the console, under Extensions"
        }
        "InvalidParameterException" if said.contains("USER_PASSWORD_AUTH") => {
            "let the app client use ALLOW_USER_PASSWORD_AUTH: with SRP no trigger sees a password, so nobody can migrate"
        }
        "InvalidParameterException" if said.contains("no registered/verified email") => {
            "check that the pool sends codes by mail, and that the migrate user function is the stack's"
        }
        "FeatureUnavailableInTierException" => {
            "attach the function to the pool in the console, under Extensions, and run the scenario again"
        }
        "ConcurrentModificationException" => {
            "somebody else changes the pool: wait until they are done, and run it again"
        }
        "LimitExceededException"
        | "TooManyRequestsException"
        | "TooManyFailedAttemptsException"
        | "ThrottlingException"
        | "Throttling"
        | "ProvisionedThroughputExceededException" => "wait a while, and run it again",
        "no answer" if said.contains("credentials") || said.contains("Credentials") => {
            "sign in to AWS, for example with `aws sso login`, or choose a --profile that has credentials"
        }
        "no answer" | "no answer in time" => {
            "check the network, --region, and --endpoint-url or AWS_ENDPOINT_URL where set"
        }
        _ => return format!("look the code up in the reference of `{action}`"),
    };
    fixed.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_three_lines() {
        let failure = Failure {
            code: Some("InvalidPasswordException".to_owned()),
            ..Failure::new("sign up `lan`", "InvalidPasswordException: too short", "choose a longer one")
        };
        assert_eq!(
            failure.to_string(),
            "error: cannot sign up `lan`\n  AWS said: InvalidPasswordException: too short\n  what to do: choose a longer one"
        );
        let failure = Failure::usage("ask for a password", "no terminal", "set it");
        assert_eq!(failure.to_string(), "error: cannot ask for a password\n  why: no terminal\n  what to do: set it");
        assert_eq!(Failure::interrupted().to_string(), "interrupted");
        let failure = Failure { todo: "run it again with --resume".to_owned(), ..Failure::interrupted() };
        assert_eq!(failure.to_string(), "interrupted\n  what to do: run it again with --resume");
    }

    /// What an SDK says when it has a request and cannot send it.
    #[derive(Debug)]
    struct Repeats(Option<CredentialsError>);

    impl Display for Repeats {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("failed to apply endpoint `x` to request `Request { body: mark@example.com }`")
        }
    }

    impl Error for Repeats {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.0.as_ref().map(|error| error as _)
        }
    }

    #[test]
    fn no_error_repeats_a_request() {
        type Answer = SdkError<aws_sdk_dynamodb::operation::get_item::GetItemError, ()>;
        let other = |error: Repeats| ConnectorError::other(error.into(), None);
        let credentials = || CredentialsError::not_loaded("no providers in chain provided credentials");
        // A role that could not be assumed, because the call for it could not be made.
        let assumed = CredentialsError::provider_error(Answer::dispatch_failure(other(Repeats(None))));
        for (error, said) in [
            (Answer::construction_failure(Repeats(None)), "nothing: the request could not be made"),
            (Answer::dispatch_failure(other(Repeats(None))), "nothing: the request could not be made"),
            (
                Answer::dispatch_failure(ConnectorError::user(Repeats(None).into())),
                "nothing: the request could not be made",
            ),
            (
                Answer::dispatch_failure(other(Repeats(Some(credentials())))),
                "nothing: the credential provider was not enabled: no providers in chain provided credentials",
            ),
            (
                Answer::dispatch_failure(ConnectorError::other(assumed.into(), None)),
                "nothing: an error occurred while loading credentials: dispatch failure",
            ),
            (
                Answer::dispatch_failure(ConnectorError::io(io::Error::other("connection refused").into())),
                "nothing: io error: connection refused",
            ),
            (Answer::response_error(Repeats(None), ()), "something that is no answer to this call"),
            (Answer::timeout_error(Repeats(None)), "nothing, in the time there was"),
        ] {
            assert_eq!(Failure::aws("try", "dynamodb:GetItem", &error).said, said);
        }
    }

    #[test]
    fn what_to_do_follows_from_what_aws_said() {
        for (action, code, said, todo) in [
            ("dynamodb:Scan", "AccessDeniedException", "", "the permission `dynamodb:Scan`"),
            ("cognito-idp:DescribeUserPool", "ResourceNotFoundException", "", "--user-pool-id"),
            ("dynamodb:GetItem", "ResourceNotFoundException", "", "--table"),
            ("cloudformation:DescribeStacks", "ValidationError", "Stack with id x does not exist", "--stack"),
            ("cognito-idp:SignUp", "NotAuthorizedException", "SignUp is not permitted", "AllowAdminCreateUserOnly"),
            (
                "cognito-idp:InitiateAuth",
                "NotAuthorizedException",
                "… configured with secret but SECRET_HASH …",
                "secret",
            ),
            (
                "cognito-idp:InitiateAuth",
                "NotAuthorizedException",
                "Incorrect username or password.",
                "the function's log",
            ),
            ("cognito-idp:SignUp", "UnexpectedLambdaException", "AccessDeniedException", "ExistingUserPoolId"),
            ("cognito-idp:SignUp", "UserLambdaValidationException", "", "errorType"),
            ("cognito-idp:InitiateAuth", "InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled", "SRP"),
            ("cognito-idp:UpdateUserPool", "InvalidParameterException", "SMS configuration …", "nothing was changed"),
            ("lambda:AddPermission", "ResourceNotFoundException", "", "deploy the stack again"),
            ("sts:X", "ExpiredToken", "", "aws sso login"),
            (
                "logs:FilterLogEvents",
                "no answer",
                "… the credential provider was not enabled: Credentials …",
                "--profile",
            ),
            ("logs:FilterLogEvents", "no answer", "connection refused", "AWS_ENDPOINT_URL"),
            ("logs:FilterLogEvents", "SomethingNew", "", "the reference of `logs:FilterLogEvents`"),
        ] {
            let advice = advice(action, code, said);
            assert!(advice.contains(todo), "{action} {code}: {advice}");
        }
    }
}
