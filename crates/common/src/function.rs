//! How a function wakes up, and what surrounds each invocation: settings, logging, clients, time limits.
//!
//! A trigger's `main` is [`run`] with one async function: it reads its settings, makes its clients, and then serves
//! invocations with [`Function::decide`] (fails closed) or [`Function::record`] (fails open) until the sandbox ends.

use std::{
    cell::Cell,
    env,
    fmt::{self, Display},
    num::NonZero,
    panic::AssertUnwindSafe,
    process::ExitCode,
    str::FromStr,
    time::{Duration, Instant, SystemTime},
};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_runtime::env_config::EnvConfigValue;
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_types::{
    os_shim_internal::Env,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};
use futures_util::FutureExt;
use known_user::Pool;
pub use lambda_runtime::Diagnostic;
use lambda_runtime::{Context, LambdaEvent, Runtime, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::timeout;
use tracing::{debug, error, info};

use crate::{
    ephemera::Ephemera,
    error::{Error, Failure, Refusal},
    event::Event,
    known_users::KnownUsers,
    log,
};

/// How long one attempt of one AWS request may take, and how long connecting may.
const ATTEMPT: Duration = Duration::from_secs(1);

/// How often one AWS request is tried, unless `AWS_MAX_ATTEMPTS` says otherwise: with the pauses below, two seconds of a
/// throttled table, which is most of the time there is.
const ATTEMPTS: u32 = 12;

/// The longest first pause between two attempts, and the longest of all; each next one is up to twice as long. The SDK's own
/// first pause of a second would not leave room for a second attempt.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// How long the warm-up call may hold up the start.
const WARM_UP: Duration = Duration::from_secs(1);

/// How long a deciding trigger may take. Cognito waits 5 seconds.
const DECIDING: Duration = Duration::from_millis(3500);

/// How long a recording trigger may hold a person at the door.
pub const RECORDING: Duration = Duration::from_millis(1500);

/// How long the start of the process and its first invocation may take together: the person waits for both, and Cognito's 5
/// seconds begin before either.
const WITH_THE_START: Duration = Duration::from_millis(4200);

/// How long post confirmation may take where it sends a mail.
pub const RECORDING_WITH_MAIL: Duration = Duration::from_secs(3);

/// What is left of an invocation's own deadline for the answer's way back.
const WAY_BACK: Duration = Duration::from_millis(200);

/// Why a function does not start. It names the setting.
#[derive(thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

impl StartError {
    /// The setting `name` cannot be used.
    pub fn setting(name: &str, why: &impl Display) -> Self {
        Self(format!("setting `{name}`: {why}"))
    }
}

// `unwrap` in a test prints the sentence, not its quotation.
impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a trigger answers, each with what the log says of it.
pub enum Answer {
    /// The event as it came: Cognito does what it does without a trigger.
    Unchanged(&'static str),
    /// The same, counted under an error type: nobody is told, but operators want to know how often.
    Counted(&'static str, &'static str),
    /// The event with these members in its `response`.
    Respond(&'static str, serde_json::Result<Box<RawValue>>),
    /// The owner's rules say no.
    Refuse(&'static str, Refusal),
}

impl Answer {
    /// The event with the members of `response`, a struct, in its `response`.
    pub fn respond(outcome: &'static str, response: &impl Serialize) -> Self {
        Self::Respond(outcome, to_raw_value(response))
    }
}

/// Runs a trigger: one thread, logging, and the error of a start that failed as a line that names the setting.
pub fn run<F: Future<Output = Result<(), StartError>>>(trigger: impl FnOnce(Function) -> F) -> ExitCode {
    let started = Instant::now();
    log::start();
    let started = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError(format!("no runtime: {error}")))
        .and_then(|runtime| runtime.block_on(async { trigger(Function::new(started)?).await }));
    match started {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            error!(errorType = "StartFailed", "{why}");
            ExitCode::FAILURE
        }
    }
}

/// A function that is waking up.
pub struct Function {
    started: Instant,
    sdk: SdkConfig,
    dynamodb: aws_sdk_dynamodb::Client,
}

impl Function {
    fn new(started: Instant) -> Result<Self, StartError> {
        if env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
            return Err(StartError::setting(
                "AWS_LAMBDA_RUNTIME_API",
                &"not set: this is a Lambda function; try it with `cargo demo`, `sam local invoke` or `cargo lambda watch`",
            ));
        }
        // Lambda hands a function its region and credentials in the environment. The SDK's `load_defaults` brings five
        // more places to look for them, a sixth of the binary, for nothing.
        let region = setting::<String>("AWS_REGION")?.or(setting("AWS_DEFAULT_REGION")?).map(Region::new);
        let retries = RetryConfig::standard()
            .with_max_attempts(setting("AWS_MAX_ATTEMPTS")?.map_or(ATTEMPTS, NonZero::<u32>::get))
            .with_initial_backoff(PAUSE)
            .with_max_backoff(LONGEST_PAUSE);
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(trust::client(region.as_ref()).map_err(|error| StartError(error.to_string()))?)
            .region(region)
            .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
            .service_config(Environment)
            .use_fips(setting("AWS_USE_FIPS_ENDPOINT")?.unwrap_or(false))
            .use_dual_stack(setting("AWS_USE_DUALSTACK_ENDPOINT")?.unwrap_or(false))
            .retry_config(retries)
            .timeout_config(
                TimeoutConfig::builder().connect_timeout(ATTEMPT).operation_attempt_timeout(ATTEMPT).build(),
            )
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        // The SDK's quota of retries is one process's for ever: after some throttled invocations there would be none left. Here
        // each invocation has its time, and no more.
        let retries = RetryPartition::custom("triggers").token_bucket(TokenBucket::unlimited()).build();
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&sdk).retry_partition(retries).build();
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(dynamodb);
        Ok(Self { started, sdk, dynamodb })
    }

    /// The setting `name`; nothing if it is not set or blank.
    pub fn setting<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, StartError> {
        setting(name)
    }

    /// The setting `name`, without which the function cannot work.
    pub fn required(&self, name: &str) -> Result<String, StartError> {
        self.setting(name)?.ok_or_else(|| StartError::setting(name, &"not set; template.yaml sets it"))
    }

    /// How much memory the function has, in MiB; nothing where Lambda does not say.
    pub fn memory_mib(&self) -> Result<Option<u64>, StartError> {
        self.setting("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    }

    /// How the pool names its users, by `SIGN_IN_WITH` and `USER_NAMES_CASE_SENSITIVE`.
    pub fn pool(&self) -> Result<Pool, StartError> {
        Ok(Pool {
            sign_in_with: self.setting("SIGN_IN_WITH")?.unwrap_or_default(),
            case_sensitive: self.setting("USER_NAMES_CASE_SENSITIVE")?.unwrap_or_default(),
        })
    }

    /// The table of known users, named by `KNOWN_USERS_TABLE`.
    pub fn known_users(&self) -> Result<KnownUsers, StartError> {
        Ok(KnownUsers::new(self.dynamodb.clone(), self.required("KNOWN_USERS_TABLE")?))
    }

    /// The table of what may be forgotten, named by `EPHEMERA_TABLE`.
    pub fn ephemera(&self) -> Result<Ephemera, StartError> {
        Ok(Ephemera::new(self.dynamodb.clone(), self.required("EPHEMERA_TABLE")?))
    }

    /// What AWS clients are made from: region, credentials, endpoints, time limits, retries.
    pub fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// Makes one throw-away call while the sandbox starts, where CPU is not throttled: it opens the connection and sets up
    /// what the SDK sets up lazily. Any answer will do: it may fail in any way, even for want of permission, and takes a
    /// second at most.
    pub async fn warm_up<T>(&self, call: impl Future<Output = Result<T, Failure>>) {
        match timeout(WARM_UP, call).await {
            Ok(Ok(_)) => debug!("warm"),
            Ok(Err(failure)) => debug!(errorType = failure.error_type(), detail = failure.detail(), "warm-up failed"),
            Err(_) => debug!(errorType = "TimedOut", "warm-up failed"),
        }
    }

    /// Serves a trigger that decides: whatever goes wrong, the answer is an error, and nobody gets in or is let through.
    pub async fn decide(self, decide: impl AsyncFn(&Event) -> Result<Answer, Failure>) -> Result<(), StartError> {
        self.serve(DECIDING, decide, |_, failure| Err(failure.into())).await
    }

    /// Serves a trigger that records: whatever goes wrong is logged, and the person gets in.
    pub async fn record(
        self,
        limit: Duration,
        record: impl AsyncFn(&Event) -> Result<Answer, Failure>,
    ) -> Result<(), StartError> {
        self.serve(limit, record, |event, _| Ok(event.unchanged())).await
    }

    /// Serves what is no trigger: does the work once for each event of the shape `T`. Where it fails, the log has a line with
    /// the error type, and whoever has invoked the function the same.
    pub async fn work<T: DeserializeOwned>(
        self,
        work: impl AsyncFn(T) -> Result<(), Diagnostic>,
    ) -> Result<(), StartError> {
        let work = &work;
        Runtime::new(service_fn(async |LambdaEvent { payload, context }: LambdaEvent<T>| {
            work(payload).await.inspect_err(|failed| {
                let (error_type, detail) = (&*failed.error_type, &*failed.error_message);
                error!(errorType = error_type, detail, requestId = context.request_id, "failed");
            })
        }))
        .run()
        .await
        .map_err(|error| StartError(format!("the Lambda Runtime API: {error}")))
    }

    async fn serve(
        self,
        limit: Duration,
        answer: impl AsyncFn(&Event) -> Result<Answer, Failure>,
        fail: impl Fn(Event, Failure) -> Result<Box<RawValue>, Error>,
    ) -> Result<(), StartError> {
        let start_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        info!(start_ms, "started");
        let first = Cell::new(Some(WITH_THE_START.saturating_sub(self.started.elapsed())));
        let (answer, fail, first) = (&answer, &fail, &first);
        Runtime::new(service_fn(async |LambdaEvent { payload, context }: LambdaEvent<Box<RawValue>>| {
            let limit = first.take().map_or(limit, |left| limit.min(left));
            let event = viewed(payload, &context)?;
            let answer = within(limit, &context, answer(&event)).await;
            let line = Line::new(&event);
            match answer {
                Ok(Answer::Unchanged(outcome)) => {
                    line.decision(outcome);
                    Ok(event.unchanged())
                }
                Ok(Answer::Counted(outcome, error_type)) => {
                    line.counted(outcome, error_type);
                    Ok(event.unchanged())
                }
                Ok(Answer::Respond(outcome, response)) => {
                    let answer = response.and_then(|response| event.with_response(&response));
                    line.decision(outcome);
                    answer.map_err(|_| Failure::EventMalformed.into())
                }
                Ok(Answer::Refuse(outcome, refusal)) => {
                    line.counted(outcome, refusal.error_type());
                    Err(Error::from(refusal))
                }
                Err(failure) => {
                    line.failure(&failure, &context);
                    fail(event, failure)
                }
            }
        }))
        .run()
        .await
        .map_err(|error| StartError(format!("the Lambda Runtime API: {error}")))
    }
}

fn setting<T: FromStr<Err: Display>>(name: &str) -> Result<Option<T>, StartError> {
    match env::var(name) {
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => text.trim().parse().map(Some).map_err(|why| StartError::setting(name, &why)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(StartError::setting(name, &error)),
    }
}

/// `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`, as every AWS SDK reads them.
#[derive(Debug)]
struct Environment;

impl LoadServiceConfig for Environment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let value = EnvConfigValue::new().env(key.env()).service_id(key.service_id());
        value.load(&Env::real(), None).map(|(value, _)| value.into_owned()).filter(|value| !value.is_empty())
    }
}

/// `json` as an event, or a line in the log that it is none.
fn viewed(json: Box<RawValue>, context: &Context) -> Result<Event, Failure> {
    Event::new(json).map_err(|not_an_event| {
        let failure = Failure::from(not_an_event);
        let (error_type, detail) = (failure.error_type(), failure.detail());
        error!(errorType = error_type, detail, requestId = context.request_id, "failed");
        failure
    })
}

/// `work`, if it is done within the limit and the invocation's own deadline, and does not panic.
async fn within<T>(
    limit: Duration,
    context: &Context,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let limit = time_limit(limit, context.deadline, SystemTime::now());
    match timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Failure::Panicked),
        Err(_) => Err(Failure::TimedOut),
    }
}

/// `limit`, or less where the invocation's deadline (milliseconds since 1970) is nearer. One in the past is not one:
/// `cargo lambda watch` sends it in 1970.
fn time_limit(limit: Duration, deadline: u64, now: SystemTime) -> Duration {
    let deadline = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(deadline));
    match deadline.and_then(|deadline| deadline.duration_since(now).ok()) {
        Some(left) => limit.min(left.saturating_sub(WAY_BACK)),
        None => limit,
    }
}

/// The one line that is logged of an invocation.
struct Line {
    trigger: String,
    pool: String,
    client: String,
    user: String,
}

impl Line {
    fn new(event: &Event) -> Self {
        Self {
            trigger: log::name(event.source()).to_owned(),
            pool: log::name(&event.user_pool_id).to_owned(),
            client: log::name(event.client_id.as_deref().unwrap_or_default()).to_owned(),
            user: log::digest(event),
        }
    }

    fn decision(&self, outcome: &str) {
        let Self { trigger, pool, client, user } = self;
        info!(trigger, pool, client, user, "{outcome}");
    }

    fn counted(&self, outcome: &str, error_type: &str) {
        let Self { trigger, pool, client, user } = self;
        info!(trigger, pool, client, user, errorType = error_type, "{outcome}");
    }

    fn failure(&self, failure: &Failure, context: &Context) {
        let Self { trigger, pool, client, user } = self;
        let (error_type, detail) = (failure.error_type(), failure.detail());
        error!(trigger, pool, client, user, errorType = error_type, detail, requestId = context.request_id, "failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::BoxFuture;

    #[tokio::test]
    async fn work_that_panics_or_takes_too_long_is_a_failure() {
        let context = Context::default();
        let limited = |work| within(Duration::from_millis(50), &context, work);
        let soon: BoxFuture<'_, Result<_, Failure>> = async { Ok(1) }.boxed();
        assert_eq!(limited(soon).await, Ok(1));
        assert_eq!(limited(async { Err(Failure::EventMalformed) }.boxed()).await, Err(Failure::EventMalformed));
        assert_eq!(limited(async { panic!("alice@example.com") }.boxed()).await, Err(Failure::Panicked));
        assert_eq!(limited(std::future::pending().boxed()).await, Err(Failure::TimedOut));
    }

    #[test]
    fn an_invocations_deadline_cuts_the_limit_where_it_is_plausible() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let limit = Duration::from_millis(3500);
        for (left, expected) in [
            (i64::from(-1_800_000_000_i32) * 1000 + 600_000, 3500), // 1970, as `cargo lambda watch` sends it
            (-1, 3500),
            (0, 0),
            (100, 0),
            (1200, 1000),
            (3700, 3500),
            (5000, 3500),
            (900_000, 3500),
            (900_001, 3500),
            (i64::MAX - 1_800_000_000_000, 3500),
        ] {
            let deadline = (1_800_000_000_000 + left) as u64;
            assert_eq!(time_limit(limit, deadline, now), Duration::from_millis(expected), "{left} ms left");
        }
        assert_eq!(time_limit(limit, u64::MAX, now), limit);
    }
}
