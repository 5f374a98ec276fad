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

/// The actions that a function is granted only under some settings are in an `Fn::If` of one of these conditions.
const CONDITIONS: [&str; 6] = [
    "PeopleHaveUserNames",
    "ClaimCodesCount",
    "CheckSuspendedBefore",
    "CheckSuspendedByUserName",
    "SendWelcomeEmail",
    "HashesNeedASecret",
];

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
        assert!(read(format!("tests/{name}.rs")).contains("contract::tests!(TRIGGER);"), "{name} keeps the contract");
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
    let readme = read("README.md");
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
            assert!(readme.contains(&format!("`{setting}`")), "README.md explains {setting}");
        }
    }
    for parameter in template.root()["Parameters"].as_object().unwrap().keys() {
        assert!(readme.contains(&format!("`{parameter}`")), "README.md explains the parameter {parameter}");
    }
}

/// An action on a resource, as the template grants it and as the code uses it.
type Grants = BTreeSet<(String, String)>;

/// The SDK's calls by the IAM action that each needs.
const CALLS: [(&str, &str); 9] = [
    (".get_item()", "dynamodb:GetItem"),
    (".query()", "dynamodb:Query"),
    (".update_item()", "dynamodb:UpdateItem"),
    (".put_item()", "dynamodb:PutItem"),
    (".delete_item()", "dynamodb:DeleteItem"),
    (".scan()", "dynamodb:Scan"),
    (".batch_get_item()", "dynamodb:BatchGetItem"),
    (".send_email()", "ses:SendEmail"),
    (".get_secret_value()", "secretsmanager:GetSecretValue"),
];

/// The tables: the file in `common` with the store, the table in the template, and what triggers call the store.
const STORES: [(&str, &str, &[&str]); 2] =
    [("known_users.rs", "KnownUsers", &["known_users"]), ("ephemera.rs", "Ephemera", &["ephemera", "self.0"])];

/// What each method of a store in `common` needs on its table: its own call and those of the methods that it calls.
fn grants_of_the_store(file: &str, table: &str) -> BTreeMap<String, Grants> {
    let code = sources("common").remove(file).unwrap();
    let bodies: BTreeMap<&str, String> =
        code.split("fn ").skip(1).map(|body| (body.split(['(', '<']).next().unwrap(), squeezed(body))).collect();
    let calls = |body: &str| -> Grants {
        CALLS
            .iter()
            .filter(|(call, _)| body.contains(call))
            .map(|(_, action)| (resource_of(action, table), (*action).to_owned()))
            .collect()
    };
    let mut needs: BTreeMap<String, Grants> =
        bodies.iter().map(|(name, body)| ((*name).to_owned(), calls(body))).collect();
    // Twice is as deep as methods call each other.
    for _ in 0..2 {
        for (name, body) in &bodies {
            let called: Grants = needs
                .iter()
                .filter(|(other, _)| body.contains(&format!("self.{other}(")))
                .flat_map(|(_, grants)| grants.clone())
                .collect();
            needs.get_mut(*name).unwrap().extend(called);
        }
    }
    needs
}

fn resource_of(action: &str, table: &str) -> String {
    match action {
        "dynamodb:Query" => format!("{table}/index/ByUserName"),
        "ses:SendEmail" => "identity".to_owned(),
        "secretsmanager:GetSecretValue" => "secret".to_owned(),
        _ => table.to_owned(),
    }
}

fn grants_of_the_code(package: &str) -> Grants {
    let code = source(package);
    let mut grants = Grants::new();
    for (file, table, names) in STORES {
        for (method, needed) in grants_of_the_store(file, table) {
            if names.iter().any(|name| code.contains(&format!("{name}.{method}("))) {
                grants.extend(needed);
            }
        }
    }
    // What a trigger calls by itself has nothing to do with a table.
    for (call, action) in CALLS {
        if code.contains(call) {
            assert!(!action.starts_with("dynamodb:"), "crates/{package} calls {action} past the stores of `common`");
            grants.insert((resource_of(action, ""), action.to_owned()));
        }
    }
    grants
}

/// The table, or its index, whose ARN an `Fn::Sub` of the template makes: the stack's own, or the one that it is given.
fn table_of(arn: &Value) -> String {
    let path = arn[0].as_str().unwrap();
    let path = path.strip_prefix("arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/").unwrap();
    let table = arn[1]["Table"]["Fn::If"][1]["Ref"].as_str().unwrap();
    let name =
        json!({ "Fn::If": [format!("Create{table}"), { "Ref": table }, { "Ref": format!("Existing{table}Table") }] });
    assert_eq!(arn[1], json!({ "Table": name }));
    path.replace("${Table}", table)
}

fn grants_of_the_template(template: &Template, logical_id: &str) -> Grants {
    let role = &template.resource(&format!("{logical_id}Role")).unwrap()["Properties"];
    assert!(role.get("ManagedPolicyArns").is_none(), "{logical_id}Role has no policy but its own");
    let mut grants = Grants::new();
    for statement in role["Policies"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
    {
        let statement = match statement["Fn::If"].as_array().map(Vec::as_slice) {
            Some([condition, statement, otherwise]) => {
                assert!(CONDITIONS.iter().any(|known| condition == known), "{condition}");
                assert_eq!(otherwise, &json!({ "Ref": "AWS::NoValue" }));
                statement
            }
            _ => statement,
        };
        let action = statement["Action"].as_str().expect("one statement, one action");
        let resource = statement["Resource"].to_string();
        let resource = match action {
            "logs:CreateLogStream" | "logs:PutLogEvents" => {
                assert_eq!(statement["Resource"], json!({ "Fn::GetAtt": [format!("{logical_id}Logs"), "Arn"] }));
                continue;
            }
            "ses:SendEmail" => {
                assert!(statement["Condition"]["StringEquals"]["ses:FromAddress"].is_object());
                // SES authorises a default configuration set too, whose name nobody here knows.
                assert_eq!(resource.matches('*').count(), 1, "{resource}");
                assert!(resource.contains(":configuration-set/*\""), "{resource}");
                "identity".to_owned()
            }
            "secretsmanager:GetSecretValue" => {
                assert_eq!(statement["Resource"], json!({ "Ref": "PasswordSecretArn" }));
                "secret".to_owned()
            }
            _ => table_of(&statement["Resource"]["Fn::Sub"]),
        };
        assert!(grants.insert((resource, action.to_owned())), "{logical_id}Role grants {action} twice");
    }
    grants
}

#[test]
fn a_function_may_do_what_its_code_does_and_no_more() {
    let template = Template::workspace().unwrap();
    let grant = |resource: &str, action: &str| (resource.to_owned(), action.to_owned());
    // That the scan of the code sees what is there.
    assert_eq!(
        grants_of_the_code("migrate-user"),
        [
            grant("Ephemera", "dynamodb:UpdateItem"),
            grant("KnownUsers", "dynamodb:GetItem"),
            grant("KnownUsers", "dynamodb:UpdateItem"),
            grant("KnownUsers/index/ByUserName", "dynamodb:Query"),
            grant("secret", "secretsmanager:GetSecretValue"),
        ]
        .into()
    );
    for trigger in Trigger::ALL {
        assert_eq!(
            grants_of_the_template(&template, trigger.logical_id()),
            grants_of_the_code(trigger.name()),
            "template.yaml (left) grants {} what its code (right) uses",
            trigger.name()
        );
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
