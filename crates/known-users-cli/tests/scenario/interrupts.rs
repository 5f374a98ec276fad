//! Ctrl-C while any call of any scenario is under way.

use local_aws::account::{Aws, Disturbance};
use serde_json::json;

use crate::tool::{self, ACTIVITY_LOG, AUTO_CONFIRM, MIGRATE_USER, SAMPLE_ACTIVITY_LOG, SAMPLE_AUTO_CONFIRM};

async fn account() -> Aws {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.pool["LambdaConfig"] = json!({});
    aws
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_call_is_under_way_nothing_stays_behind() {
    for (words, last) in [
        (AUTO_CONFIRM, "InitiateAuth"),
        (MIGRATE_USER, "InitiateAuth"),
        (ACTIVITY_LOG, "GetItem"),
        (SAMPLE_AUTO_CONFIRM, "InitiateAuth"),
        (SAMPLE_ACTIVITY_LOG, "GetItem"),
    ] {
        let aws = account().await;
        assert_eq!(tool::run(&aws, words).await.code, Some(0));
        let operations = aws.operations();
        let log = operations.iter().rposition(|operation| operation == "FilterLogEvents").unwrap();
        let clean_up = (log..).find(|at| operations[*at] == last).unwrap() + 1;
        for (number, operation) in operations.iter().enumerate().take(clean_up) {
            let aws = account().await;
            let before = aws.snapshot();
            aws.account().disturb = Some((number, Disturbance::Interrupted));
            let ended = tool::run(&aws, words).await;
            let context = format!("{} {number} {operation}: {ended:?}", words[1]);
            assert_eq!(ended.code, Some(130), "{context}");
            assert_eq!(aws.snapshot(), before, "{context}");
            assert_eq!(ended.json()["cleanUp"]["left"], json!([]), "{context}");
        }
    }
}

#[tokio::test]
async fn once_more_during_the_clean_up_gives_it_up_and_says_what_is_left() {
    let aws = account().await;
    assert_eq!(tool::run(&aws, AUTO_CONFIRM).await.code, Some(0));
    let number = aws.operations().iter().rposition(|operation| operation == "AdminDeleteUser").unwrap() - 1;
    let aws = account().await;
    aws.account().disturb = Some((number, Disturbance::Interrupted));
    let ended = tool::run(&aws, AUTO_CONFIRM).await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let left = ended.json()["cleanUp"]["left"].as_array().unwrap().len();
    assert_eq!(left, 3, "the user, the notes, the trigger: {ended:?}");
    assert!(ended.stderr.contains("aws cognito-idp admin-delete-user"), "{ended:?}");
}
