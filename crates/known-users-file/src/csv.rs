//! Comma-separated values.
//!
//! On `csv-core` and not on `csv`: the line on which a row begins has to be right behind blank lines and with either end
//! of line, a row needs a limit, and a reader has to go on in the middle of a file.

use std::{
    io::{BufRead, BufReader, Read},
    str,
};

use csv_core::ReadRecordResult;
use serde_json::{Map, Value, json};

use crate::{
    column::{Column, shown},
    fault::Fault,
    person::{Person, Said},
    row::{LONGEST_ROW, Mark, Numbered},
};

pub(crate) struct Csv {
    core: csv_core::Reader,
    names: Vec<String>,
    columns: Vec<Column>,
    /// Whether commas within a cell may be written `\,`, as the guide of Cognito's own import has it.
    is_cognitos: bool,
    text: Vec<u8>,
    ends: Vec<usize>,
    cells: Vec<Vec<u8>>,
}

impl Csv {
    /// Reads the row of names.
    pub(crate) fn new<R: Read>(input: &mut BufReader<R>, at: &mut Mark) -> Result<Self, Fault> {
        let mut csv = Self {
            core: csv_core::Reader::new(),
            names: Vec::new(),
            columns: Vec::new(),
            is_cognitos: false,
            text: vec![0; 1024],
            ends: vec![0; 32],
            cells: Vec::new(),
        };
        let line = csv.record(input, at)?.unwrap_or(1);
        for (index, cell) in csv.cells.iter().enumerate() {
            let position = index + 1;
            let name = str::from_utf8(cell).map(str::trim).map_err(|_| Fault::of_row(line, "is not in UTF-8"))?;
            let fault = |reason: &str| Fault::of_cell(line, shown(name, position), reason);
            let column = Column::named(name).map_err(fault)?;
            let is_twice = match column {
                Column::Attribute | Column::Flag | Column::Note => csv.names.iter().any(|earlier| earlier == name),
                _ => csv.columns.contains(&column),
            };
            if is_twice {
                return Err(fault("is there twice"));
            }
            csv.is_cognitos |= name == "cognito:username";
            csv.names.push(name.to_owned());
            csv.columns.push(column);
        }
        if !csv.columns.contains(&Column::Email) {
            return Err(Fault::of_row(line, "the first row has to name the columns, and one of them is `email`"));
        }
        Ok(csv)
    }

    pub(crate) fn row<R: Read>(&mut self, input: &mut BufReader<R>, at: &mut Mark) -> Result<Option<Numbered>, Fault> {
        let Some(line) = self.record(input, at)? else { return Ok(None) };
        Ok(Some((line, self.person(line))))
    }

    pub(crate) fn cells(&self) -> Map<String, Value> {
        if self.cells.len() != self.columns.len() {
            return Map::new();
        }
        let cells = self.names.iter().zip(&self.cells).filter(|(_, cell)| !cell.is_empty());
        cells.map(|(name, cell)| (name.clone(), json!(String::from_utf8_lossy(cell)))).collect()
    }

    fn person(&self, line: u64) -> Result<Person, Fault> {
        let (found, expected) = (self.cells.len(), self.columns.len());
        if found != expected {
            return Err(Fault::of_row(line, format!("has {found} cells instead of {expected}")));
        }
        let mut said = Said::default();
        for ((column, name), cell) in self.columns.iter().zip(&self.names).zip(&self.cells) {
            let fault = |reason: &str| Fault::of_cell(line, name, reason);
            let cell = str::from_utf8(cell).map_err(|_| fault("is not in UTF-8"))?;
            said.add(column, name, cell.trim()).map_err(fault)?;
        }
        said.person(line)
    }

    /// Reads a record into `cells`, and says on which line it begins; nothing at the end of the file.
    fn record<R: Read>(&mut self, input: &mut BufReader<R>, at: &mut Mark) -> Result<Option<u64>, Fault> {
        self.cells.clear();
        if !skip_blank_lines(input, at)? {
            return Ok(None);
        }
        let (line, start) = (at.line, at.byte);
        let (mut length, mut count) = (0, 0);
        loop {
            let bytes = input.fill_buf().map_err(|error| Fault::unreadable(line, &error))?;
            let text = self.text.get_mut(length..).unwrap_or_default();
            let ends = self.ends.get_mut(count..).unwrap_or_default();
            let (result, read, written, ended) = self.core.read_record(bytes, text, ends);
            at.line += newlines(bytes.get(..read).unwrap_or_default());
            at.byte += read as u64;
            input.consume(read);
            (length, count) = (length + written, count + ended);
            if at.byte - start > LONGEST_ROW as u64 {
                let reason = format!("is longer than {LONGEST_ROW} bytes: is a quotation mark not closed?");
                return Err(Fault::of_row(line, reason));
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(None),
            }
        }
        let mut start = 0;
        for end in self.ends.iter().take(count) {
            let cell = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            match self.cells.last_mut() {
                Some(last) if self.is_cognitos && last.ends_with(b"\\") => {
                    last.pop();
                    last.push(b',');
                    last.extend_from_slice(cell);
                }
                _ => self.cells.push(cell.to_owned()),
            }
        }
        Ok(Some(line))
    }
}

/// Whether there is anything behind the blank lines.
fn skip_blank_lines<R: Read>(input: &mut BufReader<R>, at: &mut Mark) -> Result<bool, Fault> {
    loop {
        let bytes = input.fill_buf().map_err(|error| Fault::unreadable(at.line, &error))?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let is_all = blank == bytes.len();
        at.line += newlines(bytes.get(..blank).unwrap_or_default());
        at.byte += blank as u64;
        input.consume(blank);
        if !is_all {
            return Ok(true);
        }
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
