//! Each line that shall make an alarm fire: written by the real functions, and held against the metric filters and the
//! alarms of the template. What CloudWatch makes of a metric is CloudWatch's.

#![cfg(test)]

#[path = "alarms/pattern.rs"]
mod pattern;

use std::collections::BTreeSet;

use known_user::{KnownUser, Trigger};
use local_aws::{
    binaries::{self, Binaries},
    dynamodb::KNOWN_USERS,
    faults::{self, Fault},
    function::RunningFunction,
    known_users_file::dynamodb_json,
    stack::Stack,
    template::Template,
};
use pattern::Pattern;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

const EMAIL: &str = "alice@example.com";

/// What makes a function write a line.
struct Scene {
    trigger: Trigger,
    settings: &'static [(&'static str, &'static str)],
    people: fn() -> Vec<Value>,
    /// Before an invocation.
    meanwhile: fn(&Stack),
    event: fn() -> Value,
    times: usize,
}

fn nobody() -> Vec<Value> {
    Vec::new()
}

fn alice() -> KnownUser {
    KnownUser::new(EMAIL, Some("alice")).unwrap()
}

fn hashed(hash: &str) -> Vec<Value> {
    vec![dynamodb_json(KnownUser { password_hash: Some(hash.to_owned()), ..alice() })]
}

fn nothing(_: &Stack) {}

fn event(source: &str, request: Value) -> Value {
    json!({"version": "1", "region": "eu-west-1", "userPoolId": "eu-west-1_EXAMPLE12", "userName": "alice",
        "callerContext": {"awsSdkVersion": "1", "clientId": "1example23456789"}, "triggerSource": source,
        "request": request, "response": {}})
}

fn signs_up() -> Value {
    event("PreSignUp_SignUp", json!({"userAttributes": {"email": EMAIL}}))
}

fn signs_in() -> Value {
    event("UserMigration_Authentication", json!({"password": "wrong"}))
}

fn is_confirmed() -> Value {
    event(
        "PostConfirmation_ConfirmSignUp",
        json!({"userAttributes": {"email": EMAIL, "sub": "1", "email_verified": "true"}}),
    )
}

const SCENE: Scene =
    Scene { trigger: Trigger::PreSignUp, settings: &[], people: nobody, meanwhile: nothing, event: signs_up, times: 1 };

const MIGRATION: Scene = Scene { trigger: Trigger::MigrateUser, event: signs_in, ..SCENE };

/// By error type, what a person or an operator has to do for its line; `Panicked` has none, as no way to it is known.
fn scenes() -> Vec<(&'static str, Scene)> {
    vec![
        ("StartFailed", Scene { settings: &[("SIGN_UP_POLICY", "mtach")], ..SCENE }),
        (
            "KnownUsersUnavailable",
            Scene {
                settings: &[("AWS_MAX_ATTEMPTS", "1")],
                meanwhile: |stack| stack.dynamodb_faults.inject(faults::ALL, Fault::access_denied()),
                ..SCENE
            },
        ),
        ("TimedOut", Scene { meanwhile: |stack| stack.dynamodb_faults.inject(faults::ALL, Fault::Hang), ..SCENE }),
        ("EventMalformed", Scene { event: || json!(["no event"]), ..SCENE }),
        (
            "KnownUserMalformed",
            Scene {
                trigger: Trigger::PreAuthentication,
                people: || vec![json!({"UserEmail": {"S": EMAIL}, "Suspended": {"S": "yes"}})],
                event: || event("PreAuthentication_Authentication", json!({"userAttributes": {"email": EMAIL}})),
                ..SCENE
            },
        ),
        (
            "EphemeraUnavailable",
            Scene {
                settings: &[("AWS_MAX_ATTEMPTS", "1")],
                people: || hashed("$2y$04$s2mU13DKdKVLpM6GP3rRlu47UbmPnap2WAOgp8JaMzYNoM0EgoU.W"),
                meanwhile: |stack| stack.dynamodb_faults.inject("UpdateItem", Fault::access_denied()),
                ..MIGRATION
            },
        ),
        ("PasswordHashUnusable", Scene { people: || hashed("no hash"), ..MIGRATION }),
        (
            "PasswordSecretUnavailable",
            Scene {
                settings: &[
                    ("PASSWORD_SECRET", "pepper"),
                    ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
                    ("AWS_MAX_ATTEMPTS", "1"),
                ],
                people: || hashed("$pepper$hmac-sha256-hex${SHA}nTWilUqnkLtvzx8x5IJzvu9o5IE="),
                ..MIGRATION
            },
        ),
        (
            "UserNameShared",
            Scene {
                people: || {
                    let other = KnownUser::new("bob@example.com", Some("alice")).unwrap();
                    vec![dynamodb_json(alice()), dynamodb_json(other)]
                },
                ..MIGRATION
            },
        ),
        (
            "TooManyAttempts",
            Scene {
                people: || hashed("$2y$04$s2mU13DKdKVLpM6GP3rRlu47UbmPnap2WAOgp8JaMzYNoM0EgoU.W"),
                times: 11,
                ..MIGRATION
            },
        ),
        (
            "WelcomeEmailFailed",
            Scene {
                trigger: Trigger::PostConfirmation,
                settings: &[("WELCOME_EMAIL_FROM", "welcome@example.com")],
                meanwhile: |stack| {
                    stack.mailbox_faults.inject(faults::ALL, Fault::ses_error(400, "MessageRejected", "no"));
                },
                event: is_confirmed,
                ..SCENE
            },
        ),
    ]
}

/// What the function has written at the end of the scene, line by line.
async fn played(scene: &Scene) -> Vec<Value> {
    static BINARIES: OnceCell<Binaries> = OnceCell::const_new();
    let binaries = BINARIES.get_or_init(async || binaries::build(false).await.unwrap()).await;
    let stack = Stack::start().await.unwrap();
    for person in (scene.people)() {
        stack.dynamodb.load(KNOWN_USERS, [person]).unwrap();
    }
    let function: RunningFunction = stack.function(&binaries[scene.trigger.name()], scene.settings).await.unwrap();
    if function.ready().await.is_ok() {
        (scene.meanwhile)(&stack);
        for _ in 0..scene.times {
            function.invoke((scene.event)().to_string()).await;
        }
    }
    function.output().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The metric filters of a trigger's log, with the names of their metrics.
fn filters(template: &Template, trigger: Trigger) -> Vec<(Pattern, Value)> {
    let group = json!({"Ref": format!("{}Logs", trigger.logical_id())});
    let filters = template.resources().map(|(_, resource)| resource);
    let filters = filters.filter(|resource| resource["Type"] == "AWS::Logs::MetricFilter");
    let of_group = filters.map(|filter| &filter["Properties"]).filter(|filter| filter["LogGroupName"] == group);
    let read = |filter: &Value| {
        (filter["FilterPattern"].as_str().unwrap().parse().unwrap(), filter["MetricTransformations"][0].clone())
    };
    of_group.map(read).collect()
}

/// What a line is counted as: the metric's name, and the value of its one dimension where it has one.
fn counted(template: &Template, trigger: Trigger, line: &Value) -> BTreeSet<(String, Option<String>)> {
    let matching = filters(template, trigger).into_iter().filter(|(pattern, _)| pattern.matches(line));
    let metric = |(_, transformation): (Pattern, Value)| {
        let name = transformation["MetricName"].as_str().unwrap().to_owned();
        let value =
            transformation["Dimensions"][0]["Value"].as_str().map(|path| pattern::at(line, path).unwrap().to_owned());
        (name, value)
    };
    matching.map(metric).collect()
}

/// The alarms that count this metric.
fn alarms(template: &Template, metric: &(String, Option<String>)) -> BTreeSet<String> {
    let counts = |alarm: &Value| {
        let metrics = alarm["Properties"]["Metrics"].as_array().unwrap();
        metrics.iter().map(|each| &each["MetricStat"]["Metric"]).any(|each| {
            each["MetricName"] == *metric.0 && each["Dimensions"][0]["Value"].as_str() == metric.1.as_deref()
        })
    };
    let all = template.resources().filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
    all.filter(|(_, alarm)| counts(alarm)).map(|(name, _)| name.to_owned()).collect()
}

/// Every error type that an alarm counts.
fn watched(template: &Template) -> BTreeSet<String> {
    let alarms = template.resources().filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
    let metrics = alarms.flat_map(|(_, alarm)| alarm["Properties"]["Metrics"].as_array().unwrap());
    let metrics =
        metrics.map(|metric| &metric["MetricStat"]["Metric"]).filter(|metric| metric["MetricName"] == "Failures");
    metrics.map(|metric| metric["Dimensions"][0]["Value"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_that_an_alarm_counts_is_written_and_makes_one_alarm_fire() {
    let template = Template::workspace().unwrap();
    let mut fired = BTreeSet::new();
    println!("| alarm | line | fired |\n|---|---|---|");
    for (error_type, scene) in scenes() {
        let lines = played(&scene).await;
        let line = lines.iter().find(|line| line["errorType"] == error_type);
        let line = line.unwrap_or_else(|| panic!("{error_type}: {lines:#?}"));
        let counted = counted(&template, scene.trigger, line);
        let metric = ("Failures".to_owned(), Some(error_type.to_owned()));
        assert_eq!(counted, BTreeSet::from([metric.clone()]), "{line}");
        let alarms = alarms(&template, &metric);
        assert_eq!(alarms.len(), 1, "{error_type}: {alarms:?}");
        println!("| {} | {} `{error_type}` | yes |", alarms.first().unwrap(), scene.trigger.title());
        fired.insert(error_type.to_owned());
    }
    fired.insert("Panicked".to_owned());
    assert_eq!(fired, watched(&template));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_beside_failures_is_counted_and_fires_nothing() {
    let template = Template::workspace().unwrap();
    let migrated = |people: fn() -> Vec<Value>, password: fn() -> Value| Scene { people, event: password, ..MIGRATION };
    for (scene, metric) in [
        (SCENE, "ColdStarts"),
        (
            migrated(
                || hashed("$2y$04$s2mU13DKdKVLpM6GP3rRlu47UbmPnap2WAOgp8JaMzYNoM0EgoU.W"),
                || event("UserMigration_Authentication", json!({"password": "correct horse"})),
            ),
            "MigrationsWithPassword",
        ),
        (migrated(|| vec![dynamodb_json(alice())], signs_in), "MigrationsWithReset"),
    ] {
        let lines = played(&scene).await;
        let counted: Vec<_> = lines.iter().flat_map(|line| counted(&template, scene.trigger, line)).collect();
        assert_eq!(counted.iter().filter(|(name, _)| name == metric).count(), 1, "{lines:#?}");
        assert!(counted.iter().all(|(name, _)| name == metric || name == "ColdStarts"), "{counted:?}");
        assert!(alarms(&template, &(metric.to_owned(), None)).is_empty());
    }
}

#[test]
fn what_lambda_itself_ends_is_a_crash() {
    let template = Template::workspace().unwrap();
    // As in "Lambda Telemetry API Event schema reference", Event.platform.report.
    let report = |status: &str| {
        json!({"time": "2022-10-12T00:01:15.000Z", "type": "platform.report", "record": {
            "requestId": "6d68ca91-49c9-448d-89b8-7ca3e6dc66aa", "status": status, "metrics": {"durationMs": 5000.0}}})
    };
    let crash = ("Crashes".to_owned(), None);
    for trigger in Trigger::ALL {
        for status in ["timeout", "failure"] {
            assert_eq!(counted(&template, trigger, &report(status)), BTreeSet::from([crash.clone()]), "{status}");
        }
        // A refusal by rule ends with an error, too.
        for status in ["success", "error"] {
            assert!(counted(&template, trigger, &report(status)).is_empty(), "{status}");
        }
    }
    assert_eq!(alarms(&template, &crash), BTreeSet::from(["FailedAlarm".to_owned()]));
}
