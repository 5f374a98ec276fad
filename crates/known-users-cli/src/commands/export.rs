//! `known-users export`: everybody in the table, as a file that `import` reads.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use aws_failure::Failure;
use clap::Args;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::{
    aws::{clients::Aws, stack_outputs},
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Outcome, facts},
    table::{known_users::KnownUsers, patience::Patience, plain_json, row},
    terminal::{
        interrupt::Interrupt,
        output::{self, Show},
    },
};

const BEFORE: &str = "\
One JSON object a line, with the members that import reads. What the triggers
noted (last_login, migrated_at, confirmed_at, user_sub) is for you: import does
not read it.";

fn after_help() -> String {
    exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "everybody is in the file"),
            (ExitCode::Failed, "it failed; there is no file"),
            (ExitCode::Usage, "the command line is wrong"),
            (ExitCode::Found, "done, but for records that the triggers cannot read either"),
            (ExitCode::Interrupted, "interrupted; there is no file"),
        ],
    )
}

/// How long a table that is busy is asked again.
const PATIENCE: Duration = Duration::from_secs(120);

/// `export`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Export {
    /// The file; - for standard output
    #[arg(default_value = "-")]
    file: PathBuf,
    /// With password hashes: keep such a file as you would keep passwords
    #[arg(long)]
    with_password_hashes: bool,
}

/// What was exported.
#[derive(Default)]
struct Counts {
    exported: u64,
    malformed: u64,
}

/// Exports; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Export) -> process::ExitCode {
    // Standard output is the export's, or has the JSON result.
    let show = Show::new(true);
    let interrupt = Interrupt::listen();
    let mut counts = Counts::default();
    let outcome = counts.export(global, options, &interrupt).await;
    if outcome.is_ok() {
        show.note(format!("{} exported, {} left out", counts.exported, counts.malformed));
    }
    let facts = facts([("exported", json!(counts.exported)), ("malformed", json!(counts.malformed))]);
    let outcome = match outcome {
        Ok(()) if counts.malformed > 0 => Outcome::done("exported", facts).with_code(ExitCode::Found),
        Ok(()) => Outcome::done("exported", facts),
        Err(failure) => Outcome::failed(failure, facts),
    };
    outcome.end(&Show::new(global.json))
}

impl Counts {
    /// Writes everybody; counts on, also where it fails.
    async fn export(&mut self, global: &Global, options: &Export, interrupt: &Interrupt) -> Result<(), Failure> {
        let is_standard_output = options.file.as_os_str() == "-";
        if is_standard_output && global.json {
            let why = "with --json, standard output has the result";
            return Err(Failure::usage("export to standard output", why, "give a file, or leave --json out"));
        }
        let aws = interrupt.or(Aws::connect(global)).await?;
        let table = interrupt.or(stack_outputs::table(&aws, global)).await?;
        let known = KnownUsers::new(aws.dynamodb.clone(), table);
        let broken = |error: io::Error| {
            Failure::new(format!("write `{}`", options.file.display()), error, "make room, or give another file")
        };
        let mut output = Output::new(&options.file, is_standard_output).map_err(broken)?;
        let patience = Patience { limit: PATIENCE, interrupt: interrupt.clone() };
        let mut from = None;
        loop {
            let (items, next) = interrupt.or(known.page(from, &patience)).await?;
            for item in items {
                match row::line(&item, options.with_password_hashes) {
                    Ok(line) if line.contains_key(row::OTHERS) => {
                        let key = line.get("email").cloned().unwrap_or_default();
                        output::error(&format!(
                            "left out: the record of {key}: it has attributes that Cognito does not have"
                        ));
                        self.malformed += 1;
                    }
                    Ok(line) => {
                        output.line(&Value::Object(line)).map_err(broken)?;
                        self.exported += 1;
                    }
                    Err(why) => {
                        let key = item.get("UserEmail").map(plain_json::plain).unwrap_or_default();
                        output::error(&format!("left out: the record of {key}: {why}"));
                        self.malformed += 1;
                    }
                }
            }
            from = next;
            if from.is_none() {
                return output.finish(&options.file).map_err(broken);
            }
        }
    }
}

/// A file is there as a whole or not at all.
enum Output {
    File(BufWriter<NamedTempFile>),
    Standard(BufWriter<io::Stdout>),
}

impl Output {
    fn new(path: &Path, is_standard_output: bool) -> io::Result<Self> {
        if is_standard_output {
            return Ok(Self::Standard(BufWriter::new(io::stdout())));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Nobody else may read it: it is a list of people.
        Ok(Self::File(BufWriter::new(tempfile::Builder::new().prefix(".known-users-export-").tempfile_in(folder)?)))
    }

    fn line(&mut self, line: &Value) -> io::Result<()> {
        match self {
            Self::File(file) => writeln!(file, "{line}"),
            Self::Standard(output) => writeln!(output, "{line}"),
        }
    }

    fn finish(self, path: &Path) -> io::Result<()> {
        match self {
            Self::File(file) => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                let _: File = file.persist(path).map_err(|error| error.error)?;
                Ok(())
            }
            Self::Standard(mut output) => output.flush(),
        }
    }
}
