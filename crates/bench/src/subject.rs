//! What is measured: the five triggers, and what people would use instead.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use known_user::Trigger;
use local_aws::Error;
use local_aws::binaries::Binaries;
use tokio::process::Command;

use crate::certificates::Certificates;
use crate::folders::{bench, workspace};

/// The sample event that makes each trigger do its work, by trigger.
const EVENTS: [(&str, &str); 5] = [
    ("pre-sign-up", "PreSignUp_SignUp"),
    ("migrate-user", "UserMigration_Authentication"),
    ("pre-authentication", "PreAuthentication_Authentication"),
    ("post-authentication", "PostAuthentication_Authentication"),
    ("post-confirmation", "PostConfirmation_ConfirmSignUp"),
];

/// Pre authentication where it makes one request, which is the comparators' own.
pub(crate) const EMAIL_POOL: &str = "pre-authentication (email pool)";

/// The floor of the runtime: a function in Rust that calls nothing.
pub(crate) const ECHO: &str = "echo";

/// The floor of the job: pre sign-up in Rust with its one request written by hand.
pub(crate) const FLOOR: &str = "floor";

/// Pre sign-up in Rust with everything at its defaults.
pub(crate) const NAIVE: &str = "naive";

/// Pre sign-up in Go.
pub(crate) const GO: &str = "go";

/// Pre sign-up in JavaScript.
pub(crate) const NODE: &str = "node";

/// Pre sign-up in Python.
pub(crate) const PYTHON: &str = "python";

/// A function under measurement.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// What it is, for a reader of the tables.
    pub(crate) description: String,
    pub(crate) command: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(&'static str, String)>,
    pub(crate) event: String,
    /// What is uploaded to Lambda.
    pub(crate) artifact: PathBuf,
}

impl Subject {
    /// Whether it is one of the five triggers.
    pub(crate) fn is_trigger(&self) -> bool {
        Trigger::ALL.iter().any(|trigger| trigger.name() == self.name)
    }

    /// Whether it is a program by itself, rather than a script that another program runs.
    pub(crate) fn is_native(&self) -> bool {
        self.command == self.artifact
    }

    /// The size of what is uploaded to Lambda, in bytes.
    pub(crate) fn artifact_size(&self) -> Result<u64, Error> {
        let size = fs::metadata(&self.artifact).map(|file| file.len());
        size.map_err(|error| Error::new(format!("cannot read `{}`: {error}", self.artifact.display())))
    }
}

/// The five triggers.
pub(crate) fn triggers(binaries: &Binaries, certificates: &Certificates) -> Result<Vec<Subject>, Error> {
    let trusted = shown(&certificates.with_amazon_roots()?);
    EVENTS
        .into_iter()
        .map(|(name, source)| {
            let binary = binaries.get(name).ok_or_else(|| Error::new(format!("there is no binary of `{name}`")))?;
            Ok(Subject {
                name,
                description: name.to_owned(),
                command: binary.clone(),
                arguments: Vec::new(),
                environment: vec![("AWS_CA_BUNDLE", trusted.clone())],
                event: event(source)?,
                artifact: binary.clone(),
            })
        })
        .collect()
}

/// The subject [`EMAIL_POOL`].
pub(crate) fn in_email_pool(triggers: &[Subject]) -> Option<Subject> {
    let mut subject = triggers.iter().find(|trigger| trigger.name == "pre-authentication")?.clone();
    (subject.name, subject.description) = (EMAIL_POOL, EMAIL_POOL.to_owned());
    subject.environment.push(("SIGN_IN_WITH", "email".to_owned()));
    Some(subject)
}

/// The comparators that can be built or installed here. The others are left out, with a line on standard error.
#[expect(clippy::print_stderr, reason = "whoever reads the tables has to know what is missing in them, and why")]
pub(crate) async fn comparators(certificates: &Certificates) -> Result<Vec<Subject>, Error> {
    let mut subjects = Vec::new();
    for name in [ECHO, FLOOR, NAIVE, GO, NODE, PYTHON] {
        let set_up = workspace().join("crates/bench/comparators/set-up");
        let status = Command::new(set_up).arg(name).stdin(Stdio::null()).status().await;
        if status.is_ok_and(|status| status.success()) {
            subjects.push(comparator(name, certificates)?);
        } else {
            eprintln!("left out: `{name}` cannot be built or installed here, for the reason above");
        }
    }
    Ok(subjects)
}

fn comparator(name: &'static str, certificates: &Certificates) -> Result<Subject, Error> {
    let bench = bench();
    let event = event("PreSignUp_SignUp")?;
    let native = |description: &str, path: &str, environment| {
        let command = bench.join(path);
        let (arguments, description) = (Vec::new(), description.to_owned());
        Subject { name, description, artifact: command.clone(), command, arguments, environment, event: event.clone() }
    };
    Ok(match name {
        ECHO => native("the runtime alone (echo)", "comparators/deployed/echo", Vec::new()),
        FLOOR => {
            let trusted = shown(&certificates.root());
            native("one request by hand (floor)", "comparators/deployed/floor", vec![("AWS_CA_BUNDLE", trusted)])
        }
        NAIVE => {
            let trusted = shown(&certificates.with_machine_store()?);
            native("Rust, SDK defaults", "comparators/release/naive", vec![("SSL_CERT_FILE", trusted)])
        }
        GO => {
            let trusted = shown(&certificates.with_machine_store()?);
            let versions = fs::read_to_string(bench.join("go/versions")).unwrap_or_default();
            native(versions.trim(), "go/bootstrap", vec![("SSL_CERT_FILE", trusted)])
        }
        NODE => {
            let home = bench.join("node");
            Subject {
                name,
                description: "Node.js, SDK v3, bundled".to_owned(),
                command: on_path("node")?,
                arguments: vec![shown(&home.join("node_modules/aws-lambda-ric/index.mjs"))],
                environment: vec![
                    ("_HANDLER", "index.handler".to_owned()),
                    ("LAMBDA_TASK_ROOT", shown(&home.join("bundle"))),
                    ("NODE_EXTRA_CA_CERTS", shown(&certificates.root())),
                ],
                event,
                artifact: home.join("bundle/index.cjs"),
            }
        }
        _ => {
            let home = bench.join("python");
            let store = newest(&home.join("venv/lib"))?.join("site-packages/botocore/cacert.pem");
            Subject {
                name,
                description: "Python, boto3".to_owned(),
                command: home.join("venv/bin/python"),
                arguments: ["-m", "awslambdaric", "app.handler"].map(str::to_owned).to_vec(),
                environment: vec![
                    ("LAMBDA_TASK_ROOT", shown(&home)),
                    ("PYTHONPATH", shown(&home)),
                    ("AWS_CA_BUNDLE", shown(&certificates.with_store("botocore", &store)?)),
                ],
                event,
                artifact: home.join("app.py"),
            }
        }
    })
}

/// A sample event of this workspace.
fn event(source: &str) -> Result<String, Error> {
    let path = workspace().join(format!("events/{source}.json"));
    fs::read_to_string(&path).map_err(|error| Error::new(format!("cannot read `{}`: {error}", path.display())))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The program that a shell would run by this name.
fn on_path(program: &str) -> Result<PathBuf, Error> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .ok_or_else(|| Error::new(format!("there is no `{program}` on the PATH")))
}

/// The one entry of a folder whose name says a version: `lib/python3.13`.
fn newest(folder: &Path) -> Result<PathBuf, Error> {
    let entries = fs::read_dir(folder).ok();
    let newest = entries.and_then(|entries| entries.flatten().map(|entry| entry.path()).max());
    newest.ok_or_else(|| Error::new(format!("there is nothing in `{}`", folder.display())))
}
