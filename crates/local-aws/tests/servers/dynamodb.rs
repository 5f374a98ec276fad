use std::path::Path;

use local_aws::Error;
use local_aws::dynamodb::{DynamoDb, EPHEMERA, KNOWN_USERS};
use local_aws::listener::listen;
use local_aws::template::Template;
use serde_json::{Value, json};

use crate::client::dynamodb;

async fn start(data: Option<&Path>) -> Result<DynamoDb, Error> {
    DynamoDb::start(listen(0).await?, data, &Template::workspace()?).await
}

#[tokio::test]
async fn the_tables_are_those_of_the_template() {
    let database = start(None).await.unwrap();
    let describe = async |table: &str| {
        dynamodb(&database.url(), "DescribeTable", &json!({"TableName": table})).await.unwrap().json()["Table"].clone()
    };
    let table = describe(KNOWN_USERS).await;
    assert_eq!(table["KeySchema"], json!([{"AttributeName": "UserEmail", "KeyType": "HASH"}]));
    assert_eq!(table["GlobalSecondaryIndexes"][0]["IndexName"], "ByUserName");
    assert_eq!(table["GlobalSecondaryIndexes"][0]["Projection"]["ProjectionType"], "KEYS_ONLY");
    assert_eq!(describe(EPHEMERA).await["KeySchema"], json!([{"AttributeName": "Id", "KeyType": "HASH"}]));
    let ttl = dynamodb(&database.url(), "DescribeTimeToLive", &json!({"TableName": EPHEMERA})).await.unwrap().json();
    assert_eq!(ttl["TimeToLiveDescription"]["AttributeName"], "ExpiresAt");
    assert_eq!(ttl["TimeToLiveDescription"]["TimeToLiveStatus"], "ENABLED");
}

#[tokio::test]
async fn what_is_written_by_http_is_seen_from_behind_in_plain_json() {
    let database = start(None).await.unwrap();
    let item = json!({
        "UserEmail": {"S": "zoë@example.com"},
        "Suspended": {"BOOL": true},
        "Attributes": {"M": {"name": {"S": "Zoë"}}},
        "Count": {"N": "7"},
        "Nothing": {"NULL": true},
        "List": {"L": [{"N": "1.5"}, {"SS": ["a"]}]},
    });
    let answer = dynamodb(&database.url(), "PutItem", &json!({"TableName": KNOWN_USERS, "Item": item})).await.unwrap();
    assert_eq!(answer.status, 200);
    let plain = json!({
        "UserEmail": "zoë@example.com",
        "Suspended": true,
        "Attributes": {"name": "Zoë"},
        "Count": 7,
        "Nothing": null,
        "List": [1.5, ["a"]],
    });
    assert_eq!(database.item(KNOWN_USERS, "zoë@example.com"), Some(plain.clone()));
    assert_eq!(database.item(KNOWN_USERS, "zoe@example.com"), None);
    assert_eq!(database.items(KNOWN_USERS).into_iter().collect::<Vec<_>>(), [("zoë@example.com".to_owned(), plain)]);
    assert!(database.items(EPHEMERA).is_empty());
}

#[tokio::test]
async fn what_is_written_from_behind_is_seen_by_http() {
    let database = start(None).await.unwrap();
    database.put(EPHEMERA, json!({"Id": {"S": "a"}, "ExpiresAt": {"N": "99999999999"}})).unwrap();
    let request = json!({"TableName": EPHEMERA, "Key": {"Id": {"S": "a"}}});
    let answer = dynamodb(&database.url(), "GetItem", &request).await.unwrap();
    assert_eq!(answer.json()["Item"]["ExpiresAt"], json!({"N": "99999999999"}));
    assert!(database.put(EPHEMERA, json!({"Id": "a"})).is_err());
    assert!(database.put(EPHEMERA, json!({"UserEmail": {"S": "a"}})).is_err());
}

#[tokio::test]
async fn ten_thousand_people_are_loaded_and_found_by_the_index() {
    let database = start(None).await.unwrap();
    let person = |number: usize| -> Value {
        json!({
            "UserEmail": {"S": format!("person-{number}@example.com")},
            "UserName": {"S": format!("Person{number}")},
            "UserNameKey": {"S": format!("person{number}")},
        })
    };
    assert_eq!(database.load(KNOWN_USERS, (0..10_000).map(person)).unwrap(), 10_000);
    assert_eq!(database.items(KNOWN_USERS).len(), 10_000);
    let request = json!({
        "TableName": KNOWN_USERS,
        "IndexName": "ByUserName",
        "KeyConditionExpression": "UserNameKey = :name",
        "ExpressionAttributeValues": {":name": {"S": "person9999"}},
    });
    let answer = dynamodb(&database.url(), "Query", &request).await.unwrap().json();
    assert_eq!(answer["Items"][0]["UserEmail"]["S"], "person-9999@example.com");
}

#[tokio::test]
async fn what_is_kept_in_a_folder_is_there_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("made by the database");
    let database = start(Some(&data)).await.unwrap();
    assert!(database.is_new());
    database.put(EPHEMERA, json!({"Id": {"S": "a"}})).unwrap();
    database.stop().await;
    let database = start(Some(&data)).await.unwrap();
    assert!(!database.is_new());
    assert_eq!(database.item(EPHEMERA, "a"), Some(json!({"Id": "a"})));
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = start(Some(file.path())).await.err().unwrap().to_string();
    assert!(error.starts_with(&format!("cannot make the folder `{}`", file.path().display())), "{error}");
}
