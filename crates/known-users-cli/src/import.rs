//! `known-users import`: the owner's list into the table.
//!
//! A file is read twice. First every row is looked at ([`check`]): by itself, beside the other rows, and beside the table;
//! nothing is written before that is done. Then the rows are written ([`mod@write`]), many at once, while a [`journal`] notes how
//! far it is. Neither keeps more than a few rows: what has to be compared across the file is sorted on disk ([`sorter`]).

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, ValueEnum};
use known_users_file::Format;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::{
    bad::BadRows,
    journal::{Draft, Header, Journal, LeftBehind, LeftOut},
    meter::Meter,
    source::Source,
};
use crate::{
    aws::Aws,
    cli::Global,
    failure::{Failure, Kind},
    interrupt::Interrupt,
    known_users::{KnownUsers, Patience},
    place,
    show::{self, Show},
};

mod bad;
mod check;
mod journal;
mod meter;
mod rejected;
mod s3;
mod sorter;
mod source;
mod write;

const AFTER_HELP: &str = "\
The file has the columns of events/known-users.csv, or those of Cognito's own
user import, and perhaps password_hash; an export is read back. A column that is
not there and an empty cell say nothing: with somebody who is in the table, that
field stays as it is. What the triggers noted is never changed, and nobody who
has arrived in a user pool gets a password hash.

Exit codes:
  0    everybody is in the table (with --dry-run: could be)
  1    it failed; the journal is left, and --resume goes on
  2    the command line or the file is wrong, or rows are; nothing was written
  3    with --skip-bad: done, but for the rows that were left out
  130  interrupted; the journal is left, and --resume goes on";

/// `import`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Import {
    /// The file; - for standard input, which cannot be resumed
    file: String,
    /// How the file is written [default: NDJSON if it begins with {, else CSV]
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Look at every row, and write nothing
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// Leave people who are in the table as they are
    #[arg(long)]
    skip_existing: bool,
    /// Leave bad rows out instead of writing nothing
    #[arg(long)]
    skip_bad: bool,
    /// Go on where the journal says that an import of this file ended
    #[arg(long)]
    resume: bool,
    /// Write no more than so many people a second [default: as many as the table takes]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// How many hundreds of people are on their way at once
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    parallel: u32,
    /// Give up when the table takes nothing for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    give_up_after: u64,
    /// Write files for DynamoDB's own import into this folder instead of writing to a table; needs no AWS account
    #[arg(long, value_name = "DIR", conflicts_with_all = ["resume", "dry_run", "skip_existing", "rate"])]
    to_s3_format: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum FileFormat {
    Csv,
    Ndjson,
}

/// What became of the rows so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) rows: u64,
    pub(crate) added: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) skipped: u64,
    pub(crate) hashes_withheld: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.added += other.added;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.hashes_withheld += other.hashes_withheld;
    }
}

/// What is told at the end.
#[derive(Default)]
struct Told {
    counts: Counts,
    rejected: u64,
    facts: Map<String, Value>,
}

/// Imports; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Import) -> ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let mut told = Told::default();
    let outcome = import(global, options, &show, &interrupt, &mut told).await;
    let name = match &outcome {
        Ok(()) if told.rejected > 0 => "imported-in-part",
        Ok(()) if options.dry_run => "importable",
        Ok(()) => "imported",
        Err(failure) => failure.kind.name(),
    };
    if let Err(failure) = &outcome {
        show::error(&failure.to_string());
        if failure.kind == Kind::Interrupted {
            show::error(&format!("  what to do: {}", failure.todo));
        }
        told.facts.insert("error".to_owned(), failure.to_json());
    }
    told.facts.insert("outcome".to_owned(), json!(name));
    told.facts.insert("rejected".to_owned(), json!(told.rejected));
    if let Ok(Value::Object(counts)) = serde_json::to_value(told.counts) {
        told.facts.extend(counts);
    }
    show.result(&Value::Object(told.facts));
    match outcome {
        Ok(()) if told.rejected > 0 => ExitCode::from(3),
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.kind.exit_code(),
    }
}

async fn import(
    global: &Global,
    options: &Import,
    show: &Show,
    interrupt: &Interrupt,
    told: &mut Told,
) -> Result<(), Failure> {
    let source = open(options, interrupt).await?;
    let meter = Meter::new(show, source.bytes);
    if let Some(folder) = &options.to_s3_format {
        let bad = check::rows(&source, None, interrupt, &meter).await?;
        let mut left_out = rejected(&source, options, show, bad.rows, None, told)?.1;
        told.counts = s3::write(&source, folder, &mut left_out, interrupt, &meter)?;
        return s3::tell(show, folder, global.table.as_deref(), &mut told.facts);
    }
    let journal_path = source.beside(".journal");
    let left_behind = match source.is_standard_input() || options.dry_run {
        true => None,
        false => Journal::open(&journal_path)?,
    };
    if left_behind.is_some() && !options.resume {
        return Err(Failure::usage(
            format!("import `{}` from its beginning", source.name),
            format!("an import of it has not come to its end, says `{}`", journal_path.display()),
            "go on with it with --resume; or remove the journal to begin anew, which is safe as well",
        ));
    }
    let aws = interrupt.or(Aws::connect(global)).await?;
    let table = interrupt.or(place::table(&aws, global)).await?;
    let known = KnownUsers::new(aws.dynamodb.clone(), table);
    let caller = interrupt.or(async { Ok(aws.caller().await) }).await?;
    show.step(format!("`{}` into the table `{}` ({caller})", source.name, known.table));
    caller.tell(&mut told.facts);
    let header = || -> Result<Header, Failure> {
        Ok(Header {
            file: source.identity()?,
            table: known.table.clone(),
            account: caller.account.clone(),
            region: caller.region.clone(),
            endpoint: global.endpoint_url.clone(),
            skip_existing: options.skip_existing,
            format: format!("{:?}", source.rows()?.reader.format()),
        })
    };
    let patience = Patience { limit: Duration::from_secs(options.give_up_after), interrupt: interrupt.clone() };

    let (mut journal, mut left_out, from) = match left_behind {
        Some(LeftBehind { header: found, progress, rejected, journal, left_out }) => {
            check_header(&source, &found, &header()?)?;
            told.rejected = rejected;
            let line = progress.map_or(1, |progress| progress.line);
            show.note(format!("goes on from line {line}, as `{}` says", journal_path.display()));
            told.counts = progress.map(|progress| progress.counts).unwrap_or_default();
            (journal, left_out, progress)
        }
        None => {
            if options.resume {
                show.note("there is no journal, so it begins at the beginning");
            }
            let beside = check::Table { known: &known, patience: &patience, skip_existing: options.skip_existing };
            let checked = check::rows(&source, Some(beside), interrupt, &meter).await?;
            show.note(checked.tell(options.skip_existing));
            let draft = if options.dry_run { None } else { Some((journal_path.as_path(), header()?)) };
            let rejected = rejected(&source, options, show, checked.rows, draft, told)?;
            if options.dry_run {
                told.counts = checked.would;
                return Ok(());
            }
            (rejected.0, rejected.1, None)
        }
    };
    let writing = write::Writing {
        known: &known,
        patience: &patience,
        parallel: options.parallel as usize,
        rate: options.rate,
        skip_existing: options.skip_existing,
    };
    let counts = told.counts;
    let done = writing.write(&source, from, counts, &mut left_out, &mut journal, &mut told.counts, &meter).await;
    drop(meter);
    tell_counts(show, told);
    done.map_err(|failure| match source.is_standard_input() {
        true => Failure {
            todo: format!("{}; then run it again: writing somebody again is the same as once", failure.todo),
            ..failure
        },
        false if failure.kind == Kind::Interrupted => {
            Failure { todo: "run it again with --resume".to_owned(), ..failure }
        }
        false => Failure { todo: format!("{}; then go on with --resume", failure.todo), ..failure },
    })?;
    journal.remove()
}

/// Standard input may keep it waiting, so it is read in a thread of its own.
async fn open(options: &Import, interrupt: &Interrupt) -> Result<Source, Failure> {
    let format = options.format.map(|format| match format {
        FileFormat::Csv => Format::Csv,
        FileFormat::Ndjson => Format::Ndjson,
    });
    if options.file == "-" && options.resume {
        let why = "standard input cannot be read a second time";
        return Err(Failure::usage(
            "go on with an import",
            why,
            "give a file, or leave --resume out: running it twice is safe",
        ));
    }
    let name = options.file.clone();
    let open = tokio::task::spawn_blocking(move || Source::open(&name, format));
    interrupt.or(async { open.await.map_err(|error| Failure::new("read the file", error, "run it again"))? }).await
}

/// A journal is of one file, one table, and one way to deal with who is there.
fn check_header(source: &Source, found: &Header, wanted: &Header) -> Result<(), Failure> {
    let differs = |what: &str, todo: &str| {
        Err(Failure::usage(
            format!("go on with the import of `{}`", source.name),
            what,
            format!("{todo}; or remove the journal to begin anew, which is safe as well"),
        ))
    };
    if found.file != wanted.file {
        return differs("the file is not what it was when the import began", "put the file back as it was");
    }
    if (&found.table, &found.region, &found.endpoint) != (&wanted.table, &wanted.region, &wanted.endpoint) {
        let was = format!("it went into the table `{}` in {}", found.table, found.region);
        return differs(&was, "give the same --table, --region and --endpoint-url");
    }
    // An account that nobody told is no other account.
    if let (Some(found), Some(wanted)) = (&found.account, &wanted.account)
        && found != wanted
    {
        return differs(
            &format!("it went into the account {found}"),
            "give the same --profile, or the same credentials",
        );
    }
    if found.skip_existing != wanted.skip_existing {
        return differs("--skip-existing was not as it is now", "give it, or leave it out, as before");
    }
    if found.format != wanted.format {
        return differs("--format was not as it is now", "give it, or leave it out, as before");
    }
    Ok(())
}

/// Tells of the rows that cannot be imported. Goes on, with a journal of them, where there are none or they may be left out.
fn rejected(
    source: &Source,
    options: &Import,
    show: &Show,
    bad: BadRows,
    draft: Option<(&std::path::Path, Header)>,
    told: &mut Told,
) -> Result<(Journal, LeftOut), Failure> {
    let path = source.beside(".rejected.ndjson");
    let broken = |error: std::io::Error| Failure::new("note what is rejected", error, "make room, and run it again");
    let is_kept = draft.is_some() && !source.is_standard_input();
    let place = draft.as_ref().map_or_else(|| source.beside(".journal"), |(path, _)| (*path).to_owned());
    let mut lines = match draft {
        Some((path, header)) => Draft::new(path, &header)?,
        None => Draft::nowhere().map_err(broken)?,
    };
    let faults = rejected::write(source, bad, &path, &mut lines)?;
    told.rejected = faults.count;
    if faults.count > 0 {
        for fault in &faults.first {
            show::error(&fault.to_string());
        }
        let more = faults.count - faults.first.len() as u64;
        if more > 0 {
            show::error(&format!("… and {more} more"));
        }
        show.note(format!(
            "{} rejected: they are in `{}`, without password hashes, and of unknown members with the name alone",
            people(faults.count),
            path.display()
        ));
        told.facts.insert("rejectedFile".to_owned(), json!(path.display().to_string()));
        let first = faults.first.iter().map(|f| json!({"line": f.line, "column": f.column, "reason": f.reason}));
        told.facts.insert("faults".to_owned(), first.collect());
        if !options.skip_bad {
            return Err(Failure::usage(
                format!("import `{}`", source.name),
                format!("{} cannot be imported; nothing was written", people(faults.count)),
                format!("mend the rows that `{}` lists, or leave them out with --skip-bad", path.display()),
            ));
        }
    }
    lines.finish(&place, is_kept)
}

fn tell_counts(show: &Show, told: &Told) {
    let counts = told.counts;
    show.note(format!(
        "{} added, {} updated, {} unchanged, {} skipped, {} rejected",
        counts.added, counts.updated, counts.unchanged, counts.skipped, told.rejected
    ));
    if counts.hashes_withheld > 0 {
        show.note(format!(
            "{} have arrived in a user pool already: their password hashes were not taken",
            counts.hashes_withheld
        ));
    }
}

/// `1 row`, `2 rows`.
fn people(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}
