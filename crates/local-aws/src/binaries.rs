//! The binaries of the five triggers.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use known_user::Trigger;
use serde_json::Value;
use tokio::process::Command;

use crate::Error;

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
    for trigger in Trigger::ALL {
        command.args(["--package", trigger.name(), "--bin", trigger.name()]);
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
    match Trigger::ALL.iter().find(|trigger| !binaries.contains_key(trigger.name())) {
        Some(trigger) => Err(Error::new(format!("cargo built no binary named `{}`", trigger.name()))),
        None => Ok(binaries),
    }
}

/// The trigger's binary that a line of cargo's output is about, if it is about one.
fn binary(line: &str) -> Option<(&'static str, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = message.get("executable")?.as_str()?;
    let name = message.pointer("/target/name")?.as_str()?;
    let trigger = Trigger::ALL.into_iter().find(|trigger| trigger.name() == name)?;
    Some((trigger.name(), PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_a_binary_is() {
        let line = r#"{"reason":"compiler-artifact","target":{"name":"pre-sign-up"},"executable":"/t/pre-sign-up"}"#;
        assert_eq!(binary(line), Some(("pre-sign-up", PathBuf::from("/t/pre-sign-up"))));
        assert_eq!(binary(r#"{"reason":"compiler-artifact","target":{"name":"common"},"executable":null}"#), None);
        assert_eq!(binary("warning: not JSON"), None);
    }
}
