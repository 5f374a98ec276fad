//! The mailbox: takes what a trigger sends by SES v2 and keeps it, instead of delivering it.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{Error, listener};

/// A mail that a trigger sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// The sender.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// A running mailbox. Its server ends with it.
pub struct Mailbox {
    address: SocketAddr,
    mails: watch::Sender<Vec<Mail>>,
    // Held for its end: a task in a set is aborted when the set goes.
    _server: JoinSet<()>,
}

impl Mailbox {
    /// Starts an empty mailbox on this listener. `GET /` lists its mails as JSON, for people.
    ///
    /// # Errors
    /// Where the listener has no address.
    pub fn start(listener: TcpListener) -> Result<Self, Error> {
        let address = listener::address(&listener)?;
        let mails = watch::Sender::new(Vec::new());
        let router = Router::new()
            .route("/v2/email/outbound-emails", post(send_email))
            .route("/", get(list))
            .fallback(unknown_operation)
            .with_state(mails.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Ok(Self { address, mails, _server: server })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The mails so far, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.borrow().clone()
    }

    /// Throws the mails away.
    pub fn empty(&self) {
        self.mails.send_modify(Vec::clear);
    }

    /// A receiver that is told of each change; its value is the mails so far.
    pub fn changes(&self) -> watch::Receiver<Vec<Mail>> {
        self.mails.subscribe()
    }
}

async fn send_email(State(mails): State<watch::Sender<Vec<Mail>>>, body: Bytes) -> Response {
    match mail(&body) {
        Ok(mail) => {
            mails.send_modify(|mails| mails.push(mail));
            Json(json!({"MessageId": Uuid::new_v4().to_string()})).into_response()
        }
        Err(problem) => aws_error(StatusCode::BAD_REQUEST, "BadRequestException", problem),
    }
}

async fn list(State(mails): State<watch::Sender<Vec<Mail>>>) -> Response {
    let text = serde_json::to_string_pretty(&*mails.borrow()).unwrap_or_default();
    ([("content-type", "application/json")], text + "\n").into_response()
}

async fn unknown_operation() -> Response {
    aws_error(
        StatusCode::NOT_FOUND,
        "UnknownOperationException",
        "the local mailbox knows SendEmail of SES v2 only (POST /v2/email/outbound-emails)",
    )
}

fn aws_error(status: StatusCode, kind: &'static str, message: &str) -> Response {
    (status, [("x-amzn-errortype", kind)], Json(json!({"message": message}))).into_response()
}

/// The mail in a [SendEmail](https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html) request.
fn mail(body: &[u8]) -> Result<Mail, &'static str> {
    let request: Value = serde_json::from_slice(body).map_err(|_| "the request is no JSON")?;
    let text = |pointer: &str| {
        request.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let to: Vec<String> = request
        .pointer("/Destination/ToAddresses")
        .and_then(Value::as_array)
        .and_then(|addresses| addresses.iter().map(|address| address.as_str().map(str::to_owned)).collect())
        .ok_or("Destination.ToAddresses is missing or holds something other than text")?;
    if to.is_empty() {
        return Err("Destination.ToAddresses is empty");
    }
    let from = text("/FromEmailAddress").ok_or("FromEmailAddress is missing")?;
    if !to.iter().chain([&from]).all(|address| address.split_once('@').is_some_and(|(name, _)| !name.is_empty())) {
        return Err("Missing final '@domain'");
    }
    Ok(Mail {
        from,
        to,
        subject: text("/Content/Simple/Subject/Data").ok_or("Content.Simple.Subject.Data is missing")?,
        text: text("/Content/Simple/Body/Text/Data").ok_or("Content.Simple.Body.Text.Data is missing")?,
    })
}
