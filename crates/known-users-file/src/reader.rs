//! A file, row by row.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use serde_json::{Map, Value};

use crate::{
    csv::Csv,
    fault::Fault,
    ndjson::Ndjson,
    numbered::NumberedRows,
    row::{Mark, Row},
};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values after RFC 4180; the first row names the columns.
    Csv,
    /// A JSON object a line.
    Ndjson,
    /// Rows that a program has made of another file, each with the line where it was found: a number, a tab, and a JSON object,
    /// or `!` and an object with the `column` and the `reason` of what is wrong there.
    Numbered,
}

/// Reads a file row by row.
pub struct Reader<R> {
    input: BufReader<R>,
    at: Mark,
    rows: Rows,
}

enum Rows {
    Csv(Box<Csv>),
    Ndjson(Ndjson),
    Numbered(NumberedRows),
}

impl<R: Read + Seek> Reader<R> {
    /// Reads as far as the first row. Without a `format`, a file that begins with `{` is NDJSON.
    ///
    /// # Errors
    /// Where the file cannot be read, or the names of its columns are not as they should be.
    pub fn new(input: R, format: Option<Format>) -> Result<Self, Fault> {
        let mut input = BufReader::with_capacity(64 * 1024, input);
        let mut at = Mark { byte: 0, line: 1 };
        let unreadable = |error| Fault::unreadable(1, &error);
        // A spreadsheet may put a mark at the beginning of a file, which is no part of the first column's name.
        let start = input.fill_buf().map_err(unreadable)?;
        if start.starts_with("\u{feff}".as_bytes()) {
            at.byte = 3;
            input.consume(3);
        }
        let first = input.fill_buf().map_err(unreadable)?.iter().find(|byte| !byte.is_ascii_whitespace());
        let format = format.unwrap_or(if first == Some(&b'{') { Format::Ndjson } else { Format::Csv });
        let rows = match format {
            Format::Csv => Rows::Csv(Box::new(Csv::new(&mut input, &mut at)?)),
            Format::Ndjson => Rows::Ndjson(Ndjson::default()),
            Format::Numbered => Rows::Numbered(NumberedRows::default()),
        };
        Ok(Self { input, at, rows })
    }

    /// How the file is written.
    pub fn format(&self) -> Format {
        match self.rows {
            Rows::Csv(_) => Format::Csv,
            Rows::Ndjson(_) => Format::Ndjson,
            Rows::Numbered(_) => Format::Numbered,
        }
    }

    /// Where the next row is read from.
    pub fn mark(&self) -> Mark {
        self.at
    }

    /// Goes on from where a [`Row`] of the same file ended.
    ///
    /// # Errors
    /// Where the file cannot be read from there.
    pub fn go_to(&mut self, mark: Mark) -> Result<(), Fault> {
        self.input.seek(SeekFrom::Start(mark.byte)).map_err(|error| Fault::unreadable(mark.line, &error))?;
        self.at = mark;
        Ok(())
    }

    /// The next row; nothing at the end.
    ///
    /// # Errors
    /// Where nothing more can be read: the file's end is out of reach.
    pub fn row(&mut self) -> Result<Option<Row>, Fault> {
        let row = match &mut self.rows {
            Rows::Csv(csv) => csv.row(&mut self.input, &mut self.at)?,
            Rows::Ndjson(ndjson) => ndjson.row(&mut self.input, &mut self.at)?,
            Rows::Numbered(numbered) => numbered.row(&mut self.input, &mut self.at)?,
        };
        Ok(row.map(|(line, person)| Row { line, person, end: self.at }))
    }

    /// The cells of the last row by their columns, for whoever has to mend it; without its password hash, with `null` for
    /// what no column of a list of known users says, and empty where it cannot be told which cell is which.
    pub fn cells(&self) -> Map<String, Value> {
        let mut cells = match &self.rows {
            Rows::Csv(csv) => csv.cells(),
            Rows::Ndjson(ndjson) => ndjson.cells(),
            Rows::Numbered(numbered) => numbered.cells(),
        };
        cells.remove("password_hash");
        cells
    }
}

#[cfg(test)]
mod tests;
