//! The documents name what is there: files, headings, tests, and names of the code.

use std::collections::BTreeSet;

use crate::{
    files,
    markdown::{Document, documents, spans},
    read, workspace,
};

/// Names in documents that nothing here knows, with the reason.
const FOREIGN: &[(&str, &str)] = &[
    ("_X_AMZN_TRACE_ID", "Lambda's"),
    ("rust-toolchain.toml", "rustup's, and why there is none"),
    ("env.json", "the reader writes it"),
    ("AQAAAAEAACcQAAAAE", "the beginning of a hash"),
    ("AQAAAAIAAYagAAAAE", "the beginning of a hash"),
    ("YWJj", "a text in Base64"),
    ("BACKUP", "stands for a file's name"),
    ("ADMIN_USER_PASSWORD_AUTH", "Cognito's"),
    ("ARGON2ID", "Cognito's"),
    ("CreateUserImportJob", "Cognito's"),
    ("PBKDF2_SHA256", "Cognito's"),
    ("SCRYPT", "Cognito's"),
    ("SSEDescription", "DynamoDB's"),
    ("SimulatePrincipalPolicy", "IAM's"),
];

fn exists(path: &str) -> bool {
    workspace().join(path).exists()
}

/// The path that a document in this folder means, from the workspace's folder.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Asserts that nothing was found; `what` says what each line of `wrong` is.
#[track_caller]
fn assert_none(what: &str, wrong: &BTreeSet<String>) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.iter().map(|line| format!("  {line}\n")).collect::<String>());
}

#[test]
fn a_link_leads_somewhere() {
    let documents = documents();
    let mut wrong = BTreeSet::new();
    for document in &documents {
        for link in document.links().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { document.path.clone() } else { joined(folder(&document.path), path) };
            let other = documents.iter().find(|other| other.path == target);
            let has_anchor = || other.is_some_and(|other| other.anchors().iter().any(|has| has == anchor));
            if !exists(&target) || !(anchor.is_empty() || has_anchor()) {
                wrong.insert(format!("{}: {link}", document.path));
            }
        }
    }
    assert_none("links that lead nowhere", &wrong);
}

/// The files that a path with `<trigger>` in it stands for.
pub(crate) fn meant(path: &str) -> Vec<String> {
    match path.contains("<trigger>") {
        true => known_user::Trigger::ALL.iter().map(|trigger| path.replace("<trigger>", trigger.name())).collect(),
        false => vec![path.to_owned()],
    }
}

/// Whether this is written as a path from the workspace's folder, or from a folder above the document.
fn is_path(span: &str) -> bool {
    let has_its_letters = span.chars().all(|c| c.is_ascii_alphanumeric() || "/._-<>".contains(c));
    let root = span.split('/').next().unwrap();
    has_its_letters
        && span.contains('/')
        && ["crates", "docs", "events", "tests", ".ci", ".github", ".."].contains(&root)
}

/// Whether this is written as a file's name.
fn is_file_name(span: &str) -> bool {
    let extension = span.rsplit_once('.').map_or("", |(_, extension)| extension);
    !span.contains(['/', ' ', '*'])
        && ["rs", "py", "md", "yaml", "toml", "json", "csv", "sh", "cjs"].contains(&extension)
}

#[test]
fn a_path_between_backticks_is_there() {
    let files = files();
    let names: BTreeSet<&str> = files.iter().map(|path| path.rsplit('/').next().unwrap()).collect();
    let mut wrong = BTreeSet::new();
    for document in documents() {
        for span in document.prose().flat_map(spans) {
            // From the workspace's folder, or from one between that and the document's.
            let is_there = || {
                let mut above = folder(&document.path);
                loop {
                    if meant(span).iter().any(|path| exists(&joined(above, path))) {
                        return true;
                    }
                    if above.is_empty() {
                        return false;
                    }
                    above = folder(above);
                }
            };
            let is_foreign = FOREIGN.iter().any(|(name, _)| *name == span);
            if is_path(span) && !is_there() || is_file_name(span) && !is_foreign && !names.contains(span) {
                wrong.insert(format!("{}: {span}", document.path));
            }
        }
    }
    assert_none("files that are not there", &wrong);
}

/// Whether this is written as a test's name.
fn is_test(span: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    span.chars().all(is_letter) && span.matches('_').count() >= 3
}

#[test]
fn a_test_that_a_document_names_is_in_the_file_that_it_names() {
    let code: Vec<String> = files().into_iter().filter(|path| path.ends_with(".rs") || path.ends_with(".py")).collect();
    let texts: Vec<(String, String)> = code.into_iter().map(|path| (path.clone(), read(path))).collect();
    let mut wrong = BTreeSet::new();
    let mut seen = 0;
    for document in documents() {
        for line in document.prose() {
            let all: Vec<&str> = spans(line).collect();
            for (index, test) in all.iter().enumerate().filter(|(_, span)| is_test(span)) {
                seen += 1;
                let named =
                    all[index..].iter().find(|span| is_path(span) && is_file_name(span.rsplit('/').next().unwrap()));
                let mut possible =
                    texts.iter().filter(|(path, _)| named.is_none_or(|named| meant(named).contains(path)));
                let is_there = |text: &str| ["fn", "def"].iter().any(|word| text.contains(&format!("{word} {test}(")));
                if !possible.any(|(_, text)| is_there(text)) {
                    wrong.insert(format!("{}: {test} in {}", document.path, named.unwrap_or(&"any file")));
                }
            }
        }
    }
    assert!(seen > 10, "the documents name tests");
    assert_none("tests that are not there", &wrong);
}

/// The words of everything that is no document, but for these tests.
fn words() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for path in files().into_iter().filter(|path| !path.ends_with(".md") && !path.starts_with("tests/tidy/")) {
        // What is no text has no words.
        let Ok(text) = std::fs::read_to_string(workspace().join(path)) else { continue };
        let found = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.extend(found.map(str::to_owned));
    }
    words
}

/// Parameters, environment variables, error types, attributes, settings, functions of the code.
#[test]
fn a_name_between_backticks_is_one_of_the_code() {
    let words = words();
    let is_name = |span: &str| {
        span.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && span.starts_with(|c: char| !c.is_ascii_digit())
    };
    let named = |document: &Document| -> Vec<String> {
        // Of `SIGN_UP_POLICY=deny` both sides.
        let spans = document.prose().flat_map(spans).flat_map(|span| span.split('='));
        spans.filter(|span| is_name(span) && !words.contains(*span)).map(str::to_owned).collect()
    };
    let is_foreign = |name: &String| FOREIGN.iter().any(|(foreign, _)| foreign == name);
    let mut wrong = BTreeSet::new();
    for document in documents() {
        let unknown = named(&document).into_iter().filter(|name| !is_foreign(name) && !is_test(name));
        wrong.extend(unknown.map(|name| format!("{}: {name}", document.path)));
    }
    assert_none("names that nothing here knows", &wrong);
}
