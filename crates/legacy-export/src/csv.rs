//! The rows of a CSV file: of RFC 4180, with semicolons or tabs, or as MySQL and psql escape quotation marks.

use std::io::{BufRead, BufReader, Chain, Cursor, Read};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::{account::Fault, record::Row};

/// How much of a file is looked at to tell how it is written, in bytes.
const LOOKED_AT: u64 = 64 * 1024;

/// The longest row, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

pub(crate) struct Rows<R> {
    input: BufReader<Chain<Cursor<Vec<u8>>, R>>,
    line: u64,
    core: Reader,
    /// The cells of the row at hand, one behind the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    names: Vec<String>,
    fields: Vec<(String, String)>,
}

impl<R: BufRead> Rows<R> {
    /// Rows whose names are in the first of them, unless they are given.
    pub(crate) fn new(mut input: R, names: Option<&[&str]>) -> Result<Self, Fault> {
        let mut start = Vec::new();
        input.by_ref().take(LOOKED_AT).read_to_end(&mut start).map_err(|error| unreadable(1, &error))?;
        // Clerk's sample begins with a remark.
        let remarks = start.split_inclusive(|byte| *byte == b'\n').take_while(|line| line.starts_with(b"#"));
        let remarks: Vec<usize> = remarks.map(<[u8]>::len).collect();
        let rest = start.split_off(remarks.iter().sum());
        let has_escapes = rest.windows(2).any(|two| two == b"\\\"");
        let core = ReaderBuilder::new().delimiter(delimiter(&rest)).escape(has_escapes.then_some(b'\\')).build();
        let mut rows = Self {
            input: BufReader::with_capacity(64 * 1024, Cursor::new(rest).chain(input)),
            line: 1 + remarks.len() as u64,
            core,
            text: vec![0; 1024],
            ends: vec![0; 32],
            names: Vec::new(),
            fields: Vec::new(),
        };
        rows.names = match names {
            Some(names) => names.iter().map(|name| (*name).to_owned()).collect(),
            None => {
                let (line, count) = rows.record()?.ok_or_else(|| Fault::of(1, "the file is empty"))?;
                let text = |cell: &[u8]| String::from_utf8(cell.to_vec()).map(|name| name.trim().to_owned());
                let names: Result<_, _> = rows.cells(count).map(text).collect();
                names.map_err(|_| Fault::of(line, "is not in UTF-8"))?
            }
        };
        Ok(rows)
    }

    /// The next row, by the names of its cells, and its line; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, Fault> {
        let Some((line, found)) = self.record()? else { return Ok(None) };
        let expected = self.names.len();
        if found != expected {
            return Ok(Some((line, Err(Fault::of(line, format!("has {found} cells instead of {expected}"))))));
        }
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        for (name, cell) in self.names.iter().zip(self.cells(found)) {
            let Ok(text) = str::from_utf8(cell) else {
                return Ok(Some((line, Err(Fault::of_field(line, name, "is not in UTF-8")))));
            };
            fields.push((name.clone(), text.to_owned()));
        }
        self.fields = fields;
        Ok(Some((line, Ok(&self.fields))))
    }

    /// The cells of the row at hand.
    fn cells(&self, count: usize) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().take(count).map(move |end| {
            let cell = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            cell
        })
    }

    /// Reads a row; the line on which it begins, and how many cells it has; nothing at the end.
    fn record(&mut self) -> Result<Option<(u64, usize)>, Fault> {
        if !self.skip_blank_lines()? {
            return Ok(None);
        }
        let line = self.line;
        let (mut length, mut count, mut taken) = (0, 0, 0);
        loop {
            let bytes = self.input.fill_buf().map_err(|error| unreadable(line, &error))?;
            let text = self.text.get_mut(length..).unwrap_or_default();
            let ends = self.ends.get_mut(count..).unwrap_or_default();
            let (result, read, written, ended) = self.core.read_record(bytes, text, ends);
            let read_bytes = bytes.get(..read).unwrap_or_default();
            self.line += memchr::memchr_iter(b'\n', read_bytes).count() as u64;
            self.input.consume(read);
            (length, count, taken) = (length + written, count + ended, taken + read as u64);
            if taken > LONGEST {
                return Err(Fault::of(
                    line,
                    format!("is longer than {LONGEST} bytes: is a quotation mark not closed?"),
                ));
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => return Ok(Some((line, count))),
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Whether there is anything behind the blank lines.
    fn skip_blank_lines(&mut self) -> Result<bool, Fault> {
        loop {
            let line = self.line;
            let bytes = self.input.fill_buf().map_err(|error| unreadable(line, &error))?;
            let Some(first) = bytes.first() else { return Ok(false) };
            if !matches!(first, b'\n' | b'\r') {
                return Ok(true);
            }
            self.line += u64::from(*first == b'\n');
            self.input.consume(1);
        }
    }
}

fn unreadable(line: u64, error: &std::io::Error) -> Fault {
    Fault::of(line, format!("cannot be read: {error}"))
}

/// What stands between the cells of the first row: what is there most often outside of quotation marks.
fn delimiter(start: &[u8]) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in start {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            byte if !is_quoted => counts.iter_mut().filter(|(mark, _)| mark == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    // Of two that are there as often, the first.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(mark, _)| *mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = Vec<(u64, Result<Vec<String>, String>)>;

    fn rows(text: &str) -> Read {
        let mut rows = Rows::new(text.as_bytes(), None).unwrap();
        let mut read = Vec::new();
        while let Some((line, fields)) = rows.next().unwrap() {
            let texts = fields.map(|fields| fields.iter().map(|(name, text)| format!("{name}={text}")).collect());
            read.push((line, texts.map_err(|fault| fault.to_string())));
        }
        read
    }

    #[test]
    fn rows_are_read_as_their_writers_have_them() {
        let row = |line, cells: [&str; 2]| (line, Ok(cells.map(str::to_owned).to_vec()));
        for text in [
            "a,b\n1,\"x,\"\"y\"\"\"\n",
            "a;b\r\n1;\"x,\"\"y\"\"\"\r\n",
            "a\tb\n1\tx,\"y\"\n",
            "# a remark\na,b\n1,\"x,\\\"y\\\"\"\n",
        ] {
            let line = if text.starts_with('#') { 3 } else { 2 };
            assert_eq!(rows(text), [row(line, ["a=1", "b=x,\"y\""])], "{text}");
        }
        assert_eq!(rows("a,b\n\"1\n2\",3\n4,5\n"), [row(2, ["a=1\n2", "b=3"]), row(4, ["a=4", "b=5"])]);
        assert_eq!(rows("a,b\n1\n"), [(2, Err("line 2: has 1 cells instead of 2".to_owned()))]);
        assert_eq!(rows("a,b\n"), []);
        assert_eq!(Rows::new(&b""[..], None).err().unwrap().to_string(), "line 1: the file is empty");
    }
}
