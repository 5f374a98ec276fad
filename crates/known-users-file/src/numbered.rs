//! Rows that a program has made of another file: the line where each was found, a tab, and a JSON object; or, of what could not be
//! made into one, `!` and a JSON object with the fault's `column` and `reason`.

use std::io::{BufRead, BufReader, Read};

use serde_json::{Map, Value};

use crate::{
    fault::Fault,
    ndjson,
    row::{LONGEST_ROW, Mark, Numbered},
};

#[derive(Default)]
pub(crate) struct NumberedRows {
    line: Vec<u8>,
}

impl NumberedRows {
    pub(crate) fn row<R: Read>(&mut self, input: &mut BufReader<R>, at: &mut Mark) -> Result<Option<Numbered>, Fault> {
        self.line.clear();
        let read = input.take(LONGEST_ROW as u64 + 1).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| Fault::unreadable(at.line, &error))?;
        if read == 0 {
            return Ok(None);
        }
        at.byte += read as u64;
        let Some((line, text)) = split(&self.line) else {
            return Err(Fault::of_row(at.line, "is no row that a program has made"));
        };
        at.line = line + 1;
        Ok(Some((
            line,
            text.strip_prefix(b"!").map_or_else(|| ndjson::person(text, line), |fault| Err(of(line, fault))),
        )))
    }

    pub(crate) fn cells(&self) -> Map<String, Value> {
        split(&self.line).map(|(_, text)| ndjson::cells(text)).unwrap_or_default()
    }
}

/// The number, and what is behind the tab.
fn split(line: &[u8]) -> Option<(u64, &[u8])> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let number = str::from_utf8(line.get(..tab)?).ok()?.parse().ok()?;
    Some((number, line.get(tab + 1..)?))
}

fn of(line: u64, fault: &[u8]) -> Fault {
    let fault: Value = serde_json::from_slice(fault).unwrap_or_default();
    let text = |name: &str| fault.get(name).and_then(Value::as_str).map(str::to_owned);
    Fault { line, column: text("column"), reason: text("reason").unwrap_or_else(|| "cannot be read".to_owned()) }
}
