//! Everybody in a file, and back.

use local_aws::dynamodb::KNOWN_USERS;
use serde_json::{Value, json};

use crate::{
    environment::HASH_MARK,
    file,
    tool::{Place, hash},
};

#[tokio::test]
async fn an_export_is_read_back() {
    let place = Place::new().await;
    place.write("people.csv", &file::csv(230));
    assert_eq!(place.run(&["import", "people.csv"]).await.code, Some(0));
    let ended = place.run(&["export", "all.ndjson", "--with-password-hashes", "--json"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.json(), json!({"outcome": "exported", "exported": 230, "malformed": 0}));
    let other = Place::new().await;
    other.write("all.ndjson", &place.read("all.ndjson"));
    let ended = other.run(&["import", "all.ndjson"]).await;
    assert_eq!((ended.code, other.table()), (Some(0), file::table(230)), "{ended:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(place.path("all.ndjson")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn hashes_are_left_out_unless_asked_for_and_notes_are_shown() {
    let place = Place::new().await;
    place.put(
        &[("email", "a@b.c"), ("user_name", "A"), ("password_hash", &hash()), ("name", "Ann")],
        &["LastLogin", "UserSub"],
    );
    let ended = place.run(&["export"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stdout.contains(HASH_MARK));
    assert_eq!(
        ended.json(),
        json!({
            "email": "a@b.c", "user_name": "A", "email_verified": true, "suspended": false, "name": "Ann",
            "last_login": {"Time": "2026-11-20T10:00:00.000Z"}, "user_sub": "2026-11-20T10:00:00.000Z",
        })
    );
    // Reading it back changes nothing.
    let before = place.table();
    let again = place.run_with(&["import", "-"], &ended.stdout).await;
    assert_eq!((again.code, place.table()), (Some(0), before), "{again:?}");
}

#[tokio::test]
async fn a_record_that_is_none_is_left_out_and_named() {
    let place = Place::new().await;
    place.put(&[("email", "a@b.c")], &[]);
    place.stack.dynamodb.put(KNOWN_USERS, json!({"UserEmail": {"S": "bad@b.c"}, "Suspended": {"S": "no"}})).unwrap();
    let ended = place.run(&["export"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.json()["email"], Value::from("a@b.c"));
    assert!(ended.stderr.contains("left out: the record of \"bad@b.c\": its attribute `Suspended`"), "{ended:?}");
    let ended = place.run(&["export", "--json"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
}
