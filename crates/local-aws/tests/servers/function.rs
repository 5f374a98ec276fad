//! A shell plays the process, and where the process has to speak the Runtime API, the test speaks for it.

use std::time::Duration;

use local_aws::function::{Configuration, RunningFunction};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::client::{Answer, get, post, send};

fn shell(script: &str) -> Configuration {
    let mut configuration = Configuration::new("pre-sign-up", "/bin/sh");
    configuration.arguments = vec!["-c".to_owned(), script.to_owned()];
    configuration
}

/// A process that does nothing itself, and the Runtime API it was given.
async fn puppet(configuration: Configuration) -> (RunningFunction, Runtime) {
    let mut puppet = shell("echo $AWS_LAMBDA_RUNTIME_API; exec sleep 600");
    puppet.time_limit = configuration.time_limit;
    puppet.environment = configuration.environment;
    let function = RunningFunction::start(puppet).await.unwrap();
    let runtime = Runtime::of(&function).await;
    (function, runtime)
}

struct Runtime {
    url: String,
}

impl Runtime {
    async fn of(function: &RunningFunction) -> Self {
        let address = loop {
            match function.output().lines().last() {
                Some(line) => break line.to_owned(),
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        };
        Self { url: format!("http://{address}/2018-06-01/runtime") }
    }

    async fn next(&self) -> Answer {
        get(&format!("{}/invocation/next", self.url)).await
    }

    async fn answer(&self, request_id: &str, kind: &str, body: impl Into<axum::body::Bytes>) -> Answer {
        post(&format!("{}/invocation/{request_id}/{kind}", self.url), body).await
    }
}

fn error_of(payload: &Value) -> (&str, &str) {
    (payload["errorType"].as_str().unwrap(), payload["errorMessage"].as_str().unwrap())
}

#[tokio::test]
async fn an_event_goes_out_and_the_answer_comes_back() {
    let (function, runtime) = puppet(shell("")).await;
    let invoke = function.invoke(r#"{"version":"1"}"#);
    let play = async {
        let event = runtime.next().await;
        assert_eq!(event.json(), json!({"version": "1"}));
        assert_eq!(
            event.header("lambda-runtime-invoked-function-arn"),
            Some("arn:aws:lambda:eu-west-1:123456789012:function:pre-sign-up")
        );
        assert!(event.header("lambda-runtime-trace-id").unwrap().starts_with("Root=1-"));
        let deadline: u64 = event.header("lambda-runtime-deadline-ms").unwrap().parse().unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        assert!((3_000..=5_000).contains(&(deadline - u64::try_from(now.as_millis()).unwrap())));
        let request_id = event.header("lambda-runtime-aws-request-id").unwrap().to_owned();
        let wrong = runtime.answer("00000000-0000-4000-8000-000000000000", "response", "{}").await;
        assert_eq!((wrong.status, wrong.json()["errorType"].as_str()), (400, Some("InvalidRequestID")));
        let accepted = runtime.answer(&request_id, "response", r#"{"version":"1","response":{}}"#).await;
        assert_eq!((accepted.status, accepted.json()), (202, json!({"status": "OK"})));
        // Answered once is answered.
        assert_eq!(runtime.answer(&request_id, "response", "{}").await.status, 400);
        request_id
    };
    let (invocation, request_id) = tokio::join!(invoke, play);
    assert_eq!(invocation.request_id, request_id);
    assert!(!invocation.function_error);
    assert_eq!(invocation.json(), json!({"version": "1", "response": {}}));
    assert!(function.init().is_some());
}

#[tokio::test]
async fn a_deadline_can_be_another_than_the_real_one() {
    let (function, runtime) = puppet(shell("")).await;
    let (invocation, ()) = tokio::join!(function.invoke_with_deadline("{}", 600_000), async {
        let event = runtime.next().await;
        assert_eq!(event.header("lambda-runtime-deadline-ms"), Some("600000"));
        runtime.answer(event.header("lambda-runtime-aws-request-id").unwrap(), "response", "1").await;
    });
    assert_eq!(invocation.json(), json!(1));
}

#[tokio::test]
async fn an_error_is_a_function_error() {
    let (function, runtime) = puppet(shell("")).await;
    let error = json!({"errorType": "AppClientBlocked", "errorMessage": "no"});
    let (invocation, ()) = tokio::join!(function.invoke("{}"), async {
        let event = runtime.next().await;
        let request_id = event.header("lambda-runtime-aws-request-id").unwrap();
        assert_eq!(runtime.answer(request_id, "error", error.to_string()).await.status, 202);
    });
    assert!(invocation.function_error);
    assert_eq!(invocation.json(), error);
}

#[tokio::test]
async fn invocations_queue() {
    let (function, runtime) = puppet(shell("")).await;
    let (first, second, ()) = tokio::join!(function.invoke("1"), function.invoke("2"), async {
        for _ in 0..2 {
            let event = runtime.next().await;
            let request_id = event.header("lambda-runtime-aws-request-id").unwrap().to_owned();
            runtime.answer(&request_id, "response", event.body).await;
        }
    });
    assert_eq!((first.json(), second.json()), (json!(1), json!(2)));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_an_error() {
    let (function, runtime) = puppet(shell("")).await;
    let (invocation, ()) = tokio::join!(function.invoke("{}"), async {
        let event = runtime.next().await;
        let request_id = event.header("lambda-runtime-aws-request-id").unwrap();
        let url = format!("{}/invocation/{request_id}/response", runtime.url);
        // The connection may end before the whole of it is sent.
        if let Ok(answer) = send("POST", &url, &[], vec![b' '; 7_000_000]).await {
            assert_eq!(answer.status, 413);
        }
    });
    assert_eq!(error_of(&invocation.json()).0, "Function.ResponseSizeTooLarge");
}

#[tokio::test]
async fn a_process_that_ends_is_reported_and_started_again() {
    let function = RunningFunction::start(shell("echo to the log; exit 3")).await.unwrap();
    for _ in 0..2 {
        let invocation = function.invoke("{}").await;
        assert!(invocation.function_error);
        let message = format!("RequestId: {} Error: Runtime exited with error: exit status 3", invocation.request_id);
        assert_eq!(invocation.json(), json!({"errorType": "Runtime.ExitError", "errorMessage": message}));
    }
    // Once when it was started, or by the first invocation, and once more for the second.
    assert!((2..=3).contains(&function.output().matches("to the log\n").count()), "{}", function.output());
    let error = function.ready().await.unwrap_err().to_string();
    assert!(error.starts_with("the function `pre-sign-up` ended before it asked for an event"), "{error}");
    assert!(error.contains("exit status 3") && error.contains("to the log"), "{error}");
}

#[tokio::test]
async fn a_process_that_ends_in_the_middle_is_reported() {
    let function = RunningFunction::start(shell("echo $AWS_LAMBDA_RUNTIME_API; read line < /dev/null; exec sleep 1"))
        .await
        .unwrap();
    let runtime = Runtime::of(&function).await;
    let (invocation, _) = tokio::join!(function.invoke("{}"), runtime.next());
    assert_eq!(error_of(&invocation.json()).0, "Runtime.ExitError");
    assert!(invocation.json()["errorMessage"].as_str().unwrap().ends_with("Runtime exited without providing a reason"));
}

#[tokio::test]
async fn a_process_that_cannot_start_says_so_itself() {
    let (function, runtime) = puppet(shell("")).await;
    let error = json!({"errorType": "SettingMissing", "errorMessage": "KNOWN_USERS_TABLE is not set"});
    let url = format!("{}/init/error", runtime.url);
    let (invocation, answer) = tokio::join!(function.invoke("{}"), post(&url, error.to_string()));
    assert_eq!(answer.status, 202);
    assert!(invocation.function_error);
    assert_eq!(invocation.json(), error);
}

#[tokio::test]
async fn a_process_that_does_not_answer_is_killed_and_started_again() {
    let mut configuration = shell("");
    configuration.time_limit = Duration::from_secs(1);
    let (function, runtime) = puppet(configuration).await;
    let first = function.pid();
    let (invocation, _) = tokio::join!(function.invoke("{}"), runtime.next());
    let message = format!("RequestId: {} Error: Task timed out after 1.00 seconds", invocation.request_id);
    assert_eq!(invocation.json(), json!({"errorType": "Sandbox.Timedout", "errorMessage": message}));
    assert!(invocation.elapsed >= Duration::from_secs(1));
    assert!(!is_running(first.unwrap()));
    // The next one finds a fresh process with a Runtime API of its own.
    let (invocation, ()) = tokio::join!(function.invoke("{}"), async {
        let runtime = loop {
            let runtime = Runtime::of(&function).await;
            if function.output().lines().count() == 2 {
                break runtime;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let event = runtime.next().await;
        runtime.answer(event.header("lambda-runtime-aws-request-id").unwrap(), "response", "true").await;
    });
    assert_eq!(invocation.json(), json!(true));
    assert_ne!(function.pid(), first);
}

#[tokio::test]
async fn an_invocation_that_is_given_up_takes_its_process_with_it() {
    let (function, runtime) = puppet(shell("")).await;
    let pid = function.pid().unwrap();
    let both = async { tokio::join!(function.invoke("{}"), runtime.next()) };
    assert!(timeout(Duration::from_millis(200), both).await.is_err());
    for _ in 0..200 {
        if !is_running(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the process {pid} still runs");
}

#[tokio::test]
async fn a_function_that_goes_takes_its_process_with_it() {
    let (function, _) = puppet(shell("")).await;
    let pid = function.pid().unwrap();
    assert!(is_running(pid));
    function.stop().await;
    assert!(!is_running(pid));
}

#[tokio::test]
async fn the_environment_is_lambdas_and_the_settings_alone() {
    let mut configuration = shell("env; exit 1");
    configuration.environment.insert("SIGN_UP_POLICY".to_owned(), "deny".to_owned());
    configuration.environment.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), "TRACE".to_owned());
    let function = RunningFunction::start(configuration).await.unwrap();
    function.ready().await.unwrap_err();
    let output = function.output();
    for line in ["SIGN_UP_POLICY=deny", "AWS_LAMBDA_LOG_LEVEL=TRACE", "AWS_LAMBDA_FUNCTION_NAME=pre-sign-up"] {
        assert!(output.lines().any(|found| found == line), "{line} is not in\n{output}");
    }
    // Cargo's own variables are in the environment of every test.
    assert!(!output.contains("CARGO"), "{output}");
}

#[tokio::test]
async fn a_binary_that_is_not_there_is_named() {
    let error =
        RunningFunction::start(Configuration::new("pre-sign-up", "/no/such/binary")).await.err().unwrap().to_string();
    assert!(error.starts_with("cannot start `/no/such/binary` for pre-sign-up"), "{error}");
}

/// Whether there is such a process: one that ended and whose end was taken note of is gone.
fn is_running(pid: u32) -> bool {
    std::process::Command::new("/bin/sh")
        .args(["-c", &format!("kill -0 {pid} 2>&1")])
        .output()
        .unwrap()
        .status
        .success()
}
