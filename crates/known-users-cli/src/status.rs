//! `known-users status`: how far the migration is.
//!
//! Reads the whole table, in parallel and at a given rate, and keeps counts alone: nothing of a person stays, and names,
//! addresses and attributes are not even asked for. Days are UTC.

mod chart;
mod day;
mod numbers;
mod pace;
mod page;
mod progress;
mod scan;
mod tally;
mod text;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::SystemTime,
};

use clap::Args;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::{
    aws::Aws,
    cli::Global,
    failure::{Failure, Kind},
    interrupt::Interrupt,
    place,
    show::{self, Show},
};
use numbers::Numbers;

const AFTER_HELP: &str = "\
What is counted:
  migrated           came into a user pool through the migrate user trigger
  confirmed          signed up, and the sign-up was confirmed
  last sign-in       the table keeps each person's last one, not every one

The table is read whole, eventually consistent, with a projection that has no
name, address or attribute in it. Days are UTC. Needs dynamodb:Scan; with
dynamodb:DescribeTable the progress shows how much there is.

Exit codes:
  0    done, and the table is as it should be
  1    the table could not be read, or the page not be written; a page that was
       there before is as it was
  2    the command line is wrong; nothing was read
  3    done, but some records are malformed, some password hashes unusable, or
       some times unreadable; they are counted
  130  interrupted; a page that was there before is as it was";

/// `status`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
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

/// Something is not as it should be, as `--help` documents it.
const FINDINGS: u8 = 3;

/// Counts, and says what came out; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Status) -> ExitCode {
    let interrupt = Interrupt::listen();
    let outcome = interrupt.or(count(global, options)).await;
    let (code, result) = match outcome {
        Ok(numbers) => {
            if !global.json {
                show::print(&numbers.to_text(text::Bars::of_this_terminal()));
                if let Some(file) = &options.html {
                    show::print(&format!("\npage: {}\n", file.display()));
                }
            }
            let (code, outcome) = if numbers.tally.is_sound() {
                (ExitCode::SUCCESS, "done")
            } else {
                (ExitCode::from(FINDINGS), "findings")
            };
            let mut result = numbers.to_json();
            add(&mut result, "outcome", json!(outcome));
            if let Some(file) = &options.html {
                add(&mut result, "html", json!(file.display().to_string()));
            }
            (code, result)
        }
        Err(mut failure) => {
            if failure.kind == Kind::Interrupted {
                "run it again when you like".clone_into(&mut failure.todo);
            }
            show::error(&failure.to_string());
            (failure.kind.exit_code(), json!({"outcome": failure.kind.name(), "error": failure.to_json()}))
        }
    };
    Show::new(global.json).result(&result);
    code
}

fn add(result: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = result {
        members.insert(name.to_owned(), value);
    }
}

async fn count(global: &Global, options: &Status) -> Result<Numbers, Failure> {
    // Before the table is read: it would be a pity to find out afterwards.
    let page = options.html.as_deref().map(Page::begin).transpose()?;
    let aws = Aws::connect(global).await?;
    let table = place::table(&aws, global).await?;
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
