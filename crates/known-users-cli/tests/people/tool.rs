//! The tool in a folder of its own, beside a table.

use std::{collections::BTreeMap, path::PathBuf, process::Stdio};

use local_aws::{
    dynamodb::KNOWN_USERS,
    faults::Seen,
    known_users_file::{Person, dynamodb_json},
    stack::Stack,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
};

use crate::environment::{self, Ended, HASH_MARK};

/// A password hash that can be verified.
pub(crate) fn hash() -> String {
    format!("$2b$04$......................{HASH_MARK}")
}

pub(crate) struct Place {
    pub(crate) stack: Stack,
    pub(crate) folder: TempDir,
}

impl Ended {
    /// Some members of the JSON result.
    pub(crate) fn facts<const N: usize>(&self, names: [&str; N]) -> [Value; N] {
        let json = self.json();
        names.map(|name| json[name].clone())
    }
}

impl Place {
    pub(crate) async fn new() -> Self {
        Self { stack: Stack::start().await.unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// What lies in the folder.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        self.command_with(words, &[])
    }

    /// With these variables; one that is empty is taken away.
    pub(crate) fn command_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Command {
        let words = [words, &["--table", KNOWN_USERS]].concat();
        let mut command = environment::command(&self.stack.dynamodb_faults.url(), &words, variables);
        command.current_dir(self.folder.path());
        command
    }

    pub(crate) async fn run(&self, words: &[&str]) -> Ended {
        environment::run(&mut self.command(words)).await
    }

    pub(crate) fn start(&self, words: &[&str]) -> Child {
        self.command(words).spawn().unwrap()
    }

    /// With something on standard input.
    pub(crate) async fn run_with(&self, words: &[&str], input: &str) -> Ended {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        environment::end(child).await
    }

    /// The table, in plain JSON, by email.
    pub(crate) fn table(&self) -> BTreeMap<String, Value> {
        self.stack.dynamodb.items(KNOWN_USERS)
    }

    /// Somebody is in the table already, with what the triggers noted.
    pub(crate) fn put(&self, values: &[(&str, &str)], notes: &[&str]) {
        let mut item = dynamodb_json(Person::from_values(values.iter().copied()).unwrap().into_known_user());
        for note in notes {
            item[note] = match *note {
                "LastLogin" => json!({"M": {"Time": {"S": "2026-11-20T10:00:00.000Z"}}}),
                _ => json!({"S": "2026-11-20T10:00:00.000Z"}),
            };
        }
        self.stack.dynamodb.put(KNOWN_USERS, item).unwrap();
    }

    /// The requests so far for this operation.
    pub(crate) fn seen(&self, operation: &str) -> Vec<Seen> {
        let seen = self.stack.dynamodb_faults.seen();
        seen.into_iter().filter(|seen| seen.operation == operation).collect()
    }
}
