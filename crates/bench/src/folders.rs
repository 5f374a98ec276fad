//! Where the bench finds things and keeps its own.

use std::path::{Path, PathBuf};

/// The folder of the workspace, two above this package's.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

/// The folder that holds all that the bench builds, installs and writes.
pub(crate) fn bench() -> PathBuf {
    workspace().join("target/bench")
}
