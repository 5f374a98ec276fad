//! `known-users import`: the owner's list into the table.
//!
//! A file is read twice. First every row is looked at ([`check`]): by itself, beside the other rows, and beside the table;
//! nothing is written before that is done. Then the rows are written ([`mod@write`]), many at once, while a [`journal`] notes how
//! far it is. Neither keeps more than a few rows: what has to be compared across the file is sorted on disk ([`sorter`]).

pub(crate) mod check;
pub(crate) mod conflicts;
pub(crate) mod counts;
pub(crate) mod export;
pub(crate) mod foreign;
pub(crate) mod journal;
pub(crate) mod progress;
pub(crate) mod rejected;
pub(crate) mod report;
pub(crate) mod s3;
pub(crate) mod sorter;
pub(crate) mod source;
pub(crate) mod write;

use std::{path::PathBuf, process, time::Duration};

use aws_failure::{Failure, Kind, interrupt::Interrupt};
use clap::{Args, ValueEnum};
use known_users_file::Format;
use known_users_table::{known_users::KnownUsers, patience::Patience};
use serde_json::{Value, json};

use self::{
    conflicts::BadRows,
    export::Export,
    journal::{Draft, Header, Journal, LeftBehind, LeftOut},
    progress::Bar,
    source::Source,
};
use crate::{
    aws::{clients::Aws, stack_outputs},
    commands::import::counts::Counts,
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Facts, Outcome},
    terminal::output::{self, Show},
};

const BEFORE: &str = "\
A list of known users has the columns of events/known-users.csv, or those of Cognito's own
user import, and perhaps password_hash; an export is read back. A column that is
not there and an empty cell say nothing: with somebody who is in the table, that
field stays as it is. What the triggers noted is never changed, and nobody who
has arrived in a user pool gets a password hash.";

fn after_help() -> String {
    exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "everybody is in the table (with --dry-run: could be)"),
            (ExitCode::Failed, "it failed; the journal is left, and --resume goes on"),
            (ExitCode::Usage, "the command line or the file is wrong, or rows are; nothing was written"),
            (ExitCode::Found, "with --skip-bad: done, but for the rows that were left out"),
            (ExitCode::Interrupted, "interrupted; the journal is left, and --resume goes on"),
        ],
    )
}

/// `import`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Import {
    /// The file, or the files of an export; - for standard input, which cannot be resumed
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// How a list is written [default: NDJSON if it begins with {, else CSV]
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Look at every row, and write nothing; of an export it needs no AWS account, unless --table is given
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
    #[command(flatten)]
    export: Export,
}

#[derive(Clone, Copy, ValueEnum)]
enum FileFormat {
    Csv,
    Ndjson,
}

/// What is told at the end.
#[derive(Default)]
struct Told {
    counts: Counts,
    rejected: u64,
    facts: Facts,
}

/// Imports; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Import) -> process::ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let mut told = Told::default();
    let outcome = told.import(global, options, &show, &interrupt).await;
    let Told { counts, rejected, mut facts } = told;
    facts.insert("rejected".to_owned(), json!(rejected));
    if let Ok(Value::Object(counts)) = serde_json::to_value(counts) {
        facts.extend(counts);
    }
    let outcome = match outcome {
        Ok(()) if rejected > 0 => Outcome::done("imported-in-part", facts).with_code(ExitCode::Found),
        Ok(()) if options.dry_run => Outcome::done("importable", facts),
        Ok(()) => Outcome::done("imported", facts),
        Err(failure) => Outcome::failed(failure, facts),
    };
    outcome.end(&show)
}

impl Told {
    /// Imports; tells of what was done, also where it fails.
    async fn import(
        &mut self,
        global: &Global,
        options: &Import,
        show: &Show,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let source = open(options, interrupt).await?;
        let meter = Bar::new(show, source.bytes);
        if let Some(report) = &source.report {
            for line in report.lines() {
                show.note(line);
            }
            self.facts.insert("export".to_owned(), report.json());
            if report.has_unusable_hashes() && !options.export.without_bad_hashes {
                show.note("--without-bad-hashes imports people without a hash that cannot be used");
            }
            if options.dry_run && global.table.is_none() {
                let checked = check::rows(&source, None, interrupt, &meter).await?;
                self.counts = checked.would;
                return self.leave_out(&source, options, show, checked.rows, None).map(drop);
            }
        }
        if let Some(folder) = &options.to_s3_format {
            let bad = check::rows(&source, None, interrupt, &meter).await?;
            let mut left_out = self.leave_out(&source, options, show, bad.rows, None)?.1;
            self.counts = s3::write(&source, folder, &mut left_out, interrupt, &meter)?;
            return s3::tell(show, folder, global.table.as_deref(), &mut self.facts);
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
        let table = interrupt.or(stack_outputs::table(&aws, global)).await?;
        let known = KnownUsers::new(aws.dynamodb.clone(), table);
        let caller = interrupt.or(async { Ok(aws.caller().await) }).await?;
        show.step(format!("`{}` into the table `{}` ({caller})", source.name, known.table));
        caller.tell(&mut self.facts);
        let header = || -> Result<Header, Failure> {
            Ok(Header {
                file: source.identity()?,
                table: known.table.clone(),
                account: caller.account.clone(),
                region: caller.region.clone(),
                endpoint: global.endpoint_url.clone(),
                skip_existing: options.skip_existing,
                format: format!("{:?}", (source.rows()?.reader.format(), options.export.without_bad_hashes)),
            })
        };
        let patience = Patience { limit: Duration::from_secs(options.give_up_after), interrupt: interrupt.clone() };

        let (mut journal, mut left_out, from) = match left_behind {
            Some(LeftBehind { header: found, progress, rejected, journal, left_out }) => {
                check_header(&source, &found, &header()?)?;
                self.rejected = rejected;
                let line = progress.map_or(1, |progress| progress.line);
                show.note(format!("goes on from line {line}, as `{}` says", journal_path.display()));
                self.counts = progress.map(|progress| progress.counts).unwrap_or_default();
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
                let rejected = self.leave_out(&source, options, show, checked.rows, draft)?;
                if options.dry_run {
                    self.counts = checked.would;
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
        let counts = self.counts;
        let done = writing.write(&source, from, counts, &mut left_out, &mut journal, &mut self.counts, &meter).await;
        drop(meter);
        self.tell(show);
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

    /// Tells of the rows that cannot be imported. Goes on, with a journal of them, where there are none or they may be left out.
    fn leave_out(
        &mut self,
        source: &Source,
        options: &Import,
        show: &Show,
        bad: BadRows,
        draft: Option<(&std::path::Path, Header)>,
    ) -> Result<(Journal, LeftOut), Failure> {
        let path = source.beside(".rejected.ndjson");
        let broken =
            |error: std::io::Error| Failure::new("note what is rejected", error, "make room, and run it again");
        let is_kept = draft.is_some() && !source.is_standard_input();
        let place = draft.as_ref().map_or_else(|| source.beside(".journal"), |(path, _)| (*path).to_owned());
        let mut lines = match draft {
            Some((path, header)) => Draft::new(path, &header)?,
            None => Draft::nowhere().map_err(broken)?,
        };
        let faults = rejected::write(source, bad, &path, &mut lines)?;
        self.rejected = faults.count;
        if faults.count > 0 {
            for fault in &faults.first {
                output::error(&source.shown(fault));
            }
            let more = faults.count - faults.first.len() as u64;
            if more > 0 {
                output::error(&format!("… and {more} more"));
            }
            show.note(format!(
                "{} rejected: they are in `{}`, without password hashes, and of unknown members with the name alone",
                people(faults.count),
                path.display()
            ));
            self.facts.insert("rejectedFile".to_owned(), json!(path.display().to_string()));
            let first = faults.first.iter().map(|f| json!({"line": f.line, "column": f.column, "reason": f.reason}));
            self.facts.insert("faults".to_owned(), first.collect());
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

    fn tell(&self, show: &Show) {
        let counts = self.counts;
        show.note(format!(
            "{} added, {} updated, {} unchanged, {} skipped, {} rejected",
            counts.added, counts.updated, counts.unchanged, counts.skipped, self.rejected
        ));
        if counts.hashes_withheld > 0 {
            show.note(format!(
                "{} have arrived in a user pool already: their password hashes were not taken",
                counts.hashes_withheld
            ));
        }
    }
}

/// Standard input may keep it waiting, so it is read in a thread of its own.
async fn open(options: &Import, interrupt: &Interrupt) -> Result<Source, Failure> {
    let format = options.format.map(|format| match format {
        FileFormat::Csv => Format::Csv,
        FileFormat::Ndjson => Format::Ndjson,
    });
    if options.files.iter().any(|file| file == "-") && options.resume {
        let why = "standard input cannot be read a second time";
        return Err(Failure::usage(
            "go on with an import",
            why,
            "give a file, or leave --resume out: running it twice is safe",
        ));
    }
    let given = options.export.given(options.files.clone(), format);
    let open = tokio::task::spawn_blocking(move || Source::of(&given));
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

/// `1 row`, `2 rows`.
fn people(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}
