//! Why somebody cannot get in: each fact is read from where it is.

use local_aws::{
    account::{
        Account, Aws, Disturbance,
        cognito::User,
        deployed::{POOL, function_arn},
    },
    dynamodb::EPHEMERA,
};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::{environment::Ended, tool};

const LAN: &str = "lan.nguyen@example.org";

async fn why(aws: &Aws, who: &str) -> Ended {
    tool::run_with(aws, &["why", who, "--json"], &[]).await
}

fn rules(ended: &Ended) -> Vec<String> {
    let result = ended.json();
    let also = result["also"].as_array().unwrap_or_else(|| panic!("{ended:?}")).clone();
    let all = [result["verdict"].clone()].into_iter().chain(also);
    all.map(|verdict| verdict["rule"].as_str().unwrap().to_owned()).collect()
}

/// Changes Lan's record.
fn change(aws: &Aws, members: Value) {
    let mut record = aws.record(LAN).unwrap();
    record.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    aws.put(&record).unwrap();
}

fn has_account(status: &'static str) -> impl Fn(&mut Account) {
    move |account: &mut Account| {
        let user = User { sub: "s".to_owned(), email: LAN.to_owned(), verified: true, status, password: None };
        account.cognito.users.insert("lan".to_owned(), user);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fact_is_read_from_where_it_is() {
    type Make = Box<dyn Fn(&Aws)>;
    let make = |make: fn(&Aws)| -> Make { Box::new(make) };
    let in_account = |change: fn(&mut Account)| -> Make { Box::new(move |aws: &Aws| change(&mut aws.account())) };
    let with = |status: &'static str| -> Make { Box::new(move |aws: &Aws| has_account(status)(&mut aws.account())) };
    for (make_so, who, expected) in [
        (make(|_| ()), "Lan", &["nothing-refuses"][..]),
        (make(|_| ()), LAN, &["email-is-no-user-name"]),
        (make(|_| ()), "nobody", &["unknown"]),
        (make(|aws| change(aws, json!({"Suspended": true}))), "lan", &["suspended"]),
        (make(|aws| change(aws, json!({"Suspended": "yes"}))), "lan", &["record-unreadable"]),
        (make(|aws| change(aws, json!({"UserSub": "gone"}))), "lan", &["account-gone"]),
        (make(|aws| change(aws, json!({"PasswordHash": "plain"}))), "lan", &["hash-unusable"]),
        (make(|aws| change(aws, json!({"EmailVerified": false}))), "lan", &["email-not-verified"]),
        (
            make(|aws| change(aws, json!({"MigratedAs": "lan", "MigratedAt": "2026-11-20T10:00:00.000Z"}))),
            "lan\u{a0}",
            &["on-the-way-as-another"],
        ),
        (
            make(|aws| {
                aws.put(&json!({"UserEmail": "two@example.com", "UserName": "LAN", "UserNameKey": "lan"})).unwrap()
            }),
            LAN,
            &["user-name-shared"],
        ),
        (with("UNCONFIRMED"), "lan", &["account-unconfirmed"]),
        (with("RESET_REQUIRED"), "lan", &["account-reset-required"]),
        (with("FORCE_CHANGE_PASSWORD"), "lan", &["account-temporary-password"]),
        (with("CONFIRMED"), LAN, &["has-an-account"]),
        (
            in_account(|account| {
                has_account("CONFIRMED")(account);
                account.cognito.disabled.insert("lan".to_owned());
            }),
            "lan",
            &["account-disabled"],
        ),
        (
            in_account(|account| account.cognito.client["ExplicitAuthFlows"] = json!(["ALLOW_USER_SRP_AUTH"])),
            "lan",
            &["client-without-password-flow"],
        ),
        (
            in_account(|account| {
                drop(account.cognito.pool["LambdaConfig"].as_object_mut().unwrap().remove("UserMigration"))
            }),
            "lan",
            &["trigger-not-attached"],
        ),
        (
            in_account(|account| {
                account.cognito.pool["LambdaConfig"]["UserMigration"] = json!(function_arn("PreSignUp"))
            }),
            "lan",
            &["trigger-of-another-maker"],
        ),
        (
            in_account(|account| drop(account.lambda.functions.remove("known-MigrateUser"))),
            "lan",
            &["function-missing"],
        ),
        (
            in_account(|account| {
                let function = account.lambda.functions.get_mut("known-MigrateUser").unwrap();
                function.configuration["Environment"]["Variables"]["USER_NAMES_CASE_SENSITIVE"] = json!("true");
            }),
            "LAN",
            &["another-spelling"],
        ),
        (
            in_account(|account| {
                account.cognito.pool["SchemaAttributes"] = json!([{"Name": "email", "Required": true}])
            }),
            "lan",
            &["attribute-not-in-pool"],
        ),
    ] {
        let aws = Aws::start().await.unwrap();
        make_so(&aws);
        let before = aws.snapshot();
        let ended = why(&aws, who).await;
        assert_eq!(
            (rules(&ended), ended.code),
            (expected.iter().map(ToString::to_string).collect(), Some(0)),
            "{ended:?}"
        );
        assert_eq!(aws.snapshot(), before, "nothing is changed");
        for text in [&ended.stdout, &ended.stderr] {
            assert!(!text.contains("plain"), "a password hash was shown: {text}");
        }
    }
}

#[tokio::test]
async fn attempts_are_found_under_the_key_that_the_function_counts_by() {
    let aws = Aws::start().await.unwrap();
    let quarter = 15 * 60;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    // Both, lest a quarter ends between here and there.
    for end in [(now / quarter + 1) * quarter, (now / quarter + 2) * quarter] {
        for (what, times) in [("attempts", "12"), ("forgotten", "3")] {
            let id = format!("{what}#{POOL}#{}#{end}", known_user::digest_of(POOL, LAN));
            aws.stack.dynamodb.put(EPHEMERA, json!({"Id": {"S": id}, "Times": {"N": times}})).unwrap();
        }
    }
    let ended = why(&aws, "lan").await;
    assert_eq!(rules(&ended), ["too-many-attempts"], "{ended:?}");
    let (attempts, forgotten) = (&ended.json()["attempts"], &ended.json()["forgotten"]);
    assert_eq!((&attempts["times"], &forgotten["times"]), (&json!(12), &json!(3)), "{ended:?}");
    let until = humantime::parse_rfc3339(attempts["until"].as_str().unwrap()).unwrap();
    assert!(until.duration_since(SystemTime::now()).unwrap() <= Duration::from_secs(quarter), "{ended:?}");
    // Somebody else has tried nothing.
    assert_eq!(why(&aws, "amara").await.json()["attempts"], Value::Null);
}

#[tokio::test]
async fn for_people_it_is_the_rule_the_time_and_the_command() {
    let aws = Aws::start().await.unwrap();
    change(&aws, json!({"Suspended": true, "ConfirmedAt": "2026-11-20T10:00:00.000Z"}));
    let ended = tool::run_with(&aws, &["why", "lan"], &[]).await;
    assert_eq!(
        ended.stdout,
        "==> suspended: the owner has suspended them; when is not noted\n    \
         what to do: known-users resume lan.nguyen@example.org\n    \
         then also account-gone: they had arrived, and the pool has no account of theirs any more: a person comes once; \
         what to do: known-users readmit lan.nguyen@example.org\n    signs in as: lan\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_said_and_is_no_success() {
    let first = Aws::start().await.unwrap();
    assert_eq!(why(&first, "lan").await.code, Some(0));
    for (number, operation) in first.operations().iter().enumerate() {
        let aws = Aws::start().await.unwrap();
        aws.account().disturb = Some((number, Disturbance::Refused("AccessDeniedException")));
        let ended = why(&aws, "lan").await;
        assert_eq!(ended.code, Some(1), "{number} {operation}: {ended:?}");
        assert!(ended.stderr.contains(&format!(":{operation}`")), "the permission is named: {operation} {ended:?}");
    }
}
