//! `known-users import` beside boto3's `batch_writer`, by the script `import/run`.

use std::collections::BTreeMap;
use std::process::Stdio;

use local_aws::Error;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::folders::{bench, workspace};
use crate::process;

/// How many people are imported.
const ROWS: usize = 100_000;

/// What the script measured.
#[derive(Serialize)]
pub(crate) struct Import {
    pub(crate) rows: usize,
    /// Into an empty table.
    pub(crate) empty: Run,
    /// As many others, into the table that has the first.
    pub(crate) not_empty: Run,
    /// The first again: there is nothing to write.
    pub(crate) again: Run,
    /// The first into an empty table, by boto3.
    pub(crate) boto3: Run,
}

/// One run of a program.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Run {
    pub(crate) seconds: f64,
    /// The most memory that it held, in units of 1,024 bytes.
    pub(crate) peak_kib: f64,
}

/// Runs the script with the Python of the comparator.
pub(crate) async fn measure() -> Result<Import, Error> {
    let cannot = |why: &str| Error::new(format!("cannot measure the import: {why}"));
    let mut command = Command::new(workspace().join("crates/bench/import/run"));
    command.arg(ROWS.to_string()).env("PYTHON", bench().join("python/venv/bin/python"));
    process::forget_package(command.as_std_mut());
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().await;
    let output = output.map_err(|error| cannot(&error.to_string()))?;
    if !output.status.success() {
        return Err(cannot("crates/bench/import/run fails for the reason above"));
    }
    let output = String::from_utf8_lossy(&output.stdout);
    let runs = runs(&output);
    let run = |name| runs.get(name).copied().ok_or_else(|| cannot(&format!("the script says nothing about `{name}`")));
    Ok(Import {
        rows: ROWS,
        empty: run("empty")?,
        not_empty: run("not empty")?,
        again: run("again")?,
        boto3: run("boto3")?,
    })
}

/// The runs by name: a line of the script is a name, a colon, and JSON.
fn runs(output: &str) -> BTreeMap<&str, Run> {
    let lines = output.lines().filter_map(|line| line.split_once(": "));
    lines.filter_map(|(name, run)| Some((name, serde_json::from_str(run).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_script_is_a_run() {
        let output = "Imported 3 people\nnot empty: {\"seconds\": 1.25, \"peak_kib\": 28000}\n";
        assert_eq!(runs(output), BTreeMap::from([("not empty", Run { seconds: 1.25, peak_kib: 28000.0 })]));
    }
}
