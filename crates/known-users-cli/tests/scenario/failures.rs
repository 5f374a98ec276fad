//! Every call of every scenario fails once: what was made is removed, or is said to be left.

use local_aws::account::{Aws, Disturbance, cognito::User};
use std::time::Duration;

use serde_json::json;

use crate::tool::{self, ACTIVITY_LOG, AUTO_CONFIRM, MIGRATE_USER, SAMPLE_ACTIVITY_LOG, SAMPLE_AUTO_CONFIRM};

/// A pool that calls nothing, so that attaching and detaching fail as well.
async fn account() -> Aws {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.pool["LambdaConfig"] = json!({});
    aws
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_call_is_refused_nothing_stays_behind_unsaid() {
    for words in [AUTO_CONFIRM, MIGRATE_USER, ACTIVITY_LOG, SAMPLE_AUTO_CONFIRM, SAMPLE_ACTIVITY_LOG] {
        let aws = account().await;
        assert_eq!(tool::run(&aws, words).await.code, Some(0));
        for (number, operation) in aws.operations().iter().enumerate() {
            let aws = account().await;
            let before = aws.snapshot();
            aws.account().disturb = Some((number, Disturbance::Refused("AccessDeniedException")));
            let ended = tool::run(&aws, words).await;
            let result = ended.json();
            if operation == "GetCallerIdentity" {
                assert_eq!((ended.code, &result["account"]), (Some(0), &json!(null)), "{ended:?}");
                continue;
            }
            let left = result["cleanUp"]["left"].as_array().unwrap();
            let context = format!("{} {number} {operation}: {ended:?}", words[1]);
            if left.is_empty() {
                assert_eq!(ended.code, Some(1), "{context}");
                assert_eq!(aws.snapshot(), before, "{context}");
                assert_eq!(result["error"]["code"], "AccessDeniedException", "{context}");
                assert!(
                    ended.stderr.contains("\n  AWS said: AccessDeniedException: as the test wishes\n"),
                    "{context}"
                );
                assert!(ended.stderr.contains(&format!(":{operation}`")), "the permission is named: {context}");
            } else {
                assert_eq!(ended.code, Some(4), "{context}");
                assert!(ended.stderr.contains("what to do: "), "{context}");
            }
        }
    }
}

#[tokio::test]
async fn a_sign_up_whose_answer_is_lost_is_cleaned_up_after() {
    let aws = Aws::start().await.unwrap();
    let before = aws.snapshot();
    // The call fails on Amazon's side, and somebody is there nevertheless, with the email that was to be signed up.
    aws.account().disturb = Some((8, Disturbance::Refused("InternalErrorException")));
    let user = User {
        sub: "made-nevertheless".to_owned(),
        email: "lan.nguyen@example.org".to_owned(),
        verified: true,
        status: "CONFIRMED",
        password: None,
    };
    let appears = async {
        while aws.bodies("SignUp").is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        aws.account().cognito.users.insert("lan".to_owned(), user);
    };
    let (ended, ()) = tokio::join!(tool::run(&aws, AUTO_CONFIRM), appears);
    assert_eq!(aws.operations()[8], "SignUp");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(aws.bodies("SignUp").len(), 1, "it is not repeated");
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test]
async fn somebody_who_took_the_name_meanwhile_is_not_deleted() {
    let aws = Aws::start().await.unwrap();
    let before = aws.snapshot();
    aws.account().disturb = Some((8, Disturbance::Refused("UsernameExistsException")));
    let ended = tool::run(&aws, AUTO_CONFIRM).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(aws.bodies("AdminDeleteUser").is_empty());
    assert_eq!(aws.snapshot(), before);
}
