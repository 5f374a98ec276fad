//! The objects of a JSON file, one by one: an array of them, one a line, one behind the other, or the array that a member of one
//! object has. Only the object at hand is in memory.

use std::io::BufRead;

use memchr::memchr3;
use serde_json::Value;

use crate::account::Fault;

/// The longest object that is an account, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

/// Takes the objects of a file.
pub(crate) struct Objects<R> {
    input: R,
    line: u64,
    /// The member that holds the accounts, where the file is one object: Keycloak's `users`.
    member: Option<&'static str>,
    /// Whether the objects are within that member's array now.
    is_within: bool,
    buffer: Vec<u8>,
}

impl<R: BufRead> Objects<R> {
    pub(crate) fn new(input: R, member: Option<&'static str>) -> Self {
        Self { input, line: 1, member, is_within: member.is_none(), buffer: Vec::new() }
    }

    /// The next object and its line; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Value)>, Fault> {
        loop {
            let Some(byte) = self.skip()? else {
                return match self.is_within && self.member.is_some() {
                    true => Err(Fault::of(self.line, "the file ends before its objects do")),
                    false => Ok(None),
                };
            };
            match byte {
                b'{' if self.is_within => return self.object().map(Some),
                // The one object around them, from which its members are read; another page of it may follow.
                b'{' => {
                    self.input.consume(1);
                    if !self.find()? {
                        continue;
                    }
                    self.is_within = true;
                }
                b']' if self.is_within && self.member.is_some() => {
                    self.input.consume(1);
                    self.is_within = false;
                    self.leave()?;
                }
                b'[' | b']' | b',' => self.input.consume(1),
                _ => return Err(Fault::of(self.line, "is no JSON of objects")),
            }
        }
    }

    /// Skips blanks; the byte behind them.
    fn skip(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let line = self.line;
            let bytes = self.input.fill_buf().map_err(|error| unreadable(line, &error))?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let blanks = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.line += newlines(bytes.get(..blanks).unwrap_or_default());
            let next = bytes.get(blanks).copied();
            self.input.consume(blanks);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// The object that begins here.
    fn object(&mut self) -> Result<(u64, Value), Fault> {
        let line = self.line;
        self.value()?;
        // The place without the reason: serde's repeats what it read.
        let value = serde_json::from_slice(&self.buffer).map_err(|error| {
            let line = line + error.line() as u64 - 1;
            Fault::of(line, format!("is no JSON object: see character {}", error.column()))
        })?;
        Ok((line, value))
    }

    /// Reads the value that begins here into the buffer: to its closing bracket, or as far as it goes.
    fn value(&mut self) -> Result<(), Fault> {
        self.buffer.clear();
        let start = self.line;
        let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
        loop {
            let line = self.line;
            let bytes = self.input.fill_buf().map_err(|error| unreadable(line, &error))?;
            if bytes.is_empty() {
                return Err(Fault::of(start, "the file ends before this object does"));
            }
            let mut at = 0;
            let mut is_done = false;
            while at < bytes.len() && !is_done {
                if is_escaped {
                    is_escaped = false;
                    at += 1;
                    continue;
                }
                if is_text {
                    // Nothing in a text counts but its end.
                    let rest = bytes.get(at..).unwrap_or_default();
                    let Some(found) = memchr3(b'"', b'\\', b'"', rest) else {
                        at = bytes.len();
                        break;
                    };
                    at += found;
                    match bytes.get(at) {
                        Some(b'\\') => is_escaped = true,
                        _ => is_text = false,
                    }
                    at += 1;
                    is_done = depth == 0 && !is_text;
                    continue;
                }
                match bytes.get(at) {
                    Some(b'"') => is_text = true,
                    Some(b'{' | b'[') => depth += 1,
                    Some(b'}' | b']') if depth > 0 => {
                        depth -= 1;
                        is_done = depth == 0;
                    }
                    // Behind a number or a word, which have no end of their own.
                    Some(b',' | b'}' | b']') if depth == 0 => {
                        is_done = true;
                        continue;
                    }
                    _ => {}
                }
                at += 1;
            }
            let taken = bytes.get(..at).unwrap_or_default();
            self.buffer.extend_from_slice(taken);
            self.line += newlines(taken);
            self.input.consume(at);
            if self.buffer.len() > LONGEST {
                return Err(Fault::of(start, format!("is longer than {LONGEST} bytes: is a bracket not closed?")));
            }
            if is_done {
                return Ok(());
            }
        }
    }

    /// Within the object around, goes to the array of the member; says whether it is there.
    fn find(&mut self) -> Result<bool, Fault> {
        loop {
            let line = self.line;
            match self.skip()? {
                None => return Err(Fault::of(line, "the file ends before its object does")),
                Some(b'}') => {
                    self.input.consume(1);
                    return Ok(false);
                }
                Some(b',') => self.input.consume(1),
                Some(b'"') => {
                    self.value()?;
                    let is_it = self.member.is_some_and(|member| self.buffer == format!("\"{member}\"").into_bytes());
                    if self.skip()? != Some(b':') {
                        return Err(Fault::of(self.line, "is no JSON of objects"));
                    }
                    self.input.consume(1);
                    let next = self.skip()?;
                    if is_it && next == Some(b'[') {
                        self.input.consume(1);
                        return Ok(true);
                    }
                    self.value()?;
                }
                Some(_) => return Err(Fault::of(line, "is no JSON of objects")),
            }
        }
    }

    /// To the end of the object around, whose other members say nothing.
    fn leave(&mut self) -> Result<(), Fault> {
        let member = self.member.take();
        let rest = self.find();
        self.member = member;
        rest.map(drop)
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

fn unreadable(line: u64, error: &std::io::Error) -> Fault {
    Fault::of(line, format!("cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn lines(text: &str, member: Option<&'static str>) -> Result<Vec<(u64, String)>, String> {
        // A buffer of a few bytes, so that each thing is cut somewhere.
        [1, 3, 64 * 1024]
            .map(|capacity| {
                let mut objects = Objects::new(BufReader::with_capacity(capacity, text.as_bytes()), member);
                let mut found = Vec::new();
                loop {
                    match objects.next() {
                        Ok(Some((line, value))) => found.push((line, value["a"].to_string())),
                        Ok(None) => return Ok(found),
                        Err(fault) => return Err(fault.to_string()),
                    }
                }
            })
            .into_iter()
            .reduce(|first, other| {
                assert_eq!(first, other, "{text}");
                first
            })
            .unwrap()
    }

    #[test]
    fn objects_come_one_by_one_however_they_are_put_together() {
        let two = Ok(vec![(1, "1".to_owned()), (2, "2".to_owned())]);
        for text in
            ["{\"a\":1}\n{\"a\":2}\n", "[{\"a\":1},\n{\"a\":2}]", "[{\"a\":1}]\n[{\"a\":2}]", "{\"a\":1},\n{\"a\":2}"]
        {
            assert_eq!(lines(text, None), two, "{text}");
        }
        for text in [
            "{\"users\":[{\"a\":1},\n{\"a\":2}]}",
            "{\"x\":{\"users\":[3]},\"n\":1,\"t\":\"}]\\\"\",\"users\": [{\"a\":1},\n{\"a\":2}], \"y\":[{\"a\":7}], \"z\":null}",
            "{\"users\":[{\"a\":1}],\"next\":\"p\"}\n{\"users\":[{\"a\":2}]}",
            "{\"roles\":[]}{\"users\":[{\"a\":1}\n,{\"a\":2}]}",
        ] {
            assert_eq!(lines(text, Some("users")), two, "{text}");
        }
        let text = "[{\"a\":\"}\\\\\\\"{\"}]";
        assert_eq!(lines(text, None), Ok(vec![(1, "\"}\\\\\\\"{\"".to_owned())]));
        assert_eq!(lines("", None), Ok(vec![]));
        assert_eq!(lines(" \n[]\n", None), Ok(vec![]));
    }

    #[test]
    fn what_is_cut_off_or_no_json_is_a_fault_with_its_line() {
        for (text, member, fault) in [
            ("{\"a\":1}\n{\"a\":", None, "line 2: the file ends before this object does"),
            ("{\"a\":1}\nx", None, "line 2: is no JSON of objects"),
            ("{\"a\":1}\n{\"a\"\n:x}", None, "line 3: is no JSON object: see character 2"),
            ("{\"users\":[{\"a\":1},\n", Some("users"), "line 2: the file ends before its objects do"),
            ("{\"users\":", Some("users"), "line 1: the file ends before this object does"),
            ("{\"x\":1", Some("users"), "line 1: the file ends before this object does"),
        ] {
            assert_eq!(lines(text, member), Err(fault.to_owned()), "{text}");
        }
    }
}
