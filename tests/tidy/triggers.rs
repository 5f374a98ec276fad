//! A trigger is called the same by crates, template, events, tests and log.

use std::collections::BTreeSet;

use known_user::Trigger;
use local_aws::template::Template;
use serde_json::{Value, json};

use crate::{names, quoted, read, sources::sources};

/// What is deployed beside the triggers.
const HELPERS: [&str; 2] = ["verify-version", "publish-progress"];

#[test]
fn a_trigger_has_one_name_everywhere() {
    let template = Template::workspace().unwrap();
    let functions: BTreeSet<_> = template
        .resources()
        .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
        .map(|(id, _)| id.to_owned())
        .collect();
    assert_eq!(functions, Trigger::ALL.iter().map(|trigger| trigger.logical_id().to_owned()).collect());

    let manifest = read("Cargo.toml");
    let members = manifest.split("default-members = [").nth(1).unwrap().split(']').next().unwrap();
    assert_eq!(
        quoted(members, "\n    \"crates/"),
        Trigger::ALL.iter().map(|trigger| trigger.name()).chain(HELPERS).collect(),
        "Cargo.toml builds for deployment what is deployed"
    );
    for helper in HELPERS {
        let built = template.resources().filter(|(_, resource)| {
            resource["Type"] == "AWS::Lambda::Function" && resource["Metadata"]["BuildProperties"]["Binary"] == helper
        });
        assert_eq!(built.count(), 1, "{helper}");
    }
    for trigger in Trigger::ALL {
        let name = trigger.name();
        let function = template.resource(trigger.logical_id()).unwrap();
        assert_eq!(function["Metadata"]["BuildProperties"], json!({ "Binary": name }));
        assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda");
        let manifest = read(format!("crates/{name}/Cargo.toml"));
        assert!(manifest.contains(&format!("[package]\nname = \"{name}\"\n")), "crates/{name}/Cargo.toml");
        assert!(manifest.contains(&format!("path = \"../../tests/{name}.rs\"")), "crates/{name}/Cargo.toml");
        let modules = names(&format!("crates/{name}/src"));
        assert!(modules.contains("main.rs"));
        assert!(modules.contains("decision.rs") != modules.contains("record.rs"), "{name} decides or records");
        for test in ["contract::tests!(TRIGGER);", "contract::grants::assert_exact(&TRIGGER,"] {
            assert!(read(format!("tests/{name}.rs")).contains(test), "tests/{name}.rs keeps the contract: {test}");
        }
        let events = names("tests/contract/events");
        assert!(events.iter().any(|event| event.starts_with(&format!("{name}."))), "a contract event for {name}");
    }
    let test_files: BTreeSet<_> = names("tests").into_iter().filter(|name| name.ends_with(".rs")).collect();
    let deployed = Trigger::ALL.iter().map(|trigger| trigger.name()).chain(HELPERS);
    let others = ["alarms", "contract", "identity", "known-users", "model", "tidy"];
    assert_eq!(test_files, deployed.chain(others).map(|name| format!("{name}.rs")).collect());
}

#[test]
fn there_is_one_sample_event_for_each_trigger_source() {
    let sources = [
        "PreSignUp_SignUp",
        "PreSignUp_AdminCreateUser",
        "PreSignUp_ExternalProvider",
        "UserMigration_Authentication",
        "UserMigration_ForgotPassword",
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
        "PostConfirmation_ConfirmSignUp",
        "PostConfirmation_ConfirmForgotPassword",
    ];
    let expected: BTreeSet<_> = sources.iter().map(|source| format!("{source}.json")).collect();
    let mut events = names("events");
    assert!(events.remove("known-users.csv") && events.remove("expected"));
    assert_eq!(events, expected);
    assert_eq!(names("events/expected"), expected);
    for source in sources {
        let event: Value = serde_json::from_str(&read(format!("events/{source}.json"))).unwrap();
        assert_eq!(event["triggerSource"], source);
        assert!(known_user::Trigger::of_source(source).is_some());
    }
}

#[test]
fn the_pool_calls_each_trigger_and_each_trigger_lets_it() {
    let template = Template::workspace().unwrap();
    let wired: Value = Trigger::ALL
        .iter()
        .map(|trigger| {
            let key = if trigger.name() == "migrate-user" { "UserMigration" } else { trigger.logical_id() };
            let (id, alias) = (trigger.logical_id(), format!("{}.Alias", trigger.logical_id()));
            let called = json!({"Fn::If": ["UserPoolCallsAliases", {"Ref": alias}, {"Fn::GetAtt": [id, "Arn"]}]});
            (key.to_owned(), called)
        })
        .collect::<serde_json::Map<_, _>>()
        .into();
    assert_eq!(template.resource("UserPool").unwrap()["Properties"]["LambdaConfig"], wired);
    for trigger in Trigger::ALL {
        let id = trigger.logical_id();
        for (permission, function) in [("Permission", id.to_owned()), ("LivePermission", format!("{id}.Alias"))] {
            let permission = &template.resource(&format!("{id}{permission}")).unwrap()["Properties"];
            assert_eq!(permission["FunctionName"], json!({ "Ref": function }));
            assert_eq!(permission["Principal"], "cognito-idp.amazonaws.com");
            assert!(permission["SourceArn"].is_object());
            assert_eq!(permission["SourceAccount"], json!({ "Ref": "AWS::AccountId" }));
        }
    }
}

#[test]
fn the_log_writes_the_lines_of_every_crate_that_is_deployed() {
    let log = sources("common").into_iter().find(|source| source.name() == "log.rs").unwrap();
    let ours = log.code.split("const OURS").nth(1).unwrap().split(';').nth(1).unwrap();
    let ours: BTreeSet<_> = quoted(ours, "\n    \"").into_iter().map(str::to_owned).collect();
    let deployed = Trigger::ALL.iter().map(|trigger| trigger.name()).chain(HELPERS).chain(["common"]);
    assert_eq!(ours, deployed.map(|name| name.replace('-', "_")).collect());
}
