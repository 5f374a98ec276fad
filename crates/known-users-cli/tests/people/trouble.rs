//! A table that throttles, gives items back, resets connections, fails.

use std::time::Duration;

use local_aws::faults::{ALL, Fault};
use serde_json::{Value, json};

use crate::{
    file,
    tool::{Place, hash},
};

#[tokio::test]
async fn whatever_the_table_does_everybody_gets_in_once() {
    let place = Place::new().await;
    place.put(&[("email", "Person7@example.com"), ("user_name", "old")], &["LastLogin"]);
    let faults = &place.stack.dynamodb_faults;
    for operation in ["BatchWriteItem", "BatchGetItem", "UpdateItem"] {
        faults.inject_times(4, operation, Fault::throughput_exceeded());
        faults.inject_times(2, operation, Fault::throttling());
        faults.inject_times(2, operation, Fault::Reset);
        faults.inject_times(2, operation, Fault::internal_error());
    }
    for count in [24, 7, 25, 1, 99] {
        faults.inject_times(1, "BatchWriteItem", Fault::Unprocessed(count));
        faults.inject_times(1, "BatchGetItem", Fault::Unprocessed(count));
    }
    place.write("people.csv", &file::csv(500));
    let ended = place.run(&["import", "people.csv", "--json"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.facts(["rows", "added", "updated"]), [500, 499, 1].map(Value::from));
    let mut expected = file::table(500);
    expected.get_mut("person7@example.com").unwrap()["LastLogin"] =
        serde_json::json!({"Time": "2026-11-20T10:00:00.000Z"});
    assert_eq!(place.table(), expected);
}

#[tokio::test]
async fn a_table_that_takes_nothing_is_given_up_and_the_import_can_go_on() {
    let place = Place::new().await;
    place.write("people.csv", &file::csv(500));
    place.stack.dynamodb_faults.inject("BatchWriteItem", Fault::Unprocessed(25));
    let ended = place.run(&["import", "people.csv", "--give-up-after", "1"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("it keeps giving items back unprocessed"), "{ended:?}");
    assert!(ended.stderr.contains("then go on with --resume"), "{ended:?}");
    assert_eq!(place.files(), ["people.csv", "people.csv.journal"]);
    place.stack.dynamodb_faults.clear();
    let ended = place.run(&["import", "people.csv", "--resume"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(place.table(), file::table(500));
    assert_eq!(place.files(), ["people.csv"]);
}

#[tokio::test]
async fn what_is_forbidden_is_said_with_the_permission() {
    let place = Place::new().await;
    place.write("people.csv", &file::csv(3));
    place.stack.dynamodb_faults.inject(ALL, Fault::access_denied());
    let ended = place.run(&["import", "people.csv"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("the permission `dynamodb:Scan`"), "{ended:?}");
    assert_eq!(place.files(), ["people.csv"], "nothing was written, so there is nothing to go on with");
}

#[tokio::test]
async fn somebody_who_arrives_while_they_are_updated_gets_no_password_hash() {
    let place = Place::new().await;
    place.put(&[("email", "a@b.c"), ("password_hash", &hash())], &[]);
    place.write("people.csv", &format!("email,name,password_hash\na@b.c,Ann,{}\n", hash().replace("$04$", "$05$")));
    place.stack.dynamodb_faults.inject_times(1, "UpdateItem", Fault::Delay(Duration::from_millis(500)));
    let arrive = async {
        while place.seen("UpdateItem").is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        place.put(&[("email", "a@b.c")], &["MigratedAt"]);
    };
    let (ended, ()) = tokio::join!(place.run(&["import", "people.csv", "--json"]), arrive);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.facts(["updated", "hashes_withheld"]), [1, 1].map(Value::from));
    assert_eq!(
        place.table()["a@b.c"],
        json!({
            "UserEmail": "a@b.c", "EmailVerified": true, "Suspended": false, "Attributes": {"name": "Ann"},
            "MigratedAt": "2026-11-20T10:00:00.000Z",
        })
    );
}
