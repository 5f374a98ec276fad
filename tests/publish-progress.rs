//! The daily count of the migration: the real binary against an embedded DynamoDB.

#![cfg(test)]

use known_user::KnownUser;
use local_aws::{
    dynamodb::KNOWN_USERS,
    faults::{self, Fault},
    known_users_file::dynamodb_json,
    stack::Stack,
};
use serde_json::{Value, json};

const SETTINGS: &[(&str, &str)] = &[("METRICS_NAMESPACE", "known-user-triggers")];

#[tokio::test(flavor = "multi_thread")]
async fn the_counts_are_logged_as_metrics_without_anybody_in_them() {
    let stack = Stack::start().await.unwrap();
    let person = |number: u32| KnownUser::new(&format!("person{number}@example.com"), None).unwrap();
    for known in [
        person(1),
        KnownUser { migrated_at: Some("2026-11-01T00:00:00Z".to_owned()), ..person(2) },
        KnownUser {
            password_hash: Some("$2y$04$s2mU13DKdKVLpM6GP3rRlu47UbmPnap2WAOgp8JaMzYNoM0EgoU.W".to_owned()),
            ..person(3)
        },
        KnownUser { suspended: true, password_hash: Some("no hash".to_owned()), ..person(4) },
    ] {
        stack.dynamodb.put(KNOWN_USERS, dynamodb_json(known)).unwrap();
    }
    let function = stack.function(env!("CARGO_BIN_EXE_publish-progress"), SETTINGS).await.unwrap();
    let answer = function.invoke(b"{}").await;
    assert_eq!(answer.json(), Value::Null, "{}", function.output());

    let log = function.output();
    let line = log.lines().find(|line| line.contains("_aws")).unwrap();
    let mut line: Value = serde_json::from_str(line).unwrap();
    assert!(line["_aws"]["Timestamp"].take().as_u64().unwrap() > 1_790_000_000_000);
    let names = [
        ("KnownUsers", 4),
        ("Arrived", 1),
        ("NotYetArrived", 3),
        ("UsablePasswordHashes", 1),
        ("UnusablePasswordHashes", 1),
        ("MalformedRecords", 0),
        ("Suspended", 1),
        ("SignedInWithin7Days", 0),
        ("SignedInWithin30Days", 0),
    ];
    let metrics: Vec<Value> = names.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
    let mut expected = json!({"_aws": {"Timestamp": null, "CloudWatchMetrics": [
        {"Namespace": "known-user-triggers", "Dimensions": [[]], "Metrics": metrics}
    ]}});
    for (name, count) in names {
        expected[name] = json!(count);
    }
    assert_eq!(line, expected);
    assert!(!log.contains("example.com"), "{log}");
    let [scan] = &stack.dynamodb_faults.seen()[..] else { panic!("one page is one request") };
    assert_eq!(scan.operation, "Scan");
    assert!(!scan.body.to_string().contains("UserEmail"), "{}", scan.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_does_not_answer_is_an_error_and_no_count() {
    let stack = Stack::start().await.unwrap();
    let function = stack.function(env!("CARGO_BIN_EXE_publish-progress"), SETTINGS).await.unwrap();
    function.ready().await.unwrap();
    stack.dynamodb_faults.inject(faults::ALL, Fault::access_denied());
    let answer = function.invoke(b"{}").await;
    assert_eq!(answer.json()["errorType"], "KnownUsersUnavailable");
    assert!(!function.output().contains("_aws"));
}
