//! The five triggers, and their binaries.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::Error;

/// A trigger: one name everywhere, but for Cognito's own in its trigger sources.
#[derive(Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Its name: folder, package, binary, test file.
    pub name: &'static str,
    /// Its logical id in the template.
    pub logical_id: &'static str,
    /// How the trigger sources begin that Cognito sends it.
    pub source_prefix: &'static str,
}

/// The five, in the order in which Cognito would call them in a person's life.
pub const TRIGGERS: [Trigger; 5] = [
    Trigger { name: "pre-sign-up", logical_id: "PreSignUp", source_prefix: "PreSignUp_" },
    Trigger { name: "migrate-user", logical_id: "MigrateUser", source_prefix: "UserMigration_" },
    Trigger { name: "pre-authentication", logical_id: "PreAuthentication", source_prefix: "PreAuthentication_" },
    Trigger { name: "post-authentication", logical_id: "PostAuthentication", source_prefix: "PostAuthentication_" },
    Trigger { name: "post-confirmation", logical_id: "PostConfirmation", source_prefix: "PostConfirmation_" },
];

/// The trigger with this name or logical id.
///
/// # Errors
/// Where there is none; the text lists the five.
pub fn by_name(name: &str) -> Result<&'static Trigger, Error> {
    TRIGGERS.iter().find(|trigger| trigger.name == name || trigger.logical_id == name).ok_or_else(|| {
        let names = TRIGGERS.each_ref().map(|trigger| trigger.name).join(", ");
        Error::new(format!("there is no trigger `{name}`; the five are {names}"))
    })
}

/// The trigger that Cognito would give an event with this trigger source.
pub fn by_source(trigger_source: &str) -> Option<&'static Trigger> {
    TRIGGERS.iter().find(|trigger| trigger_source.starts_with(trigger.source_prefix))
}

/// The binaries of the five triggers, by trigger name.
pub type Binaries = BTreeMap<&'static str, PathBuf>;

/// Builds the five triggers, with cargo's own progress on standard error: optimised as they are deployed, or for debugging.
///
/// # Errors
/// Where the build fails: cargo has said why on standard error.
pub async fn build(release: bool) -> Result<Binaries, Error> {
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    // The cargo that runs this, where one does.
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(&cargo);
    command.current_dir(workspace).args(["build", "--message-format=json-render-diagnostics"]);
    for trigger in &TRIGGERS {
        command.args(["--package", trigger.name, "--bin", trigger.name]);
    }
    if release {
        command.arg("--release");
    } else {
        // Features are those of all selected packages together. With this crate selected they are the ones with which
        // this very process was built, so that the SDK is not built a second time; a release build stays as deployed.
        command.args(["--package", env!("CARGO_PKG_NAME")]);
    }
    // What cargo tells a process about the package it runs: some build scripts (ring's) would take it for a change of
    // theirs, and everything behind them would be built again.
    for (name, _) in env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let cannot = |error| {
        Error::new(format!("cannot run `{}`: {error}; is Rust installed and on the PATH?", cargo.to_string_lossy()))
    };
    // Not `output()`, which would keep the progress on standard error to itself.
    let output = command.spawn().map_err(cannot)?.wait_with_output().await.map_err(cannot)?;
    if !output.status.success() {
        return Err(Error::new("the triggers do not build: what cargo says above must be mended first"));
    }
    let binaries: Binaries = String::from_utf8_lossy(&output.stdout).lines().filter_map(binary).collect();
    match TRIGGERS.iter().find(|trigger| !binaries.contains_key(trigger.name)) {
        Some(trigger) => Err(Error::new(format!("cargo built no binary named `{}`", trigger.name))),
        None => Ok(binaries),
    }
}

/// The trigger's binary that a line of cargo's output is about, if it is about one.
fn binary(line: &str) -> Option<(&'static str, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = message.get("executable")?.as_str()?;
    let name = message.pointer("/target/name")?.as_str()?;
    let trigger = TRIGGERS.iter().find(|trigger| trigger.name == name)?;
    Some((trigger.name, PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_has_one_name_everywhere() {
        for trigger in &TRIGGERS {
            assert_eq!(trigger.logical_id, crate::invoke_api::camel_case(trigger.name));
            assert_eq!(by_name(trigger.name).unwrap(), trigger);
            assert_eq!(by_name(trigger.logical_id).unwrap(), trigger);
        }
    }

    #[test]
    fn an_unknown_name_lists_the_five() {
        assert_eq!(
            by_name("post-sign-up").unwrap_err().to_string(),
            "there is no trigger `post-sign-up`; the five are pre-sign-up, migrate-user, pre-authentication, \
             post-authentication, post-confirmation"
        );
    }

    #[test]
    fn a_source_leads_to_its_trigger() {
        assert_eq!(by_source("UserMigration_ForgotPassword").unwrap().name, "migrate-user");
        assert_eq!(by_source("TokenGeneration_Authentication"), None);
    }

    #[test]
    fn cargo_says_where_a_binary_is() {
        let line = r#"{"reason":"compiler-artifact","target":{"name":"pre-sign-up"},"executable":"/t/pre-sign-up"}"#;
        assert_eq!(binary(line), Some(("pre-sign-up", PathBuf::from("/t/pre-sign-up"))));
        assert_eq!(binary(r#"{"reason":"compiler-artifact","target":{"name":"common"},"executable":null}"#), None);
        assert_eq!(binary("warning: not JSON"), None);
    }
}
