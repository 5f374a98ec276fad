//! What comes out, to the last character.

use serde_json::json;

use crate::{
    environment,
    table::{self, sound, unsound},
    tool,
};

#[tokio::test]
async fn a_sound_table_in_lines() {
    let stack = table::with(sound()).await;
    let ended = tool::run(&stack, &[]).await;
    assert_eq!(ended.stdout, include_str!("sound.txt"));
    assert_eq!(
        ended.stderr,
        "reading the table `KnownUsers`, about 8 records …\nread 8 records: 2.0 read capacity units\n"
    );
    assert_eq!(ended.code, Some(0));
}

#[tokio::test]
async fn an_unsound_table_in_lines_without_blocks() {
    let stack = table::with([sound(), unsound()].concat()).await;
    let ended = environment::run(tool::command(&stack, &[]).env("LC_ALL", "en_GB.ISO-8859-1")).await;
    assert_eq!(ended.stdout, include_str!("unsound.txt"));
    assert_eq!(ended.code, Some(3));
}

#[tokio::test]
async fn a_sound_table_as_json() {
    let stack = table::with(sound()).await;
    let ended = tool::run(&stack, &["--json"]).await;
    let day = |day, migrated, confirmed, last: u64| json!({"day": day, "migrated": migrated, "confirmed": confirmed, "lastSignIns": last});
    assert_eq!(
        ended.json(),
        json!({
            "outcome": "done",
            "table": "KnownUsers",
            "stack": null,
            "region": "eu-west-1",
            "asOf": "2026-11-20T14:00:00Z",
            "readCapacityUnits": 2.0,
            "known": 8,
            "migrated": 2,
            "confirmed": 2,
            "migratedAndConfirmed": 1,
            "signedInOtherwise": 1,
            "notThereYet": 4,
            "suspended": 1,
            "lastSignIn": {
                "within1Day": 1,
                "within7Days": 2,
                "within30Days": 3,
                "longerAgo": 1,
                "never": 4,
                "atUnknownTime": 0,
            },
            "passwordHash": {
                "with": 3,
                "without": 5,
                "byFormat": {"bcrypt": 2, "django-pbkdf2": 1},
                "unusable": {"unknownFormat": 0, "malformed": 0, "beyondLimits": 0},
            },
            "malformedRecords": 0,
            "malformedByAttribute": {},
            "unreadableTimes": 0,
            "days": [
                day("2026-01-02", 0, 0, 1),
                day("2026-10-22", 0, 0, 1),
                day("2026-11-15", 0, 0, 1),
                day("2026-11-18", 1, 0, 0),
                day("2026-11-19", 1, 2, 0),
                day("2026-11-20", 0, 0, 1),
            ],
        })
    );
    assert_eq!(ended.code, Some(0));
}

#[tokio::test]
async fn what_is_wrong_is_counted_and_not_fatal() {
    let stack = table::with([sound(), unsound()].concat()).await;
    let ended = tool::run(&stack, &["--json"]).await;
    let json = ended.json();
    assert_eq!(
        [&json["outcome"], &json["known"], &json["malformedByAttribute"], &json["unreadableTimes"]],
        [&json!("findings"), &json!(13), &json!({"Suspended": 1}), &json!(1)]
    );
    assert_eq!(
        json["passwordHash"],
        json!({
            "with": 6,
            "without": 6,
            "byFormat": {"bcrypt": 2, "django-pbkdf2": 1},
            "unusable": {"unknownFormat": 1, "malformed": 1, "beyondLimits": 1},
        })
    );
    assert_eq!(ended.code, Some(3));
}

#[tokio::test]
async fn an_empty_table_says_what_to_do_next() {
    let stack = table::with(vec![]).await;
    let ended = tool::run(&stack, &[]).await;
    assert_eq!(
        ended.stdout,
        "Known users in the table `KnownUsers`, eu-west-1, 2026-11-20 14:00 UTC\n\n\
         Nobody is known yet.\n  what to do: bring people in with `known-users import`\n"
    );
    assert_eq!(ended.code, Some(0));
}

#[tokio::test]
async fn nothing_personal_comes_out() {
    let stack = table::with([sound(), unsound()].concat()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    for words in [&["--html", file.to_str().unwrap()][..], &["--json"]] {
        let ended = tool::run(&stack, words).await;
        let all = format!("{ended:?}{}", std::fs::read_to_string(&file).unwrap());
        for mark in ["ecret", "@example", "0000-4000", "hunter2", "K57FuF8S", "bFYX62"] {
            assert!(!all.contains(mark), "{mark}: {all}");
        }
    }
}
