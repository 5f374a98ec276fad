//! Somebody added to the known users for the time of a scenario.

use local_aws::account::{Aws, deployed::POOL};
use serde_json::{Value, json};

use crate::{
    scenarios::{BEGIN, reduced},
    tool::{self, SAMPLE_ACTIVITY_LOG, SAMPLE_AUTO_CONFIRM},
    wiring::full_pool,
};

/// The person who was added, as the table was sent them.
fn added(aws: &Aws) -> Value {
    let [put] = &aws.bodies("PutItem")[..] else { panic!("one person is added") };
    put["Item"].clone()
}

#[tokio::test]
async fn on_a_fresh_stack_a_scenario_plays_with_a_sample_person_who_is_gone_afterwards() {
    for (words, shows, scenario) in
        [(SAMPLE_AUTO_CONFIRM, "signUp", "auto-confirm"), (SAMPLE_ACTIVITY_LOG, "record", "activity-log")]
    {
        let aws = Aws::fresh().await.unwrap();
        let before = aws.snapshot();
        let ended = tool::run(&aws, words).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(aws.snapshot(), before);

        let person = added(&aws);
        let (email, name) = (person["UserEmail"]["S"].as_str().unwrap(), person["UserName"]["S"].as_str().unwrap());
        assert!(name.starts_with("sample-") && email == format!("success+{name}@simulator.amazonses.com"), "{person}");
        let mark = person["AddedBy"]["S"].as_str().unwrap();
        assert!(mark.starts_with(&format!("known-users scenario {scenario} ")), "{mark}");
        assert_eq!(person.get("PasswordHash"), None);

        let result = reduced(ended.json());
        assert_eq!(result["samplePerson"], true);
        assert_eq!(result["user"], json!({"email": email, "userName": name}));
        assert!(result[shows].is_object(), "{result}");
        let mut removed = vec![json!(format!("`{name}` in the user pool `{POOL}`"))];
        if scenario == "auto-confirm" {
            removed.push(json!("the receipt of the welcome mail"));
        }
        removed.push(json!(format!("`{email}` in the table `KnownUsers`")));
        assert_eq!(result["cleanUp"], json!({"removed": removed, "left": []}));
        let mut beginning = BEGIN.to_vec();
        beginning.extend(["PutItem", "Query", "AdminGetUser"]);
        assert_eq!(aws.operations()[..beginning.len()], beginning);
    }
}

#[tokio::test]
async fn somebody_who_is_named_and_there_is_taken_and_nobody_is_added() {
    let aws = Aws::start().await.unwrap();
    let ended = tool::run(&aws, &[SAMPLE_AUTO_CONFIRM, &["--user", "lan"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.json()["user"]["userName"], "lan");
    assert_eq!(ended.json().get("samplePerson"), None);
    assert!(aws.bodies("PutItem").is_empty());
}

#[tokio::test]
async fn in_the_place_of_somebody_who_is_not_there_a_sample_person_is_taken_and_never_their_address() {
    let aws = Aws::start().await.unwrap();
    let before = aws.snapshot();
    let ended = tool::run(&aws, &[SAMPLE_AUTO_CONFIRM, &["--user", "stranger@example.org"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!added(&aws).to_string().contains("stranger"));
    assert!(!aws.bodies("SignUp")[0].to_string().contains("stranger"));
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test]
async fn without_the_option_and_a_terminal_nobody_is_added_and_the_option_is_named() {
    let aws = Aws::fresh().await.unwrap();
    for (words, code) in [
        (&["scenario", "auto-confirm", "--yes"][..], 2),
        (&["scenario", "activity-log", "--yes"], 2),
        (&["scenario", "auto-confirm", "--yes", "--user", "lan"], 1),
    ] {
        let ended = tool::run(&aws, words).await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.stderr.contains("--with-sample-people"), "{ended:?}");
    }
    assert!(aws.bodies("PutItem").is_empty());
}

#[tokio::test]
async fn a_sample_person_has_what_the_pool_requires() {
    let aws = Aws::fresh().await.unwrap();
    aws.account().cognito.pool = full_pool();
    let before = aws.snapshot();
    let ended = tool::run(&aws, SAMPLE_AUTO_CONFIRM).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let attributes = aws.bodies("SignUp")[0]["UserAttributes"].clone();
    let has_name = attributes.as_array().unwrap().contains(&json!({"Name": "name", "Value": "Sample Person"}));
    assert!(has_name, "{attributes}");
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test]
async fn a_sample_person_whom_somebody_else_took_over_is_left() {
    let aws = Aws::fresh().await.unwrap();
    aws.account().logs.late_by = 2;
    let somebody = async {
        while aws.bodies("FilterLogEvents").is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let email = added(&aws)["UserEmail"]["S"].as_str().unwrap().to_owned();
        let mut record = aws.record(&email).unwrap();
        record.as_object_mut().unwrap().remove("AddedBy");
        aws.put(&record).unwrap();
        email
    };
    let (ended, email) = tokio::join!(tool::run(&aws, SAMPLE_AUTO_CONFIRM), somebody);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(aws.record(&email).is_some());
    let left = ended.json()["cleanUp"]["left"][0]["what"].as_str().unwrap().to_owned();
    assert!(left.contains("who is not the one that this run added"), "{left}");
}
