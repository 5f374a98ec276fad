//! The hook before a rollout: the real binary, which asks the real triggers through an Invoke API.

#![cfg(test)]

use std::sync::Arc;

use known_user::Trigger;
use local_aws::{
    binaries,
    dynamodb::{EPHEMERA, KNOWN_USERS},
    faults::{self, Fault, Faults},
    function::RunningFunction,
    invoke_api::InvokeApi,
    listener,
    stack::Stack,
};
use serde_json::{Value, json};

/// What CodeDeploy sends.
const HOOK: &[u8] = br#"{"DeploymentId": "d-ABCDEF123", "LifecycleEventHookExecutionId": "eyJlbmMiOiJ"}"#;

struct Rollout {
    stack: Stack,
    codedeploy: Faults,
    hook: RunningFunction,
    // Held for its end.
    _lambda: InvokeApi,
}

impl Rollout {
    /// New versions of the triggers, of which these have the settings.
    async fn of(changed: &[Trigger], settings: &[(&str, &str)], hook_settings: &[(&str, &str)]) -> Self {
        let stack = Stack::start().await.unwrap();
        let mut functions = Vec::new();
        for (name, binary) in binaries::build(false).await.unwrap() {
            let settings = if changed.iter().any(|trigger| trigger.name() == name) { settings } else { &[] };
            functions.push(Arc::new(stack.function(&binary, settings).await.unwrap()));
        }
        let lambda = InvokeApi::start(listener::listen(0).await.unwrap(), functions, Box::new(|_, _, _| ())).unwrap();
        let codedeploy = Faults::start(listener::listen(0).await.unwrap(), listener::nowhere().unwrap()).unwrap();
        let body = r#"{"lifecycleEventHookExecutionId": "eyJlbmMiOiJ"}"#.to_owned();
        codedeploy.inject(faults::ALL, Fault::Answer { status: 200, body, error_type: None });

        let versions = Trigger::ALL.map(|trigger| {
            let name = format!("{}_VERSION", trigger.name().replace('-', "_").to_uppercase());
            (name, format!("arn:aws:lambda:eu-west-1:123456789012:function:{}:7", trigger.logical_id()))
        });
        let (lambda_url, codedeploy_url) = (lambda.url(), codedeploy.url());
        let mut environment: Vec<(&str, &str)> = versions.iter().map(|(name, arn)| (&**name, &**arn)).collect();
        environment.push(("AWS_ENDPOINT_URL_LAMBDA", &lambda_url));
        environment.push(("AWS_ENDPOINT_URL_CODEDEPLOY", &codedeploy_url));
        environment.extend(hook_settings);
        let hook = stack.function(env!("CARGO_BIN_EXE_verify-version"), &environment).await.unwrap();
        Self { stack, codedeploy, hook, _lambda: lambda }
    }

    /// What CodeDeploy was told.
    async fn verdict(&self) -> Value {
        let answer = self.hook.invoke(HOOK).await;
        assert_eq!(answer.json(), Value::Null, "{}", self.hook.output());
        let [told] = &self.codedeploy.seen()[..] else { panic!("{}", self.hook.output()) };
        assert_eq!(told.operation, "PutLifecycleEventHookExecutionStatus");
        told.body.clone()
    }
}

fn verdict(status: &str) -> Value {
    json!({"deploymentId": "d-ABCDEF123", "lifecycleEventHookExecutionId": "eyJlbmMiOiJ", "status": status})
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_let_a_stranger_pass_are_let_in_whatever_the_rules_and_nothing_is_written_or_sent() {
    // Each value of each setting, and as many of them at once as go together.
    let rules: [&[(&str, &str)]; 5] = [
        &[],
        &[("SIGN_IN_WITH", "email"), ("SIGN_UP_POLICY", "verify"), ("CHECK_SUSPENDED", "after")],
        &[
            ("SIGN_IN_WITH", "email-alias"),
            ("SIGN_UP_POLICY", "claim"),
            ("CHECK_SUSPENDED", "never"),
            ("USER_NAMES_CASE_SENSITIVE", "true"),
            ("WELCOME_EMAIL_FROM", "welcome@example.com"),
        ],
        &[("SIGN_IN_WITH", "email"), ("SIGN_UP_POLICY", "deny"), ("BLOCKED_APP_CLIENTS", "3n4b5urk1ft4fl3mg5e62d9ado")],
        &[("REQUIRED_VALIDATION_DATA", "channel = mobile, version=2,"), ("DUMMY_HASH", "none")],
    ];
    for settings in rules {
        let rollout = Rollout::of(&Trigger::ALL, settings, settings).await;
        assert_eq!(rollout.verdict().await, verdict("Succeeded"), "{settings:?}: {}", rollout.hook.output());
        for table in [KNOWN_USERS, EPHEMERA] {
            assert!(rollout.stack.dynamodb.items(table).is_empty(), "{table} {settings:?}");
        }
        assert_eq!(rollout.stack.mailbox.mails().len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_does_not_start_or_refuses_strangers_is_refused() {
    for (trigger, settings, why) in [
        (Trigger::PreSignUp, [("SIGN_UP_POLICY", "mtach")], "it failed with "),
        (Trigger::MigrateUser, [("DUMMY_HASH", "no hash")], "it failed with "),
        (Trigger::PreAuthentication, [("REQUIRED_VALIDATION_DATA", "a=b")], "it failed with SignInRefused"),
        (Trigger::PostAuthentication, [("SIGN_IN_WITH", "phone")], "it failed with "),
    ] {
        let rollout = Rollout::of(&[trigger], &settings, &[]).await;
        assert_eq!(rollout.verdict().await, verdict("Failed"), "{trigger:?}");
        let log = rollout.hook.output();
        assert!(log.contains("VersionRefused") && log.contains(why), "{trigger:?}: {log}");
        assert_eq!(log.matches("VersionRefused").count(), 1, "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_that_is_not_taken_is_an_error() {
    let rollout = Rollout::of(&[], &[], &[]).await;
    rollout.codedeploy.clear();
    rollout.codedeploy.inject(faults::ALL, Fault::dynamodb_error(400, "AccessDeniedException", "no"));
    let answer = rollout.hook.invoke(HOOK).await;
    assert_eq!(answer.json()["errorType"], "VerdictNotGiven");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_version_the_hook_does_not_start() {
    let stack = Stack::start().await.unwrap();
    let hook = stack.function(env!("CARGO_BIN_EXE_verify-version"), &[]).await.unwrap();
    assert!(hook.ready().await.is_err());
    assert!(hook.output().contains("setting `PRE_SIGN_UP_VERSION`: not set"), "{}", hook.output());
}
