//! `cargo bench-triggers`
#![expect(dead_code, reason = "tmp")]
mod certificates;
mod cpu_share;
mod endpoint;
mod instructions;
mod process;
mod site;
mod speed;
mod statistics;
mod subject;

use std::path::PathBuf;

/// The folder of the workspace.
fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn main() {}
