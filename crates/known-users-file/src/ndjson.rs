//! A JSON object a line.

use std::{
    fmt,
    io::{BufRead, BufReader, Read},
};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::{
    column::{Column, shown},
    fault::Fault,
    person::{Person, Said},
    row::{LONGEST_ROW, Mark, Numbered},
};

#[derive(Default)]
pub(crate) struct Ndjson {
    line: Vec<u8>,
}

impl Ndjson {
    pub(crate) fn row<R: Read>(&mut self, input: &mut BufReader<R>, at: &mut Mark) -> Result<Option<Numbered>, Fault> {
        loop {
            self.line.clear();
            let line = at.line;
            let read = input.take(LONGEST_ROW as u64 + 1).read_until(b'\n', &mut self.line);
            let read = read.map_err(|error| Fault::unreadable(line, &error))?;
            if read == 0 {
                return Ok(None);
            }
            if read > LONGEST_ROW {
                return Err(Fault::of_row(line, format!("is longer than {LONGEST_ROW} bytes")));
            }
            at.byte += read as u64;
            at.line += 1;
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some((line, person(&self.line, line))));
            }
        }
    }

    /// What the line says in the columns of a list of known users, as far as it is a text, a number, `true` or `false`.
    /// Of every other member nothing but the name: it may be a password, or the hash of one, in any form.
    pub(crate) fn cells(&self) -> Map<String, Value> {
        cells(&self.line)
    }
}

pub(crate) fn cells(text: &[u8]) -> Map<String, Value> {
    let Ok(Members(members)) = serde_json::from_slice(text) else { return Map::new() };
    let cells = members.into_iter().enumerate().map(|(index, (name, value))| match Column::named(&name) {
        Ok(_) if !value.is_object() && !value.is_array() => (name, value),
        Ok(_) => (name, Value::Null),
        Err(_) => (shown(&name, index + 1), Value::Null),
    });
    cells.collect()
}

pub(crate) fn person(text: &[u8], line: u64) -> Result<Person, Fault> {
    // The place without the reason: serde's repeats what it read.
    let Members(members) = serde_json::from_slice(text)
        .map_err(|error| Fault::of_row(line, format!("is no JSON object: see character {}", error.column())))?;
    let mut said = Said::default();
    let mut columns = Vec::with_capacity(members.len());
    for (index, (name, value)) in members.iter().enumerate() {
        let fault = |reason: &str| Fault::of_cell(line, shown(name, index + 1), reason);
        let column = Column::named(name).map_err(fault)?;
        let id = match column {
            Column::Attribute | Column::Flag | Column::Note => Err(name),
            ref other => Ok(other.clone()),
        };
        if columns.contains(&id) {
            return Err(fault("is there twice"));
        }
        columns.push(id);
        if column == Column::Note {
            continue;
        }
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
            _ => return Err(fault("is neither a text nor a whole number nor `true` or `false`")),
        };
        said.add(&column, name, &text).map_err(fault)?;
    }
    said.person(line)
}

/// The members in their order, and one that is there twice twice.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visit)
    }
}
