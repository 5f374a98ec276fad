//! `FILE.rejected.ndjson`: the rows that are not imported, for whoever mends them.
//!
//! A line has the row's line and column, the reason, and the row itself without its password hash:
//! `{"line":7,"column":"email","reason":"is no email address","row":{"email":"li","name":"Li"}}`.
//! A member that is no column of a list of known users has its name there and `null`: other systems keep hashes, salts and
//! passwords by many names.
//! A row in which it cannot be told which cell is which is not repeated: a cell of it may be a hash.

use std::{
    io::{BufWriter, Write},
    path::Path,
};

use aws_failure::Failure;
use known_users_file::Fault;
use serde_json::json;

use crate::commands::import::{
    conflicts::{BadRows, Why},
    journal::Draft,
    source::{Source, folder},
};

/// How many faults are shown.
const SHOWN: usize = 100;

/// What is wrong with a file.
pub(crate) struct Faults {
    pub(crate) count: u64,
    pub(crate) first: Vec<Fault>,
}

/// Reads the file once more and writes its bad rows to `path`, if there are any; leaves them out in `draft`.
pub(crate) fn write(source: &Source, bad: BadRows, path: &Path, draft: &mut Draft) -> Result<Faults, Failure> {
    let broken = |error: std::io::Error| {
        Failure::new(format!("write `{}`", path.display()), error, "let the folder be written to, or make room")
    };
    let mut faults = Faults { count: 0, first: Vec::new() };
    let mut bad = bad.sorted().map_err(broken)?;
    let Some(mut next) = bad.next().map_err(broken)? else { return Ok(faults) };
    let file = tempfile::Builder::new().prefix(".known-users-rejected-").tempfile_in(folder(path)).map_err(broken)?;
    let mut output = BufWriter::new(file);
    let mut rows = source.rows()?;
    while let Some(row) = rows.next().map_err(|fault| source.unusable(&fault))? {
        if row.line != next.line {
            continue;
        }
        let fault = match (next.why, row.person) {
            (Why::Fault, Err(fault)) => fault,
            (why, _) => why.fault(next.line, next.other),
        };
        let line = json!({
            "line": fault.line, "column": fault.column, "reason": fault.reason, "row": rows.harmless_cells(),
        });
        writeln!(output, "{line}").map_err(broken)?;
        draft.leave_out(next.line).map_err(broken)?;
        faults.count += 1;
        if faults.first.len() < SHOWN {
            faults.first.push(fault);
        }
        match bad.next().map_err(broken)? {
            Some(following) => next = following,
            None => break,
        }
    }
    let file = output.into_inner().map_err(|error| broken(error.into_error()))?;
    file.persist(path).map_err(|error| broken(error.error))?;
    Ok(faults)
}
