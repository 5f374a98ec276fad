//! What was measured, as JSON, as Markdown, and as charts.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::SystemTime;

use local_aws::Error;
use serde::Serialize;

use crate::chart;
use crate::cost;
use crate::growth::Growth;
use crate::instructions::Instructions;
use crate::speed::{Hung, Speed, Work};
use crate::statistics::Spread;
use crate::targets;
use crate::throughput::Throughput;

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
    pub(crate) hung: BTreeMap<&'static str, Hung>,
    pub(crate) growth: Vec<Growth>,
    pub(crate) throughput: Option<Throughput>,
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
            hung: BTreeMap::new(),
            growth: Vec::new(),
            throughput: None,
        }
    }

    /// Writes `bench.json`, `bench.md`, and the charts `start-up.svg` and `growth.svg`.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Error> {
        let json = serde_json::to_string_pretty(self).map_err(|error| Error::new(error.to_string()))?;
        let mut files = vec![("bench.json", json + "\n"), ("bench.md", self.markdown()?)];
        if !self.speed.is_empty() {
            files.push(("start-up.svg", chart::start_up(self)));
        }
        if !self.growth.is_empty() {
            files.push(("growth.svg", chart::growth(self)));
        }
        let cannot = |error: std::io::Error| Error::new(format!("cannot write to `{}`: {error}", folder.display()));
        fs::create_dir_all(folder).map_err(cannot)?;
        files.into_iter().try_for_each(|(name, text)| fs::write(folder.join(name), text).map_err(cannot))
    }

    /// The tables, and then each target.
    pub(crate) fn markdown(&self) -> Result<String, Error> {
        let mut text = format!("Measured on {}, on {}.\n", self.date, self.machine);
        if !self.speed.is_empty() {
            self.write_speed(&mut text);
        }
        if !self.instructions.is_empty() {
            text += "\n### Instructions\n\nBy Callgrind, which counts the same from run to run.\n\n\
                | | start and first invocation | warm invocation |\n|---|---:|---:|\n";
            for (name, count) in &self.instructions {
                line(
                    &mut text,
                    format_args!("| {name} | {} M | {} k |", millions(count.start_and_first), count.warm / 1000),
                );
            }
        }
        if !self.work.is_empty() {
            text +=
                "\n### What an invocation asks of AWS and writes down\n\n| | requests | log, bytes |\n|---|---|---:|\n";
            for (name, work) in &self.work {
                line(&mut text, format_args!("| {name} | {} | {} |", work.requests.join(", "), work.log_bytes));
            }
        }
        if !self.growth.is_empty() {
            self.write_growth(&mut text);
        }
        if let Some(throughput) = &self.throughput {
            write_throughput(&mut text, throughput);
        }
        text += "\n### Targets\n\n| | what | target | measured | |\n|---:|---|---|---|---|\n";
        for row in targets::rows(self) {
            let verdict = row.met.map_or("not measured", |met| if met { "met" } else { "**missed**" });
            line(
                &mut text,
                format_args!("| {} | {} | {} | {} | {verdict} |", row.number, row.what, row.target, row.measured),
            );
        }
        text += &cost::markdown(self)?;
        Ok(text)
    }

    fn write_speed(&self, text: &mut String) {
        line(
            text,
            format_args!(
                "\n### Start-up, first and warm invocations\n\n\
             {} interleaved rounds; medians, with the quartiles in brackets. DynamoDB is embedded, and both it and the \
             Runtime API are on loopback, so there is no network in these times.\n\n\
             | | start to first poll, ms | first invocation, ms | both, ms | warm p50, µs | warm p99, µs | both, CPU ms | \
             first, CPU ms | warm, CPU µs | peak memory, MB | artifact, MB |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
                self.rounds
            ),
        );
        for speed in &self.speed {
            line(
                text,
                format_args!(
                    "| {} | {} | {} | {} | {:.0} | {:.0} | {} | {} | {} | {:.1} | {:.2} |",
                    speed.description,
                    spread(&speed.init_ms),
                    spread(&speed.first_ms),
                    spread(&speed.both_ms),
                    speed.warm_p50_us,
                    speed.warm_p99_us,
                    spread(&speed.both_cpu_ms),
                    spread(&speed.first_cpu_ms),
                    spread(&speed.warm_cpu_us),
                    speed.peak_rss_mb,
                    speed.artifact_bytes as f64 / 1e6,
                ),
            );
        }
        let sizes: Vec<u32> = self.speed.iter().flat_map(|speed| speed.rationed.keys().copied()).take(4).collect();
        if sizes.is_empty() {
            return;
        }
        let heads: String = sizes.iter().map(|size| format!(" {size} MB |")).collect();
        line(
            text,
            format_args!(
                "\n### With the CPU that Lambda gives to a memory size\n\n\
             Start to first poll has the whole machine, as Lambda does not throttle it; from the first event on, a control \
             group grants 20 ms × MB / 1,769 in each 20 ms.\n\n\
             | start and first invocation, ms | whole CPU |{heads}\n|---|---:|{}",
                "---:|".repeat(sizes.len())
            ),
        );
        for speed in &self.speed {
            let cells: String =
                speed.rationed.values().map(|rationed| format!(" {} |", spread(&rationed.both_ms))).collect();
            line(text, format_args!("| {} | {} |{cells}", speed.description, spread(&speed.both_ms)));
        }
        line(
            text,
            format_args!("\n| warm p50 / p99, µs | whole CPU |{heads}\n|---|---:|{}", "---:|".repeat(sizes.len())),
        );
        for speed in &self.speed {
            let cells: String = speed
                .rationed
                .values()
                .map(|rationed| format!(" {:.0} / {:.0} |", rationed.warm_p50_us, rationed.warm_p99_us))
                .collect();
            let whole = format!("{:.0} / {:.0}", speed.warm_p50_us, speed.warm_p99_us);
            line(text, format_args!("| {} | {whole} |{cells}", speed.description));
        }
    }

    fn write_growth(&self, text: &mut String) {
        let heads: String = self.growth.iter().map(|growth| format!(" {} |", thousands(growth.known_users))).collect();
        line(
            text,
            format_args!(
                "\n### Growth\n\nOne warm invocation about a known user, median in ms, and its requests; a `Scan` for a user name \
             that nobody has.\n\n| known users |{heads}\n|---|{}",
                "---:|".repeat(self.growth.len())
            ),
        );
        for (position, first) in self.growth.first().into_iter().flat_map(|growth| growth.triggers.iter().enumerate()) {
            let cells: String = self
                .growth
                .iter()
                .filter_map(|growth| growth.triggers.get(position))
                .map(|trigger| format!(" {:.2} ({:.0}) |", trigger.milliseconds.median, trigger.requests))
                .collect();
            line(text, format_args!("| {} |{cells}", first.name));
        }
        let cells: String = self
            .growth
            .iter()
            .map(|Growth { scan, .. }| {
                let more = if scan.ended { "" } else { "> " };
                format!(" {more}{:.1} ({more}{}) |", scan.milliseconds, scan.requests)
            })
            .collect();
        line(text, format_args!("| `Scan` |{cells}"));
    }
}

fn write_throughput(text: &mut String, throughput: &Throughput) {
    line(
        text,
        format_args!(
            "\n### Throughput\n\n{} invocations through `cargo local --release`, the five triggers taking turns: {} errors, {} \
         requests to DynamoDB over {} connections; {:.0} in a second one after the other, {:.0} eight at a time.\n\n\
         | memory, MB, after each tenth | |\n|---|---|",
            thousands(throughput.invocations),
            throughput.errors,
            thousands(throughput.requests),
            throughput.connections,
            throughput.sequential_per_second,
            throughput.parallel_per_second
        ),
    );
    for (name, samples) in &throughput.memory {
        let samples: Vec<String> = samples.iter().map(|sample| format!("{sample:.1}")).collect();
        line(text, format_args!("| {name} | {} |", samples.join(" · ")));
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string has no failing path.
    writeln!(text, "{line}").ok();
}

fn spread(spread: &Spread) -> String {
    let places = if spread.median < 20.0 { 2 } else { 0 };
    format!("{:.places$} ({:.places$}–{:.places$})", spread.median, spread.first_quartile, spread.third_quartile)
}

fn millions(count: u64) -> String {
    format!("{:.2}", count as f64 / 1e6)
}

/// With a comma between each three digits.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processors", |(_, model)| model.trim());
    let count = available_parallelism().map_or(1, usize::from);
    format!("{count} × {model} ({})", std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
