//! What holds for every trigger, whatever it does: `contract::tests!` runs it against a trigger's real binary.

#![allow(dead_code, reason = "each trigger's test is a crate of its own and uses what it needs")]

pub(crate) mod grants;

use std::{fs, path::PathBuf, time::Duration};

use known_user::{Claim, KnownUser};
use local_aws::{
    dynamodb::KNOWN_USERS,
    faults::{self, Fault},
    function::{Function, Invocation},
    known_users_file, listener,
    stack::Stack,
};
use serde_json::{Value, json};

/// What a trigger does when it cannot do its work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It fails closed: the answer is `try again later`.
    Decides,
    /// It fails open: the event goes back.
    Records,
}

impl Kind {
    /// How long a function may take before it is killed in these tests: more than its own limit, less than Cognito's 5 s.
    fn killed_after(self) -> Duration {
        match self {
            Self::Decides => Duration::from_millis(4500),
            Self::Records => Duration::from_millis(3000),
        }
    }
}

/// A deadline in 1970, as `cargo lambda watch` sends it.
pub(crate) const IN_1970: u64 = 600_000;

/// A trigger under test: its name, its binary, what it does in an outage, and a sample event that makes it ask the table.
pub(crate) struct Trigger {
    pub(crate) name: &'static str,
    pub(crate) binary: &'static str,
    pub(crate) kind: Kind,
    pub(crate) source: &'static str,
}

impl Trigger {
    /// The trigger's sample event.
    pub(crate) fn sample(&self) -> Value {
        sample(self.source)
    }

    /// The trigger in `stack`, ready, with what it asked while it woke up forgotten.
    pub(crate) async fn wake(&self, stack: &Stack, settings: &[(&str, &str)]) -> Function {
        let mut configuration = stack.configuration(self.binary, settings);
        configuration.time_limit = self.kind.killed_after();
        let function = Function::start(configuration).await.unwrap();
        function.ready().await.unwrap();
        stack.dynamodb_faults.forget();
        stack.mailbox_faults.forget();
        function
    }
}

/// The sample event of a trigger source.
pub(crate) fn sample(source: &str) -> Value {
    read(&format!("events/{source}.json"))
}

fn read(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(workspace().join(path)).unwrap()).unwrap()
}

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A stack whose table knows `people`.
pub(crate) async fn stack_knowing(people: impl IntoIterator<Item = KnownUser>) -> Stack {
    let stack = Stack::start().await.unwrap();
    for person in people {
        stack.dynamodb.put(KNOWN_USERS, known_users_file::dynamodb_json(person)).unwrap();
    }
    stack
}

/// Asserts that the event went back to the byte.
#[track_caller]
pub(crate) fn assert_unchanged(answer: &Invocation, event: &str) {
    assert_eq!((String::from_utf8_lossy(&answer.payload).as_ref(), answer.function_error), (event, false));
}

/// Asserts that the event went back with `response` and nothing else changed.
#[track_caller]
pub(crate) fn assert_response(answer: &Invocation, event: &Value, response: Value) {
    let mut expected = event.clone();
    expected["response"] = response;
    assert_eq!((answer.json(), answer.function_error), (expected, false));
}

/// Asserts that the answer is an error of this type and text, and nothing more.
#[track_caller]
pub(crate) fn assert_error(answer: &Invocation, error_type: &str, text: &str) {
    let expected = json!({ "errorType": error_type, "errorMessage": text });
    assert_eq!((answer.json(), answer.function_error), (expected, true));
}

/// Asserts that a line of the log has this error type, by which operators count.
#[track_caller]
pub(crate) fn assert_counted(answer: &Invocation, error_type: &str) {
    assert!(
        answer.log.lines().filter_map(|line| serde_json::from_str(line).ok()).any(|line: Value| {
            line["errorType"] == error_type && line["level"] == "ERROR" && line["requestId"] == answer.request_id
        }),
        "no line of the log counts {error_type}: {}",
        answer.log
    );
}

/// The tests that every trigger passes.
macro_rules! contract_tests {
    ($trigger:expr) => {
        #[tokio::test]
        async fn whatever_cognito_may_send_goes_back_as_it_came() {
            contract::whatever_cognito_may_send_goes_back_as_it_came(&$trigger).await;
        }

        #[tokio::test]
        async fn what_is_no_event_gets_the_neutral_text_and_the_function_lives_on() {
            contract::what_is_no_event_gets_the_neutral_text_and_the_function_lives_on(&$trigger).await;
        }

        #[tokio::test]
        async fn a_table_that_says_no_is_an_outage() {
            contract::a_table_that_says_no_is_an_outage(&$trigger).await;
        }

        #[tokio::test]
        async fn a_table_that_stumbles_once_is_asked_again() {
            contract::a_table_that_stumbles_once_is_asked_again(&$trigger).await;
        }

        #[tokio::test]
        async fn nothing_listening_is_an_outage() {
            contract::nothing_listening_is_an_outage(&$trigger).await;
        }

        #[tokio::test]
        async fn a_table_that_never_answers_is_given_up_in_time() {
            contract::a_table_that_never_answers_is_given_up_in_time(&$trigger).await;
        }

        #[tokio::test]
        async fn nothing_personal_is_logged_at_the_most_verbose_level() {
            contract::nothing_personal_is_logged_at_the_most_verbose_level(&$trigger).await;
        }

        #[tokio::test]
        async fn a_missing_table_name_is_an_error_at_start_that_names_it() {
            contract::a_bad_setting_is_an_error_at_start(&$trigger, &[("KNOWN_USERS_TABLE", " ")], "KNOWN_USERS_TABLE")
                .await;
        }

        #[tokio::test]
        async fn a_success_is_one_line_of_at_most_250_bytes() {
            contract::a_success_is_one_line_of_at_most_250_bytes(&$trigger).await;
        }
    };
}
pub(crate) use contract_tests as tests;

/// Events of nobody the table knows, in every shape that Cognito, its guide and its console are known to send.
pub(crate) async fn whatever_cognito_may_send_goes_back_as_it_came(trigger: &Trigger) {
    let stack = stack_knowing([]).await;
    let function = trigger.wake(&stack, &[]).await;

    let mut events: Vec<(String, String)> = fs::read_dir(workspace().join("tests/contract/events"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&format!("{}.", trigger.name)))
        .map(|entry| (format!("{:?}", entry.path()), fs::read_to_string(entry.path()).unwrap().trim_end().to_owned()))
        .collect();
    assert!(!events.is_empty(), "tests/contract/events has an event for {}", trigger.name);
    events.extend(shapes(&trigger.sample()));

    for (what, event) in events {
        let answer = function.invoke(&event).await;
        assert_eq!(
            (String::from_utf8_lossy(&answer.payload).as_ref(), answer.function_error),
            (event.as_str(), false),
            "{what}"
        );
    }
}

/// Variations of a sample event, each with what is odd about it.
fn shapes(sample: &Value) -> Vec<(String, String)> {
    let attributes =
        if sample["request"]["userAttributes"].is_object() { "/request/userAttributes" } else { "/request" };
    let with = |pointer: &str, name: &str, value: Value| {
        let mut event = sample.clone();
        event.pointer_mut(pointer).unwrap()[name] = value;
        (format!("{pointer}/{name}"), event.to_string())
    };
    let without = |pointer: &str, name: &str| {
        let mut event = sample.clone();
        event.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap().remove(name);
        (format!("no {pointer}/{name}"), event.to_string())
    };
    let booleans = json!({ "autoConfirmUser": null, "autoVerifyEmail": null, "autoVerifyPhone": null });
    let deep = format!(r#"{{"version":"1","request":{{"tomorrow":{}{}}}}}"#, "[".repeat(500), "]".repeat(500));
    let text = sample.to_string();
    let mut events = vec![
        ("an empty object".to_owned(), "{}".to_owned()),
        ("500 lists in each other".to_owned(), deep),
        (
            "numbers as they are written".to_owned(),
            r#"{"version":1.0,"x":1e400,"y":123456789012345678901234567890}"#.to_owned(),
        ),
        (
            "half a surrogate pair".to_owned(),
            r#"{"userName":"\ud800","request":{"userAttributes":{"email":"\ud800"}}}"#.to_owned(),
        ),
        ("escapes".to_owned(), r#"{"user\u004eame":"Zo\u00eb\/","response":{ }}"#.to_owned()),
        ("a name twice".to_owned(), r#"{"response":{},"userName":"a","userName":"b","response":null}"#.to_owned()),
        ("spaces and lines".to_owned(), serde_json::to_string_pretty(sample).unwrap()),
        ("the sample itself".to_owned(), text),
        with("", "version", json!(1)),
        with("", "version", json!("0")),
        with("", "triggerSource", json!("Tomorrow_Source")),
        with("", "triggerSource", json!(null)),
        with("", "tomorrow", json!({ "a": [1, { "b": null }] })),
        with("", "response", json!(null)),
        with("", "response", json!({})),
        with("", "response", booleans),
        with("", "request", json!(null)),
        with("", "request", json!([])),
        with("", "callerContext", json!(null)),
        with("", "userName", json!(null)),
        with("", "userName", json!(7)),
        with("", "userName", json!("n".repeat(3000))),
        with("/callerContext", "clientId", json!(null)),
        with("/callerContext", "tomorrow", json!(true)),
        with("/request", "tomorrow", json!([{}])),
        with("/request", "validationData", json!(null)),
        with("/request", "validationData", json!({ "k": null, "l": 1, "m": { "n": [] } })),
        with("/request", "clientMetadata", json!(null)),
        with("/request", "userAttributes", json!(null)),
        with("/request", "userAttributes", json!("none")),
        with("/request", "newDeviceUsed", json!(null)),
        with("/request", "userNotFound", json!(true)),
        with("/request", "enableSMSMFA", json!(false)),
        with(attributes, "email_verified", json!(true)),
        with(attributes, "custom:age", json!(41.5)),
        with(attributes, "custom:nothing", json!(null)),
        with(attributes, "custom:list", json!([1, "2"])),
        with(attributes, "email", json!(null)),
        with(attributes, "email", json!("")),
        with(attributes, "email", json!(7)),
        with(attributes, "email", json!("e".repeat(3000))),
    ];
    for name in ["version", "triggerSource", "region", "userPoolId", "userName", "callerContext", "request", "response"]
    {
        events.push(without("", name));
    }
    events.push(without("/request", "newDeviceUsed"));
    events.push(without("/request", "clientMetadata"));
    events
}

pub(crate) async fn what_is_no_event_gets_the_neutral_text_and_the_function_lives_on(trigger: &Trigger) {
    let stack = stack_knowing([]).await;
    let function = trigger.wake(&stack, &[]).await;
    let pid = function.pid();
    for payload in ["[]", "\"x\"", "7", "null", "true", "[{}]"] {
        let answer = function.invoke(payload).await;
        assert_error(&answer, "EventMalformed", "try again later");
        assert_counted(&answer, "EventMalformed");
    }
    let event = trigger.sample().to_string();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert_eq!(function.pid(), pid, "it is the same process still");
}

pub(crate) async fn a_table_that_says_no_is_an_outage(trigger: &Trigger) {
    let stack = stack_knowing([]).await;
    let function = trigger.wake(&stack, &[("AWS_MAX_ATTEMPTS", "1")]).await;
    let event = trigger.sample().to_string();
    for fault in [
        Fault::throttling(),
        Fault::throughput_exceeded(),
        Fault::internal_error(),
        Fault::access_denied(),
        Fault::dynamodb_error(400, "ResourceNotFoundException", "Requested resource not found"),
        Fault::Reset,
        Fault::Garbage,
        Fault::Answer { status: 200, body: "{".to_owned(), error_type: None },
        Fault::Answer { status: 503, body: "<html>".to_owned(), error_type: None },
    ] {
        stack.dynamodb_faults.inject(faults::ALL, fault.clone());
        assert_outage(trigger.kind, &function.invoke(&event).await, &event, "KnownUsersUnavailable");
        stack.dynamodb_faults.clear();
    }
    assert_unchanged(&function.invoke(&event).await, &event);
}

pub(crate) async fn a_table_that_stumbles_once_is_asked_again(trigger: &Trigger) {
    let stack = stack_knowing([]).await;
    let function = trigger.wake(&stack, &[]).await;
    let event = trigger.sample().to_string();
    for fault in [Fault::throttling(), Fault::throughput_exceeded(), Fault::internal_error(), Fault::Reset] {
        stack.dynamodb_faults.forget();
        stack.dynamodb_faults.inject_times(1, faults::ALL, fault.clone());
        let answer = function.invoke(&event).await;
        assert_unchanged(&answer, &event);
        let operations = stack.dynamodb_faults.operations();
        assert!(operations.len() >= 2 && operations[0] == operations[1], "{fault:?}: {operations:?}");
        assert!(!answer.log.contains("errorType"), "{fault:?}: {}", answer.log);
    }
}

pub(crate) async fn nothing_listening_is_an_outage(trigger: &Trigger) {
    let stack = stack_knowing([]).await;
    let nowhere = listener::nowhere().unwrap();
    let function = trigger.wake(&stack, &[("AWS_ENDPOINT_URL_DYNAMODB", &nowhere)]).await;
    let event = trigger.sample().to_string();
    for _ in 0..2 {
        let answer = function.invoke_with_deadline(&event, IN_1970).await;
        // Whichever comes first: the last attempt, or the limit.
        let error_type = if answer.log.contains("TimedOut") { "TimedOut" } else { "KnownUsersUnavailable" };
        assert_outage(trigger.kind, &answer, &event, error_type);
    }
}

/// The endpoint hangs from the start, and again once the function is warm.
pub(crate) async fn a_table_that_never_answers_is_given_up_in_time(trigger: &Trigger) {
    let stack = stack_knowing([]).await;
    stack.dynamodb_faults.inject(faults::ALL, Fault::Hang);
    let function = trigger.wake(&stack, &[]).await;
    let pid = function.pid();
    let event = trigger.sample().to_string();
    // The function's own limit: a deadline in 1970 is none.
    let answer = function.invoke_with_deadline(&event, IN_1970).await;
    // Whichever comes first: the attempts of a second each, or the limit.
    let error_type = if answer.log.contains("TimedOut") { "TimedOut" } else { "KnownUsersUnavailable" };
    assert_outage(trigger.kind, &answer, &event, error_type);
    // A nearer deadline cuts it short.
    let soon = std::time::SystemTime::now() + Duration::from_millis(1400);
    let soon = soon.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    assert_outage(trigger.kind, &function.invoke_with_deadline(&event, soon).await, &event, "TimedOut");

    stack.dynamodb_faults.clear();
    assert_unchanged(&function.invoke(&event).await, &event);
    assert_eq!(function.pid(), pid, "it was never killed");
}

#[track_caller]
fn assert_outage(kind: Kind, answer: &Invocation, event: &str, error_type: &str) {
    match kind {
        Kind::Decides => assert_error(answer, error_type, "try again later"),
        Kind::Records => assert_unchanged(answer, event),
    }
    assert_counted(answer, error_type);
}

/// Marks every name, address, password and attribute, lets all go well and all go wrong, and looks for the marks.
pub(crate) async fn nothing_personal_is_logged_at_the_most_verbose_level(trigger: &Trigger) {
    const MARK: &str = "canary";
    let mut known = KnownUser::new("canary.email@example.com", Some("canary-name")).unwrap();
    known.attributes.insert("name".to_owned(), "canary attribute".to_owned());
    let mut hashed = KnownUser::new("canary.hashed@example.com", Some("canary-hashed")).unwrap();
    hashed.password_hash = Some("{SHA}canary-hash".to_owned());
    let mut invited = KnownUser::new("canary.invited@example.com", Some("canary-invited")).unwrap();
    invited.claim = Some(Claim::new(Claim::hash_of("canary-code"), 4_000_000_000));
    let mut suspended = KnownUser::new("canary.suspended@example.com", Some("canary-suspended")).unwrap();
    suspended.suspended = true;
    suspended.migrated_as = Some("canary-suspended".to_owned());
    let twins = ["canary.1@example.com", "canary.2@example.com"]
        .map(|email| KnownUser::new(email, Some("canary-twin")).unwrap());
    let stack = stack_knowing([known, hashed, invited, suspended].into_iter().chain(twins)).await;
    let mut event = trigger.sample();
    event["userName"] = json!("canary-name");
    event["request"]["password"] = json!("canary-password");
    event["request"]["userAttributes"] = json!({
        "sub": "canary-sub", "email": "canary.email@example.com", "email_verified": "true", "name": "canary attribute",
        "custom:x": "canary-x",
    });
    event["request"]["validationData"] = json!({ "canary-key": "canary-value" });
    event["request"]["clientMetadata"] = json!({ "canary-key": "canary-value" });
    let mut by_name = event.clone();
    by_name["request"]["userAttributes"] = json!({});
    let mut with_hash = by_name.clone();
    with_hash["userName"] = json!("canary-hashed");
    let mut odd = event.clone();
    odd["triggerSource"] = json!("canary source");
    odd["userPoolId"] = json!("canary pool");
    odd["callerContext"]["clientId"] = json!("canary client");
    let mut events: Vec<_> =
        [&event, &by_name, &with_hash, &odd, &json!("canary")].iter().map(|event| event.to_string()).collect();
    for name in ["invited", "suspended", "twin"] {
        // By both names, of which the email is not proven, and by the user name alone.
        let mut said = event.clone();
        said["userName"] = json!(format!("canary-{name}"));
        said["request"]["clientMetadata"] = json!({ "claimCode": "canary-code" });
        said["request"]["userAttributes"]["email"] = json!(format!("canary.{name}@example.com"));
        said["request"]["userAttributes"]["email_verified"] = json!("false");
        events.push(said.to_string());
        said["request"]["userAttributes"]["email"] = json!("canary.changed@example.com");
        events.push(said.to_string());
    }

    for format in ["JSON", "Text"] {
        let function = trigger
            .wake(
                &stack,
                &[
                    ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
                    ("AWS_LAMBDA_LOG_FORMAT", format),
                    ("RUST_LOG", "trace"),
                    ("AWS_MAX_ATTEMPTS", "1"),
                    ("WELCOME_EMAIL_FROM", "canary-from@example.com"),
                    ("SIGN_UP_POLICY", "claim"),
                    ("CHECK_SUSPENDED", if format == "JSON" { "before" } else { "after" }),
                ],
            )
            .await;
        let echo = "The provided key canary.email@example.com does not match";
        for fault in [
            None,
            Some(Fault::dynamodb_error(400, "ValidationException", echo)),
            Some(Fault::Answer {
                status: 200,
                body: r#"{"Item":{"UserEmail":{"S":7,"canary"#.to_owned(),
                error_type: None,
            }),
            Some(Fault::Garbage),
        ] {
            stack.dynamodb_faults.clear();
            if let Some(fault) = fault {
                stack.dynamodb_faults.inject(faults::ALL, fault);
            }
            for event in &events {
                function.invoke(event).await;
            }
        }
        stack.dynamodb_faults.clear();
        stack
            .mailbox_faults
            .inject(faults::ALL, Fault::ses_error(400, "MessageRejected", "canary.email@example.com is not verified"));
        function.invoke(&events[0]).await;
        stack.mailbox_faults.clear();

        let output = function.output();
        assert!(output.lines().count() >= events.len(), "it does log: {output}");
        let marked: Vec<_> = output.lines().filter(|line| line.to_lowercase().contains(MARK)).collect();
        assert!(marked.is_empty(), "{marked:#?}");
    }
}

/// Asserts that the process ends with a line that names the setting.
pub(crate) async fn a_bad_setting_is_an_error_at_start(trigger: &Trigger, settings: &[(&str, &str)], expected: &str) {
    let stack = stack_knowing([]).await;
    let function = stack.function(trigger.binary, settings).await.unwrap();
    assert!(function.ready().await.is_err());
    let output = function.output();
    assert!(!output.contains("hunter2"), "a setting's value may be a secret: {output}");
    let line: Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    let message = line["message"].as_str().unwrap();
    assert!(message.starts_with("setting `") && message.contains(expected), "{output}");
    assert_eq!((&line["level"], &line["errorType"]), (&json!("ERROR"), &json!("StartFailed")));
}

pub(crate) async fn a_success_is_one_line_of_at_most_250_bytes(trigger: &Trigger) {
    let stack = stack_knowing([]).await;
    let function = trigger.wake(&stack, &[]).await;
    let mut event = trigger.sample();
    event["userPoolId"] = json!("ap-southeast-2_AbCdEfGhI");
    event["callerContext"]["clientId"] = json!("2abcdefghijklmnopqrstuvwxy");
    let answer = function.invoke(event.to_string()).await;
    let lines: Vec<_> = answer.log.lines().collect();
    assert!(lines.len() == 1 && lines[0].len() < 250, "{}", answer.log);
    let line: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(
        (&line["level"], &line["trigger"], &line["pool"], &line["client"], line["user"].as_str().unwrap().len()),
        (&json!("INFO"), &json!(trigger.source), &event["userPoolId"], &event["callerContext"]["clientId"], 12)
    );
}
