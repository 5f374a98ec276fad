//! Rows that are not imported, and why.

use std::io;

use known_users_file::Fault;

use crate::commands::import::sorter::{Sorted, Sorter};

/// Why a row is not imported. Its order is which reason is given where there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// It is not as it should be; the reader says how.
    Fault,
    /// Another row is about the same person.
    EmailTwice,
    /// Another row has the same user name for somebody else.
    NameTwice,
    /// Somebody else has the user name in the table.
    NameTaken,
    /// The person's record in the table is not one.
    Malformed,
}

impl Why {
    const ALL: [Self; 5] = [Self::Fault, Self::EmailTwice, Self::NameTwice, Self::NameTaken, Self::Malformed];

    /// As the operator reads it; `other` is the line of the other row, where there is one.
    pub(crate) fn fault(self, line: u64, other: u64) -> Fault {
        let (column, reason) = match self {
            Self::Fault => return Fault::of_row(line, "is not as it should be"),
            Self::EmailTwice => ("email", format!("is the same person as in line {other}")),
            Self::NameTwice => ("user_name", format!("is somebody else's in line {other}")),
            Self::NameTaken => ("user_name", "is somebody else's in the table".to_owned()),
            Self::Malformed => ("email", "has a record in the table that the triggers cannot read".to_owned()),
        };
        Fault::of_cell(line, column, reason)
    }
}

/// A row that is not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) line: u64,
    pub(crate) why: Why,
    pub(crate) other: u64,
}

/// Collects them in any order.
pub(crate) struct BadRows(Sorter<17>);

impl BadRows {
    pub(crate) fn new() -> Self {
        Self(Sorter::new())
    }

    pub(crate) fn add(&mut self, line: u64, why: Why, other: u64) -> io::Result<()> {
        let mut record = [0; 17];
        let bytes = line.to_be_bytes().into_iter().chain([why as u8]).chain(other.to_be_bytes());
        for (to, from) in record.iter_mut().zip(bytes) {
            *to = from;
        }
        self.0.push(record)
    }

    pub(crate) fn sorted(self) -> io::Result<BadByLine> {
        Ok(BadByLine { records: self.0.sorted()?, last: 0 })
    }
}

/// Gives them by line, each line once.
pub(crate) struct BadByLine {
    records: Sorted<17>,
    last: u64,
}

impl BadByLine {
    pub(crate) fn next(&mut self) -> io::Result<Option<Bad>> {
        while let Some(record) = self.records.next()? {
            let (line, rest) = record.split_at(8);
            let bad = Bad {
                line: number(line),
                why: rest.first().and_then(|at| Why::ALL.get(usize::from(*at))).copied().unwrap_or(Why::Fault),
                other: number(rest.get(1..).unwrap_or_default()),
            };
            if bad.line != self.last {
                self.last = bad.line;
                return Ok(Some(bad));
            }
        }
        Ok(None)
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Finds keys that several rows have.
pub(crate) struct Twice(Sorter<25>);

impl Twice {
    pub(crate) fn new() -> Self {
        Self(Sorter::new())
    }

    /// The row at `line` has a key of this kind ([`Why::EmailTwice`] or [`Why::NameTwice`]) with this digest.
    pub(crate) fn add(&mut self, line: u64, kind: Why, digest: [u8; 16]) -> io::Result<()> {
        let mut record = [0; 25];
        let bytes = [kind as u8].into_iter().chain(digest).chain(line.to_be_bytes());
        for (to, from) in record.iter_mut().zip(bytes) {
            *to = from;
        }
        self.0.push(record)
    }

    /// Every row whose key another row has as well is bad: which of them is right is not for us to say.
    pub(crate) fn find(self, bad: &mut BadRows) -> io::Result<()> {
        let mut records = self.0.sorted()?;
        // The key, the line that had it first, and whether that one is bad already.
        let mut first: Option<(Vec<u8>, u64, bool)> = None;
        while let Some(record) = records.next()? {
            let (key, line) = record.split_at(17);
            let line = number(line);
            match &mut first {
                Some((seen, earlier, is_bad)) if seen.as_slice() == key => {
                    let why =
                        if key.first() == Some(&(Why::EmailTwice as u8)) { Why::EmailTwice } else { Why::NameTwice };
                    if !*is_bad {
                        bad.add(*earlier, why, line)?;
                        *is_bad = true;
                    }
                    bad.add(line, why, *earlier)?;
                }
                _ => first = Some((key.to_vec(), line, false)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_whose_key_is_there_twice_is_bad_for_its_first_reason() {
        let mut twice = Twice::new();
        for (line, email, name) in [(2, 1, 7), (3, 2, 8), (4, 1, 7), (5, 3, 8), (6, 4, 9), (7, 1, 9), (8, 5, 1)] {
            twice.add(line, Why::EmailTwice, [email; 16]).unwrap();
            twice.add(line, Why::NameTwice, [name; 16]).unwrap();
        }
        let mut bad = BadRows::new();
        bad.add(9, Why::Fault, 0).unwrap();
        bad.add(5, Why::Fault, 0).unwrap();
        twice.find(&mut bad).unwrap();
        let mut bad = bad.sorted().unwrap();
        let found: Vec<(u64, Why, u64)> =
            std::iter::from_fn(|| bad.next().unwrap()).map(|bad| (bad.line, bad.why, bad.other)).collect();
        assert_eq!(
            found,
            [
                (2, Why::EmailTwice, 4),
                (3, Why::NameTwice, 5),
                (4, Why::EmailTwice, 2),
                (5, Why::Fault, 0),
                (6, Why::NameTwice, 7),
                (7, Why::EmailTwice, 2),
                (9, Why::Fault, 0),
            ]
        );
    }
}
