//! `cargo bench-triggers`: what the triggers cost, beside what people would use instead, and whether they keep their
//! limits. `README.md` in this folder says what is measured, and how.

#![expect(clippy::print_stdout, reason = "what is measured is told to whoever started it")]
#![expect(clippy::print_stderr, reason = "what goes on and what goes wrong as well")]

mod certificates;
mod chart;
mod cost;
mod cpu_share;
mod endpoint;
mod folders;
mod growth;
mod guards;
mod http;
mod import;
mod instructions;
mod markdown;
mod outages;
mod process;
mod report;
mod site;
mod speed;
mod statistics;
mod subject;
mod targets;
mod throughput;
mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use known_user::Trigger;
use local_aws::Error;
use local_aws::binaries::{self, Binaries};

use crate::cpu_share::Shares;
use crate::folders::{bench, workspace};
use crate::report::Report;
use crate::site::Site;

/// Measures the triggers as they are deployed, beside what people would use instead.
///
/// Writes tables, charts and JSON, and prints each target and whether it is met. With `guards`, holds the triggers
/// against the limits in crates/bench/limits.toml.
#[derive(Parser)]
#[command(bin_name = "cargo bench-triggers", after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    measuring: Measuring,
}

#[derive(Subcommand)]
enum Command {
    /// Fails where a trigger exceeds a limit that does not depend on time
    Guards {
        /// Where `sam build` left the functions [default: target/e2e/build, where tests/e2e/run builds them]
        #[arg(long, value_name = "DIR")]
        binaries: Option<PathBuf>,

        /// Make today's figures the new limits
        #[arg(long)]
        set: bool,
    },
}

#[derive(Args)]
struct Measuring {
    /// Measure this alone; may be given more than once [default: everything]
    #[arg(long, value_enum)]
    only: Vec<Part>,

    /// How often everything is started, in turns
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,

    /// How many invocations go through `cargo local` one after the other, and again eight at a time; each fifth verifies a
    /// password, which takes most of the time
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    invocations: usize,

    /// Where the tables, charts and JSON go [default: target/bench/report]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Start-up, first and warm invocations, beside the comparators
    Speed,
    /// Instructions, by Callgrind
    Instructions,
    /// Latency and requests as the table grows to a million known users
    Growth,
    /// Many invocations through `cargo local`
    Throughput,
    /// `known-users import` beside boto3
    Import,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  measured; every limit is kept
  1  something failed
  2  wrong options
  3  a limit is exceeded";

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<ExitCode, Error> {
    match options.command {
        Some(Command::Guards { binaries, set }) => {
            // Not what cargo alone builds: cargo-lambda builds for a newer processor.
            let binaries = built_by_sam(&binaries.unwrap_or_else(|| workspace().join("target/e2e/build")))?;
            let site = Site::start(&bench()).await?;
            let kept = guards::check(&site, &subject::triggers(&binaries, &site.certificates)?, set).await?;
            Ok(if kept { ExitCode::SUCCESS } else { ExitCode::from(3) })
        }
        None => {
            let report = measure(&options.measuring).await?;
            println!("{}", markdown::markdown(&report)?);
            let output = options.measuring.output.unwrap_or_else(|| bench().join("report"));
            write(&report, &output)?;
            println!("tables, charts and JSON: {}", output.display());
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn measure(options: &Measuring) -> Result<Report, Error> {
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let binaries = binaries::build(true).await?;
    let site = Site::start(&bench()).await?;
    let triggers = subject::triggers(&binaries, &site.certificates)?;
    let mut report = Report::new(options.rounds.into());

    report.work = work::measure(&site, &triggers).await?;
    if wanted(Part::Growth) {
        report.growth = growth::measure(&bench(), &triggers, |size| eprintln!("growth: {size}")).await?;
    }
    if wanted(Part::Throughput) {
        eprintln!("throughput: {} invocations through `cargo local`, twice", options.invocations);
        report.throughput = Some(throughput::measure(&triggers, options.invocations).await?);
    }
    if wanted(Part::Speed) || wanted(Part::Instructions) {
        let mut subjects = triggers;
        subjects.extend(subject::in_email_pool(&subjects));
        subjects.extend(subject::comparators(&site.certificates).await?);
        if wanted(Part::Speed) {
            let shares = Shares::prepare().inspect_err(|error| eprintln!("left out: shares of CPU: {error}")).ok();
            let on_round = |round| eprintln!("speed: round {round} of {}", options.rounds);
            report.speed = speed::measure(&site, &subjects, shares.as_ref(), options.rounds.into(), on_round).await?;
            for subject in subjects.iter().filter(|subject| subject.is_trigger()) {
                report.outages.insert(subject.name, outages::measure(&site, subject).await?);
            }
        }
        if wanted(Part::Instructions) {
            if instructions::can_be_counted().await {
                for subject in subjects.iter().filter(|subject| subject.is_native()) {
                    eprintln!("instructions: {}", subject.name);
                    // Under Valgrind on a busy machine, an invocation may not end in time: the rest is still worth telling.
                    match instructions::count(&site, subject).await {
                        Ok(Some(count)) => drop(report.instructions.insert(subject.name, count)),
                        Ok(None) => eprintln!("left out: this machine is too busy to count them"),
                        Err(error) => eprintln!("left out: {error}"),
                    }
                }
            } else {
                eprintln!("left out: instructions: there is no `valgrind` here");
            }
        }
    }
    if wanted(Part::Import) {
        eprintln!("import: by crates/bench/import/run");
        report.import = import::measure().await.inspect_err(|error| eprintln!("left out: {error}")).ok();
    }
    Ok(report)
}

/// Writes `bench.json`, `bench.md`, and the charts `start-up.svg` and `growth.svg`.
fn write(report: &Report, folder: &Path) -> Result<(), Error> {
    let json = serde_json::to_string_pretty(report).map_err(|error| Error::new(error.to_string()))?;
    let mut files = vec![("bench.json", json + "\n"), ("bench.md", markdown::markdown(report)?)];
    if !report.speed.is_empty() {
        files.push(("start-up.svg", chart::start_up(report)?));
    }
    if !report.growth.is_empty() {
        files.push(("growth.svg", chart::growth(report)?));
    }
    let cannot = |error: std::io::Error| Error::new(format!("cannot write to `{}`: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(cannot)?;
    files.into_iter().try_for_each(|(name, text)| fs::write(folder.join(name), text).map_err(cannot))
}

/// The five binaries as `sam build` leaves them.
fn built_by_sam(folder: &Path) -> Result<Binaries, Error> {
    Trigger::ALL
        .iter()
        .map(|trigger| {
            let path = folder.join(trigger.logical_id()).join("bootstrap");
            let path = path.canonicalize().map_err(|error| {
                Error::new(format!(
                    "cannot find `{}`: {error}; `tests/e2e/run` builds the functions, and --binaries says where else they are",
                    path.display()
                ))
            })?;
            Ok((trigger.name(), path))
        })
        .collect()
}
