//! `known-users export`: everybody in the table, as a file that `import` reads.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use known_user::{KnownUser, MalformedRecord, Record};
use known_users_file::is_attribute;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

use crate::{
    answer,
    aws::Aws,
    cli::Global,
    failure::Failure,
    interrupt::Interrupt,
    known_users::{Item, KnownUsers, Patience},
    place,
    show::{self, Show},
};

const AFTER_HELP: &str = "\
One JSON object a line, with the members that import reads. What the triggers
noted (last_login, migrated_at, confirmed_at, user_sub) is for you: import does
not read it.

Exit codes:
  0    everybody is in the file
  1    it failed; there is no file
  2    the command line is wrong
  3    done, but for records that the triggers cannot read either
  130  interrupted; there is no file";

/// How long a table that is busy is asked again.
const PATIENCE: Duration = Duration::from_secs(120);

/// `export`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
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
pub(crate) async fn run(global: &Global, options: &Export) -> ExitCode {
    // Standard output is the export's, or has the JSON result.
    let show = Show::new(true);
    let interrupt = Interrupt::listen();
    let mut counts = Counts::default();
    let outcome = export(global, options, &interrupt, &mut counts).await;
    if let Err(failure) = &outcome {
        show::error(&failure.to_string());
    } else {
        show.note(format!("{} exported, {} left out", counts.exported, counts.malformed));
    }
    if global.json {
        let name = outcome.as_ref().err().map_or("exported", |failure| failure.kind.name());
        let facts =
            [("outcome", json!(name)), ("exported", json!(counts.exported)), ("malformed", json!(counts.malformed))];
        let error = outcome.as_ref().err().map(|failure| ("error", failure.to_json()));
        let facts = facts.into_iter().chain(error).map(|(name, fact)| (name.to_owned(), fact));
        show.result(&Value::Object(facts.collect()));
    }
    match outcome {
        Ok(()) if counts.malformed > 0 => ExitCode::from(3),
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.kind.exit_code(),
    }
}

async fn export(global: &Global, options: &Export, interrupt: &Interrupt, counts: &mut Counts) -> Result<(), Failure> {
    let is_standard_output = options.file.as_os_str() == "-";
    if is_standard_output && global.json {
        let why = "with --json, standard output has the result";
        return Err(Failure::usage("export to standard output", why, "give a file, or leave --json out"));
    }
    let aws = interrupt.or(Aws::connect(global)).await?;
    let table = interrupt.or(place::table(&aws, global)).await?;
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
            match line(&item, options.with_password_hashes) {
                Ok(line) if line.contains_key(OTHERS) => {
                    let key = line.get("email").cloned().unwrap_or_default();
                    show::error(&format!(
                        "left out: the record of {key}: it has attributes that Cognito does not have"
                    ));
                    counts.malformed += 1;
                }
                Ok(line) => {
                    output.line(&Value::Object(line)).map_err(broken)?;
                    counts.exported += 1;
                }
                Err(why) => {
                    let key = item.get("UserEmail").map(answer::plain).unwrap_or_default();
                    show::error(&format!("left out: the record of {key}: {why}"));
                    counts.malformed += 1;
                }
            }
        }
        from = next;
        if from.is_none() {
            return output.finish(&options.file).map_err(broken);
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

/// The attributes that are none of Cognito's, in a record that is shown.
const OTHERS: &str = "attributes";

/// A record as `import` reads it, or why it cannot be one. One with attributes that Cognito does not have is for showing.
pub(crate) fn line(item: &Item, with_hash: bool) -> Result<Map<String, Value>, String> {
    let malformed =
        |error: MalformedRecord| format!("its attribute `{}` is missing or of another type", error.attribute);
    let mut user = KnownUser::from_item(item).map_err(malformed)?;
    let email = Record::from(user.clone()).email_as_spelled().map_err(malformed)?;
    user.attributes.remove("email");
    let mut line = Map::new();
    line.insert("email".to_owned(), json!(email));
    line.insert("user_name".to_owned(), json!(user.user_name));
    line.insert("email_verified".to_owned(), json!(user.email_verified));
    line.insert("suspended".to_owned(), json!(user.suspended));
    line.insert("password_hash".to_owned(), json!(user.password_hash.filter(|_| with_hash)));
    let (attributes, others) =
        user.attributes.into_iter().partition::<BTreeMap<_, _>, _>(|(name, _)| is_attribute(name));
    line.extend(attributes.into_iter().map(|(name, value)| (name, json!(value))));
    // A file cannot carry these.
    line.insert(OTHERS.to_owned(), if others.is_empty() { Value::Null } else { json!(others) });
    line.insert("last_login".to_owned(), item.get("LastLogin").map(answer::plain).unwrap_or_default());
    line.insert("migrated_at".to_owned(), json!(user.migrated_at));
    line.insert("migrated_as".to_owned(), json!(user.migrated_as));
    line.insert("readmitted_at".to_owned(), json!(user.readmitted_at));
    line.insert("confirmed_at".to_owned(), json!(user.confirmed_at));
    line.insert("user_sub".to_owned(), json!(user.user_sub));
    line.retain(|_, value| !value.is_null());
    Ok(line)
}
