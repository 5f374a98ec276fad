//! How far an import is: what survives Ctrl-C, a crash and `kill -9`.
//!
//! A file beside the imported one, in lines of JSON: what is imported where, then the lines of the rows that are left out,
//! then, as the import goes on, marks. A mark says that every row before it is in the table; rows behind it may be as well,
//! and writing them again is the same as once. So a mark may be late, but never early, and a torn last line is dropped.
//! It holds nothing personal.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use aws_failure::Failure;
use known_users_file::Mark;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::commands::import::{
    counts::Counts,
    source::{Identity, folder},
};

/// What is imported, where and how. A journal of something else is not gone on with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) file: Identity,
    pub(crate) table: String,
    /// Nothing where nobody told.
    #[serde(default)]
    pub(crate) account: Option<String>,
    pub(crate) region: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) skip_existing: bool,
    pub(crate) format: String,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) byte: u64,
    pub(crate) line: u64,
    pub(crate) counts: Counts,
}

impl Progress {
    pub(crate) fn mark(self) -> Mark {
        Mark { byte: self.byte, line: self.line }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Import(Header),
    LeftOut(Vec<u64>),
    Written(Progress),
}

/// How many left-out rows a line of a journal has.
const LEFT_OUT: usize = 1000;

/// The shortest time between two marks.
const PAUSE: Duration = Duration::from_millis(100);

/// A journal that is being made; it is there as a whole or not at all.
pub(crate) struct Draft {
    file: NamedTempFile,
    left_out: Vec<u64>,
}

impl Draft {
    /// For a journal at `path`.
    pub(crate) fn new(path: &Path, header: &Header) -> Result<Self, Failure> {
        let draft = || {
            let file = tempfile::Builder::new().prefix(".known-users-import-").tempfile_in(folder(path))?;
            write(file.as_file(), &Line::Import(header.clone()))?;
            Ok(Self { file, left_out: Vec::new() })
        };
        draft().map_err(|error| unwritable(path, &error))
    }

    /// For an import that keeps none.
    pub(crate) fn nowhere() -> io::Result<Self> {
        Ok(Self { file: NamedTempFile::new()?, left_out: Vec::new() })
    }

    /// The row at `line` is left out. In the order of the lines.
    pub(crate) fn leave_out(&mut self, line: u64) -> io::Result<()> {
        self.left_out.push(line);
        if self.left_out.len() < LEFT_OUT { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> io::Result<()> {
        write(self.file.as_file_mut(), &Line::LeftOut(std::mem::take(&mut self.left_out)))
    }

    /// Puts the journal in its place. Where `is_kept` is false it goes with the process: standard input cannot be
    /// gone on with.
    pub(crate) fn finish(mut self, path: &Path, is_kept: bool) -> Result<(Journal, LeftOut), Failure> {
        let finish = |error: io::Error| unwritable(path, &error);
        if !self.left_out.is_empty() {
            self.flush().map_err(finish)?;
        }
        self.file.as_file().sync_all().map_err(finish)?;
        let left_out = LeftOut::of(self.file.reopen().map_err(finish)?);
        let file = if is_kept {
            let file = self.file.persist_noclobber(path).map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => is_running(path),
                _ => finish(error.error),
            })?;
            let _ = File::open(folder(path)).and_then(|folder| folder.sync_all());
            Place::Kept(file, path.to_owned())
        } else {
            Place::Gone(self.file)
        };
        let journal = Journal { place: file, last: Instant::now() };
        journal.lock(path)?;
        Ok((journal, left_out))
    }
}

/// A journal of an import that has not come to its end.
pub(crate) struct LeftBehind {
    pub(crate) header: Header,
    /// How far it is; nothing where it has not written yet.
    pub(crate) progress: Option<Progress>,
    /// How many rows are left out.
    pub(crate) rejected: u64,
    pub(crate) journal: Journal,
    pub(crate) left_out: LeftOut,
}

/// A journal in its place.
pub(crate) struct Journal {
    place: Place,
    last: Instant,
}

enum Place {
    Kept(File, PathBuf),
    Gone(NamedTempFile),
}

impl Journal {
    /// The journal at `path`, which was left behind; nothing where there is none.
    pub(crate) fn open(path: &Path) -> Result<Option<LeftBehind>, Failure> {
        let unreadable = |error: io::Error| unwritable(path, &error);
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let (mut header, mut progress, mut rejected) = (None, None, 0);
        let (mut lines, mut line, mut sound) = (BufReader::new(&file), Vec::new(), 0);
        while lines.read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
            match serde_json::from_slice(&line) {
                Ok(Line::Import(found)) if line.ends_with(b"\n") => header = Some(found),
                Ok(Line::Written(found)) if line.ends_with(b"\n") => progress = Some(found),
                Ok(Line::LeftOut(lines)) if line.ends_with(b"\n") => rejected += lines.len() as u64,
                _ => break,
            }
            sound += line.len() as u64;
            line.clear();
        }
        let Some(header) = header else {
            return Err(Failure::usage(
                format!("read the journal `{}`", path.display()),
                "it is no journal of an import",
                "remove it, and run the import again: writing somebody again is the same as once",
            ));
        };
        let left_out = LeftOut::of(File::open(path).map_err(unreadable)?);
        let journal = Self { place: Place::Kept(file, path.to_owned()), last: Instant::now() };
        journal.lock(path)?;
        // What a crash tore is taken off, so that the next line is one.
        journal.file().set_len(sound).and_then(|()| journal.file().seek(SeekFrom::End(0))).map_err(unreadable)?;
        Ok(Some(LeftBehind { header, progress, rejected, journal, left_out }))
    }

    /// Notes that every row before `progress` is in the table; not every time, unless it `has_to`.
    pub(crate) fn written(&mut self, progress: Progress, has_to: bool) -> Result<(), Failure> {
        if !has_to && self.last.elapsed() < PAUSE {
            return Ok(());
        }
        self.last = Instant::now();
        let path = match &self.place {
            Place::Kept(_, path) => path.clone(),
            Place::Gone(file) => file.path().to_owned(),
        };
        write(self.file(), &Line::Written(progress)).map_err(|error| unwritable(&path, &error))
    }

    /// The import is done.
    pub(crate) fn remove(self) -> Result<(), Failure> {
        match self.place {
            Place::Kept(_, path) => std::fs::remove_file(&path).map_err(|error| unwritable(&path, &error)),
            Place::Gone(_) => Ok(()),
        }
    }

    fn file(&self) -> &File {
        match &self.place {
            Place::Kept(file, _) => file,
            Place::Gone(file) => file.as_file(),
        }
    }

    /// Two imports of one file would each take the other's marks for their own.
    fn lock(&self, path: &Path) -> Result<(), Failure> {
        match self.file().try_lock() {
            Err(TryLockError::WouldBlock) => Err(is_running(path)),
            // Where files cannot be locked, nobody is kept out.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
        }
    }
}

/// The lines of the rows that are left out, in their order.
pub(crate) struct LeftOut {
    lines: BufReader<File>,
    next: std::vec::IntoIter<u64>,
    current: Option<u64>,
}

impl LeftOut {
    fn of(mut file: File) -> Self {
        // A file that cannot be rewound gives no line, and the rows turn out to be bad when they are read.
        let _ = file.rewind();
        Self { lines: BufReader::new(file), next: Vec::new().into_iter(), current: None }
    }

    /// Whether the row at `line` is left out. Asked for in the order of the lines.
    pub(crate) fn has(&mut self, line: u64) -> io::Result<bool> {
        while self.current.is_none_or(|current| current < line) {
            match self.next.next() {
                Some(next) => self.current = Some(next),
                None => {
                    let mut text = String::new();
                    self.lines.read_line(&mut text)?;
                    match serde_json::from_str(&text) {
                        Ok(Line::LeftOut(lines)) => self.next = lines.into_iter(),
                        Ok(Line::Import(_)) => {}
                        // The marks begin: there are no more.
                        _ => self.current = Some(u64::MAX),
                    }
                }
            }
        }
        Ok(self.current == Some(line))
    }
}

fn write(mut file: &File, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        format!("keep the journal `{}`", path.display()),
        error,
        "make room, or let the folder be written to, and run the import again with --resume",
    )
}

fn is_running(path: &Path) -> Failure {
    Failure::usage(
        format!("use the journal `{}`", path.display()),
        "another import of this file is under way",
        "wait until it has ended",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::import::source::Source;

    fn header(folder: &Path) -> Header {
        let file = folder.join("people.csv");
        std::fs::write(&file, "email\na@b.c\n").unwrap();
        Header {
            file: Source::open(file.to_str().unwrap(), None).unwrap().identity().unwrap(),
            table: "T".to_owned(),
            account: Some("123456789012".to_owned()),
            region: "eu-west-1".to_owned(),
            endpoint: None,
            skip_existing: false,
            format: "csv".to_owned(),
        }
    }

    fn progress(byte: u64) -> Progress {
        Progress { byte, line: byte / 10, counts: Counts { added: byte, ..Counts::default() } }
    }

    #[test]
    fn a_journal_is_read_back_and_a_torn_line_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (header, path) = (header(folder.path()), folder.path().join("people.csv.journal"));
        assert!(Journal::open(&path).unwrap().is_none());
        let mut draft = Draft::new(&path, &header).unwrap();
        for line in (10..6000).step_by(2) {
            draft.leave_out(line).unwrap();
        }
        assert!(!path.exists(), "it is there as a whole or not at all");
        let (mut journal, mut left_out) = draft.finish(&path, true).unwrap();
        assert!(Journal::open(&path).err().unwrap().said.contains("under way"));
        journal.written(progress(100), true).unwrap();
        journal.written(progress(200), true).unwrap();
        journal.written(progress(300), false).unwrap();
        drop(journal);
        for end in ["", "{\"wri", "{\"written\":{\"byte\":900,\"line\":1}}\n", "\0\0\0"] {
            let mut text = std::fs::read(&path).unwrap();
            text.extend_from_slice(end.as_bytes());
            std::fs::write(&path, text).unwrap();
            let LeftBehind { header: found, progress: at, rejected, mut journal, mut left_out } =
                Journal::open(&path).unwrap().unwrap();
            assert_eq!((found, at, rejected), (header.clone(), Some(progress(200)), 2995), "{end}");
            assert!(left_out.has(5000).unwrap() && !left_out.has(5001).unwrap() && !left_out.has(7000).unwrap());
            journal.written(progress(200), true).unwrap();
        }
        let all: Vec<u64> = (1..7000).filter(|line| left_out.has(*line).unwrap()).collect();
        assert_eq!(all, (10..6000).step_by(2).collect::<Vec<_>>());
        Journal::open(&path).unwrap().unwrap().journal.remove().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only people.csv is left");
    }
}
