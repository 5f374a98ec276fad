//! What an import takes, refuses, writes and leaves alone.

use std::io::Read;

use local_aws::dynamodb::KNOWN_USERS;
use serde_json::{Value, json};

use crate::{
    environment::HASH_MARK,
    file,
    tool::{Place, hash},
};

const HASH_COLUMNS: &str = "email,user_name,password_hash,name\n";

#[tokio::test]
async fn everybody_is_in_the_table_and_twice_is_once() {
    let place = Place::new().await;
    place.write("people.csv", &file::csv(357));
    let ended = place.run(&["import", "people.csv", "--json"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(place.table(), file::table(357));
    assert_eq!(
        ended.json(),
        json!({
            "outcome": "imported", "rows": 357, "added": 357, "updated": 0, "unchanged": 0, "skipped": 0,
            "hashes_withheld": 0, "rejected": 0, "account": null, "region": "eu-west-1",
        })
    );
    assert_eq!(place.files(), ["people.csv"], "no journal is left");
    assert!(place.seen("BatchWriteItem").len() > 10);

    place.stack.dynamodb_faults.forget();
    let ended = place.run(&["import", "people.csv", "--json"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.facts(["added", "updated", "unchanged"]), [0, 0, 357].map(Value::from));
    assert_eq!(place.table(), file::table(357));
    assert!(place.seen("BatchWriteItem").is_empty() && place.seen("UpdateItem").is_empty());
}

#[tokio::test]
async fn the_sample_people_and_cognitos_own_file_are_taken_as_they_are() {
    let place = Place::new().await;
    let sample = local_aws::stack::sample_people();
    place.write("people.csv", &std::fs::read_to_string(&sample).unwrap());
    assert_eq!(place.run(&["import", "people.csv"]).await.code, Some(0));
    let expected = Place::new().await;
    expected.stack.load_people(&sample).unwrap();
    assert_eq!(place.table(), expected.table());

    let header = "cognito:username,name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,\
        website,email,email_verified,gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,\
        cognito:mfa_enabled,password_hash";
    let row =
        "John,,John,Doe,,,,,,,JohnDoe@example.com,TRUE,,02/01/1985,,,+12345550100,TRUE,1 Any Street\\, Town,,TRUE";
    let ended = place.run_with(&["import", "-"], &format!("{header}\n{row},{}\n", hash())).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("cognito:mfa_enabled of 1 is not kept"), "{ended:?}");
    assert_eq!(
        place.table()["johndoe@example.com"],
        json!({
            "UserEmail": "johndoe@example.com", "UserName": "John", "UserNameKey": "john", "EmailVerified": true,
            "Suspended": false, "PasswordHash": hash(),
            "Attributes": {
                "given_name": "John", "family_name": "Doe", "birthdate": "02/01/1985", "phone_number": "+12345550100",
                "phone_number_verified": "true", "address": "1 Any Street, Town",
                "email": "JohnDoe@example.com",
            },
        })
    );
}

#[tokio::test]
async fn bad_rows_are_named_by_line_column_and_reason_before_anything_is_written() {
    let place = Place::new().await;
    place.put(&[("email", "taken@example.com"), ("user_name", "Taken")], &[]);
    let before = place.table();
    let broken = format!("$2b$04${HASH_MARK}");
    let text = format!(
        "{HASH_COLUMNS}ok@example.com,ok,{0},Ok\nnobody,n,{0},N\na@example.com,x,{broken},A\nb@example.com,x,,B\n\
         c@example.com,c,{0},C\nC@EXAMPLE.COM,d,{0},D\ne@example.com,TAKEN,,E\n{0},f,f@example.com,F\ng@example.com,{0}\n",
        hash()
    );
    place.write("people.csv", &text);
    let ended = place.run(&["import", "people.csv", "--json"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let fault = |line: u64, column: &str, reason: &str| json!({"line": line, "column": column, "reason": reason});
    let expected = [
        fault(3, "email", "is no email address"),
        fault(4, "password_hash", "the bcrypt hash is malformed: its salt and checksum has another length"),
        fault(6, "email", "is the same person as in line 7"),
        fault(7, "email", "is the same person as in line 6"),
        fault(8, "user_name", "is somebody else's in the table"),
        fault(9, "email", "is no email address"),
        json!({"line": 10, "column": null, "reason": "has 2 cells instead of 4"}),
    ];
    let mut found = ended.json()["faults"].clone();
    // How another crate words it is not this test's concern.
    assert!(found[1]["reason"].as_str().unwrap().starts_with("the bcrypt hash is malformed"), "{found}");
    found[1]["reason"] = expected[1]["reason"].clone();
    assert_eq!(found, json!(expected));
    assert!(ended.stderr.contains("line 3: column `email`: is no email address\n"), "{ended:?}");
    assert!(ended.stderr.contains("7 rows cannot be imported; nothing was written"), "{ended:?}");
    assert!(!ended.stdout.contains(HASH_MARK));
    assert_eq!(place.table(), before);
    assert_eq!(place.files(), ["people.csv", "people.csv.rejected.ndjson"]);

    let rejected = place.read("people.csv.rejected.ndjson");
    assert!(!rejected.contains(HASH_MARK), "{rejected}");
    let rejected: Vec<Value> = rejected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rejected.len(), 7);
    assert_eq!(
        rejected[0],
        json!({"line": 3, "column": "email", "reason": "is no email address",
            "row": {"email": "nobody", "user_name": "n", "name": "N"}})
    );
    assert_eq!(rejected[5]["row"], json!({"user_name": "f", "name": "F"}), "the hash in the wrong column is left out");
    assert_eq!(rejected[6]["row"], json!({}));

    let ended = place.run(&["import", "people.csv", "--json", "--skip-bad"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.facts(["outcome", "added", "rejected"]), [json!("imported-in-part"), json!(2), json!(7)]);
    let keys: Vec<String> = place.table().into_keys().collect();
    assert_eq!(keys, ["b@example.com", "ok@example.com", "taken@example.com"]);
}

#[tokio::test]
async fn of_other_systems_secrets_nothing_is_kept_but_their_names() {
    let place = Place::new().await;
    let lines = [
        format!(
            r#"{{"localId":"u1","email":"a@b.c","passwordHash":"{HASH_MARK}==","salt":"{HASH_MARK}","name":"Ann"}}"#
        ),
        format!(
            r#"{{"username":"b","email":"b@b.c","credentials":[{{"secretData":"{{\"value\":\"{HASH_MARK}\"}}"}}]}}"#
        ),
        format!(r#"{{"email":"c@b.c","password":"{HASH_MARK}","name":{{"password":"{HASH_MARK}"}}}}"#),
        format!(r#"{{"email":"no address","name":"{}"}}"#, hash()),
    ];
    place.write("people.ndjson", &lines.join("\n"));
    let ended = place.run(&["import", "people.ndjson", "--json"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(!ended.stdout.contains(HASH_MARK), "{ended:?}");
    let rejected = place.read("people.ndjson.rejected.ndjson");
    assert!(!rejected.contains(HASH_MARK), "{rejected}");
    let rows = rejected.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["row"].take());
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            json!({"localId": null, "email": "a@b.c", "passwordHash": null, "salt": null, "name": "Ann"}),
            json!({"username": null, "email": "b@b.c", "credentials": null}),
            json!({"email": "c@b.c", "password": null, "name": null}),
            json!({"email": "no address"}),
        ]
    );
}

#[tokio::test]
async fn a_user_name_that_two_rows_have_is_given_to_neither() {
    let place = Place::new().await;
    place.write("people.csv", "email,user_name\na@b.c,Zoë\nb@b.c,other\nc@b.c,ZOE\u{308}\n");
    let ended = place.run(&["import", "people.csv", "--skip-bad"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("line 2: column `user_name`: is somebody else's in line 4\n"), "{ended:?}");
    assert!(ended.stderr.contains("line 4: column `user_name`: is somebody else's in line 2\n"), "{ended:?}");
    assert_eq!(place.table().into_keys().collect::<Vec<_>>(), ["b@b.c"]);
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_whole() {
    let place = Place::new().await;
    for (text, reason) in [
        ("", "the first row has to name the columns"),
        ("a@b.c,Zoë\n", "is neither a column"),
        ("email,name\n\"a@b.c,Z\n", "has 1 cells instead of 2"),
    ] {
        place.write("people.csv", text);
        let ended = place.run(&["import", "people.csv"]).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(reason), "{ended:?}");
    }
    let ended = place.run(&["import", "nothing.csv"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(place.table().is_empty());
}

/// People in every state, and what a file says of them.
async fn existing() -> Place {
    let place = Place::new().await;
    let all = ["ConfirmedAt", "LastLogin", "MigratedAt", "UserSub"];
    place.put(&[("email", "moved@b.c"), ("user_name", "moved"), ("name", "Old"), ("nickname", "N")], &all);
    place.put(&[("email", "waits@b.c"), ("user_name", "waits"), ("suspended", "true")], &[]);
    place.put(&[("email", "same@b.c"), ("user_name", "same"), ("password_hash", &hash())], &[]);
    place.write(
        "people.csv",
        &format!(
            "email,user_name,suspended,password_hash,name\nMOVED@b.c,Renamed,true,{0},New\nwaits@b.c,,,{0},W\n\
             same@b.c,same,,{0},\nnew@b.c,new,,,\n",
            hash()
        ),
    );
    place
}

#[tokio::test]
async fn people_who_are_there_are_updated_field_by_field_and_what_was_noted_stays() {
    let place = existing().await;
    let before = place.table();
    let ended = place.run(&["import", "people.csv", "--dry-run", "--json"]).await;
    assert_eq!((ended.code, place.table()), (Some(0), before.clone()), "{ended:?}");
    assert_eq!(
        ended.facts(["outcome", "added", "updated", "unchanged"]),
        [json!("importable"), json!(1), json!(2), json!(1)]
    );
    assert_eq!(place.files(), ["people.csv"]);

    let ended = place.run(&["import", "people.csv", "--json"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        ended.facts(["added", "updated", "unchanged", "skipped", "hashes_withheld"]),
        [1, 2, 1, 0, 1].map(Value::from)
    );
    let table = place.table();
    let mut moved = before["moved@b.c"].clone();
    moved["UserName"] = json!("Renamed");
    moved["UserNameKey"] = json!("renamed");
    moved["Suspended"] = json!(true);
    moved["Attributes"]["name"] = json!("New");
    moved["Attributes"]["email"] = json!("MOVED@b.c");
    assert_eq!(table["moved@b.c"], moved, "no password hash comes back, and what the triggers noted is there");
    let mut waits = before["waits@b.c"].clone();
    waits["PasswordHash"] = json!(hash());
    waits["Attributes"] = json!({"name": "W"});
    assert_eq!(table["waits@b.c"], waits, "an empty cell says nothing");
    assert_eq!(table["same@b.c"], before["same@b.c"]);
    assert_eq!(table.len(), 4);
    assert!(place.seen("PutItem").is_empty());
}

#[tokio::test]
async fn people_who_are_there_can_be_left_as_they_are() {
    let place = existing().await;
    let before = place.table();
    let ended = place.run(&["import", "people.csv", "--skip-existing", "--json"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.facts(["added", "updated", "skipped"]), [1, 0, 3].map(Value::from));
    let mut table = place.table();
    table.remove("new@b.c").unwrap();
    assert_eq!(table, before);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_a_conflict() {
    let place = Place::new().await;
    place.stack.dynamodb.put(KNOWN_USERS, json!({"UserEmail": {"S": "a@b.c"}, "Suspended": {"S": "no"}})).unwrap();
    place.write("people.csv", "email\na@b.c\n");
    let ended = place.run(&["import", "people.csv"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("line 2: column `email`: has a record in the table that the triggers cannot read"));
}

#[tokio::test]
async fn a_rate_is_kept() {
    let place = Place::new().await;
    place.write("people.csv", &file::csv(300));
    let started = std::time::Instant::now();
    assert_eq!(place.run(&["import", "people.csv", "--rate", "200"]).await.code, Some(0));
    // The first 25 may go at once, and the last 25 are let go at the end.
    assert!(started.elapsed().as_millis() >= 1300, "{:?}", started.elapsed());
}

#[tokio::test]
async fn files_for_dynamodbs_own_import_are_written_without_aws() {
    let place = Place::new().await;
    place.write("people.csv", &file::csv(50));
    let words = ["import", "people.csv", "--to-s3-format", "parts", "--json"];
    let ended = place.run(&words).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(place.stack.dynamodb_faults.seen().is_empty());
    assert_eq!(place.files(), ["parts", "people.csv"]);
    let mut text = String::new();
    let part = std::fs::File::open(place.path("parts/known-users-00001.json.gz")).unwrap();
    flate2::read::GzDecoder::new(part).read_to_string(&mut text).unwrap();
    let items = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["Item"].take());
    assert_eq!(place.stack.dynamodb.load(KNOWN_USERS, items).unwrap(), 50);
    assert_eq!(place.table(), file::table(50));
    let commands = ended.json()["commands"].to_string();
    for part in ["aws s3 cp 'parts'", "import-table", "DYNAMODB_JSON", "GZIP", "ByUserName"] {
        assert!(commands.contains(part), "{commands}");
    }
    let again = place.run(&words).await;
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.stderr.contains("it is not empty"), "{again:?}");
}
