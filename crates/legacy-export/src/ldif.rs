//! The entries of an LDIF file (RFC 2849).

use std::io::BufRead;

use base64ct::{Base64, Encoding};

use crate::{account::Fault, record::Row};

/// The longest entry, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

pub(crate) struct Entries<R> {
    input: R,
    line: u64,
    /// A line that was read and belongs to what comes.
    ahead: Option<(u64, Vec<u8>)>,
    fields: Vec<(String, String)>,
}

impl<R: BufRead> Entries<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, line: 1, ahead: None, fields: Vec::new() }
    }

    /// The attributes of the next entry, the name among them as `dn`, and its line; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, Fault> {
        self.fields.clear();
        let (mut start, mut fault, mut length) = (None, None, 0);
        while let Some((line, text)) = self.unfolded()? {
            if text.is_empty() {
                if start.is_some() {
                    break;
                }
                continue;
            }
            length += text.len();
            if length > LONGEST {
                return Err(Fault::of(line, format!("an entry is longer than {LONGEST} bytes")));
            }
            match field(line, &text) {
                Ok((name, _)) if name.eq_ignore_ascii_case("version") && start.is_none() => continue,
                Ok(field) => self.fields.push(field),
                Err(found) => drop(fault.get_or_insert(found)),
            }
            start.get_or_insert(line);
        }
        let Some(line) = start else { return Ok(None) };
        if self.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("changetype")) {
            fault = Some(Fault::of(line, "is a record of changes: export the entries themselves"));
        }
        Ok(Some((line, fault.map_or(Ok(self.fields.as_slice()), Err))))
    }

    /// A line with those behind it that go on with it, which begin with a blank; without remarks.
    fn unfolded(&mut self) -> Result<Option<(u64, Vec<u8>)>, Fault> {
        loop {
            let first = match self.ahead.take() {
                Some(first) => Some(first),
                None => self.raw()?,
            };
            let Some((line, mut text)) = first else { return Ok(None) };
            while !text.is_empty()
                && let Some((next, more)) = self.raw()?
            {
                let Some(rest) = more.strip_prefix(b" ") else {
                    self.ahead = Some((next, more));
                    break;
                };
                text.extend_from_slice(rest);
                if text.len() > LONGEST {
                    return Err(Fault::of(line, format!("is longer than {LONGEST} bytes")));
                }
            }
            if !text.starts_with(b"#") {
                return Ok(Some((line, text)));
            }
        }
    }

    fn raw(&mut self) -> Result<Option<(u64, Vec<u8>)>, Fault> {
        let (line, mut text) = (self.line, Vec::new());
        let read = std::io::Read::take(&mut self.input, LONGEST as u64 + 1).read_until(b'\n', &mut text);
        if read.map_err(|error| Fault::of(line, format!("cannot be read: {error}")))? == 0 {
            return Ok(None);
        }
        self.line += 1;
        while matches!(text.last(), Some(b'\n' | b'\r')) {
            text.pop();
        }
        Ok(Some((line, text)))
    }
}

/// `name: text`, `name:: base64`; `name:< address` is not followed. Options behind a name (`;lang-de`) are no part of it.
fn field(line: u64, text: &[u8]) -> Result<(String, String), Fault> {
    let text = str::from_utf8(text).map_err(|_| Fault::of(line, "is not in UTF-8"))?;
    let (name, value) = text.split_once(':').ok_or_else(|| Fault::of(line, "has no colon"))?;
    let name = name.split(';').next().unwrap_or(name).to_owned();
    let value = if let Some(encoded) = value.strip_prefix(':') {
        let bytes = Base64::decode_vec(encoded.trim()).map_err(|_| Fault::of_field(line, &name, "is not base64"))?;
        // A picture is nobody's name.
        String::from_utf8(bytes).unwrap_or_default()
    } else if value.starts_with('<') {
        return Err(Fault::of_field(line, name, "is in another file, which is not read"));
    } else {
        value.trim_start_matches(' ').to_owned()
    };
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_unfolded_decoded_and_told_apart() {
        let text = "version: 1\n\n# a remark\n  and its end\ndn: uid=ann,\n dc=example\nuid: ann\nuserPassword:: e1NTSEF9\ncn;lang-de: Ann\n\n\ndn: uid=bob\nmail:< file:///x\n\ndn: uid=eve\nchangetype: delete";
        let mut entries = Entries::new(text.as_bytes());
        let mut read = Vec::new();
        while let Some((line, fields)) = entries.next().unwrap() {
            let texts =
                fields.map(|fields| fields.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>());
            read.push((line, texts.map_err(|fault| fault.to_string())));
        }
        assert_eq!(
            read,
            [
                (
                    5,
                    Ok(["dn=uid=ann,dc=example", "uid=ann", "userPassword={SSHA}", "cn=Ann"]
                        .map(str::to_owned)
                        .to_vec())
                ),
                (12, Err("line 13: `mail`: is in another file, which is not read".to_owned())),
                (15, Err("line 15: is a record of changes: export the entries themselves".to_owned())),
            ]
        );
    }
}
