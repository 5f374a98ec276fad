//! A pool that does not call the function yet.

use local_aws::account::{Aws, deployed::function_arn};
use serde_json::{Value, json};

use crate::tool::{self, AUTO_CONFIRM};

const FULL_MFA: &str = r#"{
    "SmsMfaConfiguration": {"SmsAuthenticationMessage": "{####}", "SmsConfiguration": {"SnsCallerArn": "arn"}},
    "SoftwareTokenMfaConfiguration": {"Enabled": true},
    "EmailMfaConfiguration": {"Message": "{####}", "Subject": "code"},
    "WebAuthnConfiguration": {"RelyingPartyId": "example.com", "UserVerification": "preferred"},
    "MfaConfiguration": "OPTIONAL"}"#;

/// Somebody with the attributes that the full pool requires.
const SOMEBODY: [&str; 10] = [
    "scenario",
    "auto-confirm",
    "--yes",
    "--json",
    "--user",
    "Σοφία",
    "--log-timeout",
    "5",
    "--stack",
    "known-user-triggers",
];

/// The pool with every setting set, which calls none of the stack's functions that scenarios show.
pub(crate) fn full_pool() -> Value {
    let answer: Value = serde_json::from_str(include_str!("../../../user-pool/tests/pools/full.json")).unwrap();
    answer["UserPool"].clone()
}

async fn with_full_pool() -> Aws {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.pool = full_pool();
    aws.account().cognito.mfa = serde_json::from_str(FULL_MFA).unwrap();
    aws
}

#[tokio::test]
async fn attaching_and_detaching_loses_nothing_of_a_pool_with_every_setting_set() {
    let aws = with_full_pool().await;
    let before = aws.snapshot();
    let ended = tool::run(&aws, &SOMEBODY).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
    let updates = aws.bodies("UpdateUserPool");
    assert_eq!(updates.len(), 2);
    let mut lambda = full_pool()["LambdaConfig"].clone();
    assert_eq!(updates[1]["LambdaConfig"], lambda);
    lambda["PreSignUp"] = json!(function_arn("PreSignUp"));
    assert_eq!(updates[0]["LambdaConfig"], lambda);
    let result = ended.json();
    assert_eq!(result["wiring"], "attached");
    assert_eq!(aws.bodies("SetUserPoolMfaConfig"), Vec::<Value>::new());
    assert_eq!(
        aws.bodies("SignUp")[0]["UserAttributes"],
        json!([
            {"Name": "email", "Value": "sofia.papadopoulou@example.org"},
            {"Name": "name", "Value": "Σοφία Παπαδοπούλου"},
        ])
    );
    // It is attached after the questions and detached after the user is gone.
    let operations = aws.operations();
    let at = |name: &str| operations.iter().position(|operation| operation == name).unwrap();
    assert!(at("UpdateUserPool") < at("SignUp") && operations.last().unwrap() == "GetUserPoolMfaConfig");
}

#[tokio::test]
async fn a_setting_that_an_update_lost_is_noticed_and_put_back() {
    let aws = with_full_pool().await;
    aws.account().cognito.update_loses = Some("UserPoolTags");
    let before = aws.snapshot();
    let ended = tool::run(&aws, &SOMEBODY).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let said = ended.json()["error"]["said"].as_str().unwrap().to_owned();
    assert!(said.contains("UserPoolTags") && said.contains("it was put back"), "{said}");
    assert_eq!(aws.snapshot(), before);
    assert!(aws.bodies("SignUp").is_empty());
}

#[tokio::test]
async fn second_factors_that_an_update_turned_off_are_put_back_at_once() {
    let aws = with_full_pool().await;
    aws.account().cognito.update_loses_mfa = true;
    let before = aws.snapshot();
    let ended = tool::run(&aws, &SOMEBODY).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
    assert_eq!(aws.bodies("SetUserPoolMfaConfig").len(), 2, "after attaching and after detaching");
}

#[tokio::test]
async fn a_setting_that_is_new_here_stops_it_before_anything_is_made() {
    let aws = with_full_pool().await;
    aws.account().cognito.pool["QuantumSettings"] = json!({"Qubits": 5});
    let before = aws.snapshot();
    let ended = tool::run(&aws, &SOMEBODY).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.json()["error"]["said"].as_str().unwrap().contains("`QuantumSettings`"), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
    assert!(aws.bodies("UpdateUserPool").is_empty());
    // Where the function is attached already, such a pool is none of this tool's business.
    aws.account().cognito.pool["LambdaConfig"]["PreSignUp"] = json!(function_arn("PreSignUp"));
    assert_eq!(tool::run(&aws, &SOMEBODY).await.code, Some(0));
}

#[tokio::test]
async fn another_makers_function_is_replaced_only_where_that_is_asked_for() {
    let aws = Aws::start().await.unwrap();
    let other = "arn:aws:lambda:eu-west-1:123456789012:function:others";
    aws.account().cognito.pool["LambdaConfig"]["PreSignUp"] = json!(other);
    let before = aws.snapshot();
    let ended = tool::run(&aws, AUTO_CONFIRM).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.json()["error"]["todo"].as_str().unwrap().contains("--replace-trigger"), "{ended:?}");
    assert!(aws.bodies("UpdateUserPool").is_empty());
    let ended = tool::run(&aws, &[AUTO_CONFIRM, &["--replace-trigger"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.json()["wiring"], "replaced");
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_kept() {
    let aws = with_full_pool().await;
    // While the log is waited for, a colleague changes the tags.
    aws.account().logs.late_by = 3;
    let run = tool::run(&aws, &SOMEBODY);
    let colleague = async {
        while aws.bodies("FilterLogEvents").is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        aws.account().cognito.pool["UserPoolTags"] = json!({"team": "others"});
    };
    let (ended, ()) = tokio::join!(run, colleague);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(aws.account().cognito.pool["UserPoolTags"], json!({"team": "others"}));
    assert_eq!(aws.account().cognito.pool["LambdaConfig"], full_pool()["LambdaConfig"]);
}

#[tokio::test]
async fn a_pool_that_is_taken_for_wired_is_not_touched() {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.pool["LambdaConfig"] = json!({});
    aws.account().cognito.wired_elsewhere = true;
    let before = aws.snapshot();
    let ended = tool::run(&aws, &[AUTO_CONFIRM, &["--assume-wired"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.json()["wiring"], "assumed");
    assert!(aws.bodies("UpdateUserPool").is_empty() && aws.bodies("GetUserPoolMfaConfig").is_empty());
    assert_eq!(aws.snapshot(), before);
}
