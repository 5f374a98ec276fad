//! What was measured, as tables in Markdown.

use std::fmt::Write;

use local_aws::Error;

use crate::cost;
use crate::growth::Growth;
use crate::import::Import;
use crate::report::Report;
use crate::statistics::{Spread, thousands};
use crate::targets;
use crate::throughput::Throughput;

/// The tables, and then each target.
pub(crate) fn markdown(report: &Report) -> Result<String, Error> {
    let mut text = format!("Measured on {}, on {}.\n", report.date, report.machine);
    if !report.speed.is_empty() {
        write_speed(report, &mut text);
    }
    if !report.instructions.is_empty() {
        text += "\n### Instructions\n\nBy Callgrind, which counts the same from run to run.\n\n\
            | | start and first invocation | warm invocation |\n|---|---:|---:|\n";
        for (name, count) in &report.instructions {
            line(
                &mut text,
                format_args!("| {name} | {} M | {} k |", millions(count.start_and_first), count.warm / 1000),
            );
        }
    }
    if !report.work.is_empty() {
        text += "\n### What an invocation asks of AWS and writes down\n\n| | requests | log, bytes |\n|---|---|---:|\n";
        for (name, work) in &report.work {
            line(&mut text, format_args!("| {name} | {} | {} |", work.requests.join(", "), work.log_bytes));
        }
    }
    if !report.growth.is_empty() {
        write_growth(report, &mut text);
    }
    if let Some(throughput) = &report.throughput {
        write_throughput(&mut text, throughput);
    }
    if let Some(import) = &report.import {
        write_import(&mut text, import);
    }
    text += "\n### Targets\n\n| | what | target | measured | |\n|---:|---|---|---|---|\n";
    for row in targets::rows(report) {
        let verdict = row.met.map_or("not measured", |met| if met { "met" } else { "**MISSED**" });
        line(
            &mut text,
            format_args!("| {} | {} | {} | {} | {verdict} |", row.number, row.what, row.target, row.measured),
        );
    }
    text += &cost::markdown(report)?;
    Ok(text)
}

fn write_speed(report: &Report, text: &mut String) {
    line(
        text,
        format_args!(
            "\n### Start-up, first and warm invocations\n\n\
         {} interleaved rounds; medians, with the quartiles in brackets. DynamoDB is embedded, and both it and the \
         Runtime API are on loopback, so there is no network in these times.\n\n\
         | | start to first poll, ms | first invocation, ms | both, ms | warm p50, µs | warm p99, µs | both, CPU ms | \
         first, CPU ms | warm, CPU µs | peak memory, MB | artifact, MB |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
            report.rounds
        ),
    );
    for speed in &report.speed {
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
    let sizes: Vec<u32> = report.speed.iter().flat_map(|speed| speed.rationed.keys().copied()).take(4).collect();
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
    for speed in &report.speed {
        let cells: String =
            speed.rationed.values().map(|rationed| format!(" {} |", spread(&rationed.both_ms))).collect();
        line(text, format_args!("| {} | {} |{cells}", speed.description, spread(&speed.both_ms)));
    }
    line(text, format_args!("\n| warm p50 / p99, µs | whole CPU |{heads}\n|---|---:|{}", "---:|".repeat(sizes.len())));
    for speed in &report.speed {
        let cells: String = speed
            .rationed
            .values()
            .map(|rationed| format!(" {:.0} / {:.0} |", rationed.warm_p50_us, rationed.warm_p99_us))
            .collect();
        let whole = format!("{:.0} / {:.0}", speed.warm_p50_us, speed.warm_p99_us);
        line(text, format_args!("| {} | {whole} |{cells}", speed.description));
    }
}

fn write_growth(report: &Report, text: &mut String) {
    let heads: String = report.growth.iter().map(|growth| format!(" {} |", thousands(growth.known_users))).collect();
    line(
        text,
        format_args!(
            "\n### Growth\n\nOne warm invocation about a known user, median in ms, and its requests; a `Scan` for a user name \
         that nobody has.\n\n| known users |{heads}\n|---|{}",
            "---:|".repeat(report.growth.len())
        ),
    );
    for (position, first) in report.growth.first().into_iter().flat_map(|growth| growth.triggers.iter().enumerate()) {
        let cells: String = report
            .growth
            .iter()
            .filter_map(|growth| growth.triggers.get(position))
            .map(|trigger| format!(" {:.2} ({:.0}) |", trigger.milliseconds.median, trigger.requests))
            .collect();
        line(text, format_args!("| {} |{cells}", first.name));
    }
    let cells: String = report
        .growth
        .iter()
        .map(|Growth { scan, .. }| {
            let more = if scan.ended { "" } else { "> " };
            format!(" {more}{:.1} ({more}{}) |", scan.milliseconds, scan.requests)
        })
        .collect();
    line(text, format_args!("| `Scan` |{cells}"));
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

fn write_import(text: &mut String, import: &Import) {
    line(
        text,
        format_args!(
            "\n### Import\n\n{} people into the embedded DynamoDB, which has one core, by a program that has the other.\n\n\
             | | seconds | rows a second | peak memory, MB |\n|---|---:|---:|---:|",
            thousands(import.rows)
        ),
    );
    for (name, run) in [
        ("`known-users import` into an empty table", import.empty),
        ("others into the table that has those", import.not_empty),
        ("the first again, with nothing to write", import.again),
        ("boto3's `batch_writer` into an empty table", import.boto3),
    ] {
        let (rate, peak_mb) = (import.rows as f64 / run.seconds, run.peak_kib * 1024.0 / 1e6);
        line(text, format_args!("| {name} | {:.1} | {} | {peak_mb:.0} |", run.seconds, thousands(rate as usize)));
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
