//! How the table is read.

use std::{collections::BTreeSet, time::Instant};

use local_aws::{account::Aws, dynamodb::KNOWN_USERS, faults::Fault};
use serde_json::{Value, json};

use crate::{
    environment::{self, terminal},
    table::{self, person, sound, text},
    tool,
};

fn scans(stack: &local_aws::stack::Stack) -> Vec<Value> {
    let seen = stack.dynamodb_faults.seen();
    seen.into_iter().filter(|seen| seen.operation == "Scan").map(|seen| seen.body).collect()
}

#[tokio::test]
async fn every_part_is_read_and_nobody_twice() {
    let stack = table::with((0..500).map(|number| person(number, &[])).collect()).await;
    for (segments, rate) in [(1, "0"), (7, "0"), (7, "1000"), (64, "1000")] {
        stack.dynamodb_faults.forget();
        let ended = tool::run(&stack, &["--json", "--segments", &segments.to_string(), "--rate", rate]).await;
        assert_eq!(ended.json()["known"], 500, "{segments} {rate}");
        let read: BTreeSet<u64> = scans(&stack).iter().map(|scan| scan["Segment"].as_u64().unwrap()).collect();
        assert_eq!(read, (0..segments).collect());
        assert!(scans(&stack).iter().all(|scan| scan["TotalSegments"] == segments));
    }
}

#[tokio::test]
async fn nothing_is_asked_for_that_says_who_somebody_is() {
    let stack = table::with(sound()).await;
    tool::run(&stack, &["--segments", "1"]).await;
    assert_eq!(stack.dynamodb_faults.operations(), ["DescribeTable", "Scan"]);
    assert_eq!(
        scans(&stack),
        [json!({
            "TableName": "KnownUsers",
            "Segment": 0,
            "TotalSegments": 1,
            "Limit": 2000,
            "ProjectionExpression": "#a0, #a1, #a2, #a3, #a4, #a5, #a6",
            "ExpressionAttributeNames": {
                "#a0": "EmailVerified",
                "#a1": "PasswordHash",
                "#a2": "Suspended",
                "#a3": "ConfirmedAt",
                "#a4": "MigratedAt",
                "#a5": "UserSub",
                "#a6": "LastLogin",
            },
            "ReturnConsumedCapacity": "TOTAL",
        })]
    );
}

#[tokio::test]
async fn no_more_is_read_in_a_second_than_the_rate_says() {
    // Each record is charged with a unit: 8 KB.
    let people = (0..80).map(|number| person(number, &[("Note", text(&"x".repeat(7_900)))])).collect();
    let stack = table::with(people).await;
    let fast = tool::run(&stack, &["--json", "--segments", "2", "--rate", "0"]).await;
    assert!(scans(&stack).iter().all(|scan| scan["Limit"].is_null()));
    stack.dynamodb_faults.forget();
    let begun = Instant::now();
    let ended = tool::run(&stack, &["--json", "--segments", "2", "--rate", "20"]).await;
    let took = begun.elapsed().as_secs_f64();
    assert_eq!((&fast.json()["known"], &ended.json()["known"]), (&json!(80), &json!(80)));
    let units = ended.json()["readCapacityUnits"].as_f64().unwrap();
    assert!((78.0..85.0).contains(&units), "{units}");
    // What is read last is not waited for: a second's worth.
    assert!(took >= units / 20.0 - 1.0, "{took} s for {units} units");
    // A burst is a share of a second: 10 units for each of two, at first of records that are thought to cost a half.
    let limits: Vec<_> = scans(&stack).iter().map(|scan| scan["Limit"].as_u64().unwrap()).collect();
    assert_eq!(limits[..2], [20, 20]);
    assert!(limits.len() > 4 && limits[2..].iter().all(|limit| (9..=11).contains(limit)), "{limits:?}");
}

#[tokio::test]
async fn a_throttled_page_is_read_again() {
    let stack = table::with(sound()).await;
    let sound = tool::run(&stack, &["--segments", "1"]).await;
    stack.dynamodb_faults.inject_times(2, "Scan", Fault::throughput_exceeded());
    stack.dynamodb_faults.inject_times(1, "Scan", Fault::throttling());
    stack.dynamodb_faults.forget();
    let ended = tool::run(&stack, &["--segments", "1"]).await;
    assert_eq!((ended.code, ended.stdout), (Some(0), sound.stdout));
    assert_eq!(scans(&stack).len(), 4);
}

#[tokio::test]
async fn who_may_not_describe_the_table_may_count_it() {
    let stack = table::with(sound()).await;
    stack.dynamodb_faults.inject("DescribeTable", Fault::access_denied());
    let ended = tool::run(&stack, &[]).await;
    assert_eq!(ended.stderr, "reading the table `KnownUsers` …\nread 8 records: 2.0 read capacity units\n");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), include_str!("sound.txt")));
}

#[tokio::test]
async fn the_stack_says_which_table_it_is() {
    let aws = Aws::fresh().await.unwrap();
    aws.stack.dynamodb.load(KNOWN_USERS, sound()).unwrap();
    let mut command = tool::command_at(&aws.url, &["--stack", "mine"]);
    let ended = environment::run(&mut command).await;
    let first = "Known users in the table `KnownUsers` of the stack `mine`, eu-west-1, 2026-11-20 14:00 UTC";
    assert_eq!((ended.code, ended.stdout.lines().next()), (Some(0), Some(first)));
    aws.account().cloudformation.outputs.as_mut().unwrap().remove("KnownUsersTable");
    let ended = environment::run(&mut command).await;
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (
            Some(2),
            "error: cannot find the table of known users\n  \
             why: the stack `mine` has no output `KnownUsersTable`\n  what to do: give --table\n"
        )
    );
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_shows_how_much_is_left() {
    let stack = table::with(sound()).await;
    stack.dynamodb_faults.inject("Scan", Fault::Delay(std::time::Duration::from_secs(1)));
    tokio::task::block_in_place(|| {
        let mut session = terminal::start(tool::command(&stack, &[]));
        session.exp_string("0 of about 8 records").unwrap();
        session.exp_string("read 8 records: 2.0 read capacity units").unwrap();
        let (rest, code) = terminal::end(&mut session);
        assert_eq!(code, 0, "{rest}");
        assert!(rest.contains("still with a password hash"), "{rest}");
    });
}
