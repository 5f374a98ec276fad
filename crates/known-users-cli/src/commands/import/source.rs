//! The file that is imported.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use aws_failure::Failure;
use known_user::UserEmail;
use known_users_file::{Fault, Format, Person, Reader};
use legacy_export::{Options, System};
use legacy_password::{Error, PasswordHash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::commands::import::{foreign, report::Report};

/// A file that is read more than once.
pub(crate) struct Source {
    /// As it was given, for messages.
    pub(crate) name: String,
    /// Nothing for standard input.
    path: Option<PathBuf>,
    file: File,
    pub(crate) bytes: u64,
    format: Option<Format>,
    /// What was seen, where it is another system's export.
    pub(crate) report: Option<Report>,
    /// Where the lines of each file begin, where they are several.
    places: Vec<(u64, String)>,
    /// Whether somebody comes in without a hash that cannot be used.
    without_bad_hashes: bool,
}

/// Whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// What it looks like.
    Auto,
    /// The owner's list of known users.
    List,
    /// This system's.
    Export(System),
}

/// What is imported, and how it is read.
pub(crate) struct Given {
    pub(crate) files: Vec<String>,
    pub(crate) profiles: Option<String>,
    pub(crate) from: From,
    pub(crate) format: Option<Format>,
    pub(crate) options: Options,
    pub(crate) without_bad_hashes: bool,
}

/// What tells a file from another one, or from what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    bytes: u64,
    sha256: String,
}

impl Source {
    /// Opens what was given: a list of known users, or the files of an export, of which rows are made first.
    pub(crate) fn of(given: &Given) -> Result<Self, Failure> {
        let Some((first, others)) = given.files.split_first() else {
            return Err(Failure::usage("import", "there is no file", "give one, or - for standard input"));
        };
        let mut source = Self::open(first, given.format)?;
        source.without_bad_hashes = given.without_bad_hashes;
        let unreadable =
            |error: io::Error| Failure::usage(format!("read `{first}`"), error, "give a file that can be read");
        let system = match given.from {
            From::List => None,
            From::Export(system) => Some(system),
            From::Auto => foreign::recognise(&source.file).map_err(unreadable)?,
        };
        let Some(system) = system else {
            return match others.is_empty() && given.profiles.is_none() {
                true => Ok(source),
                false => {
                    let why = "a list of known users is one file, and no export is told from these";
                    Err(Failure::usage("import several files", why, "say whose export they are with --from SYSTEM"))
                }
            };
        };
        let opened = |name: &String| Ok((name.clone(), Self::open(name, None)?.file));
        let mut files = vec![(source.name.clone(), source.file)];
        for name in others {
            files.push(opened(name)?);
        }
        let profiles = given.profiles.as_ref().map(opened).transpose()?;
        let made = foreign::convert(system, &given.options, &files, profiles.as_ref())?;
        source.bytes = made.rows.metadata().map_err(unreadable)?.len();
        (source.file, source.format) = (made.rows, Some(Format::Numbered));
        (source.report, source.places) = (Some(made.report), made.places);
        Ok(source)
    }

    /// A fault as the operator reads it: of several files in the one that it is of.
    pub(crate) fn shown(&self, fault: &Fault) -> String {
        let place = self.places.iter().rev().find(|(after, _)| fault.line > *after);
        match place {
            Some((after, name)) if self.places.len() > 1 => {
                format!("`{name}`: {}", Fault { line: fault.line - after, ..fault.clone() })
            }
            _ => fault.to_string(),
        }
    }

    /// Opens a file. Standard input (`-`) is first read to its end, into a file without a name that goes with the process.
    pub(crate) fn open(name: &str, format: Option<Format>) -> Result<Self, Failure> {
        let unreadable = |error: io::Error| {
            Failure::usage(format!("read `{name}`"), error, "give a file that can be read, or - for standard input")
        };
        let (path, file) = if name == "-" {
            let mut file = tempfile::tempfile().map_err(unreadable)?;
            io::copy(&mut io::stdin().lock(), &mut file).map_err(unreadable)?;
            (None, file)
        } else {
            (Some(PathBuf::from(name)), File::open(name).map_err(unreadable)?)
        };
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            let why = "it is no regular file, and it is read more than once";
            return Err(Failure::usage(format!("read `{name}`"), why, "give a file, or - for standard input"));
        }
        let name = if path.is_some() { name.to_owned() } else { "standard input".to_owned() };
        let bytes = metadata.len();
        Ok(Self { name, path, file, bytes, format, report: None, places: Vec::new(), without_bad_hashes: false })
    }

    /// A file beside it with this ending; beside nothing, in the working folder.
    pub(crate) fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().unwrap_or_else(|| PathBuf::from("standard-input")).into_os_string();
        path.push(ending);
        path.into()
    }

    pub(crate) fn is_standard_input(&self) -> bool {
        self.path.is_none()
    }

    pub(crate) fn identity(&self) -> Result<Identity, Failure> {
        let hash = || -> io::Result<Identity> {
            (&self.file).rewind()?;
            let (mut file, mut buffer) = (BufReader::new(&self.file), vec![0; 64 * 1024]);
            let (mut sha256, mut bytes) = (Sha256::new(), 0);
            loop {
                let read = file.read(&mut buffer)?;
                if read == 0 {
                    let sha256 = sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                    return Ok(Identity { bytes, sha256 });
                }
                bytes += read as u64;
                sha256.update(buffer.get(..read).unwrap_or_default());
            }
        };
        hash().map_err(|error| Failure::new(format!("read `{}`", self.name), error, "run it again"))
    }

    /// Reads it from the beginning. One reader at a time: they share the file's position.
    pub(crate) fn rows(&self) -> Result<Rows<'_>, Failure> {
        (&self.file).rewind().map_err(|error| Failure::new(format!("read `{}`", self.name), error, "run it again"))?;
        let reader = Reader::new(&self.file, self.format).map_err(|fault| self.unusable(&fault))?;
        Ok(Rows { reader, without_bad_hashes: self.without_bad_hashes })
    }

    /// The file as a whole cannot be used.
    pub(crate) fn unusable(&self, fault: &Fault) -> Failure {
        Failure::usage(format!("read `{}`", self.name), fault, "mend the file; nothing was written")
    }
}

/// The rows of a [`Source`].
pub(crate) struct Rows<'a> {
    pub(crate) reader: Reader<&'a File>,
    without_bad_hashes: bool,
}

impl Rows<'_> {
    /// The next row as the triggers can use it: with a password hash that can be verified, if any.
    pub(crate) fn next(&mut self) -> Result<Option<known_users_file::Row>, Fault> {
        let Some(mut row) = self.reader.row()? else { return Ok(None) };
        row.person = row.person.and_then(|person| match hash_fault(&person) {
            Some(_) if self.without_bad_hashes => Ok(Person { password_hash: None, ..person }),
            Some(reason) => Err(Fault::of_cell(row.line, "password_hash", reason)),
            None => Ok(person),
        });
        Ok(Some(row))
    }

    /// The cells of the last row, without anything that is, or looks like, a password hash.
    pub(crate) fn harmless_cells(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut cells = self.reader.cells();
        cells.retain(|_, cell| {
            let is_unknown = |text: &str| matches!(PasswordHash::parse(text), Err(Error::UnknownFormat));
            cell.as_str().is_none_or(is_unknown)
        });
        cells
    }
}

/// Why the password hash of a person cannot be used, without a word of it.
pub(crate) fn hash_fault(person: &Person) -> Option<String> {
    PasswordHash::parse(person.password_hash.as_deref()?).err().map(|error| error.to_string())
}

/// What stands for a key where keys are compared: 16 bytes, of which two keys never have the same by chance.
pub(crate) fn digest(key: &str) -> [u8; 16] {
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(Sha256::digest(key.as_bytes())) {
        *to = from;
    }
    short
}

/// The digests of a person's keys: the email, and the user name if there is one.
pub(crate) fn digests(person: &Person) -> ([u8; 16], Option<[u8; 16]>) {
    let of = |email: &UserEmail| digest(email.as_str());
    (of(&person.email), person.user_name_key().map(|name| digest(name.as_str())))
}

/// A folder that a file can be put beside others in.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
