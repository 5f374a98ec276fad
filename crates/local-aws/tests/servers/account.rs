use local_aws::account::{Aws, Disturbance, deployed::POOL};
use serde_json::{Value, json};

use crate::client::{Answer, dynamodb, send};

/// A call of Cognito.
async fn cognito(aws: &Aws, operation: &str, body: &Value) -> Answer {
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    send("POST", &aws.url, &[("x-amz-target", &target)], body.to_string()).await.unwrap()
}

#[tokio::test]
async fn calls_are_seen_in_their_order_whatever_the_protocol() {
    let aws = Aws::start().await.unwrap();
    let pool = cognito(&aws, "DescribeUserPool", &json!({"UserPoolId": POOL})).await;
    assert_eq!((pool.status, pool.json()), (200, json!({"UserPool": aws.account().cognito.pool})));
    let key = json!({"TableName": "KnownUsers", "Key": {"UserEmail": {"S": "lan.nguyen@example.org"}}});
    assert_eq!(dynamodb(&aws.url, "GetItem", &key).await.unwrap().json()["Item"]["UserName"], json!({"S": "lan"}));
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let identity = send("POST", &aws.url, &[], form).await.unwrap();
    assert!(String::from_utf8_lossy(&identity.body).contains("<Account>123456789012</Account>"));
    let path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aknown-PreSignUp%3Alive/policy";
    let policy = send("GET", &format!("{}{path}", aws.url), &[], "").await.unwrap();
    assert_eq!(policy.json()["RevisionId"], "1");
    assert_eq!(
        aws.account().calls,
        [
            ("DescribeUserPool".to_owned(), json!({"UserPoolId": POOL})),
            ("GetItem".to_owned(), key),
            ("GetCallerIdentity".to_owned(), json!({"Action": "GetCallerIdentity", "Version": "2011-06-15"})),
            ("GetPolicy".to_owned(), json!({"Subject": "known-PreSignUp", "Qualifier": "live"})),
        ]
    );
    assert_eq!(aws.account().signed_with[1], ("local".to_owned(), "eu-west-1".to_owned()));
}

#[tokio::test]
async fn the_call_with_the_number_is_refused_and_no_other() {
    let aws = Aws::start().await.unwrap();
    aws.account().disturb = Some((1, Disturbance::Refused("InternalErrorException")));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(cognito(&aws, "DescribeUserPool", &json!({"UserPoolId": POOL})).await.status);
    }
    assert_eq!(statuses, [200, 500, 200]);
}

#[tokio::test]
#[should_panic(expected = r#"asked for, and not played here: ["Cognito: DeleteUserPool"]"#)]
async fn a_test_fails_that_asks_for_what_is_not_played() {
    let aws = Aws::start().await.unwrap();
    let answer = cognito(&aws, "DeleteUserPool", &json!({"UserPoolId": POOL})).await;
    assert_eq!((answer.status, &answer.body[..]), (501, &b"not played here: DeleteUserPool"[..]));
}
