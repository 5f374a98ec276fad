//! An import that is cut off, and goes on.

use std::{collections::BTreeSet, time::Duration};

use local_aws::faults::Fault;
use serde_json::{Value, json};
use tokio::process::Child;

use crate::{
    environment::{self, Ended},
    file,
    tool::Place,
};

const PEOPLE: usize = 2000;

/// A table that takes its time.
async fn slow() -> Place {
    let place = Place::new().await;
    place.stack.dynamodb_faults.inject("BatchWriteItem", Fault::Delay(Duration::from_millis(15)));
    place.write("people.csv", &file::csv(PEOPLE));
    place
}

/// Waits until so many batches were sent; whether the tool still runs.
async fn batches(place: &Place, child: &mut Child, count: usize) -> bool {
    while place.seen("BatchWriteItem").len() < count {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    true
}

/// Who was sent to the table so far.
fn sent(place: &Place) -> Vec<String> {
    let mut people = Vec::new();
    for seen in place.seen("BatchWriteItem") {
        for put in seen.body["RequestItems"]["KnownUsers"].as_array().unwrap() {
            people.push(put["PutRequest"]["Item"]["UserEmail"]["S"].as_str().unwrap().to_owned());
        }
    }
    people
}

/// How many rows the journal says are in the table.
fn rows_of_the_journal(place: &Place) -> u64 {
    let journal = place.read("people.csv.journal");
    let marks = journal.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let mut marks = marks.filter_map(|line| serde_json::from_str::<Value>(line).ok()?.get("written").cloned());
    marks.next_back().map_or(0, |mark| mark["counts"]["rows"].as_u64().unwrap())
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_kill_9_at_any_moment_the_table_equals_the_file() {
    let place = slow().await;
    // Wherever the last run of this test did not fall: anywhere from the first batch to the last.
    let chance = usize::from(uuid::Uuid::new_v4().as_bytes()[0]);
    let mut killed = 0;
    for count in [1 + chance % 8, 10 + chance % 16, 30 + chance % 32] {
        let mut child = place.start(&["import", "people.csv", "--resume", "--parallel", "3"]);
        if batches(&place, &mut child, count).await {
            signal(&child, "KILL");
            child.wait().await.unwrap();
            killed += 1;
        }
    }
    assert_eq!(killed, 3);
    // What was on its way may still arrive.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let rows = rows_of_the_journal(&place);
    assert!(rows > 0, "the journal says how far it is");
    let table = place.table();
    let is_there = |n: &u64| table.contains_key(&format!("person{n}@example.com"));
    assert!((0..rows).all(|n| is_there(&n)), "nothing is missing before the mark");
    assert!(table.len() < PEOPLE, "it was in the middle");

    place.stack.dynamodb_faults.forget();
    let ended = place.run(&["import", "people.csv", "--resume", "--json"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.json()["rows"], PEOPLE);
    assert_eq!(place.table(), file::table(PEOPLE));
    let sent = sent(&place);
    let again: BTreeSet<&String> = sent.iter().collect();
    assert_eq!(again.len(), sent.len(), "nobody was sent twice");
    assert!(!again.iter().any(|email| table.contains_key(*email)), "nobody who was there was sent again");
    assert_eq!(sent.len() + table.len(), PEOPLE);
    assert_eq!(place.files(), ["people.csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_triggers_noted_between_a_crash_and_going_on_stays() {
    let place = slow().await;
    let mut child = place.start(&["import", "people.csv", "--parallel", "4"]);
    assert!(batches(&place, &mut child, 20).await);
    signal(&child, "KILL");
    child.wait().await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    // Everybody who is there signs in at once, those behind the mark as well.
    let arrived: Vec<String> = place.table().into_keys().collect();
    assert!(arrived.len() as u64 > rows_of_the_journal(&place));
    for email in &arrived {
        place.put(&[("email", email), ("name", "As it was")], &["MigratedAt", "LastLogin"]);
    }
    let ended = place.run(&["import", "people.csv", "--resume"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let table = place.table();
    assert_eq!(table.len(), PEOPLE);
    for email in &arrived {
        let record = &table[email];
        assert_eq!(record["LastLogin"], json!({"Time": "2026-11-20T10:00:00.000Z"}));
        assert_eq!((&record["MigratedAt"], record.get("PasswordHash")), (&json!("2026-11-20T10:00:00.000Z"), None));
    }
}

async fn interrupted(place: &Place, words: &[&str]) -> Ended {
    let mut child = place.start(words);
    assert!(batches(place, &mut child, 12).await);
    signal(&child, "INT");
    environment::end(child).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_lets_what_is_on_its_way_arrive_and_says_how_to_go_on() {
    let place = slow().await;
    let ended = interrupted(&place, &["import", "people.csv", "--json"]).await;
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(ended.stderr.contains("interrupted\n  what to do: run it again with --resume\n"), "{ended:?}");
    // Nothing is half done: what the journal says is what is there.
    let rows = rows_of_the_journal(&place);
    assert_eq!(ended.facts(["outcome", "rows"]), [json!("interrupted"), json!(rows)]);
    assert_eq!(place.table(), file::table(rows as usize));

    let ended = place.run(&["import", "people.csv"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("an import of it has not come to its end"), "{ended:?}");
    assert!(ended.stderr.contains("--resume"), "{ended:?}");
    for (words, why) in [
        (&["--skip-existing"][..], "--skip-existing was not as it is now"),
        (&["--region", "eu-west-2"], "it went into the table `KnownUsers` in eu-west-1"),
    ] {
        let ended = place.run(&[&["import", "people.csv", "--resume"], words].concat()).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
    }
    let text = place.read("people.csv");
    place.write("people.csv", &text.replace("Person1999@", "Person9999@"));
    let ended = place.run(&["import", "people.csv", "--resume"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("the file is not what it was when the import began"), "{ended:?}");
    assert_eq!(place.table(), file::table(rows as usize));
    place.write("people.csv", &text);
    let ended = place.run(&["import", "people.csv", "--resume"]).await;
    assert_eq!((ended.code, place.table()), (Some(0), file::table(PEOPLE)), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_left_out_are_left_out_when_it_goes_on() {
    let place = slow().await;
    let bad = "not an address,x,true,,,\n".repeat(3);
    place.write("people.csv", &format!("{}{bad}", file::csv(PEOPLE)).replace("Person700@Example.com", "Person700"));
    let ended = interrupted(&place, &["import", "people.csv", "--skip-bad"]).await;
    assert_eq!(ended.code, Some(130), "{ended:?}");
    let ended = place.run(&["import", "people.csv", "--resume", "--skip-bad", "--json"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.json()["rejected"], 4);
    let mut expected = file::table(PEOPLE);
    expected.remove("person700@example.com").unwrap();
    assert_eq!(place.table(), expected);
    assert_eq!(place.files(), ["people.csv", "people.csv.rejected.ndjson"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_is_taken_but_cannot_be_gone_on_with() {
    let place = Place::new().await;
    let ended = place.run_with(&["import", "-", "--resume"], "").await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("standard input cannot be read a second time"), "{ended:?}");
    let ended = place.run_with(&["import", "-"], &file::csv(260)).await;
    assert_eq!((ended.code, place.table()), (Some(0), file::table(260)), "{ended:?}");
    assert_eq!(place.files(), [""; 0]);
}
