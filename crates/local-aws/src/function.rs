//! A function: one real trigger binary behind a Lambda Runtime API of its own.
//!
//! What Lambda does around a binary, this does: a clean environment, one invocation at a time, a time limit, an answer
//! of its own where the process ends or does not answer, and a fresh process for the invocation after that. See
//! [the Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
//! One file because the process and the Runtime API that it asks have one state between them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::{ACCOUNT, Error, REGION, listener};

/// How long an invocation may take: what Cognito grants a trigger, and the template its functions.
pub const TIME_LIMIT: Duration = Duration::from_secs(5);

/// How long a process may take from its start to its first poll. Lambda's own limit.
pub const INIT_LIMIT: Duration = Duration::from_secs(10);

/// How large a payload may be in either direction: 6 MB, as Lambda counts them.
pub const PAYLOAD_LIMIT: usize = 6 * 1024 * 1024;

/// How much of what a process wrote is kept: the last MB or two, so that a function may stay up for days.
const OUTPUT_KEPT: usize = 1024 * 1024;

/// Is called with each line that the process writes.
pub type OnLine = Arc<dyn Fn(&str) + Send + Sync>;

/// What a function is started with.
#[derive(Clone)]
pub struct Configuration {
    /// Its name.
    pub name: String,
    /// The binary: what a deployment package calls `bootstrap`.
    pub binary: PathBuf,
    /// Arguments for it; a trigger takes none.
    pub arguments: Vec<String>,
    /// Environment variables beside those that Lambda sets; they win where both set one.
    pub environment: BTreeMap<String, String>,
    /// How long an invocation may take.
    pub time_limit: Duration,
    /// Is called with each line that the process writes, beside keeping it for [`RunningFunction::output`].
    pub on_line: Option<OnLine>,
}

impl Configuration {
    /// A function with this name and this binary, no environment of its own, and the usual time limit.
    pub fn new(name: impl Into<String>, binary: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            binary: binary.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            time_limit: TIME_LIMIT,
            on_line: None,
        }
    }
}

/// What came of an invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The id that the function was given for it.
    pub request_id: String,
    /// The answer: the function's own, or Lambda's where the function gave none.
    pub payload: Vec<u8>,
    /// Whether the answer is an error (`X-Amz-Function-Error: Unhandled`).
    pub function_error: bool,
    /// From handing the event out to having the answer; a start that had to be waited for is not in it.
    pub elapsed: Duration,
    /// What the process wrote meanwhile.
    pub log: String,
}

impl Invocation {
    /// The answer as JSON; one that is no JSON comes as a JSON string.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.payload)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&self.payload).into_owned()))
    }
}

/// A function. Its process is killed when this goes.
pub struct RunningFunction {
    configuration: Configuration,
    /// The process that waits for events; none after one ended badly. Whoever invokes holds the lock, so invocations
    /// queue, and takes the sandbox out, so an invocation that is given up in the middle takes its process with it.
    sandbox: Mutex<Option<Sandbox>>,
    status: watch::Sender<Status>,
}

#[derive(Default)]
struct Status {
    output: String,
    /// How many bytes were written before those that are kept.
    forgotten: usize,
    pid: Option<u32>,
    init: Option<Duration>,
}

impl Status {
    /// How many bytes were written so far.
    fn written(&self) -> usize {
        self.forgotten + self.output.len()
    }

    /// What was written after so many bytes, as far as it is kept.
    fn since(&self, written: usize) -> &str {
        self.output.get(written.saturating_sub(self.forgotten)..).unwrap_or_default()
    }

    fn write(&mut self, line: &str) {
        if self.output.len() + line.len() > 2 * OUTPUT_KEPT {
            let line_end = self.output.bytes().skip(OUTPUT_KEPT).position(|byte| byte == b'\n');
            let forgotten = line_end.map_or(self.output.len(), |position| OUTPUT_KEPT + position + 1);
            self.output.drain(..forgotten);
            self.forgotten += forgotten;
        }
        self.output.push_str(line);
        self.output.push('\n');
    }
}

impl RunningFunction {
    /// Starts the process. It is not waited for: see [`RunningFunction::ready`].
    ///
    /// # Errors
    /// Where the binary cannot be started.
    pub async fn start(configuration: Configuration) -> Result<Self, Error> {
        let status = watch::Sender::new(Status::default());
        let sandbox = Sandbox::start(&configuration, &status).await?;
        Ok(Self { configuration, sandbox: Mutex::new(Some(sandbox)), status })
    }

    /// The function's name.
    pub fn name(&self) -> &str {
        &self.configuration.name
    }

    /// Waits for the first poll and says how long it took since the process started; everything the function does
    /// while it wakes up is done then.
    ///
    /// # Errors
    /// Where the process ends first, reports that it cannot start, or takes longer than [`INIT_LIMIT`]; with what it
    /// wrote.
    pub async fn ready(&self) -> Result<Duration, Error> {
        let mut slot = self.sandbox.lock().await;
        let mut sandbox = self.take_or_start(&mut slot).await?;
        let problem = match sandbox.poll_awaited(INIT_LIMIT).await {
            Ok(()) => {
                *slot = Some(sandbox);
                return Ok(self.init().unwrap_or_default());
            }
            Err(End::Exited(status)) => format!("ended before it asked for an event ({})", exit_text(status)),
            Err(End::Reported(body)) => format!("reported that it cannot start: {}", String::from_utf8_lossy(&body)),
            Err(End::TimeUp) => format!("did not ask for an event within {} s", INIT_LIMIT.as_secs()),
        };
        sandbox.end().await;
        Err(Error::new(format!("the function `{}` {problem}; it wrote:\n{}", self.name(), self.output())))
    }

    /// Gives the function an event and waits for the answer. One at a time: others wait for their turn.
    ///
    /// It always comes to an answer: Lambda's own where the process cannot be started, ends, or does not answer.
    pub async fn invoke(&self, event: impl AsRef<[u8]>) -> Invocation {
        self.invoke_until(event, None).await
    }

    /// The same with another `Lambda-Runtime-Deadline-Ms` (milliseconds since 1970) than the real one, which still
    /// holds: `cargo lambda watch`, for one, always sends one that passed in 1970.
    pub async fn invoke_with_deadline(&self, event: impl AsRef<[u8]>, deadline_ms: u64) -> Invocation {
        self.invoke_until(event, Some(deadline_ms)).await
    }

    /// What the process wrote to standard output and standard error so far, line by line; those before it included,
    /// where it is not the first. Of very much, the last MB at least. Complete after [`RunningFunction::stop`].
    pub fn output(&self) -> String {
        self.status.borrow().output.clone()
    }

    /// How long the last process took from its start to its first poll; `None` where it has not polled yet.
    pub fn init(&self) -> Option<Duration> {
        self.status.borrow().init
    }

    /// The process id of the last process.
    pub fn pid(&self) -> Option<u32> {
        self.status.borrow().pid
    }

    /// Kills the process, after the invocation it works on, and reads the rest of what it wrote. The next invocation
    /// would start another one.
    pub async fn stop(&self) {
        if let Some(sandbox) = self.sandbox.lock().await.take() {
            sandbox.end().await;
        }
    }

    async fn take_or_start(&self, slot: &mut Option<Sandbox>) -> Result<Sandbox, Error> {
        if let Some(mut sandbox) = slot.take() {
            if sandbox.is_alive() {
                return Ok(sandbox);
            }
            sandbox.end().await;
        }
        Sandbox::start(&self.configuration, &self.status).await
    }

    async fn invoke_until(&self, event: impl AsRef<[u8]>, deadline_ms: Option<u64>) -> Invocation {
        let mut slot = self.sandbox.lock().await;
        let request_id = Uuid::new_v4().to_string();
        let written = self.status.borrow().written();
        let mut elapsed = Duration::ZERO;
        let outcome = match self.take_or_start(&mut slot).await {
            Err(error) => Ok(Payload::of_lambda("Runtime.InvalidEntrypoint", &request_id, &error.to_string())),
            Ok(mut sandbox) => match sandbox.poll_awaited(INIT_LIMIT).await {
                Err(end) => {
                    sandbox.end().await;
                    Err(end)
                }
                Ok(()) => {
                    let limit = self.configuration.time_limit;
                    let event = Event::new(&request_id, event.as_ref(), limit, deadline_ms);
                    let started = Instant::now();
                    let answer = sandbox.invoke(event, limit).await;
                    elapsed = started.elapsed();
                    if answer.is_ok() {
                        // The next poll comes after everything that the function does for this event, its log
                        // included. Where it does not come at once, the next invocation waits for it.
                        sandbox.poll_awaited(Duration::from_millis(50)).await.ok();
                        *slot = Some(sandbox);
                    } else {
                        sandbox.end().await;
                    }
                    answer
                }
            },
        };
        let answer = outcome.unwrap_or_else(|end| end.answer(&request_id, self.configuration.time_limit));
        let log = self.status.borrow().since(written).to_owned();
        Invocation { request_id, payload: answer.body.to_vec(), function_error: answer.is_error, elapsed, log }
    }
}

/// An event on its way to the process.
struct Event {
    request_id: String,
    payload: Bytes,
    deadline_ms: u64,
}

impl Event {
    fn new(request_id: &str, payload: &[u8], limit: Duration, deadline_ms: Option<u64>) -> Self {
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + limit;
        Self {
            request_id: request_id.to_owned(),
            payload: Bytes::copy_from_slice(payload),
            deadline_ms: deadline_ms.unwrap_or_else(|| u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// An answer on its way back.
struct Payload {
    body: Bytes,
    is_error: bool,
}

impl Payload {
    /// What Lambda itself answers in place of a function.
    fn of_lambda(kind: &str, request_id: &str, message: &str) -> Self {
        let message = format!("RequestId: {request_id} Error: {message}");
        Self { body: json!({"errorType": kind, "errorMessage": message}).to_string().into(), is_error: true }
    }
}

/// How a process ends without an answer.
enum End {
    Exited(Option<ExitStatus>),
    /// It reported that it cannot start.
    Reported(Bytes),
    TimeUp,
}

impl End {
    /// What is answered in place of the function.
    fn answer(self, request_id: &str, limit: Duration) -> Payload {
        match self {
            Self::Exited(status) => Payload::of_lambda("Runtime.ExitError", request_id, &exit_text(status)),
            Self::Reported(body) => Payload { body, is_error: true },
            Self::TimeUp => {
                let message = format!("Task timed out after {:.2} seconds", limit.as_secs_f64());
                Payload::of_lambda("Sandbox.Timedout", request_id, &message)
            }
        }
    }
}

/// The end of a process in the words that Lambda has for it.
fn exit_text(status: Option<ExitStatus>) -> String {
    match status.and_then(|status| status.code()) {
        Some(0) => "Runtime exited without providing a reason".to_owned(),
        Some(code) => format!("Runtime exited with error: exit status {code}"),
        None => match status {
            Some(status) => format!("Runtime exited with error: {status}"),
            None => "Runtime exited".to_owned(),
        },
    }
}

/// One process and its Runtime API. A process never outlives its sandbox.
struct Sandbox {
    process: Child,
    events: mpsc::Sender<Event>,
    reports: mpsc::UnboundedReceiver<Report>,
    /// Whether the process waits for an event.
    polls: bool,
    readers: JoinSet<()>,
    // Held for its end: a task in a set is aborted when the set goes.
    _server: JoinSet<()>,
}

/// What a process says by the Runtime API.
enum Report {
    Polled,
    Answered { request_id: String, answer: Payload },
    CannotStart(Bytes),
}

impl Sandbox {
    async fn start(configuration: &Configuration, status: &watch::Sender<Status>) -> Result<Self, Error> {
        let listener = listener::listen(0).await?;
        let address = listener::address(&listener)?;
        let mut command = Command::new(&configuration.binary);
        command.args(&configuration.arguments).env_clear();
        // What Lambda sets, as far as something here may read it: a trigger sees nothing of the caller's environment.
        command
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", &configuration.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_LAMBDA_LOG_LEVEL", "INFO")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", configuration.name))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .env("AWS_REGION", REGION)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_SESSION_TOKEN", "local")
            .env("LANG", "en_US.UTF-8")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin")
            .env("TZ", ":UTC")
            .env("_HANDLER", "bootstrap")
            .envs(&configuration.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own: Ctrl-C at a terminal is for whoever started this, who ends the functions in order.
        #[cfg(unix)]
        command.process_group(0);
        let started = Instant::now();
        let mut process = command.spawn().map_err(|error| {
            Error::new(format!("cannot start `{}` for {}: {error}", configuration.binary.display(), configuration.name))
        })?;
        status.send_modify(|status| {
            status.pid = process.id();
            status.init = None;
        });
        let mut readers = JoinSet::new();
        if let Some(output) = process.stdout.take() {
            readers.spawn(keep_lines(output, status.clone(), configuration.on_line.clone()));
        }
        if let Some(output) = process.stderr.take() {
            readers.spawn(keep_lines(output, status.clone(), configuration.on_line.clone()));
        }
        let (events, to_process) = mpsc::channel(1);
        let (to_sandbox, reports) = mpsc::unbounded_channel();
        let api = Arc::new(RuntimeApi {
            arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", configuration.name),
            events: Mutex::new(to_process),
            reports: to_sandbox,
            in_hand: watch::Sender::new(None),
            started,
            status: status.clone(),
        });
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router(api)).await.ok();
        });
        Ok(Self { process, events, reports, polls: false, readers, _server: server })
    }

    fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Waits until the process asks for an event.
    async fn poll_awaited(&mut self, limit: Duration) -> Result<(), End> {
        let until = Instant::now() + limit;
        while !self.polls {
            match self.report(until).await? {
                Report::Polled => self.polls = true,
                Report::CannotStart(body) => return Err(End::Reported(body)),
                Report::Answered { .. } => {}
            }
        }
        Ok(())
    }

    async fn invoke(&mut self, event: Event, limit: Duration) -> Result<Payload, End> {
        let until = Instant::now() + limit;
        let expected = event.request_id.clone();
        self.polls = false;
        // There is room: the event before this one was handed out.
        self.events.send(event).await.ok();
        loop {
            match self.report(until).await? {
                Report::Answered { request_id, answer } if request_id == expected => return Ok(answer),
                Report::CannotStart(body) => return Err(End::Reported(body)),
                Report::Answered { .. } => {}
                Report::Polled => self.polls = true,
            }
        }
    }

    async fn report(&mut self, until: Instant) -> Result<Report, End> {
        tokio::select! {
            // In this order: what a process said before it ended counts.
            biased;
            Some(report) = self.reports.recv() => Ok(report),
            status = self.process.wait() => Err(End::Exited(status.ok())),
            () = tokio::time::sleep_until(until) => Err(End::TimeUp),
        }
    }

    /// Kills the process where it still runs, and reads what it wrote to the end.
    async fn end(mut self) {
        self.process.kill().await.ok();
        // A process may leave another one behind that holds on to the pipes; it is not waited for.
        timeout(Duration::from_millis(500), async { while self.readers.join_next().await.is_some() {} }).await.ok();
    }
}

async fn keep_lines(output: impl AsyncRead + Unpin, status: watch::Sender<Status>, on_line: Option<OnLine>) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while let Ok(1..) = output.read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
        status.send_modify(|status| status.write(&text));
        if let Some(on_line) = &on_line {
            on_line(&text);
        }
        line.clear();
    }
}

/// The Runtime API of one process.
struct RuntimeApi {
    arn: String,
    events: Mutex<mpsc::Receiver<Event>>,
    reports: mpsc::UnboundedSender<Report>,
    /// The request id of the event that was handed out and not answered yet.
    in_hand: watch::Sender<Option<String>>,
    started: Instant,
    status: watch::Sender<Status>,
}

fn router(api: Arc<RuntimeApi>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(PAYLOAD_LIMIT))
        .with_state(api)
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    let mut events = api.events.lock().await;
    api.status.send_if_modified(|status| {
        let is_first = status.init.is_none();
        status.init.get_or_insert_with(|| api.started.elapsed());
        is_first
    });
    api.reports.send(Report::Polled).ok();
    let Some(event) = events.recv().await else {
        return refusal(StatusCode::GONE, "Shutdown", "the function is being stopped");
    };
    api.in_hand.send_replace(Some(event.request_id.clone()));
    let trace = Uuid::new_v4().simple().to_string();
    let (root, parent) = (trace.get(..24).unwrap_or_default(), trace.get(16..).unwrap_or_default());
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", event.request_id),
        ("lambda-runtime-deadline-ms", event.deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", api.arn.clone()),
        (
            "lambda-runtime-trace-id",
            format!("Root=1-{:08x}-{root};Parent={parent};Sampled=0", event.deadline_ms / 1000),
        ),
    ];
    (headers, event.payload).into_response()
}

async fn response(
    State(api): State<Arc<RuntimeApi>>,
    Path(request_id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match body {
        Ok(body) => answered(&api, request_id, Payload { body, is_error: false }),
        Err(_) => {
            let message =
                format!("Response payload size exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes).");
            let body = json!({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}).to_string();
            answered(&api, request_id, Payload { body: body.into(), is_error: true });
            refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
        }
    }
}

async fn error(State(api): State<Arc<RuntimeApi>>, Path(request_id): Path<String>, body: Bytes) -> Response {
    answered(&api, request_id, Payload { body, is_error: true })
}

async fn init_error(State(api): State<Arc<RuntimeApi>>, body: Bytes) -> Response {
    api.reports.send(Report::CannotStart(body)).ok();
    accepted()
}

fn answered(api: &RuntimeApi, request_id: String, answer: Payload) -> Response {
    let is_in_hand = api.in_hand.send_if_modified(|in_hand| {
        let matches = in_hand.as_ref() == Some(&request_id);
        if matches {
            *in_hand = None;
        }
        matches
    });
    if !is_in_hand {
        return refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID");
    }
    api.reports.send(Report::Answered { request_id, answer }).ok();
    accepted()
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response()
}

fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, Json(json!({"errorType": kind, "errorMessage": message}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_much_output_the_last_lines_are_kept() {
        let mut status = Status::default();
        let line = "x".repeat(99);
        for _ in 0..30_000 {
            status.write(&line);
        }
        let written = status.written();
        status.write("the last line");
        assert_eq!((written, status.since(written)), (3_000_000, "the last line\n"));
        assert!((OUTPUT_KEPT..=2 * OUTPUT_KEPT).contains(&status.output.len()), "{}", status.output.len());
        assert!(status.output.starts_with(&line), "a line is kept as a whole");
        assert_eq!(status.since(0), status.output, "what is forgotten is not made up");
    }
}
