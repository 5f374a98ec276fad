//! `known-users status`: how far the migration is.
//!
//! Reads the whole table, in parallel and at a given rate, and keeps counts alone: nothing of a person stays, and names,
//! addresses and attributes are not even asked for. Days are UTC.

pub(crate) mod pace;
pub(crate) mod progress;
pub(crate) mod scan;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process,
    time::SystemTime,
};

use aws_failure::Failure;
use clap::Args;
use migration_status::{numbers::Numbers, page, text};
use serde_json::json;
use tempfile::NamedTempFile;

use crate::{
    aws::{clients::Aws, stack_outputs},
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Facts, Outcome},
    terminal::{
        interrupt::Interrupt,
        output::{self, Show},
    },
};

const BEFORE: &str = "\
What is counted:
  migrated           came into a user pool through the migrate user trigger
  confirmed          signed up, and the sign-up was confirmed
  last sign-in       the table keeps each person's last one, not every one

The table is read whole, eventually consistent, with a projection that has no
name, address or attribute in it. Days are UTC. Needs dynamodb:Scan; with
dynamodb:DescribeTable the progress shows how much there is.";

fn after_help() -> String {
    exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "done, and the table is as it should be"),
            (
                ExitCode::Failed,
                "the table could not be read, or the page not be written; a page that was there before is as it was",
            ),
            (ExitCode::Usage, "the command line is wrong; nothing was read"),
            (
                ExitCode::Found,
                "done, but some records are malformed, some password hashes unusable, or some times unreadable; they are counted",
            ),
            (ExitCode::Interrupted, "interrupted; a page that was there before is as it was"),
        ],
    )
}

/// `status`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Status {
    /// Write a page with charts to this file as well: one file, counts only, nothing fetched from anywhere
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// How many read capacity units a second to spend at most; 0 spends as many as it can
    ///
    /// The default reads about 8 MB a second, and leaves the table what sign-ins need.
    #[arg(long, value_name = "UNITS", default_value_t = 1000)]
    rate: u32,
    /// How many parts of the table to read at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    segments: u16,
    /// The time to take for now (RFC 3339, UTC)
    #[arg(long, value_name = "TIME", hide = true, value_parser = time)]
    now: Option<SystemTime>,
}

fn time(text: &str) -> Result<SystemTime, humantime::TimestampError> {
    humantime::parse_rfc3339(text)
}

/// Counts, and says what came out; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Status) -> process::ExitCode {
    let interrupt = Interrupt::listen();
    let outcome = match interrupt.or(count(global, options)).await {
        Ok(numbers) => {
            if !global.json {
                output::print(&numbers.to_text(text::Bars::of_this_terminal()));
                if let Some(file) = &options.html {
                    output::print(&format!("\npage: {}\n", file.display()));
                }
            }
            let mut facts = numbers.to_json();
            if let Some(file) = &options.html {
                facts.insert("html".to_owned(), json!(file.display().to_string()));
            }
            match numbers.tally.is_sound() {
                true => Outcome::done("done", facts),
                false => Outcome::done("findings", facts).with_code(ExitCode::Found),
            }
        }
        Err(failure) => Outcome::failed(failure, Facts::new()),
    };
    outcome.end(&Show::new(global.json))
}

async fn count(global: &Global, options: &Status) -> Result<Numbers, Failure> {
    // Before the table is read: it would be a pity to find out afterwards.
    let page = options.html.as_deref().map(Page::begin).transpose()?;
    let aws = Aws::connect(global).await?;
    let table = stack_outputs::table(&aws, global).await?;
    let region = aws.dynamodb.config().region().map(ToString::to_string).unwrap_or_default();
    let now = options.now.unwrap_or_else(SystemTime::now);
    let (tally, units) = scan::read(&aws.dynamodb, &table, options.segments, options.rate, now).await?;
    let stack = global.table.is_none().then(|| global.stack.clone());
    let numbers = Numbers { table, stack, region, now, tally, units };
    if let Some(page) = page {
        page.end(&page::of(&numbers))?;
    }
    Ok(numbers)
}

/// A file that is there as a whole, or not at all.
struct Page<'a> {
    file: NamedTempFile,
    path: &'a Path,
}

impl<'a> Page<'a> {
    fn begin(path: &'a Path) -> Result<Self, Failure> {
        let tried = || format!("write the page `{}`", path.display());
        if path.is_dir() {
            return Err(Failure::usage(tried(), "it is a folder", "give a file's name"));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".known-users-status-");
        #[cfg(unix)]
        {
            use std::{fs::Permissions, os::unix::fs::PermissionsExt};
            // As any file is made: for others to read, where the umask says so.
            builder.permissions(Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder).map_err(|error| {
            Failure::usage(tried(), error, "give a file in a folder that is there, and in which you may write")
        })?;
        Ok(Self { file, path })
    }

    fn end(mut self, html: &str) -> Result<(), Failure> {
        let failed = |error| {
            Failure::new(
                format!("write the page `{}`", self.path.display()),
                error,
                "make room, or give another --html, and run it again",
            )
        };
        self.file.write_all(html.as_bytes()).and_then(|()| self.file.as_file().sync_all()).map_err(failed)?;
        self.file.persist(self.path).map(drop).map_err(|error| failed(error.error))
    }
}
