//! What the operating system says about a process, nothing where it does not say; and how a process starts another cargo.

use std::process::Command;
use std::{env, fs};

/// The CPU time of its threads so far, in milliseconds, to the nanosecond.
pub(crate) fn cpu_ms(pid: u32) -> Option<f64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let schedstat = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedstat.split(' ').next()?.parse::<f64>().ok()
    });
    Some(nanoseconds.sum::<f64>() / 1e6)
}

/// The memory that it holds now, in MB of a million bytes.
pub(crate) fn rss_mb(pid: u32) -> Option<f64> {
    memory(pid, "VmRSS:")
}

/// The most memory that it ever held, in MB of a million bytes.
pub(crate) fn peak_rss_mb(pid: u32) -> Option<f64> {
    memory(pid, "VmHWM:")
}

fn memory(pid: u32, name: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

/// Keeps from a command what cargo told this process about its package: some build scripts would take it for a change, as
/// `local_aws::binaries::build` says.
pub(crate) fn forget_package(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
}
