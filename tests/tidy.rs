//! What has to agree: crates, template, events, tests, log and docs name the same triggers, settings and grants.

#![cfg(test)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use known_user::Trigger;
use local_aws::template::Template;
use serde_json::{Value, json};

#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/sources.rs"]
mod sources;

fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = workspace().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn names(folder: &str) -> BTreeSet<String> {
    fs::read_dir(workspace().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The sources of a crate that are compiled into it, tests left out.
fn sources(package: &str) -> BTreeMap<String, String> {
    names(&format!("crates/{package}/src"))
        .into_iter()
        .filter(|name| name.ends_with(".rs"))
        .map(|name| {
            let text = read(format!("crates/{package}/src/{name}"));
            let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
            (name, text)
        })
        .collect()
}

/// The code of a crate without its white space, so that a call is found however it is laid out.
fn source(package: &str) -> String {
    sources(package).into_values().map(|code| squeezed(&code)).collect()
}

fn squeezed(code: &str) -> String {
    code.split_whitespace().collect()
}

/// What stands in quotes right behind each occurrence of `before`.
fn quoted<'a>(text: &'a str, before: &str) -> BTreeSet<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

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
        Trigger::ALL.iter().map(|trigger| trigger.name()).collect(),
        "Cargo.toml builds for deployment what is deployed"
    );
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
    let expected = Trigger::ALL.iter().map(|trigger| format!("{}.rs", trigger.name()));
    assert_eq!(
        test_files,
        expected
            .chain(["contract.rs", "identity.rs", "known-users.rs", "tidy.rs", "model.rs"].map(str::to_owned))
            .collect()
    );
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
    assert!(events.remove("known-users.csv"));
    assert_eq!(events, expected);
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
            (key.to_owned(), json!({ "Fn::GetAtt": [trigger.logical_id(), "Arn"] }))
        })
        .collect::<serde_json::Map<_, _>>()
        .into();
    assert_eq!(template.resource("UserPool").unwrap()["Properties"]["LambdaConfig"], wired);
    for trigger in Trigger::ALL {
        let permission = &template.resource(&format!("{}Permission", trigger.logical_id())).unwrap()["Properties"];
        assert_eq!(permission["FunctionName"], json!({ "Ref": trigger.logical_id() }));
        assert_eq!(permission["Principal"], "cognito-idp.amazonaws.com");
        assert!(
            permission["SourceArn"].is_object() && permission["SourceAccount"] == json!({ "Ref": "AWS::AccountId" })
        );
    }
}

#[test]
fn a_function_is_given_the_settings_that_its_code_reads_and_no_other() {
    let template = Template::workspace().unwrap();
    let page = read("docs/settings.md");
    let variables = |value: &Value| value["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
    let common = variables(&template.root()["Globals"]["Function"]);
    for trigger in Trigger::ALL {
        let function = template.resource(trigger.logical_id()).unwrap();
        let given: BTreeSet<_> =
            common.clone().into_iter().chain(variables(&function["Properties"])).map(|(name, _)| name).collect();
        let code = source(trigger.name());
        let mut reads: BTreeSet<_> =
            quoted(&code, "setting(\"").union(&quoted(&code, "required(\"")).copied().collect();
        for (call, settings) in [
            ("function.known_users()", &["KNOWN_USERS_TABLE"][..]),
            ("function.ephemera()", &["EPHEMERA_TABLE"]),
            ("function.pool()", &["SIGN_IN_WITH", "USER_NAMES_CASE_SENSITIVE"]),
        ] {
            if code.contains(call) {
                reads.extend(settings);
            }
        }
        assert_eq!(given.iter().map(String::as_str).collect::<BTreeSet<_>>(), reads, "{}", trigger.name());
        for setting in reads {
            assert!(page.contains(&format!("`{setting}`")), "docs/settings.md explains {setting}");
        }
    }
    for parameter in template.root()["Parameters"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("`{parameter}`")), "docs/settings.md explains the parameter {parameter}");
    }
}

#[test]
fn only_the_stores_the_mail_and_the_secret_talk_to_aws() {
    for package in Trigger::ALL.iter().map(|trigger| trigger.name()).chain(["common"]) {
        for (file, code) in sources(package) {
            let talks = code.contains("aws_sdk_") && code.contains(".send()");
            assert_eq!(
                talks,
                ["known_users.rs", "ephemera.rs", "mail.rs", "secret.rs"].contains(&file.as_str()),
                "crates/{package}/src/{file}"
            );
            assert!(!code.contains(".scan()") && !code.contains("Scan"), "crates/{package}/src/{file} scans");
        }
    }
    assert!(!sources("common")["known_users.rs"].contains("put_item"), "no trigger adds a known user");
}

#[test]
fn decisions_and_records_are_pure() {
    for trigger in Trigger::ALL {
        for (file, code) in sources(trigger.name()) {
            if file == "decision.rs" || file == "record.rs" {
                for impure in ["async ", "SystemTime::now", "env::", "aws_sdk_", "std::fs", "std::net", "tracing::"] {
                    assert!(!code.contains(impure), "crates/{}/src/{file} has `{impure}`", trigger.name());
                }
            }
        }
    }
}

#[test]
fn the_log_writes_the_lines_of_every_crate_that_is_deployed() {
    let log = sources("common").remove("log.rs").unwrap();
    let ours = log.split("const OURS").nth(1).unwrap().split(';').nth(1).unwrap();
    let ours: BTreeSet<_> = quoted(ours, "[\"").into_iter().chain(quoted(ours, ", \"")).map(str::to_owned).collect();
    let crates = Trigger::ALL.iter().map(|trigger| trigger.name().replace('-', "_")).chain(["common".to_owned()]);
    assert_eq!(ours, crates.collect());
}
