//! Another system's export, made into rows of a list of known users before anything else looks at it.
//!
//! The rows go into a file without a name, which goes with the process. Made anew they are the same, so an import that goes on
//! finds its place in them.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    ops::ControlFlow,
};

use aws_failure::Failure;
use legacy_export::{Account, Entry, Options, Password, System};
use serde_json::{Map, Value, json};

use crate::commands::import::report::Report;

/// How much of a file is looked at to tell whose it is, in bytes.
const LOOKED_AT: u64 = 64 * 1024;

/// Rows of ours, and what was seen in the export.
pub(crate) struct Foreign {
    pub(crate) rows: File,
    pub(crate) report: Report,
    /// The files in their order, each with the number that its lines begin after.
    pub(crate) places: Vec<(u64, String)>,
}

/// Whose export a file is; nothing where it is a list of known users, or anything else.
pub(crate) fn recognise(file: &File) -> io::Result<Option<System>> {
    let mut start = Vec::new();
    legacy_export::unpack(file.try_clone()?)?.take(LOOKED_AT).read_to_end(&mut start)?;
    io::Seek::rewind(&mut &*file)?;
    Ok(System::recognise(&start))
}

/// Reads an export; `profiles` is Auth0's second file.
pub(crate) fn convert(
    system: System,
    options: &Options,
    files: &[(String, File)],
    profiles: Option<&(String, File)>,
) -> Result<Foreign, Failure> {
    let full = |error: io::Error| Failure::new("write down what an export says", error, "make room where TMPDIR is");
    let mut output = BufWriter::with_capacity(1 << 20, tempfile::tempfile().map_err(full)?);
    let mut report = Report::of(system);
    let all: Vec<&(String, File)> = files.iter().chain(profiles).collect();
    let mut places: Vec<(u64, String)> = Vec::new();
    let mut at = (usize::MAX, 0_u64, 0_u64);
    let mut broken = None;
    let mut each = |number: usize, entry: Entry| {
        let line = match &entry {
            Entry::Account(account) => account.line,
            Entry::LeftOut { line, .. } => *line,
            Entry::Fault(fault) => fault.line,
        };
        // Lines count on from file to file, so that no two rows have the same.
        let (file, offset, last) = at;
        let offset = if file == number { offset } else { last };
        if file != number {
            places.push((offset, all.get(number).map(|(name, _)| name.clone()).unwrap_or_default()));
        }
        at = (number, offset, (offset + line).max(last));
        report.add(&entry);
        let written = match entry {
            Entry::Account(account) => writeln!(output, "{}\t{}", offset + line, row(account)),
            Entry::LeftOut { .. } => Ok(()),
            Entry::Fault(fault) => {
                writeln!(output, "{}\t!{}", offset + line, json!({"column": fault.field, "reason": fault.reason}))
            }
        };
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                broken = Some(error);
                ControlFlow::Break(())
            }
        }
    };
    let open = |file: &File| -> io::Result<Box<dyn Read>> {
        let mut file = file.try_clone()?;
        io::Seek::rewind(&mut file)?;
        Ok(Box::new(file))
    };
    let openers: Vec<_> = all.iter().map(|(_, file)| move || open(file)).collect();
    let openers: Vec<legacy_export::File<'_>> =
        openers.iter().map(|opener| opener as legacy_export::File<'_>).collect();
    let (openers, of_profiles) = openers.split_at(files.len());
    let read = legacy_export::read(system, options, openers, of_profiles.first().copied(), &mut each);
    let read = read.map_err(|(number, fault)| {
        let name = all.get(number).map_or("the export", |(name, _)| name);
        Failure::usage(format!("read `{name}` as an export of {system}"), fault, "mend the file; nothing was written")
    })?;
    if let Some(error) = broken {
        return Err(full(error));
    }
    if read.needs_email_verified {
        return Err(Failure::usage(
            format!("read an export of {system}"),
            "it does not say whether the addresses are theirs, and a known user with another's address is a way in",
            "give --email-verified true if the system has had each address confirmed, else --email-verified false",
        ));
    }
    if report.is_empty() {
        return Err(Failure::usage(
            format!("read an export of {system}"),
            "nobody is in it",
            "see whether it is the right file, and say with --from whose it is; --from list is your own list",
        ));
    }
    report.unmapped = read.unmapped;
    let rows = output.into_inner().map_err(|error| full(error.into_error()))?;
    Ok(Foreign { rows, report, places })
}

/// An account as a row.
fn row(account: Account) -> Value {
    let mut row = Map::new();
    let mut say = |name: &str, value: Value| drop(row.insert(name.to_owned(), value));
    say("email", account.email.into());
    if let Some(name) = account.user_name {
        say("user_name", name.into());
    }
    say("email_verified", account.email_verified.into());
    say("suspended", account.suspended.into());
    if let Password::Hash(hash) = account.password {
        say("password_hash", hash.into());
    }
    for (name, value) in account.attributes {
        say(&name, value.into());
    }
    Value::Object(row)
}
