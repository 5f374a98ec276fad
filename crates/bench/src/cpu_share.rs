//! The CPU that Lambda gives to a memory size: in proportion, 1,769 MB being one vCPU.
//!
//! On Lambda, a function starts with all the CPU there is, and what comes with its memory holds from the first
//! invocation on. So a process starts outside, and enters a group with a share between its first poll and its first event.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use local_aws::Error;

/// How often the share is granted anew. Lambda's own period.
pub(crate) const PERIOD: Duration = Duration::from_micros(PERIOD_US as u64);

const PERIOD_US: u32 = 20_000;

/// The memory with which a function has one vCPU.
const ONE_VCPU_MB: u32 = 1769;

/// A memory size, in MB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Memory(pub(crate) u32);

/// The sizes that are measured.
pub(crate) const SIZES: [Memory; 4] = [Memory(128), Memory(256), Memory(512), Memory(ONE_VCPU_MB)];

impl Memory {
    /// The CPU time in each period, in microseconds.
    pub(crate) fn quota_us(self) -> u32 {
        PERIOD_US * self.0 / ONE_VCPU_MB
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} MB", self.0)
    }
}

/// Control groups of this process's own, one for each memory size; they go with this value.
pub(crate) struct Shares {
    root: PathBuf,
}

impl Shares {
    /// Makes the groups.
    ///
    /// # Errors
    /// Where this machine or this user cannot: then nothing can be said about any share but the whole.
    pub(crate) fn prepare() -> Result<Self, Error> {
        let (v1, v2) = (Path::new("/sys/fs/cgroup/cpu"), Path::new("/sys/fs/cgroup"));
        let shares = if v1.join("cpu.cfs_quota_us").exists() {
            Self { root: v1.to_owned() }
        } else if v2.join("cgroup.controllers").exists() {
            write(&v2.join("cgroup.subtree_control"), "+cpu")?;
            Self { root: v2.to_owned() }
        } else {
            return Err(Error::new("this machine has no control groups in /sys/fs/cgroup"));
        };
        for size in SIZES {
            let group = shares.group(size);
            fs::create_dir(&group).map_err(|error| cannot("make", &group, &error))?;
            let quota = size.quota_us();
            if shares.root == v1 {
                write(&group.join("cpu.cfs_period_us"), &PERIOD_US.to_string())?;
                write(&group.join("cpu.cfs_quota_us"), &quota.to_string())?;
            } else {
                write(&group.join("cpu.max"), &format!("{quota} {PERIOD_US}"))?;
            }
        }
        Ok(shares)
    }

    /// From now on the process has the CPU of this memory size.
    pub(crate) fn enter(&self, size: Memory, pid: u32) -> Result<(), Error> {
        write(&self.group(size).join("cgroup.procs"), &pid.to_string())
    }

    fn group(&self, size: Memory) -> PathBuf {
        self.root.join(format!("known-user-triggers-{}-{}", process::id(), size.0))
    }
}

impl Drop for Shares {
    fn drop(&mut self) {
        for size in SIZES {
            fs::remove_dir(self.group(size)).ok();
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|error| cannot("write", path, &error))
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("cannot {what} `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_buys_cpu_in_proportion() {
        assert_eq!(SIZES.map(Memory::quota_us), [1447, 2894, 5788, 20_000]);
    }
}
