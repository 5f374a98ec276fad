//! A proxy that injects faults, in front of a server that has none by itself.
//!
//! The embedded DynamoDB never throttles, hangs or breaks off. What it cannot do, this does on the way to it; and
//! because every request passes, this is also where a test counts requests and connections.
//! One file because a fault, the request that it strikes and the count of both are one list.

use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::upstream::Upstream;
use crate::{Error, listener};

/// Stands for every operation where a fault is set.
pub const ALL: &str = "*";

/// How many requests are remembered: more than any test makes, and few enough for a stack that stays up for days.
const REMEMBERED: usize = 10_000;

/// What happens to a request instead of being passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with this status and body; see the functions of this type for what AWS answers.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body, as it is.
        body: String,
        /// The error's name, sent as `x-amzn-errortype` where it is set, as services with a REST protocol do.
        error_type: Option<String>,
    },
    /// It is passed on, but only after a while.
    Delay(Duration),
    /// It is taken and never answered.
    Hang,
    /// The connection is reset.
    Reset,
    /// The answer is bytes that are no HTTP; then the connection ends.
    Garbage,
    /// So many of a batch's parts are not passed on, but given back as `UnprocessedItems` or `UnprocessedKeys`: what a
    /// table does whose partitions are busy.
    Unprocessed(usize),
}

impl Fault {
    /// An error as DynamoDB answers it (`x-amz-json-1.0`): the name in the body's `__type`.
    pub fn dynamodb_error(status: u16, name: &str, message: &str) -> Self {
        // Errors that every service has come from another namespace than DynamoDB's own.
        let namespace = match name {
            "ThrottlingException" | "AccessDeniedException" | "ValidationException" | "UnrecognizedClientException" => {
                "com.amazon.coral.service"
            }
            _ => "com.amazonaws.dynamodb.v20120810",
        };
        let body = json!({"__type": format!("{namespace}#{name}"), "message": message}).to_string();
        Self::Answer { status, body, error_type: None }
    }

    /// An error as SES v2 answers it (REST, JSON): the name in a header.
    pub fn ses_error(status: u16, name: &str, message: &str) -> Self {
        Self::Answer { status, body: json!({"message": message}).to_string(), error_type: Some(name.to_owned()) }
    }

    /// DynamoDB: too many requests for the table as a whole.
    pub fn throttling() -> Self {
        Self::dynamodb_error(400, "ThrottlingException", "Rate exceeded")
    }

    /// DynamoDB: too many requests for one partition.
    pub fn throughput_exceeded() -> Self {
        let message = "The level of configured provisioned throughput for the table was exceeded.";
        Self::dynamodb_error(400, "ProvisionedThroughputExceededException", message)
    }

    /// DynamoDB: a failure on Amazon's side.
    pub fn internal_error() -> Self {
        Self::dynamodb_error(
            500,
            "InternalServerError",
            "The request processing has failed because of an unknown error.",
        )
    }

    /// DynamoDB: the function's role does not allow this.
    pub fn access_denied() -> Self {
        Self::dynamodb_error(400, "AccessDeniedException", "User is not authorized to perform this action")
    }
}

/// A request that arrived, whatever became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The operation: the last part of `X-Amz-Target` (`GetItem`), or the path where there is no such header.
    pub operation: String,
    /// The body; `null` where it is no JSON.
    pub body: Value,
}

/// A running proxy. It ends with this value.
pub struct Faults {
    address: SocketAddr,
    state: Arc<State>,
    // Held for its end: a task in a set is aborted when the set goes.
    _server: JoinSet<()>,
}

struct State {
    upstream: Upstream,
    rules: watch::Sender<Vec<Rule>>,
    seen: watch::Sender<VecDeque<Seen>>,
    requests: watch::Sender<usize>,
    connections: watch::Sender<usize>,
}

struct Rule {
    operation: String,
    fault: Fault,
    /// How many more times; `None` means for ever.
    times: Option<usize>,
}

/// How a connection ends where the answer is not HTTP.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{self:?}")]
enum Break {
    Reset,
    Garbage,
}

impl Faults {
    /// Starts a proxy on this listener that passes everything on to `upstream` (`http://HOST:PORT`).
    ///
    /// # Errors
    /// Where the listener has no address.
    pub fn start(listener: TcpListener, upstream: String) -> Result<Self, Error> {
        let address = listener::address(&listener)?;
        let state = Arc::new(State {
            upstream: Upstream::new(upstream),
            rules: watch::Sender::new(Vec::new()),
            seen: watch::Sender::new(VecDeque::new()),
            requests: watch::Sender::new(0),
            connections: watch::Sender::new(0),
        });
        let mut server = JoinSet::new();
        server.spawn(accept(listener, Arc::clone(&state)));
        Ok(Self { address, state, _server: server })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on this fault happens to every request for this operation ([`ALL`]: for any; `UpdateItem KnownUsers`: on this
    /// table alone).
    pub fn inject(&self, operation: &str, fault: Fault) {
        self.add(operation, fault, None);
    }

    /// This fault happens to the next so many requests for this operation ([`ALL`]: for any). Faults that were set
    /// earlier come first.
    pub fn inject_times(&self, times: usize, operation: &str, fault: Fault) {
        self.add(operation, fault, Some(times));
    }

    /// From now on everything is passed on again. A request that hangs already goes on hanging.
    pub fn clear(&self) {
        self.state.rules.send_modify(Vec::clear);
    }

    /// The requests so far, in the order they came; of very many, the last 10,000.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.borrow().iter().cloned().collect()
    }

    /// How many requests came so far.
    pub fn requests(&self) -> usize {
        *self.state.requests.borrow()
    }

    /// The operations so far, in the order they came: `["GetItem", "UpdateItem"]`; of very many, the last 10,000.
    pub fn operations(&self) -> Vec<String> {
        self.state.seen.borrow().iter().map(|seen| seen.operation.clone()).collect()
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        *self.state.connections.borrow()
    }

    /// Forgets the requests and connections so far: what a function did while it woke up, say.
    pub fn forget(&self) {
        self.state.seen.send_modify(VecDeque::clear);
        self.state.requests.send_modify(|requests| *requests = 0);
        self.state.connections.send_modify(|connections| *connections = 0);
    }

    /// Waits until so many requests came.
    pub async fn wait_for(&self, requests: usize) {
        self.state.requests.subscribe().wait_for(|came| *came >= requests).await.ok();
    }

    fn add(&self, operation: &str, fault: Fault, times: Option<usize>) {
        let rule = Rule { operation: operation.to_owned(), fault, times };
        self.state.rules.send_modify(|rules| rules.push(rule));
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    // In a set, so that the connections end with the proxy.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                state.connections.send_modify(|connections| *connections += 1);
                connections.spawn(serve(stream, Arc::clone(&state)));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    stream.set_nodelay(true).ok();
    let (breaks, broken) = watch::channel(None);
    let service = service_fn(|request| {
        let (state, breaks) = (Arc::clone(&state), breaks.clone());
        Box::pin(async move {
            answer(&state, request).await.inspect_err(|end| {
                breaks.send_replace(Some(*end));
            })
        })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // Without the usual shutdown, so that the connection is still there to be broken.
    poll_fn(|context| connection.poll_without_shutdown(context)).await.ok();
    let mut stream = connection.into_parts().io.into_inner();
    let end = *broken.borrow();
    match end {
        Some(Break::Reset) => {
            stream.set_zero_linger().ok();
        }
        Some(Break::Garbage) => {
            stream.write_all(b"\x16\x03\x01 this is no HTTP\r\n\r\n").await.ok();
        }
        None => {}
    }
}

async fn answer(state: &State, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Break> {
    let (head, body) = request.into_parts();
    // A body that breaks off has nobody left to answer to.
    let body = body.collect().await.map_err(|_| Break::Reset)?.to_bytes();
    let operation = operation(&head.headers, &head.uri);
    let seen = Seen { operation: operation.clone(), body: serde_json::from_slice(&body).unwrap_or_default() };
    // The fault is chosen first: whoever waits for the request may change the faults at once.
    let fault = state.fault(&seen);
    state.seen.send_modify(|all| remember(all, seen));
    state.requests.send_modify(|requests| *requests += 1);
    match fault {
        None | Some(Fault::Unprocessed(_)) => {}
        Some(Fault::Delay(duration)) => tokio::time::sleep(duration).await,
        Some(Fault::Hang) => pending().await,
        Some(Fault::Reset) => return Err(Break::Reset),
        Some(Fault::Garbage) => return Err(Break::Garbage),
        Some(Fault::Answer { status, body, error_type }) => {
            let mut response = Response::new(Full::new(Bytes::from(body)));
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            if let Some(Ok(value)) = error_type.map(|name| name.parse()) {
                response.headers_mut().insert("x-amzn-errortype", value);
            }
            return Ok(response);
        }
    }
    let answer = match fault {
        Some(Fault::Unprocessed(count)) => state.pass_on_some(head, &body, count).await,
        _ => state.upstream.pass_on(Request::from_parts(head, Full::new(body))).await,
    };
    Ok(answer.unwrap_or_else(|problem| {
        let mut response = Response::new(Full::new(Bytes::from(problem)));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    }))
}

/// Takes up to `count` parts off the end of a batch, and gives them as the answer's member of the unprocessed has them.
fn take_off(batch: &mut Value, mut count: usize) -> (&'static str, Value) {
    let (mut member, mut taken) = ("UnprocessedItems", json!({}));
    for (table, parts) in batch.get_mut("RequestItems").and_then(Value::as_object_mut).into_iter().flatten() {
        let is_read = parts.get("Keys").is_some();
        let Some(list) = (if is_read { parts.get_mut("Keys") } else { Some(parts) }).and_then(Value::as_array_mut)
        else {
            continue;
        };
        let off = list.split_off(list.len().saturating_sub(count));
        count -= off.len();
        if is_read {
            member = "UnprocessedKeys";
        }
        if !off.is_empty()
            && let Some(taken) = taken.as_object_mut()
        {
            taken.insert(table.clone(), if is_read { json!({"Keys": off}) } else { json!(off) });
        }
    }
    (member, taken)
}

impl State {
    /// What happens to this request, if anything.
    fn fault(&self, seen: &Seen) -> Option<Fault> {
        let operation = &seen.operation;
        let table = seen.body.get("TableName").and_then(Value::as_str);
        let on_table = table.map(|table| format!("{operation} {table}"));
        let is_meant = |rule: &Rule| {
            [ALL, operation].contains(&rule.operation.as_str()) || Some(&rule.operation) == on_table.as_ref()
        };
        let mut fault = None;
        self.rules.send_modify(|rules| {
            rules.retain(|rule| rule.times != Some(0));
            let rule = rules.iter_mut().find(|rule| is_meant(rule));
            fault = rule.map(|rule| {
                rule.times = rule.times.map(|times| times - 1);
                rule.fault.clone()
            });
        });
        fault
    }

    /// Passes a batch on without so many of its parts.
    async fn pass_on_some(&self, mut head: Parts, body: &[u8], count: usize) -> Result<Response<Full<Bytes>>, String> {
        let mut batch: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let (member, taken) = take_off(&mut batch, count);
        let is_empty = |parts: &Value| parts.get("Keys").unwrap_or(parts).as_array().is_none_or(Vec::is_empty);
        let rest = batch.get_mut("RequestItems").and_then(Value::as_object_mut).ok_or("no batch")?;
        rest.retain(|_, parts| !is_empty(parts));
        let mut answer = if rest.is_empty() {
            json!({"Responses": {}})
        } else {
            head.headers.remove(CONTENT_LENGTH);
            let response =
                self.upstream.pass_on(Request::from_parts(head, Full::new(Bytes::from(batch.to_string())))).await?;
            let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
            serde_json::from_slice::<Value>(&body).map_err(|error| error.to_string())?
        };
        if let Some(answer) = answer.as_object_mut() {
            answer.insert(member.to_owned(), taken);
        }
        Ok(Response::new(Full::new(Bytes::from(answer.to_string()))))
    }
}

fn remember(all: &mut VecDeque<Seen>, seen: Seen) {
    if all.len() == REMEMBERED {
        all.pop_front();
    }
    all.push_back(seen);
}

fn operation(headers: &HeaderMap, uri: &Uri) -> String {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    match target.and_then(|target| target.rsplit('.').next()) {
        Some(operation) => operation.to_owned(),
        None => uri.path().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_requests_the_last_are_remembered() {
        let mut all = VecDeque::new();
        for number in 0..=REMEMBERED {
            remember(&mut all, Seen { operation: number.to_string(), body: Value::Null });
        }
        assert_eq!((all.len(), all[0].operation.as_str()), (REMEMBERED, "1"));
        assert_eq!(all[REMEMBERED - 1].operation, REMEMBERED.to_string());
    }
}
