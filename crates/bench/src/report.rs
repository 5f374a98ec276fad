//! What was measured.

use std::collections::BTreeMap;
use std::fs;
use std::thread::available_parallelism;
use std::time::SystemTime;

use serde::Serialize;

use crate::growth::Growth;
use crate::import::Import;
use crate::instructions::Instructions;
use crate::outages::Outages;
use crate::speed::Speed;
use crate::throughput::Throughput;
use crate::work::Work;

/// Everything that a run measured; what it left out is empty.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) rounds: usize,
    pub(crate) speed: Vec<Speed>,
    /// By name.
    pub(crate) instructions: BTreeMap<&'static str, Instructions>,
    /// By name, with what is set apart in brackets.
    pub(crate) work: BTreeMap<String, Work>,
    /// By name.
    pub(crate) outages: BTreeMap<&'static str, Outages>,
    pub(crate) growth: Vec<Growth>,
    pub(crate) throughput: Option<Throughput>,
    pub(crate) import: Option<Import>,
}

impl Report {
    /// A report of today and this machine, with nothing measured yet.
    pub(crate) fn new(rounds: usize) -> Self {
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        Self {
            date: now.split('T').next().unwrap_or_default().to_owned(),
            machine: machine(),
            rounds,
            speed: Vec::new(),
            instructions: BTreeMap::new(),
            work: BTreeMap::new(),
            outages: BTreeMap::new(),
            growth: Vec::new(),
            throughput: None,
            import: None,
        }
    }

    /// What was measured of the subject with this name.
    pub(crate) fn speed_of(&self, name: &str) -> Option<&Speed> {
        self.speed.iter().find(|speed| speed.name == name)
    }
}

fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processors", |(_, model)| model.trim());
    let count = available_parallelism().map_or(1, usize::from);
    format!("{count} × {model} ({})", std::env::consts::ARCH)
}
