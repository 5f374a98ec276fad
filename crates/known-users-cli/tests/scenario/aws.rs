//! What AWS plays here: Cognito, CloudFormation, CloudWatch Logs, Lambda and SES at one endpoint, and DynamoDB behind it,
//! so that every call is seen in its order and any can be made to fail.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Request, Response, StatusCode},
};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use local_aws::{
    dynamodb::{EPHEMERA, KNOWN_USERS},
    listener,
    stack::{self, Stack},
};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

pub(crate) const POOL: &str = "eu-west-1_EXAMPLE12";
pub(crate) const CLIENT: &str = "1example23456789";
pub(crate) const TOKEN: &str = "eyJraWQiOiJzZWNyZXQtdG9rZW4ifQ";
pub(crate) const CODE: &str = "123456";

pub(crate) const POOL_ARN: &str = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_EXAMPLE12";

/// The stack's functions, by their logical ids.
pub(crate) const FUNCTIONS: [&str; 5] =
    ["PreSignUp", "MigrateUser", "PreAuthentication", "PostAuthentication", "PostConfirmation"];

pub(crate) fn function_arn(logical_id: &str) -> String {
    format!("arn:aws:lambda:eu-west-1:123456789012:function:known-{logical_id}")
}

/// Somebody in the pool.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct User {
    pub(crate) sub: String,
    pub(crate) email: String,
    pub(crate) verified: bool,
    pub(crate) status: &'static str,
    pub(crate) password: Option<String>,
}

/// What happens to one call.
#[derive(Clone)]
pub(crate) enum Disturbance {
    /// It is refused.
    Refused(&'static str),
    /// While it is under way, the tool is sent SIGINT.
    Interrupted,
}

/// Everything that a test sets or looks at.
pub(crate) struct Account {
    /// Whose credentials they are, where STS tells.
    pub(crate) caller: Option<&'static str>,
    pub(crate) pool: Value,
    pub(crate) mfa: Value,
    pub(crate) client: Value,
    pub(crate) users: BTreeMap<String, User>,
    /// Who of them is disabled.
    pub(crate) disabled: BTreeSet<String>,
    /// How many users one page of a list has; an empty one comes first.
    pub(crate) users_a_page: usize,
    pub(crate) stack_exists: bool,
    /// Whether pre sign-up confirms.
    pub(crate) confirms: bool,
    /// Whether the triggers run although the pool does not say so, as in an emulator.
    pub(crate) wired_elsewhere: bool,
    /// A setting of the pool that an update loses: the next one, or every one.
    pub(crate) update_loses: Option<&'static str>,
    pub(crate) every_update_loses: bool,
    /// Whether an update turns the second factors off.
    pub(crate) update_loses_mfa: bool,
    /// More app clients than the one above.
    pub(crate) other_clients: Vec<Value>,
    /// The functions, by name.
    pub(crate) functions: BTreeMap<String, Function>,
    /// What SES knows of its identities, by name, and of the account.
    pub(crate) identities: BTreeMap<String, Value>,
    pub(crate) mail: Value,
    /// What DynamoDB is asked of tables, where not the tables themselves answer.
    pub(crate) tables: BTreeMap<String, Value>,
    /// Whether the table can be put back to any time.
    pub(crate) point_in_time: bool,
    pub(crate) log: Vec<(u64, String)>,
    /// How many looks at the log find nothing yet.
    pub(crate) log_is_late_by: usize,
    /// Every call, in order.
    pub(crate) calls: Vec<(String, Value)>,
    /// The access key and the region that each call was signed with, in order.
    pub(crate) signed_with: Vec<(String, String)>,
    /// What happens to the call with this number.
    pub(crate) disturb: Option<(usize, Disturbance)>,
    pub(crate) pid: Option<u32>,
    made: usize,
}

/// A function in Lambda.
#[derive(Clone)]
pub(crate) struct Function {
    /// As `GetFunctionConfiguration` answers.
    pub(crate) configuration: Value,
    /// The statements of its policy.
    pub(crate) statements: Vec<Value>,
}

/// The permission that the template gives.
pub(crate) fn permission(id: &str, function: &str) -> Value {
    json!({"Sid": id, "Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"},
        "Action": "lambda:InvokeFunction", "Resource": function,
        "Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"},
            "ArnLike": {"AWS:SourceArn": POOL_ARN}}})
}

fn functions_of_the_stack() -> BTreeMap<String, Function> {
    let function = |id: &str| {
        let mut variables = json!({"KNOWN_USERS_TABLE": KNOWN_USERS});
        match id {
            "PreSignUp" => variables["SIGN_IN_WITH"] = json!("username"),
            "MigrateUser" => variables["SIGN_IN_WITH"] = json!("username"),
            "PostConfirmation" => variables["WELCOME_EMAIL_FROM"] = json!("welcome@example.com"),
            _ => {}
        }
        let memory = if id == "MigrateUser" { 512 } else { 128 };
        let configuration = json!({"FunctionName": format!("known-{id}"), "FunctionArn": function_arn(id),
            "MemorySize": memory, "Timeout": 5, "State": "Active", "Environment": {"Variables": variables}});
        (format!("known-{id}"), Function { configuration, statements: vec![permission("template", &function_arn(id))] })
    };
    FUNCTIONS.into_iter().map(function).collect()
}

/// An account that runs.
pub(crate) struct Aws {
    pub(crate) url: String,
    pub(crate) stack: Arc<Stack>,
    account: Arc<Mutex<Account>>,
    _server: JoinSet<()>,
}

type Answer = Result<Value, (String, String)>;

impl Aws {
    /// With the sample people, and a pool that calls every function of the stack.
    pub(crate) async fn start() -> Self {
        let stack = Arc::new(Stack::start().await.unwrap());
        stack.load_people(&stack::sample_people()).unwrap();
        let account = Arc::new(Mutex::new(Account {
            caller: Some("123456789012"),
            pool: pool_of_the_stack(),
            mfa: json!({"MfaConfiguration": "OFF"}),
            client: json!({"UserPoolId": POOL, "ClientId": CLIENT, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}),
            users: BTreeMap::new(),
            disabled: BTreeSet::new(),
            users_a_page: 60,
            stack_exists: true,
            confirms: true,
            wired_elsewhere: false,
            update_loses: None,
            every_update_loses: false,
            update_loses_mfa: false,
            other_clients: Vec::new(),
            functions: functions_of_the_stack(),
            identities: BTreeMap::from([(
                "welcome@example.com".to_owned(),
                json!({"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": true}),
            )]),
            mail: json!({"ProductionAccessEnabled": true, "SendingEnabled": true}),
            tables: BTreeMap::new(),
            point_in_time: true,
            log: Vec::new(),
            log_is_late_by: 0,
            calls: Vec::new(),
            signed_with: Vec::new(),
            disturb: None,
            pid: None,
            made: 0,
        }));
        let listener = listener::listen(0).await.unwrap();
        let url = format!("http://{}", listener::address(&listener).unwrap());
        let router = Router::new().fallback(answer).with_state((stack.clone(), account.clone()));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, stack, account, _server: server }
    }

    pub(crate) fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap()
    }

    /// With nobody known yet, as a fresh stack is.
    pub(crate) async fn fresh() -> Self {
        let aws = Self::start().await;
        aws.stack.dynamodb.clear(KNOWN_USERS).unwrap();
        aws
    }

    /// The names of the calls so far.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.account().calls.iter().map(|(operation, _)| operation.clone()).collect()
    }

    /// The bodies of the calls of `operation`.
    pub(crate) fn bodies(&self, operation: &str) -> Vec<Value> {
        let account = self.account();
        account.calls.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }

    pub(crate) fn record(&self, email: &str) -> Option<Value> {
        self.stack.dynamodb.item(KNOWN_USERS, email)
    }

    pub(crate) fn put(&self, record: &Value) {
        self.stack.dynamodb.put(KNOWN_USERS, in_dynamodbs_json(record)).unwrap();
    }

    /// Everything that a scenario has to leave as it was.
    pub(crate) fn snapshot(&self) -> Value {
        let account = self.account();
        let mut pool = account.pool.clone();
        pool.as_object_mut().unwrap().remove("LastModifiedDate");
        json!({
            "pool": pool,
            "mfa": account.mfa,
            "policies": account.functions.iter().map(|(name, function)| (name, &function.statements))
                .collect::<BTreeMap<_, _>>(),
            "users": account.users.keys().collect::<Vec<_>>(),
            "known": self.stack.dynamodb.items(KNOWN_USERS),
            "receipts": self.stack.dynamodb.items(EPHEMERA),
        })
    }
}

fn pool_of_the_stack() -> Value {
    json!({
        "Id": POOL,
        "Name": "known-user-triggers",
        "Arn": format!("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/{POOL}"),
        "MfaConfiguration": "OFF",
        "LambdaConfig": {
            "PreSignUp": function_arn("PreSignUp"),
            "UserMigration": function_arn("MigrateUser"),
            "PostAuthentication": function_arn("PostAuthentication"),
        },
    })
}

/// The pool with every setting set, which calls none of the stack's functions that scenarios show.
pub(crate) fn full_pool() -> Value {
    let answer: Value = serde_json::from_str(include_str!("../../../user-pool/tests/pools/full.json")).unwrap();
    answer["UserPool"].clone()
}

pub(crate) fn in_dynamodbs_json(value: &Value) -> Value {
    fn typed(value: &Value) -> Value {
        match value {
            Value::String(text) => json!({"S": text}),
            Value::Bool(flag) => json!({"BOOL": flag}),
            Value::Object(members) => {
                json!({"M": members.iter().map(|(n, v)| (n.clone(), typed(v))).collect::<Map<_, _>>()})
            }
            other => panic!("no sample has {other}"),
        }
    }
    typed(value)["M"].clone()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().try_into().unwrap()
}

type Shared = (Arc<Stack>, Arc<Mutex<Account>>);

async fn answer(State((stack, account)): State<Shared>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let (service, operation) = target.split_once('.').unwrap_or_default();
    let (service, operation) = (service.to_owned(), operation.to_owned());
    let rest = Rest::of(&parts.method, parts.uri.path());
    let service = if rest.is_some() { REST.to_owned() } else { service };
    let (operation, json) = if let Some(rest) = &rest {
        (rest.operation.to_owned(), rest.body(&body))
    } else if service.is_empty() {
        let form: BTreeMap<String, String> = form(&body);
        (form["Action"].clone(), json!(form))
    } else {
        (operation, serde_json::from_slice(&body).unwrap())
    };
    let disturbance = {
        let mut account = account.lock().unwrap();
        account.calls.push((operation.clone(), json.clone()));
        account.signed_with.push(signature(&parts.headers));
        let number = account.calls.len() - 1;
        account.disturb.clone().filter(|(at, _)| *at == number).map(|(_, disturbance)| (disturbance, account.pid))
    };
    match disturbance {
        Some((Disturbance::Refused(code), _)) => return refusal(&service, code, "as the test wishes"),
        Some((Disturbance::Interrupted, pid)) => {
            let pid = pid.expect("the tool runs").to_string();
            assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        None => {}
    }
    if service.starts_with("DynamoDB") && operation != "DescribeContinuousBackups" {
        if operation == "DescribeTable"
            && let Some(table) = account.lock().unwrap().tables.get(json["TableName"].as_str().unwrap())
        {
            return response(StatusCode::OK, "application/x-amz-json-1.0", json!({ "Table": table }).to_string());
        }
        return forward(&stack, &parts.headers, body).await;
    }
    if matches!(operation.as_str(), "GetCallerIdentity" | "AssumeRole") {
        return sts(&account.lock().unwrap(), &operation);
    }
    if service.is_empty() {
        return cloudformation(&account.lock().unwrap(), &operation, &json);
    }
    let answer = {
        let mut account = account.lock().unwrap();
        match &rest {
            Some(rest) if rest.of_lambda => account.lambda(&operation, &json),
            Some(_) => account.ses(&operation, &json),
            None if service.starts_with("Logs") => account.logs(&operation),
            None if service.starts_with("DynamoDB") => account.backups(),
            None => account.cognito(&stack, &operation, &json),
        }
    };
    match answer {
        Ok(answer) => response(StatusCode::OK, "application/x-amz-json-1.1", answer.to_string()),
        Err((code, message)) => refusal(&service, &code, &message),
    }
}

fn response(status: StatusCode, content_type: &str, body: impl Into<Body>) -> Response<Body> {
    Response::builder().status(status).header("content-type", content_type).body(body.into()).unwrap()
}

fn refusal(service: &str, code: &str, message: &str) -> Response<Body> {
    if service.is_empty() {
        let xml = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>1</RequestId></ErrorResponse>"
        );
        return response(StatusCode::BAD_REQUEST, "text/xml", xml);
    }
    let body = json!({"__type": code, "message": message}).to_string();
    let internal = code.starts_with("Internal");
    let status = if internal { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
    let mut refusal = response(status, "application/x-amz-json-1.1", body);
    if service == REST {
        refusal.headers_mut().insert("x-amzn-errortype", code.parse().unwrap());
    }
    refusal
}

async fn forward(stack: &Stack, headers: &HeaderMap, body: Bytes) -> Response<Body> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let mut request = hyper::Request::post(stack.dynamodb.url()).body(Full::new(body)).unwrap();
    for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
        if let Some(value) = headers.get(name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    let answer = client.request(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    response(parts.status, "application/x-amz-json-1.0", body.collect().await.unwrap().to_bytes())
}

fn form(body: &[u8]) -> BTreeMap<String, String> {
    // The names and ids of these tests need no decoding.
    let text = std::str::from_utf8(body).unwrap();
    text.split('&').filter_map(|pair| pair.split_once('=')).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

/// The services that are asked by paths.
const REST: &str = "rest";

/// A call that a path says.
struct Rest {
    operation: &'static str,
    of_lambda: bool,
    /// What the path names: a function, an identity; and a statement of its policy.
    subject: String,
    /// A version or an alias.
    qualifier: Option<String>,
    statement: Option<String>,
}

impl Rest {
    fn of(method: &Method, path: &str) -> Option<Self> {
        let path = path.replace("%3A", ":").replace("%40", "@");
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (operation, of_lambda, subject, statement) = match (method.as_str(), parts.as_slice()) {
            ("GET", [_, "functions", name, "configuration"]) => ("GetFunctionConfiguration", true, *name, None),
            ("GET", [_, "functions", name, "policy"]) => ("GetPolicy", true, *name, None),
            ("POST", [_, "functions", name, "policy"]) => ("AddPermission", true, *name, None),
            ("DELETE", [_, "functions", name, "policy", id]) => {
                ("RemovePermission", true, *name, Some((*id).to_owned()))
            }
            ("GET", ["v2", "email", "identities", name]) => ("GetEmailIdentity", false, *name, None),
            ("GET", ["v2", "email", "account"]) => ("GetAccount", false, "", None),
            _ => return None,
        };
        // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]
        let qualifier = subject.split(':').nth(7).map(str::to_owned);
        let subject = subject.split(':').nth(6).unwrap_or(subject).to_owned();
        Some(Self { operation, of_lambda, subject, qualifier, statement })
    }

    /// What was sent, with what the path says.
    fn body(&self, sent: &[u8]) -> Value {
        let mut body: Value = serde_json::from_slice(sent).unwrap_or_else(|_| json!({}));
        body["Subject"] = json!(self.subject);
        if let Some(qualifier) = &self.qualifier {
            body["Qualifier"] = json!(qualifier);
        }
        if let Some(statement) = &self.statement {
            body["StatementId"] = json!(statement);
        }
        body
    }
}

/// AWS4-HMAC-SHA256 Credential=KEY/DAY/REGION/SERVICE/aws4_request, …
fn signature(headers: &HeaderMap) -> (String, String) {
    let header = headers.get("authorization").and_then(|header| header.to_str().ok()).unwrap_or_default();
    let scope: Vec<&str> = header.split("Credential=").nth(1).unwrap_or_default().split('/').collect();
    let part = |at: usize| scope.get(at).copied().unwrap_or_default().to_owned();
    (part(0), part(2))
}

fn sts(account: &Account, operation: &str) -> Response<Body> {
    let Some(caller) = account.caller else { return refusal("", "AccessDenied", "not for you") };
    let inner = match operation {
        "GetCallerIdentity" => format!(
            "<Arn>arn:aws:iam::{caller}:user/operator</Arn><UserId>AIDAEXAMPLE</UserId><Account>{caller}</Account>"
        ),
        _ => "<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
              <SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>"
            .to_owned(),
    };
    let xml = format!("<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>");
    response(StatusCode::OK, "text/xml", xml)
}

fn cloudformation(account: &Account, operation: &str, form: &Value) -> Response<Body> {
    let stack = form["StackName"].as_str().unwrap();
    if !account.stack_exists {
        return refusal("", "ValidationError", &format!("Stack with id {stack} does not exist"));
    }
    let inner = match operation {
        "DescribeStacks" => {
            let mut outputs = vec![
                ("UserPoolId".to_owned(), POOL.to_owned()),
                ("UserPoolClientId".to_owned(), CLIENT.to_owned()),
                ("KnownUsersTable".to_owned(), KNOWN_USERS.to_owned()),
                ("EphemeraTable".to_owned(), EPHEMERA.to_owned()),
            ];
            for id in FUNCTIONS {
                outputs.push((format!("{id}Function"), format!("known-{id}")));
                outputs.push((format!("{id}FunctionArn"), function_arn(id)));
            }
            let outputs: String = outputs
                .iter()
                .map(|(key, value)| {
                    format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
                })
                .collect();
            format!(
                "<Stacks><member><StackName>{stack}</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
                 <StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{outputs}</Outputs></member></Stacks>"
            )
        }
        "DescribeStackResource" => {
            let id = form["LogicalResourceId"].as_str().unwrap();
            format!(
                "<StackResourceDetail><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{stack}-{id}-X\
                 </PhysicalResourceId><ResourceType>AWS::Logs::LogGroup</ResourceType>\
                 <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp>\
                 <ResourceStatus>CREATE_COMPLETE</ResourceStatus></StackResourceDetail>"
            )
        }
        other => panic!("CloudFormation was asked for {other}"),
    };
    let xml = format!("<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>");
    response(StatusCode::OK, "text/xml", xml)
}

fn no(code: &str, message: &str) -> Answer {
    Err((code.to_owned(), message.to_owned()))
}

impl Account {
    fn lambda(&mut self, operation: &str, body: &Value) -> Answer {
        let name = body["Subject"].as_str().unwrap();
        let Some(function) = self.functions.get_mut(name) else {
            return no("ResourceNotFoundException", &format!("Function not found: {name}"));
        };
        let id = body["StatementId"].as_str().unwrap_or_default();
        let at = function.statements.iter().position(|statement| statement["Sid"] == id);
        match (operation, at) {
            ("GetFunctionConfiguration", _) => Ok(function.configuration.clone()),
            ("GetPolicy", _) if function.statements.is_empty() => {
                no("ResourceNotFoundException", "The resource you requested does not exist.")
            }
            ("GetPolicy", _) => {
                let policy = json!({"Version": "2012-10-17", "Id": "default", "Statement": function.statements});
                Ok(json!({"Policy": policy.to_string(), "RevisionId": "1"}))
            }
            ("AddPermission", Some(_)) => {
                no("ResourceConflictException", "The statement id (…) provided already exists.")
            }
            ("AddPermission", None) => {
                let statement = json!({"Sid": id, "Effect": "Allow", "Principal": {"Service": body["Principal"]},
                    "Action": body["Action"], "Resource": function.configuration["FunctionArn"],
                    "Condition": {"StringEquals": {"AWS:SourceAccount": body["SourceAccount"]},
                        "ArnLike": {"AWS:SourceArn": body["SourceArn"]}}});
                function.statements.push(statement.clone());
                Ok(json!({"Statement": statement.to_string()}))
            }
            ("RemovePermission", Some(at)) => {
                function.statements.remove(at);
                Ok(json!({}))
            }
            ("RemovePermission", None) => no("ResourceNotFoundException", "Statement is not found in resource policy."),
            (other, _) => panic!("Lambda was asked for {other}"),
        }
    }

    fn ses(&self, operation: &str, body: &Value) -> Answer {
        match operation {
            "GetAccount" => Ok(self.mail.clone()),
            _ => match self.identities.get(body["Subject"].as_str().unwrap()) {
                Some(identity) => Ok(identity.clone()),
                None => no("NotFoundException", "Email identity does not exist."),
            },
        }
    }

    fn backups(&self) -> Answer {
        let status = if self.point_in_time { "ENABLED" } else { "DISABLED" };
        Ok(json!({"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status}}}))
    }

    fn logs(&mut self, operation: &str) -> Answer {
        assert_eq!(operation, "FilterLogEvents");
        if self.log_is_late_by > 0 {
            self.log_is_late_by -= 1;
            return no("ResourceNotFoundException", "The specified log group does not exist.");
        }
        let events: Vec<Value> = self
            .log
            .iter()
            .map(|(time, text)| json!({"logStreamName": "2026/11/20/[$LATEST]1", "timestamp": time, "message": text}))
            .collect();
        Ok(json!({"events": events}))
    }

    fn calls_function(&self, trigger: &str, logical_id: &str) -> bool {
        self.wired_elsewhere || self.pool["LambdaConfig"][trigger] == function_arn(logical_id).as_str()
    }

    fn decided(&mut self, source: &str) {
        self.log.push((now(), "INIT_START Runtime Version: provided:al2023".to_owned()));
        self.log.push((now(), json!({"level": "INFO", "message": "decided", "trigger": source}).to_string()));
    }

    fn next_sub(&mut self) -> String {
        self.made += 1;
        format!("00000000-0000-4000-8000-{:012}", self.made)
    }

    fn weak(password: &str) -> bool {
        password.len() < 12
    }

    fn cognito(&mut self, stack: &Stack, operation: &str, body: &Value) -> Answer {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let attribute = |name: &str| {
            let found = body["UserAttributes"].as_array()?.iter().find(|attribute| attribute["Name"] == name)?;
            Some(found["Value"].as_str()?.to_owned())
        };
        let name = text("Username");
        match operation {
            "DescribeUserPool" => Ok(json!({"UserPool": self.pool})),
            "DescribeUserPoolClient" => {
                let all = [&self.client].into_iter().chain(&self.other_clients);
                match all.into_iter().find(|client| client["ClientId"] == body["ClientId"]) {
                    Some(client) => Ok(json!({ "UserPoolClient": client })),
                    None => no("ResourceNotFoundException", "User pool client does not exist."),
                }
            }
            "ListUserPoolClients" => {
                let all = [&self.client].into_iter().chain(&self.other_clients);
                Ok(json!({"UserPoolClients": all.collect::<Vec<_>>()}))
            }
            "GetUserPoolMfaConfig" => Ok(self.mfa.clone()),
            "SetUserPoolMfaConfig" => {
                self.mfa = body.clone();
                self.mfa.as_object_mut().unwrap().remove("UserPoolId");
                Ok(self.mfa.clone())
            }
            "UpdateUserPool" => self.update(body),
            "AdminGetUser" => match self.user_by(&name) {
                None => no("UserNotFoundException", "User does not exist."),
                Some((name, user)) => {
                    let mut described = self.described(name, user);
                    described["UserAttributes"] = described["Attributes"].take();
                    Ok(described)
                }
            },
            "ListUsers" => Ok(self.list_users(body)),
            "AdminDisableUser" | "AdminEnableUser" | "AdminUserGlobalSignOut" if !self.users.contains_key(&name) => {
                no("UserNotFoundException", "User does not exist.")
            }
            "AdminDisableUser" => {
                self.disabled.insert(name);
                Ok(json!({}))
            }
            "AdminEnableUser" => {
                self.disabled.remove(&name);
                Ok(json!({}))
            }
            "AdminUserGlobalSignOut" => Ok(json!({})),
            "AdminDeleteUser" => match self.users.remove(&name) {
                None => no("UserNotFoundException", "User does not exist."),
                Some(_) => Ok(json!({})),
            },
            "SignUp" => {
                if self.users.contains_key(&name) {
                    return no("UsernameExistsException", "User already exists");
                }
                if Self::weak(&text("Password")) {
                    return no("InvalidPasswordException", "Password did not conform with policy: not long enough");
                }
                let (sub, email) = (self.next_sub(), attribute("email").unwrap());
                let mut confirmed = false;
                if self.calls_function("PreSignUp", "PreSignUp") {
                    self.decided("PreSignUp_SignUp");
                    confirmed = self.confirms;
                }
                if confirmed {
                    note(stack, &email, json!({"ConfirmedAt": "2026-11-20T12:00:00.000Z"}));
                    let receipt = json!({"Id": {"S": format!("welcome#{POOL}#{sub}")}});
                    stack.dynamodb.put(EPHEMERA, receipt).unwrap();
                }
                let status = if confirmed { "CONFIRMED" } else { "UNCONFIRMED" };
                let password = Some(text("Password"));
                self.users.insert(name, User { sub: sub.clone(), email, verified: confirmed, status, password });
                Ok(json!({"UserConfirmed": confirmed, "UserSub": sub}))
            }
            "AdminCreateUser" => {
                assert_eq!(body["MessageAction"], "SUPPRESS");
                if self.users.contains_key(&name) {
                    return no("UsernameExistsException", "User account already exists");
                }
                let (sub, email) = (self.next_sub(), attribute("email").unwrap());
                let verified = attribute("email_verified").as_deref() == Some("true");
                let status = "FORCE_CHANGE_PASSWORD";
                self.users.insert(name.clone(), User { sub: sub.clone(), email, verified, status, password: None });
                Ok(json!({"User": {"Username": name, "Attributes": [{"Name": "sub", "Value": sub}]}}))
            }
            "AdminSetUserPassword" => {
                if Self::weak(&text("Password")) {
                    return no("InvalidPasswordException", "Password did not conform with policy: not long enough");
                }
                let user = self.users.get_mut(&name).unwrap();
                (user.password, user.status) = (Some(text("Password")), "CONFIRMED");
                Ok(json!({}))
            }
            "InitiateAuth" => self.sign_in(stack, &body["AuthParameters"]),
            "ForgotPassword" => Ok(json!({"CodeDeliveryDetails": {
                "Destination": "m***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}})),
            "ConfirmForgotPassword" => {
                if text("ConfirmationCode") != CODE {
                    return no("CodeMismatchException", "Invalid verification code provided, please try again.");
                }
                if Self::weak(&text("Password")) {
                    return no("InvalidPasswordException", "Password did not conform with policy: not long enough");
                }
                let user = self.users.get_mut(&name).unwrap();
                (user.password, user.status) = (Some(text("Password")), "CONFIRMED");
                Ok(json!({}))
            }
            other => panic!("Cognito was asked for {other}"),
        }
    }

    /// By user name, or by email where that signs in.
    fn user_by(&self, name: &str) -> Option<(&String, &User)> {
        let has_email = |setting: &str| {
            self.pool[setting].as_array().is_some_and(|attributes| attributes.iter().any(|one| one == "email"))
        };
        let (signs_in, is_alias) = (has_email("UsernameAttributes"), has_email("AliasAttributes"));
        self.users.get_key_value(name).or_else(|| {
            self.users.iter().find(|(_, user)| user.email == name && (signs_in || (is_alias && user.verified)))
        })
    }

    fn described(&self, name: &str, user: &User) -> Value {
        json!({"Username": name, "UserStatus": user.status, "Enabled": !self.disabled.contains(name), "Attributes": [
            {"Name": "sub", "Value": user.sub},
            {"Name": "email", "Value": user.email},
            {"Name": "email_verified", "Value": user.verified.to_string()},
        ]})
    }

    fn list_users(&self, body: &Value) -> Value {
        let found = self.users.iter().filter(|(_, user)| match body["Filter"].as_str() {
            None => true,
            Some(filter) => match filter.split_once(" = ").unwrap() {
                ("email", value) => value == format!("\"{}\"", user.email),
                ("sub", value) => value == format!("\"{}\"", user.sub),
                other => panic!("no filter is {other:?}"),
            },
        });
        let found: Vec<Value> = found.map(|(name, user)| self.described(name, user)).collect();
        let Some(from) = body["PaginationToken"].as_str() else {
            return json!({"Users": [], "PaginationToken": "0"});
        };
        let from: usize = from.parse().unwrap();
        let page: Vec<&Value> = found.iter().skip(from).take(self.users_a_page).collect();
        let mut answer = json!({ "Users": page });
        if from + self.users_a_page < found.len() {
            answer["PaginationToken"] = json!((from + self.users_a_page).to_string());
        }
        answer
    }

    /// As Cognito does: what is not sent is reset.
    fn update(&mut self, body: &Value) -> Answer {
        const FIXED: [&str; 13] = [
            "Id",
            "Name",
            "Arn",
            "CreationDate",
            "Domain",
            "CustomDomain",
            "SchemaAttributes",
            "AliasAttributes",
            "UsernameAttributes",
            "UsernameConfiguration",
            "EstimatedNumberOfUsers",
            "Status",
            "LastModifiedDate",
        ];
        let has = |pointer: &str| body.pointer(pointer).is_some();
        if has("/AdminCreateUserConfig/UnusedAccountValidityDays")
            && has("/Policies/PasswordPolicy/TemporaryPasswordValidityDays")
        {
            return no(
                "InvalidParameterException",
                "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
            );
        }
        let old = self.pool.as_object().unwrap().clone();
        let mut new: Map<String, Value> =
            old.clone().into_iter().filter(|(name, _)| FIXED.contains(&name.as_str())).collect();
        for (name, value) in body.as_object().unwrap() {
            match name.as_str() {
                "UserPoolId" => assert_eq!(value, POOL),
                "PoolName" => drop(new.insert("Name".to_owned(), value.clone())),
                name if FIXED.contains(&name) => return no("InvalidParameterException", &format!("unknown {name}")),
                name => drop(new.insert(name.to_owned(), value.clone())),
            }
        }
        // These are Cognito's own, or the old name of what is sent by its new one.
        for name in ["EmailConfigurationFailure", "SmsConfigurationFailure"] {
            if let Some(value) = old.get(name) {
                new.insert(name.to_owned(), value.clone());
            }
        }
        if let (Some(days), Some(admin)) = (
            old.get("AdminCreateUserConfig").and_then(|config| config.get("UnusedAccountValidityDays")),
            new.get_mut("AdminCreateUserConfig"),
        ) {
            admin["UnusedAccountValidityDays"] = days.clone();
        }
        new.insert("LastModifiedDate".to_owned(), json!(now() / 1000));
        if let Some(name) = self.update_loses {
            new.remove(name);
        }
        if !self.every_update_loses {
            self.update_loses = None;
        }
        self.pool = Value::Object(new);
        if self.update_loses_mfa {
            self.mfa = json!({"MfaConfiguration": "OFF"});
        }
        Ok(json!({}))
    }

    fn sign_in(&mut self, stack: &Stack, parameters: &Value) -> Answer {
        let (name, password) = (parameters["USERNAME"].as_str().unwrap(), parameters["PASSWORD"].as_str().unwrap());
        let Some(user) = self.users.get(name).cloned() else {
            if self.calls_function("UserMigration", "MigrateUser") {
                let known = stack.dynamodb.items(KNOWN_USERS);
                self.decided("UserMigration_Authentication");
                if let Some((email, _)) = known.iter().find(|(_, record)| record["UserName"] == name) {
                    note(stack, email, json!({"MigratedAt": "2026-11-20T12:00:00.000Z"}));
                    let (sub, email) = (self.next_sub(), email.clone());
                    let user = User { sub, email, verified: true, status: "RESET_REQUIRED", password: None };
                    self.users.insert(name.to_owned(), user);
                    return no("PasswordResetRequiredException", "Password reset required for the user");
                }
            }
            return no("NotAuthorizedException", "Incorrect username or password.");
        };
        if user.status == "UNCONFIRMED" {
            return no("UserNotConfirmedException", "User is not confirmed.");
        }
        if user.password.as_deref() != Some(password) {
            return no("NotAuthorizedException", "Incorrect username or password.");
        }
        if self.calls_function("PostAuthentication", "PostAuthentication") {
            self.decided("PostAuthentication_Authentication");
            let login = json!({"UserPoolId": POOL, "ClientId": CLIENT, "Time": "2026-11-20T12:00:01.000Z"});
            note(stack, &user.email, json!({"LastLogin": login, "UserSub": user.sub}));
        }
        Ok(json!({"AuthenticationResult": {
            "AccessToken": TOKEN, "IdToken": TOKEN, "RefreshToken": TOKEN, "ExpiresIn": 3600, "TokenType": "Bearer"}}))
    }
}

/// What a trigger writes on a known user's record.
fn note(stack: &Stack, email: &str, notes: Value) {
    if let Some(Value::Object(mut record)) = stack.dynamodb.item(KNOWN_USERS, email) {
        record.extend(notes.as_object().unwrap().clone());
        stack.dynamodb.put(KNOWN_USERS, in_dynamodbs_json(&Value::Object(record))).unwrap();
    }
}
