//! What the operating system says about a process. Nothing where it does not say, or there is no such process.

use std::fs;

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
