//! How AWS's services are asked, and how they answer: JSON with the operation in a header, a form answered in XML, or a
//! path.

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::Error;

/// A service that is played here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    CloudFormation,
    Cognito,
    DynamoDb,
    Lambda,
    Logs,
    Ses,
    Sts,
    /// Another one.
    Unknown,
}

/// Why a service does not do what it is asked.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// As AWS refuses: an error code, and a text.
    Aws(String, String),
    /// What was asked for is not played here.
    NotPlayed(String),
}

/// What a service answers: JSON, or as a text the XML of a result.
pub(crate) type Reply = Result<Value, Refusal>;

/// A refusal as AWS has them.
pub(crate) fn no<T>(code: &str, message: &str) -> Result<T, Refusal> {
    Err(Refusal::Aws(code.to_owned(), message.to_owned()))
}

/// What a service here says to an operation, or a detail of one, that it does not know.
pub(crate) fn not_played<T>(what: &str) -> Result<T, Refusal> {
    Err(Refusal::NotPlayed(what.to_owned()))
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::NotPlayed(error.to_string())
    }
}

/// A call of an operation.
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) operation: String,
    /// What was sent. What a path says is in it as `Subject`, `Qualifier` and `StatementId`.
    pub(crate) body: Value,
    /// The access key and the region that it was signed with.
    pub(crate) signed_with: (String, String),
}

impl Call {
    pub(crate) fn read(head: &Parts, sent: &[u8]) -> Self {
        let json = || serde_json::from_slice(sent).unwrap_or_else(|_| json!({}));
        let (service, operation, body) = by_path(head, json)
            .or_else(|| by_target(&head.headers, json))
            .or_else(|| by_form(sent))
            .unwrap_or_else(|| (Service::Unknown, format!("{} {}", head.method, head.uri.path()), json()));
        Self { service, operation, body, signed_with: signed_with(&head.headers) }
    }

    /// The answer in the form in which the service is asked.
    pub(crate) fn response(&self, reply: Reply) -> Response {
        let operation = &self.operation;
        match (reply, matches!(self.service, Service::CloudFormation | Service::Sts)) {
            (Ok(result), true) => {
                let result = result.as_str().unwrap_or_default();
                let name = format!("{operation}Re");
                xml(StatusCode::OK, format!("<{name}sponse><{name}sult>{result}</{name}sult></{name}sponse>"))
            }
            (Ok(result), false) => (CONTENT_IS_JSON, result.to_string()).into_response(),
            (Err(Refusal::Aws(code, message)), true) => xml(
                StatusCode::BAD_REQUEST,
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>1</RequestId></ErrorResponse>"
                ),
            ),
            (Err(Refusal::Aws(code, message)), false) => {
                let is_internal = code.starts_with("Internal");
                let status = if is_internal { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
                let body = json!({"__type": code, "message": message}).to_string();
                (status, CONTENT_IS_JSON, [("x-amzn-errortype", code)], body).into_response()
            }
            (Err(Refusal::NotPlayed(what)), _) => {
                (StatusCode::NOT_IMPLEMENTED, format!("not played here: {what}")).into_response()
            }
        }
    }
}

const CONTENT_IS_JSON: [(&str, &str); 1] = [("content-type", "application/x-amz-json-1.1")];

fn xml(status: StatusCode, body: String) -> Response {
    (status, [("content-type", "text/xml")], body).into_response()
}

/// Lambda and SES.
fn by_path(head: &Parts, json: impl Fn() -> Value) -> Option<(Service, String, Value)> {
    let path = head.uri.path().replace("%3A", ":").replace("%40", "@");
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (service, operation, subject, statement) = match (head.method.as_str(), parts.as_slice()) {
        ("GET", [_, "functions", name, "configuration"]) => (Service::Lambda, "GetFunctionConfiguration", *name, None),
        ("GET", [_, "functions", name, "policy"]) => (Service::Lambda, "GetPolicy", *name, None),
        ("POST", [_, "functions", name, "policy"]) => (Service::Lambda, "AddPermission", *name, None),
        ("DELETE", [_, "functions", name, "policy", id]) => (Service::Lambda, "RemovePermission", *name, Some(*id)),
        ("GET", ["v2", "email", "identities", name]) => (Service::Ses, "GetEmailIdentity", *name, None),
        ("GET", ["v2", "email", "account"]) => (Service::Ses, "GetAccount", "", None),
        _ => return None,
    };
    let Value::Object(mut body) = json() else { return None };
    // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]
    let named = [
        ("Subject", Some(subject.split(':').nth(6).unwrap_or(subject))),
        ("Qualifier", subject.split(':').nth(7)),
        ("StatementId", statement),
    ];
    body.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))));
    Some((service, operation.to_owned(), Value::Object(body)))
}

/// Cognito, DynamoDB and CloudWatch Logs.
fn by_target(headers: &HeaderMap, json: impl Fn() -> Value) -> Option<(Service, String, Value)> {
    let (service, operation) = headers.get("x-amz-target")?.to_str().ok()?.split_once('.')?;
    let service = match service.split('_').next() {
        Some("AWSCognitoIdentityProviderService") => Service::Cognito,
        Some("DynamoDB") => Service::DynamoDb,
        Some("Logs") => Service::Logs,
        _ => Service::Unknown,
    };
    Some((service, operation.to_owned(), json()))
}

/// CloudFormation and STS.
fn by_form(sent: &[u8]) -> Option<(Service, String, Value)> {
    // No name or id that is looked at here needs decoding.
    let pairs = std::str::from_utf8(sent).ok()?.split('&').filter_map(|pair| pair.split_once('='));
    let form: Map<String, Value> = pairs.map(|(name, value)| (name.to_owned(), json!(value))).collect();
    let service = match form.get("Version")?.as_str()? {
        "2010-05-15" => Service::CloudFormation,
        "2011-06-15" => Service::Sts,
        _ => Service::Unknown,
    };
    let operation = form.get("Action")?.as_str()?.to_owned();
    Some((service, operation, Value::Object(form)))
}

/// AWS4-HMAC-SHA256 Credential=KEY/DAY/REGION/SERVICE/aws4_request, …
fn signed_with(headers: &HeaderMap) -> (String, String) {
    let header = headers.get("authorization").and_then(|header| header.to_str().ok()).unwrap_or_default();
    let scope = header.split("Credential=").nth(1).unwrap_or_default();
    let part = |at: usize| scope.split('/').nth(at).unwrap_or_default().to_owned();
    (part(0), part(2))
}
