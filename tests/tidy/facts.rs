//! Facts that the documents, the template and the code tell alike: settings, error types, exit codes, commands.

use std::collections::{BTreeMap, BTreeSet};

use known_user::Trigger;
use local_aws::template::Template;
use proc_macro2::{Delimiter, TokenTree};
use serde_json::Value;

use crate::{
    markdown::{document, documents, spans},
    quoted,
    sources::{Source, crates, sources},
    workspace,
};

/// The code of a crate without its white space.
fn squeezed(package: &str) -> String {
    sources(package).iter().map(Source::squeezed).collect()
}

/// What stands between backticks in a cell.
fn names(cell: &str) -> BTreeSet<String> {
    spans(cell).map(str::to_owned).collect()
}

/// The triggers as documents call them: `pre sign-up`.
fn spoken(trigger: Trigger) -> String {
    trigger.name().replacen('-', " ", 1)
}

/// By environment variable, the expression that the template gives a function for it.
fn environment(template: &Template, trigger: Trigger) -> BTreeMap<String, Value> {
    let function = &template.resource(trigger.logical_id()).unwrap()["Properties"];
    let parts = [&template.root()["Globals"]["Function"], function];
    let variables = parts.iter().flat_map(|part| part["Environment"]["Variables"].as_object());
    variables.flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The parameter to which a value refers, be it in a branch of a condition.
fn parameter(template: &Template, value: &Value) -> Option<String> {
    match value {
        Value::Object(members) if members.contains_key("Ref") => {
            let name = members["Ref"].as_str().unwrap();
            template.root()["Parameters"].get(name).map(|_| name.to_owned())
        }
        Value::Object(members) => members.values().find_map(|value| parameter(template, value)),
        Value::Array(items) => items.iter().find_map(|value| parameter(template, value)),
        _ => None,
    }
}

#[test]
fn a_function_is_given_the_settings_that_its_code_reads_and_no_other() {
    let template = Template::workspace().unwrap();
    for trigger in Trigger::ALL {
        let code = squeezed(trigger.name());
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
        let given = environment(&template, trigger);
        assert_eq!(given.keys().map(String::as_str).collect::<BTreeSet<_>>(), reads, "{}", trigger.name());
    }
}

#[test]
fn the_table_of_settings_is_that_of_the_template() {
    let template = Template::workspace().unwrap();
    let settings = document("docs/settings.md");
    let rows = settings.table("## Parameters");

    let mut deployed: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for name in template.root()["Parameters"].as_object().unwrap().keys() {
        deployed.insert(name.clone(), (BTreeSet::new(), BTreeSet::new()));
    }
    for trigger in Trigger::ALL {
        for (variable, value) in environment(&template, trigger) {
            let row = deployed.get_mut(&parameter(&template, &value).unwrap()).unwrap();
            row.0.insert(variable);
            row.1.insert(spoken(trigger));
        }
    }
    let mut written = Vec::new();
    for row in &rows {
        let [parameters, variables, values, read_by] = row[..] else { panic!("{row:?} has four cells") };
        let read_by = read_by.split(';').next().unwrap();
        let readers: BTreeSet<String> = match read_by {
            "all" => Trigger::ALL.into_iter().map(spoken).collect(),
            "" => BTreeSet::new(),
            some => some.split(", ").map(str::to_owned).collect(),
        };
        for name in names(parameters) {
            written.push((name.clone(), (names(variables), readers.clone())));
            let parameter = &template.root()["Parameters"][&name];
            let default = parameter["Default"].to_string().replace('"', "");
            let allowed =
                parameter["AllowedValues"].as_array().filter(|_| !variables.is_empty() && spans(variables).count() > 0);
            let allowed = allowed.into_iter().flatten().map(|value| value.as_str().unwrap().to_owned());
            for value in allowed.chain([default]).filter(|value| !value.is_empty()) {
                assert!(names(values).contains(&value), "docs/settings.md says that {name} may be `{value}`");
            }
        }
    }
    assert_eq!(written.len(), deployed.len(), "each parameter has one row");
    assert_eq!(
        written.into_iter().collect::<BTreeMap<_, _>>(),
        deployed,
        "docs/settings.md (left), template.yaml (right)"
    );
}

/// Variables that documents need not explain: those of every program, and Lambda's own.
const COMMON_VARIABLES: [&str; 6] =
    ["AWS_DEFAULT_REGION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_RUNTIME_API", "CARGO", "NO_COLOR", "PATH"];

#[test]
fn an_environment_variable_that_the_code_reads_is_in_a_document() {
    let is_variable = |name: &&str| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let mut read = BTreeSet::new();
    for package in crates() {
        let code = squeezed(&package);
        for before in ["env::var(", "env::var_os(", "setting(", "setting::<String>(", "required(", "_VARIABLE:&str="] {
            let found = quoted(&code, &format!("{before}\""));
            read.extend(found.into_iter().filter(is_variable).map(str::to_owned));
        }
    }
    assert!(["SIGN_IN_WITH", "KNOWN_USERS_PASSWORD"].iter().all(|name| read.contains(*name)), "{read:?}");
    let documents = documents();
    let code: Vec<&str> = documents.iter().flat_map(|document| document.code()).collect();
    let words = code.into_iter().flat_map(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_'));
    let named: BTreeSet<String> = words.chain(COMMON_VARIABLES).map(str::to_owned).collect();
    let unnamed: Vec<&String> = read.difference(&named).collect();
    assert!(unnamed.is_empty(), "no document names {unnamed:?}");
}

#[test]
fn the_table_of_error_types_is_that_of_the_code() {
    let mut types = BTreeSet::new();
    for package in Trigger::ALL.iter().map(|trigger| trigger.name()).chain(["common"]) {
        for source in sources(package) {
            let code = source.squeezed();
            types.extend(quoted(&code, "errorType=\"").into_iter().map(str::to_owned));
            types.extend(code.split("Count(\"").skip(1).map(|rest| rest.split('"').nth(2).unwrap().to_owned()));
        }
    }
    let errors = sources("common").into_iter().find(|source| source.name() == "error.rs").unwrap();
    let answers = |function: &str| -> BTreeSet<String> {
        let bodies = errors.code.split(function).skip(1).map(|rest| rest.split("\n    }\n").next().unwrap());
        bodies.flat_map(|body| quoted(body, "=> \"")).map(str::to_owned).collect()
    };
    types.extend(answers("fn error_type("));
    let texts = answers("fn text(");

    let operate = document("docs/operate.md");
    let first_cells =
        |heading| operate.table(heading).into_iter().flat_map(|row| names(row[0])).collect::<BTreeSet<_>>();
    assert_eq!(first_cells("## Error types"), types, "docs/operate.md (left), the code (right)");
    assert_eq!(first_cells("## What people read"), texts, "docs/operate.md (left), error.rs (right)");
}

/// The variants of an enum of the operator's tool, each with the number that it is given.
fn variants(name: &str) -> Vec<(String, Option<String>)> {
    let tool = sources("known-users-cli");
    let body = tool.iter().find_map(|source| {
        let mut windows = source.tokens.windows(3);
        windows.find_map(|window| match window {
            [TokenTree::Ident(keyword), TokenTree::Ident(is), TokenTree::Group(body)]
                if keyword == "enum" && is == name && body.delimiter() == Delimiter::Brace =>
            {
                Some(body.stream().into_iter().collect::<Vec<_>>())
            }
            _ => None,
        })
    });
    let body = body.unwrap_or_else(|| panic!("crates/known-users-cli has an enum {name}"));
    let variants = body.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','));
    let variant = |tokens: &[TokenTree]| {
        let name = tokens.iter().find_map(|token| match token {
            TokenTree::Ident(name) => Some(name.to_string()),
            _ => None,
        })?;
        let number = tokens.iter().find_map(|token| match token {
            TokenTree::Literal(number) => Some(number.to_string()),
            _ => None,
        });
        Some((name, number))
    };
    variants.filter_map(variant).collect()
}

/// What a person types for a variant: `man-pages` for `ManPages`.
fn typed(variant: &str) -> String {
    let mut typed = String::new();
    for c in variant.chars() {
        if c.is_uppercase() && !typed.is_empty() {
            typed.push('-');
        }
        typed.extend(c.to_lowercase());
    }
    typed
}

fn commands(name: &str) -> BTreeSet<String> {
    variants(name).iter().map(|(variant, _)| typed(variant)).collect()
}

#[test]
fn the_table_of_commands_is_that_of_the_tool_and_each_has_its_file() {
    let known_users = document("docs/known-users.md");
    let written: BTreeSet<String> = known_users.table("## The commands").iter().flat_map(|row| names(row[0])).collect();
    assert_eq!(written, commands("Command"), "docs/known-users.md (left), the tool (right)");

    let folder = workspace().join("crates/known-users-cli/src/commands");
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.map(|name| name.trim_end_matches(".rs").replace('_', "-")).collect();
    assert_eq!(files, written, "src/commands (left), the commands (right)");
}

#[test]
fn a_command_line_in_a_document_is_one_that_the_tool_has() {
    let (commands, scenarios) = (commands("Command"), commands("Scenario"));
    let tool: String = ["known-users-cli", "user-pool"]
        .into_iter()
        .filter(|package| crates().iter().any(|other| other == package))
        .flat_map(sources)
        .map(|source| source.code)
        .collect();
    let words: BTreeSet<&str> = tool.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').collect();
    let mut seen = BTreeSet::new();
    for document in documents() {
        for line in document.code() {
            let tail = line
                .strip_prefix("known-users ")
                .or_else(|| line.split_once("known-users-cli -- ").map(|(_, tail)| tail));
            let Some(tail) = tail else { continue };
            let mut words_of_line = tail.split('#').next().unwrap().split_whitespace();
            let is_value = |word: &&str| word.starts_with('-') || word.chars().all(|c| c.is_ascii_uppercase());
            let command = words_of_line.next().unwrap();
            let place = format!("{}: {line}", document.path);
            assert!(is_value(&command) || commands.contains(command), "{place}");
            if let Some(scenario) = words_of_line.clone().next().filter(|_| command == "scenario") {
                assert!(is_value(&scenario) || scenarios.contains(scenario), "{place}");
            }
            seen.insert(command.to_owned());
            for option in tail.split_whitespace().filter_map(|word| word.strip_prefix("--")) {
                let option = option.split('=').next().unwrap();
                let is_known = [option, &option.replace('-', "_")].iter().any(|name| words.contains(name));
                assert!(is_known || ["help", "version"].contains(&option), "{place}: --{option}");
            }
        }
    }
    assert!(seen.is_superset(&["import", "attach", "doctor"].map(str::to_owned).into()), "{seen:?}");
}

#[test]
fn the_exit_codes_that_documents_name_are_those_of_the_tool() {
    let codes: BTreeSet<String> = variants("ExitCode").into_iter().map(|(_, number)| number.unwrap()).collect();
    let documents = documents();
    let lines =
        documents.iter().flat_map(|document| document.prose()).filter(|line| line.to_lowercase().contains("exit code"));
    let is_number = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let named: BTreeSet<String> = lines
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric()))
        .filter(is_number)
        .map(str::to_owned)
        .collect();
    assert_eq!(named, codes, "the documents (left), crates/known-users-cli (right)");
}
