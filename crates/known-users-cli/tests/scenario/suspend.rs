//! A suspension and what it does in the pool.

use local_aws::account::{Aws, cognito::User};
use serde_json::json;

use crate::tool;

const LAN: &str = "lan.nguyen@example.org";

async fn with_lan() -> Aws {
    let aws = Aws::start().await.unwrap();
    let user = |email: &str, verified, status| User {
        sub: email.to_owned(),
        email: email.to_owned(),
        verified,
        status,
        password: None,
    };
    let users = [
        ("lan", user(LAN, true, "CONFIRMED")),
        ("Google_1", user(LAN, true, "EXTERNAL_PROVIDER")),
        ("eve", user(LAN, false, "CONFIRMED")),
    ];
    aws.account().cognito.users = users.map(|(name, user)| (name.to_owned(), user)).into();
    aws
}

#[tokio::test]
async fn a_suspension_alone_touches_no_account_and_says_that_sessions_go_on() {
    let aws = with_lan().await;
    let ended = tool::run_with(&aws, &["suspend", "lan"], &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("whoever is signed in stays so: --sign-out ends their sessions"), "{ended:?}");
    assert_eq!(aws.record(LAN).unwrap()["Suspended"], true);
    let others = aws.operations().into_iter().filter(|one| one.starts_with("Admin")).collect::<Vec<_>>();
    assert_eq!(others, Vec::<String>::new());
}

#[tokio::test]
async fn with_both_options_every_account_of_theirs_is_disabled_and_then_signed_out_until_it_is_enabled() {
    let aws = with_lan().await;
    for outcome in ["updated", "unchanged"] {
        let ended = tool::run_with(&aws, &["suspend", LAN, "--sign-out", "--disable", "--json"], &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let done = json!(["disabled", "signed out"]);
        let result = ended.json();
        assert_eq!((&result["outcome"], &result["suspended"]), (&json!(outcome), &json!(true)));
        let accounts = json!([{"userName": "lan", "done": done}, {"userName": "Google_1", "done": done}]);
        assert_eq!(result["accounts"], accounts);
    }
    assert_eq!(aws.account().cognito.disabled.iter().collect::<Vec<_>>(), ["Google_1", "lan"]);
    let calls = aws.operations();
    let at = |name: &str| calls.iter().position(|one| one == name).unwrap();
    assert!(at("UpdateItem") < at("AdminDisableUser"), "the record first: {calls:?}");
    assert!(at("AdminDisableUser") < at("AdminUserGlobalSignOut"), "{calls:?}");
    let ended = tool::run_with(&aws, &["resume", "lan"], &[]).await;
    assert!(ended.stdout.contains("an account that was disabled in the pool stays so"), "{ended:?}");
    assert_eq!(aws.account().cognito.disabled.len(), 2);
    let ended = tool::run_with(&aws, &["resume", "lan", "--enable", "--json"], &[]).await;
    assert_eq!((ended.code, &ended.json()["outcome"]), (Some(0), &json!("unchanged")), "{ended:?}");
    assert!(aws.account().cognito.disabled.is_empty() && aws.record(LAN).unwrap()["Suspended"] == false);
}
