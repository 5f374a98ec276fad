//! The tool as a process, in a folder of its own, beside a table.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Output, Stdio},
};

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

/// In every password hash of these tests, and nowhere in what the tool says.
pub(crate) const MARK: &str = "K57FuF8SmTqT01ikAqOGGXW9QYefs8O";

/// A password hash that can be verified.
pub(crate) fn hash() -> String {
    format!("$2b$04$......................{MARK}")
}

pub(crate) struct Place {
    pub(crate) stack: Stack,
    pub(crate) folder: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The JSON result, which is all of standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Some members of the JSON result.
    pub(crate) fn facts<const N: usize>(&self, names: [&str; N]) -> [Value; N] {
        let json = self.json();
        names.map(|name| json[name].clone())
    }
}

pub(crate) fn ended(output: Output) -> Ended {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ended = Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(!ended.stderr.contains(MARK), "a password hash was printed: {}", ended.stderr);
    ended
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_known-users"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).envs([
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_ENDPOINT_URL", &self.stack.dynamodb_faults.url()),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        command.current_dir(self.folder.path()).args(words).args(["--table", KNOWN_USERS]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    pub(crate) async fn run(&self, words: &[&str]) -> Ended {
        ended(self.command(words).output().await.unwrap())
    }

    pub(crate) fn start(&self, words: &[&str]) -> Child {
        self.command(words).spawn().unwrap()
    }

    /// With something on standard input.
    pub(crate) async fn run_with(&self, words: &[&str], input: &str) -> Ended {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        ended(child.wait_with_output().await.unwrap())
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
