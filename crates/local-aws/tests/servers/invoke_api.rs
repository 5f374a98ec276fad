use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use local_aws::function::{Configuration, RunningFunction};
use local_aws::invoke_api::InvokeApi;
use local_aws::listener::listen;
use serde_json::json;

use crate::client::{get, post, send};

/// A function whose every answer is an error, for its process ends at once.
async fn start() -> (InvokeApi, Arc<Mutex<Vec<String>>>) {
    let mut configuration = Configuration::new("pre-sign-up", "/bin/sh");
    configuration.arguments = vec!["-c".to_owned(), "echo to the log; exit 1".to_owned()];
    let function = Arc::new(RunningFunction::start(configuration).await.unwrap());
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let on_invocation = Box::new(move |function: &RunningFunction, event: &[u8], _: &_| {
        heard.lock().unwrap().push(format!("{} {}", function.name(), String::from_utf8_lossy(event)));
    });
    (InvokeApi::start(listen(0).await.unwrap(), vec![function], on_invocation).unwrap(), events)
}

fn url(api: &InvokeApi, name: &str) -> String {
    format!("{}/2015-03-31/functions/{name}/invocations", api.url())
}

#[tokio::test]
async fn a_function_has_many_names() {
    let (api, events) = start().await;
    let names = [
        "pre-sign-up",
        "PreSignUp",
        "PreSignUp:live",
        "PreSignUp?Qualifier=live",
        "123456789012:function:PreSignUp",
        "arn:aws:lambda:eu-west-1:123456789012:function:pre-sign-up",
        "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3APreSignUp%3Alive",
    ];
    for name in names {
        let url = match name.split_once('?') {
            Some((name, query)) => format!("{}?{query}", url(&api, name)),
            None => url(&api, name),
        };
        let answer = post(&url, r#"{"version":"1"}"#).await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.header("x-amz-function-error"), Some("Unhandled"));
        assert_eq!(answer.header("x-amz-executed-version"), Some("$LATEST"));
        assert!(answer.header("x-amzn-requestid").is_some());
        assert_eq!(answer.header("x-amz-log-result"), None);
        assert_eq!(answer.json()["errorType"], "Runtime.ExitError");
    }
    assert_eq!(*events.lock().unwrap(), vec![r#"pre-sign-up {"version":"1"}"#; names.len()]);
}

#[tokio::test]
async fn an_unknown_function_is_not_found() {
    let (api, _) = start().await;
    let answer = post(&url(&api, "PostSignUp"), "{}").await;
    assert_eq!((answer.status, answer.header("x-amzn-errortype")), (404, Some("ResourceNotFoundException")));
    assert_eq!(
        answer.json(),
        json!({
            "Type": "User",
            "Message": "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:PostSignUp",
        })
    );
}

#[tokio::test]
async fn a_payload_must_be_json_of_a_reasonable_size() {
    let (api, events) = start().await;
    let answer = post(&url(&api, "PreSignUp"), "version: 1").await;
    assert_eq!((answer.status, answer.header("x-amzn-errortype")), (400, Some("InvalidRequestContentException")));
    assert!(answer.json()["message"].as_str().unwrap().starts_with("Could not parse request body into json"));
    // The connection may end before the whole of it is sent.
    if let Ok(answer) = send("POST", &url(&api, "PreSignUp"), &[], vec![b' '; 7_000_000]).await {
        assert_eq!((answer.status, answer.header("x-amzn-errortype")), (413, Some("RequestTooLargeException")));
    }
    assert!(events.lock().unwrap().is_empty());
    // No payload at all is an empty event, as with Lambda.
    assert_eq!(post(&url(&api, "PreSignUp"), "").await.status, 200);
    assert_eq!(*events.lock().unwrap(), ["pre-sign-up {}"]);
}

#[tokio::test]
async fn an_invocation_can_be_of_other_types() {
    let (api, events) = start().await;
    let invoke = async |kind: &str| {
        send("POST", &url(&api, "PreSignUp"), &[("x-amz-invocation-type", kind)], "{}").await.unwrap()
    };
    assert_eq!(invoke("DryRun").await.status, 204);
    assert!(events.lock().unwrap().is_empty());
    let answer = invoke("Event").await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    // It queues behind the one before it, so that one is done when this one is.
    assert_eq!(invoke("RequestResponse").await.status, 200);
    assert_eq!(events.lock().unwrap().len(), 2);
    assert_eq!(invoke("Whenever").await.status, 400);
}

#[tokio::test]
async fn the_end_of_the_log_comes_with_the_answer_where_it_is_asked_for() {
    let (api, _) = start().await;
    let answer = send("POST", &url(&api, "PreSignUp"), &[("x-amz-log-type", "Tail")], "{}").await.unwrap();
    let log = BASE64_STANDARD.decode(answer.header("x-amz-log-result").unwrap()).unwrap();
    assert!(String::from_utf8(log).unwrap().contains("to the log\n"));
}

#[tokio::test]
async fn other_operations_are_unknown() {
    let (api, _) = start().await;
    assert_eq!(get(&(api.url() + "/2015-03-31/functions")).await.status, 404);
    assert_eq!(get(&url(&api, "PreSignUp")).await.status, 405);
}
