//! Each scenario from its first call to its last.

use local_aws::account::{
    Aws,
    cognito::User,
    deployed::{CLIENT, POOL},
};
use serde_json::{Value, json};

use crate::{
    environment::{Ended, PASSWORD},
    tool::{self, ACTIVITY_LOG, AUTO_CONFIRM, MIGRATE_USER},
};

pub(crate) const BEGIN: [&str; 5] =
    ["DescribeStacks", "DescribeStackResource", "DescribeUserPool", "DescribeUserPoolClient", "GetCallerIdentity"];

/// The JSON result with its log reduced to the group and the messages.
pub(crate) fn reduced(mut result: Value) -> Value {
    let log = &result["log"];
    let messages: Vec<Value> = log["events"].as_array().unwrap().iter().map(|event| event["message"].clone()).collect();
    result["log"] = json!([log["group"], messages]);
    result
}

#[tokio::test]
async fn auto_confirm() {
    let aws = Aws::start().await.unwrap();
    aws.account().logs.late_by = 2;
    let before = aws.snapshot();
    let ended = tool::run(&aws, AUTO_CONFIRM).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        reduced(ended.json()),
        json!({
            "scenario": "auto-confirm",
            "outcome": "shown",
            "account": "123456789012",
            "region": "eu-west-1",
            "userPoolId": POOL,
            "wiring": "there",
            "user": {"email": "lan.nguyen@example.org", "userName": "lan"},
            "signUp": {"confirmed": true, "emailVerified": true},
            "log": ["known-user-triggers-PreSignUpLogs-X", [
                "INIT_START Runtime Version: provided:al2023",
                r#"{"level":"INFO","message":"decided","trigger":"PreSignUp_SignUp"}"#,
            ]],
            "signIn": {"succeeded": true, "accessTokenMinutes": 60},
            "cleanUp": {
                "removed": [
                    format!("`lan` in the user pool `{POOL}`"),
                    "the receipt of the welcome mail",
                    "ConfirmedAt, UserSub, LastLogin on the record of `lan.nguyen@example.org`, which is as it was",
                ],
                "left": [],
            },
        })
    );
    assert_eq!(aws.snapshot(), before);
    let mut conversation = BEGIN.to_vec();
    conversation.extend(["Query", "GetItem", "AdminGetUser", "SignUp", "AdminGetUser"]);
    conversation.extend(["FilterLogEvents", "FilterLogEvents", "FilterLogEvents", "InitiateAuth"]);
    conversation.extend(["AdminGetUser", "AdminDeleteUser", "DeleteItem", "GetItem", "UpdateItem"]);
    assert_eq!(aws.operations(), conversation);
    assert!(ended.stderr.contains("signed in: access token valid for 60 minutes"), "{ended:?}");
    assert!(ended.stderr.contains("left: the log in `known-user-triggers-PreSignUpLogs-X`"), "{ended:?}");
}

#[tokio::test]
async fn without_json_the_story_is_on_standard_output() {
    let aws = Aws::start().await.unwrap();
    let words: Vec<&str> = AUTO_CONFIRM.iter().copied().filter(|word| *word != "--json").collect();
    let ended = tool::run(&aws, &words).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("confirmed, without a code") && ended.stdout.contains("removed: `lan`"), "{ended:?}");
    assert_eq!(ended.stderr, "");
}

#[tokio::test]
async fn what_pre_sign_up_does_not_confirm_is_not_shown_as_confirmed() {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.confirms = false;
    let before = aws.snapshot();
    let ended = tool::run(&aws, AUTO_CONFIRM).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let result = ended.json();
    assert_eq!(result["outcome"], "not-shown");
    assert_eq!(result["signUp"], json!({"confirmed": false, "emailVerified": false}));
    assert!(result["error"]["todo"].as_str().unwrap().contains("SIGN_UP_POLICY"), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test]
async fn migrate_user() {
    let aws = Aws::start().await.unwrap();
    let before = aws.snapshot();
    let ended = tool::run(&aws, MIGRATE_USER).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        reduced(ended.json()),
        json!({
            "scenario": "migrate-user",
            "outcome": "shown",
            "account": "123456789012",
            "region": "eu-west-1",
            "userPoolId": POOL,
            "wiring": "there",
            "user": {"email": "mia@example.com", "userName": "Mia"},
            "migration": {"status": "RESET_REQUIRED", "emailVerified": true},
            "log": ["known-user-triggers-MigrateUserLogs-X", [
                "INIT_START Runtime Version: provided:al2023",
                r#"{"level":"INFO","message":"decided","trigger":"UserMigration_Authentication"}"#,
            ]],
            "signIn": {"succeeded": true, "accessTokenMinutes": 60},
            "cleanUp": {
                "removed": [format!("`Mia` in the user pool `{POOL}`"), "`mia@example.com` in the table `KnownUsers`"],
                "left": [],
            },
        })
    );
    assert_eq!(aws.snapshot(), before);
    let mut conversation = BEGIN.to_vec();
    conversation.extend([
        "AdminGetUser",
        "Query",
        "PutItem",
        "Query",
        "InitiateAuth",
        "AdminGetUser",
        "FilterLogEvents",
    ]);
    conversation.extend(["ForgotPassword", "ConfirmForgotPassword", "InitiateAuth"]);
    conversation.extend(["AdminGetUser", "AdminDeleteUser", "DeleteItem"]);
    assert_eq!(aws.operations(), conversation);
    assert_ne!(aws.bodies("InitiateAuth")[0]["AuthParameters"]["PASSWORD"], PASSWORD, "the first one is thrown away");
}

#[tokio::test]
async fn nobodys_record_is_overwritten() {
    let aws = Aws::start().await.unwrap();
    let before = aws.snapshot();
    for (name, email, why) in [
        ("Mia", "lan.nguyen@example.org", "has that person already"),
        ("LAN", "mia@example.com", "has somebody with that user name"),
    ] {
        let words =
            ["scenario", "migrate-user", "--yes", "--json", "--user-name", name, "--email", email, "--code", "1"];
        let ended = tool::run(&aws, &words).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.json()["error"]["said"].as_str().unwrap().contains(why), "{ended:?}");
        assert_eq!(aws.snapshot(), before);
        assert!(aws.bodies("InitiateAuth").is_empty());
    }
}

#[tokio::test]
async fn somebody_whom_the_trigger_does_not_know_is_not_shown_as_migrated() {
    let aws = Aws::start().await.unwrap();
    // The function reads another table, say.
    aws.account().cognito.pool["LambdaConfig"]["UserMigration"] =
        json!("arn:aws:lambda:eu-west-1:123456789012:function:other");
    let before = aws.snapshot();
    let words = [MIGRATE_USER, &["--assume-wired"]].concat();
    let ended = tool::run(&aws, &words).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.json()["log"], json!(null), "nothing was logged within the limit, and that is no error");
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test]
async fn activity_log() {
    let aws = Aws::start().await.unwrap();
    // Somebody who has signed in before, elsewhere.
    let mut record = aws.record("amara.okafor@example.net").unwrap();
    record["UserSub"] = json!("an-older-sub");
    record["LastLogin"] = json!({"UserPoolId": "eu-west-1_OLD", "Time": "2026-01-01T00:00:00.000Z"});
    aws.put(&record).unwrap();
    let before = aws.snapshot();
    let ended = tool::run(&aws, ACTIVITY_LOG).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let result = reduced(ended.json());
    assert_eq!(
        result["record"],
        json!({
            "LastLogin": {"UserPoolId": POOL, "ClientId": CLIENT, "Time": "2026-11-20T12:00:01.000Z"},
            "UserSub": "00000000-0000-4000-8000-000000000001",
        })
    );
    assert_eq!(
        result["cleanUp"],
        json!({
            "removed": [
                format!("`amara` in the user pool `{POOL}`"),
                "UserSub, LastLogin on the record of `amara.okafor@example.net`, which is as it was",
            ],
            "left": [],
        })
    );
    assert_eq!(aws.snapshot(), before);
    let mut conversation = BEGIN.to_vec();
    conversation.extend(["GetItem", "AdminGetUser", "AdminCreateUser", "AdminSetUserPassword", "InitiateAuth"]);
    conversation.extend(["FilterLogEvents", "GetItem", "AdminGetUser", "AdminDeleteUser", "GetItem", "UpdateItem"]);
    assert_eq!(aws.operations(), conversation);
    assert_eq!(aws.bodies("AdminSetUserPassword")[0]["Permanent"], true);
}

#[tokio::test]
async fn a_sign_in_that_is_not_noted_is_not_shown() {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.pool["LambdaConfig"].as_object_mut().unwrap().remove("PostAuthentication");
    let before = aws.snapshot();
    let words =
        ["scenario", "activity-log", "--yes", "--json", "--user", "amara", "--assume-wired", "--log-timeout", "0"];
    let ended = tool::run(&aws, &words).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.json()["record"], json!({}));
    assert!(aws.bodies("FilterLogEvents").is_empty());
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test]
async fn who_is_in_the_pool_already_is_not_touched() {
    for words in [AUTO_CONFIRM, ACTIVITY_LOG, MIGRATE_USER] {
        let aws = Aws::start().await.unwrap();
        for name in ["lan", "amara", "Mia"] {
            let user = User {
                sub: "theirs".to_owned(),
                email: "x@example.com".to_owned(),
                verified: true,
                status: "CONFIRMED",
                password: None,
            };
            aws.account().cognito.users.insert(name.to_owned(), user);
        }
        let before = aws.snapshot();
        let ended = tool::run(&aws, words).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.json()["error"]["said"].as_str().unwrap().contains("has them already"), "{ended:?}");
        assert_eq!(aws.snapshot(), before);
    }
}

#[tokio::test]
async fn who_holds_the_email_as_an_alias_does_not_lose_it() {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.pool["AliasAttributes"] = json!(["email"]);
    let user = User {
        sub: "theirs".to_owned(),
        email: "lan.nguyen@example.org".to_owned(),
        verified: true,
        status: "CONFIRMED",
        password: None,
    };
    aws.account().cognito.users.insert("lan.nguyen@example.org".to_owned(), user);
    let ended = tool::run(&aws, AUTO_CONFIRM).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(aws.bodies("SignUp").is_empty());
}

#[tokio::test]
async fn an_app_client_with_a_secret_is_served() {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.client["ClientSecret"] = json!("client-secret-51");
    for words in [AUTO_CONFIRM, MIGRATE_USER] {
        let ended = tool::run(&aws, words).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(!ended.stdout.contains("client-secret-51") && !ended.stderr.contains("client-secret-51"), "{ended:?}");
    }
    for body in ["SignUp", "ForgotPassword", "ConfirmForgotPassword"].map(|operation| aws.bodies(operation)) {
        assert_eq!(body[0]["SecretHash"].as_str().unwrap().len(), 44);
    }
    for body in aws.bodies("InitiateAuth") {
        assert_eq!(body["AuthParameters"]["SECRET_HASH"].as_str().unwrap().len(), 44);
    }
}

#[tokio::test]
async fn what_the_app_sends_reaches_sign_up_and_sign_in() {
    let aws = Aws::start().await.unwrap();
    let words = [AUTO_CONFIRM, &["--client-metadata", "channel=mobile", "--client-metadata", "version=2"]].concat();
    assert_eq!(tool::run(&aws, &words).await.code, Some(0));
    for operation in ["SignUp", "InitiateAuth"] {
        assert_eq!(aws.bodies(operation)[0]["ClientMetadata"], json!({"channel": "mobile", "version": "2"}));
    }
}

#[tokio::test]
async fn an_app_client_that_cannot_migrate_is_refused_before_anything_is_made() {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.client["ExplicitAuthFlows"] = json!(["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let ended = tool::run(&aws, MIGRATE_USER).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("it does not allow ALLOW_USER_PASSWORD_AUTH"), "{ended:?}");
    assert_eq!(aws.operations(), BEGIN[..4]);
}

#[tokio::test]
async fn where_the_email_is_the_user_name_it_signs_up() {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.pool["UsernameAttributes"] = json!(["email"]);
    let before = aws.snapshot();
    // This person has no user name.
    let words = ["scenario", "auto-confirm", "--yes", "--json", "--user", "noor.khan@example.org"];
    let ended = tool::run(&aws, &words).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(aws.bodies("SignUp")[0]["Username"], "noor.khan@example.org");
    assert_eq!(aws.snapshot(), before);
}

/// Lets the tool wait for the log, and does something meanwhile.
async fn while_the_log_is_late(aws: &Aws, words: &[&str], meanwhile: impl FnOnce()) -> Ended {
    aws.account().logs.late_by = 2;
    let somebody = async {
        while aws.bodies("FilterLogEvents").is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        meanwhile();
    };
    tokio::join!(tool::run(aws, words), somebody).0
}

#[tokio::test]
async fn a_user_who_is_not_the_one_that_was_made_is_left() {
    let aws = Aws::start().await.unwrap();
    let ended = while_the_log_is_late(&aws, AUTO_CONFIRM, || {
        aws.account().cognito.users.get_mut("lan").unwrap().sub = "somebody-elses".to_owned();
    })
    .await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(aws.account().cognito.users.contains_key("lan"));
    let left = ended.json()["cleanUp"]["left"][0]["what"].as_str().unwrap().to_owned();
    assert!(left.contains("who is not the one that this run made"), "{left}");
}

#[tokio::test]
async fn a_known_user_who_is_not_the_one_that_was_added_is_left() {
    let aws = Aws::start().await.unwrap();
    let ended = while_the_log_is_late(&aws, MIGRATE_USER, || {
        let mut record = aws.record("mia@example.com").unwrap();
        assert!(record["AddedBy"].as_str().unwrap().starts_with("known-users scenario migrate-user "));
        record.as_object_mut().unwrap().remove("AddedBy");
        aws.put(&record).unwrap();
    })
    .await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(aws.record("mia@example.com").is_some());
    assert!(!aws.account().cognito.users.contains_key("Mia"));
}

#[tokio::test]
async fn what_somebody_else_noted_meanwhile_is_left() {
    let aws = Aws::start().await.unwrap();
    aws.account().cognito.pool["LambdaConfig"].as_object_mut().unwrap().remove("PostAuthentication");
    let elsewhere = json!({"UserPoolId": "eu-west-1_OTHER", "Time": "2026-11-20T12:00:02.000Z"});
    let ended = while_the_log_is_late(&aws, AUTO_CONFIRM, || {
        let mut record = aws.record("lan.nguyen@example.org").unwrap();
        record["LastLogin"] = elsewhere.clone();
        record["UserSub"] = json!("their-sub-elsewhere");
        aws.put(&record).unwrap();
    })
    .await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let record = aws.record("lan.nguyen@example.org").unwrap();
    assert_eq!((&record["LastLogin"], &record["UserSub"]), (&elsewhere, &json!("their-sub-elsewhere")));
    assert_eq!(record.get("ConfirmedAt"), None, "what is this run's own is put back");
    let left = ended.json()["cleanUp"]["left"][0]["what"].as_str().unwrap().to_owned();
    assert!(left.starts_with("UserSub, LastLogin on the record of `lan.nguyen@example.org`"), "{left}");
}
