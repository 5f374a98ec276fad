//! Lambda's Invoke API before several functions: what the AWS CLI and Cognito emulators call.
//!
//! `POST /2015-03-31/functions/NAME/invocations`, with the answers and errors of
//! [Lambda's own](https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). Signatures are not checked: any
//! credentials will do, and none at all.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::function::{Invocation, PAYLOAD_LIMIT, RunningFunction};
use crate::{ACCOUNT, Error, REGION, listener};

/// How much of an invocation's log `X-Amz-Log-Type: Tail` returns.
const LOG_TAIL: usize = 4096;

/// Is called after each invocation, with the function, the event, and what came of it.
pub type OnInvocation = Box<dyn Fn(&RunningFunction, &[u8], &Invocation) + Send + Sync>;

/// A running Invoke API. Its server ends with it.
pub struct InvokeApi {
    address: SocketAddr,
    // Held for its end: a task in a set is aborted when the set goes.
    _server: JoinSet<()>,
}

struct Functions {
    functions: Vec<Arc<RunningFunction>>,
    on_invocation: OnInvocation,
}

impl InvokeApi {
    /// Starts the API for these functions on this listener.
    ///
    /// # Errors
    /// Where the listener has no address.
    pub fn start(
        listener: TcpListener,
        functions: Vec<Arc<RunningFunction>>,
        on_invocation: OnInvocation,
    ) -> Result<Self, Error> {
        let address = listener::address(&listener)?;
        let router = Router::new()
            .route("/2015-03-31/functions/{name}/invocations", post(invoke))
            .fallback(unknown_operation)
            .layer(DefaultBodyLimit::max(PAYLOAD_LIMIT))
            .with_state(Arc::new(Functions { functions, on_invocation }));
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Ok(Self { address, _server: server })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Functions {
    /// The function with this name: `pre-sign-up`, `PreSignUp`, or either in a full or partial ARN; with or without a
    /// qualifier. All versions and aliases are the one that runs here.
    fn find(&self, name: &str) -> Option<&Arc<RunningFunction>> {
        let parts: Vec<&str> = name.split(':').collect();
        let name = match parts.iter().position(|part| *part == "function") {
            Some(position) => parts.get(position + 1)?,
            None => parts.first()?,
        };
        self.functions.iter().find(|function| function.name() == *name || camel_case(function.name()) == *name)
    }

    async fn invoke(&self, function: &RunningFunction, event: &[u8]) -> Invocation {
        let invocation = function.invoke(event).await;
        (self.on_invocation)(function, event, &invocation);
        invocation
    }
}

/// The logical id of a trigger in the template: `PreSignUp` for `pre-sign-up`.
pub(crate) fn camel_case(name: &str) -> String {
    let mut words = String::new();
    for word in name.split('-') {
        let mut letters = word.chars();
        words.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        words.push_str(letters.as_str());
    }
    words
}

async fn invoke(
    State(functions): State<Arc<Functions>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    event: Result<Bytes, BytesRejection>,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(function) = functions.find(&name).cloned() else {
        let message = format!("Function not found: arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}");
        // This one error of Lambda's writes `Message`.
        let body = json!({"Type": "User", "Message": message});
        return aws_error(StatusCode::NOT_FOUND, "ResourceNotFoundException", body);
    };
    let Ok(mut event) = event else {
        let message = format!("Request must be smaller than {PAYLOAD_LIMIT} bytes for the InvokeFunction operation");
        let body = json!({"Type": "User", "message": message});
        return aws_error(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", body);
    };
    if event.is_empty() {
        event = Bytes::from_static(b"{}");
    }
    if let Err(error) = serde_json::from_slice::<Value>(&event) {
        let message = format!("Could not parse request body into json: {error}");
        let body = json!({"Type": "User", "message": message});
        return aws_error(StatusCode::BAD_REQUEST, "InvalidRequestContentException", body);
    }
    let wants_log = header("x-amz-log-type") == Some("Tail");
    match header("x-amz-invocation-type").unwrap_or("RequestResponse") {
        "DryRun" => (StatusCode::NO_CONTENT, [("x-amzn-requestid", request_id())]).into_response(),
        "Event" => {
            tokio::spawn(async move { functions.invoke(&function, &event).await });
            (StatusCode::ACCEPTED, [("x-amzn-requestid", request_id())]).into_response()
        }
        "RequestResponse" => {
            // In a task: a caller that goes away does not end the function in the middle of its work.
            match tokio::spawn(async move { functions.invoke(&function, &event).await }).await {
                Ok(invocation) => answer(invocation, wants_log),
                Err(_) => {
                    let body = json!({"Type": "Service", "Message": "the local stack failed"});
                    aws_error(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", body)
                }
            }
        }
        other => {
            let message = format!(
                "1 validation error detected: Value '{other}' at 'invocationType' failed to satisfy constraint: Member \
                 must satisfy enum value set: [Event, RequestResponse, DryRun]"
            );
            aws_error(StatusCode::BAD_REQUEST, "ValidationException", json!({"message": message}))
        }
    }
}

fn answer(invocation: Invocation, wants_log: bool) -> Response {
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("x-amzn-requestid", invocation.request_id),
        ("x-amz-executed-version", "$LATEST".to_owned()),
    ];
    if invocation.function_error {
        headers.push(("x-amz-function-error", "Unhandled".to_owned()));
    }
    if wants_log {
        let log = invocation.log.as_bytes();
        let tail = log.get(log.len().saturating_sub(LOG_TAIL)..).unwrap_or_default();
        headers.push(("x-amz-log-result", BASE64_STANDARD.encode(tail)));
    }
    let mut response = Response::new(invocation.payload.into());
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn unknown_operation() -> Response {
    let message = "the local Lambda knows Invoke only: POST /2015-03-31/functions/NAME/invocations";
    aws_error(StatusCode::NOT_FOUND, "UnknownOperationException", json!({"message": message}))
}

fn aws_error(status: StatusCode, kind: &'static str, body: Value) -> Response {
    (status, [("x-amzn-errortype", kind.to_owned()), ("x-amzn-requestid", request_id())], Json(body)).into_response()
}

fn request_id() -> String {
    Uuid::new_v4().to_string()
}
