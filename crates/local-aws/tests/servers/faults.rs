use std::time::Duration;

use local_aws::dynamodb::EPHEMERA;
use local_aws::faults::{ALL, Fault, Seen};
use local_aws::stack::Stack;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::client::{Answer, dynamodb};

struct Proxied(Stack);

impl Proxied {
    async fn start() -> Self {
        let stack = Stack::start().await.unwrap();
        stack.dynamodb.put(EPHEMERA, json!({"Id": {"S": "a"}})).unwrap();
        Self(stack)
    }

    async fn get_item(&self) -> Result<Answer, String> {
        dynamodb(&self.0.dynamodb_faults.url(), "GetItem", &get_item()).await
    }

    async fn delete_item(&self) -> Result<Answer, String> {
        dynamodb(&self.0.dynamodb_faults.url(), "DeleteItem", &get_item()).await
    }
}

fn get_item() -> Value {
    json!({"TableName": EPHEMERA, "Key": {"Id": {"S": "a"}}})
}

#[tokio::test]
async fn without_a_fault_everything_is_passed_on_and_seen() {
    let proxied = Proxied::start().await;
    let answer = proxied.get_item().await.unwrap();
    assert_eq!((answer.status, answer.json()), (200, json!({"Item": {"Id": {"S": "a"}}})));
    // The database's own headers come through, its checksum for one.
    assert!(answer.header("x-amz-crc32").is_some());
    let faults = &proxied.0.dynamodb_faults;
    assert_eq!(faults.seen(), [Seen { operation: "GetItem".to_owned(), body: get_item() }]);
    assert_eq!(faults.connections(), 1);
    faults.forget();
    assert_eq!((faults.seen().len(), faults.connections()), (0, 0));
}

#[tokio::test]
async fn an_error_is_answered_as_often_as_it_was_asked_for() {
    let proxied = Proxied::start().await;
    let faults = &proxied.0.dynamodb_faults;
    faults.inject_times(1, "GetItem", Fault::throttling());
    faults.inject_times(1, "GetItem", Fault::internal_error());
    assert_eq!(proxied.delete_item().await.unwrap().status, 200);
    let first = proxied.get_item().await.unwrap();
    assert_eq!(first.status, 400);
    assert_eq!(first.json()["__type"], "com.amazon.coral.service#ThrottlingException");
    let second = proxied.get_item().await.unwrap();
    assert_eq!(second.status, 500);
    assert_eq!(second.json()["__type"], "com.amazonaws.dynamodb.v20120810#InternalServerError");
    assert_eq!(proxied.get_item().await.unwrap().status, 200);
    // What was not passed on was seen all the same.
    assert_eq!(faults.operations(), ["DeleteItem", "GetItem", "GetItem", "GetItem"]);
    assert_eq!(faults.connections(), 4);
}

#[tokio::test]
async fn a_fault_for_all_stays_until_it_is_cleared() {
    let proxied = Proxied::start().await;
    proxied.0.dynamodb_faults.inject(ALL, Fault::access_denied());
    for _ in 0..3 {
        let answer = proxied.get_item().await.unwrap();
        assert_eq!(answer.json()["__type"], "com.amazon.coral.service#AccessDeniedException");
    }
    proxied.0.dynamodb_faults.clear();
    assert_eq!(proxied.get_item().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_rest_error_has_its_name_in_a_header() {
    let proxied = Proxied::start().await;
    proxied.0.dynamodb_faults.inject(ALL, Fault::ses_error(429, "TooManyRequestsException", "slow down"));
    let answer = proxied.get_item().await.unwrap();
    assert_eq!((answer.status, answer.header("x-amzn-errortype")), (429, Some("TooManyRequestsException")));
    assert_eq!(answer.json(), json!({"message": "slow down"}));
}

#[tokio::test]
async fn a_request_that_hangs_is_never_answered() {
    let proxied = Proxied::start().await;
    proxied.0.dynamodb_faults.inject_times(1, ALL, Fault::Hang);
    assert!(timeout(Duration::from_millis(300), proxied.get_item()).await.is_err());
    assert_eq!(proxied.get_item().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_delayed_request_is_answered_late() {
    let proxied = Proxied::start().await;
    proxied.0.dynamodb_faults.inject(ALL, Fault::Delay(Duration::from_millis(200)));
    let started = Instant::now();
    assert_eq!(proxied.get_item().await.unwrap().status, 200);
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_reset_connection_is_reset() {
    let proxied = Proxied::start().await;
    proxied.0.dynamodb_faults.inject_times(1, ALL, Fault::Reset);
    let error = proxied.get_item().await.err().unwrap();
    assert!(error.contains("ConnectionReset"), "{error}");
    assert_eq!(proxied.get_item().await.unwrap().status, 200);
}

#[tokio::test]
async fn garbage_is_no_http() {
    let proxied = Proxied::start().await;
    proxied.0.dynamodb_faults.inject_times(1, ALL, Fault::Garbage);
    let error = proxied.get_item().await.err().unwrap();
    assert!(error.contains("Parse"), "{error}");
    assert_eq!(proxied.get_item().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_request_can_be_waited_for() {
    let proxied = Proxied::start().await;
    let faults = &proxied.0.dynamodb_faults;
    faults.inject(ALL, Fault::Hang);
    tokio::select! {
        _ = proxied.get_item() => panic!("it was answered"),
        () = faults.wait_for(1) => {}
    }
    assert_eq!(faults.operations(), ["GetItem"]);
}

#[tokio::test]
async fn parts_of_a_batch_are_given_back_and_the_others_passed_on() {
    let proxied = Proxied::start().await;
    let faults = &proxied.0.dynamodb_faults;
    let put = |id: &str| json!({"PutRequest": {"Item": {"Id": {"S": id}}}});
    let write = json!({"RequestItems": {EPHEMERA: [put("b"), put("c"), put("d")]}});
    faults.inject_times(1, "BatchWriteItem", Fault::Unprocessed(2));
    faults.inject_times(1, "BatchWriteItem", Fault::Unprocessed(9));
    let answer = dynamodb(&faults.url(), "BatchWriteItem", &write).await.unwrap();
    assert_eq!(answer.json()["UnprocessedItems"], json!({EPHEMERA: [put("c"), put("d")]}));
    let ids = || proxied.0.dynamodb.items(EPHEMERA).into_keys().collect::<Vec<_>>();
    assert_eq!(ids(), ["a", "b"]);
    let answer = dynamodb(&faults.url(), "BatchWriteItem", &write).await.unwrap();
    assert_eq!(answer.json()["UnprocessedItems"], write["RequestItems"]);
    assert_eq!(ids(), ["a", "b"]);

    let key = |id: &str| json!({"Id": {"S": id}});
    let read = json!({"RequestItems": {EPHEMERA: {"Keys": [key("a"), key("b")]}}});
    faults.inject_times(1, "BatchGetItem", Fault::Unprocessed(1));
    let answer = dynamodb(&faults.url(), "BatchGetItem", &read).await.unwrap().json();
    assert_eq!(answer["Responses"], json!({EPHEMERA: [key("a")]}));
    assert_eq!(answer["UnprocessedKeys"], json!({EPHEMERA: {"Keys": [key("b")]}}));
}
