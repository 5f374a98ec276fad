//! An AWS account as the operator's tool sees it: one endpoint that plays Cognito, CloudFormation, CloudWatch Logs,
//! Lambda, SES and STS, with the embedded DynamoDB behind it. Each call is seen in its order, and any can be made to
//! fail or be interrupted.
//!
//! Each service is a file with what a test sets and looks at, and with what it answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::dynamodb::{DynamoDb, EPHEMERA, KNOWN_USERS};
use crate::stack::{self, Stack};
use crate::upstream::Upstream;
use crate::{Error, listener};

pub mod cloudformation;
pub mod cognito;
pub mod deployed;
pub mod lambda;
pub mod logs;
mod protocol;
pub mod ses;
pub mod sts;
pub mod tables;

use cloudformation::CloudFormation;
use cognito::{Cognito, triggers::Triggers};
use lambda::Lambda;
use logs::Logs;
use protocol::{Call, Refusal, Reply, Service, no};
use ses::Ses;
use sts::Sts;
use tables::Tables;

/// What happens to one call.
#[derive(Clone, Copy, Debug)]
pub enum Disturbance {
    /// It is refused, with this error code.
    Refused(&'static str),
    /// While it is under way, the process [`Account::pid`] is sent SIGINT.
    Interrupted,
}

/// What a test sets or looks at.
#[expect(missing_docs, reason = "the services are named after themselves")]
pub struct Account {
    pub cloudformation: CloudFormation,
    pub cognito: Cognito,
    pub lambda: Lambda,
    pub logs: Logs,
    pub ses: Ses,
    pub sts: Sts,
    pub tables: Tables,
    /// Each call, in order: the operation, and what was sent.
    pub calls: Vec<(String, Value)>,
    /// The access key and the region that each call was signed with, in order.
    pub signed_with: Vec<(String, String)>,
    /// What happens to the call with this number, the first of which is 0.
    pub disturb: Option<(usize, Disturbance)>,
    /// The process of the tool.
    pub pid: Option<u32>,
    /// What was asked for and is not played here.
    not_played: Vec<String>,
}

/// An account that runs. Its server ends with it.
///
/// Whatever is asked for and not played here is answered with status 501. The end of the account then panics, so that
/// a test fails that made nothing of the answer.
pub struct Aws {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    /// Its tables.
    pub stack: Arc<Stack>,
    account: Arc<Mutex<Account>>,
    // Held for its end: a task in a set is aborted when the set goes.
    _server: JoinSet<()>,
}

impl Aws {
    /// With the sample people, and a pool that calls three functions of the stack.
    ///
    /// # Errors
    /// Where there is no port, or `template.yaml` or the sample people cannot be used.
    pub async fn start() -> Result<Self, Error> {
        let stack = Arc::new(Stack::start().await?);
        stack.load_people(&stack::sample_people())?;
        let account = Arc::new(Mutex::new(Account {
            cloudformation: CloudFormation::deployed(),
            cognito: Cognito::deployed(),
            lambda: Lambda::deployed(),
            logs: Logs::default(),
            ses: Ses::deployed(),
            sts: Sts::default(),
            tables: Tables::default(),
            calls: Vec::new(),
            signed_with: Vec::new(),
            disturb: None,
            pid: None,
            not_played: Vec::new(),
        }));
        let listener = listener::listen(0).await?;
        let url = format!("http://{}", listener::address(&listener)?);
        let state = (Arc::clone(&stack), Arc::clone(&account));
        let router = Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(state);
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Ok(Self { url, stack, account, _server: server })
    }

    /// With no known users yet, as a stack is right after its deployment.
    ///
    /// # Errors
    /// As [`Aws::start`].
    pub async fn fresh() -> Result<Self, Error> {
        let aws = Self::start().await?;
        aws.stack.dynamodb.clear(KNOWN_USERS)?;
        Ok(aws)
    }

    /// What a test sets or looks at. No call is answered while this is held.
    pub fn account(&self) -> MutexGuard<'_, Account> {
        lock(&self.account)
    }

    /// The operations of the calls so far.
    pub fn operations(&self) -> Vec<String> {
        self.account().calls.iter().map(|(operation, _)| operation.clone()).collect()
    }

    /// What was sent with each call of this operation so far.
    pub fn bodies(&self, operation: &str) -> Vec<Value> {
        let account = self.account();
        account.calls.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }

    /// The known user with this email, in plain JSON.
    pub fn record(&self, email: &str) -> Option<Value> {
        self.stack.dynamodb.item(KNOWN_USERS, email)
    }

    /// Writes a known user, given in plain JSON.
    ///
    /// # Errors
    /// Where it has no key.
    pub fn put(&self, record: &Value) -> Result<(), Error> {
        self.stack.dynamodb.put_plain(KNOWN_USERS, record)
    }

    /// What a scenario has to leave as it was: the pool's settings and users, the functions' policies, the tables.
    pub fn snapshot(&self) -> Value {
        let account = self.account();
        let pool = account.cognito.pool.as_object().into_iter().flatten();
        let statements = account.lambda.functions.iter().map(|(name, function)| (name, &function.statements));
        json!({
            "pool": pool.filter(|(name, _)| *name != "LastModifiedDate").collect::<BTreeMap<_, _>>(),
            "mfa": account.cognito.mfa,
            "policies": statements.collect::<BTreeMap<_, _>>(),
            "users": account.cognito.users.keys().collect::<Vec<_>>(),
            "known": self.stack.dynamodb.items(KNOWN_USERS),
            "receipts": self.stack.dynamodb.items(EPHEMERA),
        })
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        let not_played = &self.account().not_played;
        assert!(thread::panicking() || not_played.is_empty(), "asked for, and not played here: {not_played:?}");
    }
}

/// A test that panicked while it held the account has failed: the others' sight of it need not fail as well.
fn lock(account: &Mutex<Account>) -> MutexGuard<'_, Account> {
    account.lock().unwrap_or_else(PoisonError::into_inner)
}

type Shared = (Arc<Stack>, Arc<Mutex<Account>>);

async fn answer(State((stack, account)): State<Shared>, head: Parts, body: Bytes) -> Response {
    let call = Call::read(&head, &body);
    let disturbance = lock(&account).see(&call);
    match disturbance {
        Some(Disturbance::Refused(code)) => {
            return call.response(no(code, "as the test wishes"));
        }
        Some(Disturbance::Interrupted) => {
            let pid = lock(&account).pid.unwrap_or_default().to_string();
            let sent = Command::new("kill").args(["-INT", &pid]).status().await;
            if !sent.is_ok_and(|status| status.success()) {
                lock(&account).not_played.push("an interruption of the tool, which does not run".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        None => {}
    }
    let reply = lock(&account).reply(&call, &stack.dynamodb);
    match reply {
        Some(reply) => call.response(reply),
        None => match Upstream::new(stack.dynamodb.url()).pass_on(Request::from_parts(head, Full::new(body))).await {
            Ok(answer) => answer.map(Body::new),
            Err(problem) => (StatusCode::BAD_GATEWAY, problem).into_response(),
        },
    }
}

impl Account {
    /// Notes a call, and says what happens to it.
    fn see(&mut self, call: &Call) -> Option<Disturbance> {
        let number = self.calls.len();
        self.calls.push((call.operation.clone(), call.body.clone()));
        self.signed_with.push(call.signed_with.clone());
        self.disturb.filter(|(at, _)| *at == number).map(|(_, disturbance)| disturbance)
    }

    /// The answer to a call; none where the embedded DynamoDB has it.
    fn reply(&mut self, Call { service, operation, body, .. }: &Call, dynamodb: &DynamoDb) -> Option<Reply> {
        let reply = match service {
            Service::CloudFormation => self.cloudformation.reply(operation, body),
            Service::Cognito => self.cognito.reply(operation, body, &mut Triggers { dynamodb, logs: &mut self.logs }),
            Service::DynamoDb => Ok(self.tables.reply(operation, body)?),
            Service::Lambda => self.lambda.reply(operation, body),
            Service::Logs => self.logs.reply(operation),
            Service::Ses => self.ses.reply(operation, body),
            Service::Sts => self.sts.reply(operation),
            Service::Unknown => Err(Refusal::NotPlayed(operation.clone())),
        };
        if let Err(Refusal::NotPlayed(what)) = &reply {
            self.not_played.push(format!("{service:?}: {what}"));
        }
        Some(reply)
    }
}
