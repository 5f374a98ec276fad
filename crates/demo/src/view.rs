//! How it looks: a table for a terminal of 100 columns, and the numbers at the end.

use std::env;
use std::io::{IsTerminal, stdout};
use std::time::Duration;

use comfy_table::presets::UTF8_FULL;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width};
use local_aws::dynamodb::{EPHEMERA, KNOWN_USERS};
use local_aws::effects::{Answer, Effects};
use serde_json::{Map, Value};

/// As wide as it gets, and as it is where there is no terminal.
const WIDTH: u16 = 100;

/// An event and what came of it.
pub(crate) struct Row {
    /// The trigger source.
    pub(crate) source: String,
    /// What happened, in plain words.
    pub(crate) words: String,
    /// What happened.
    pub(crate) effects: Effects,
    /// What was not as expected.
    pub(crate) problems: Vec<String>,
}

/// The widths of the columns but the third, which gets the rest.
const WIDTHS: (u16, u16, u16) = (21, 22, 5);

/// What the lines between the columns and the space beside them take.
const FRAME: u16 = 13;

/// The table of these rows.
pub(crate) fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL).set_content_arrangement(ContentArrangement::Dynamic);
    let width = table.width().unwrap_or(WIDTH).min(WIDTH);
    table.set_width(width);
    // The specification of NO_COLOR: any value that is not empty.
    if !stdout().is_terminal() || env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        table.force_no_tty();
    }
    let effects_width = width.saturating_sub(FRAME + WIDTHS.0 + WIDTHS.1 + WIDTHS.2).max(20);
    table.set_header(
        ["Trigger source", "What happened", "Response, tables, mail", "ms"]
            .map(|title| Cell::new(title).add_attribute(Attribute::Bold)),
    );
    table.add_rows(rows.iter().map(|row| {
        let mut words = Cell::new(&row.words);
        let mut lines = lines(&row.effects);
        if !row.problems.is_empty() {
            words = Cell::new(format!("NOT AS EXPECTED\n{}", row.words)).fg(Color::Red).add_attribute(Attribute::Bold);
            lines.extend(row.problems.iter().cloned());
        }
        let lines: Vec<String> = lines.iter().flat_map(|line| wrapped(line, effects_width.into())).collect();
        let effects = Cell::new(lines.join("\n"));
        [
            // Broken behind the trigger's name: a whole trigger source is longer than its column.
            Cell::new(row.source.replacen('_', "_\n", 1)),
            words,
            match (&row.effects.answer, row.problems.is_empty()) {
                (_, false) => effects.fg(Color::Red),
                (Answer::Response(_), true) => effects.fg(Color::Green),
                (Answer::Error { .. } | Answer::Foreign, true) => effects.fg(Color::Yellow),
                (Answer::Unchanged, true) => effects,
            },
            Cell::new(milliseconds(row.effects.elapsed)).set_alignment(CellAlignment::Right),
        ]
    }));
    for (column, width) in table.column_iter_mut().zip([WIDTHS.0, WIDTHS.1, effects_width, WIDTHS.2]) {
        // The width of a column includes the space beside its content.
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width + 2)));
    }
    table
}

/// What an event came to, line by line.
fn lines(effects: &Effects) -> Vec<String> {
    let mut lines = answer_lines(&effects.answer);
    for table in [KNOWN_USERS, EPHEMERA] {
        for (key, attributes) in effects.changes.get(table).into_iter().flatten() {
            lines.push(format!("{table} {key}:"));
            let mut attributes = attributes.clone();
            // In a new item the key is an attribute as well, and stands there already.
            attributes.retain(|_, value| value.as_str() != Some(key));
            push_members(&mut lines, &attributes, 1);
        }
    }
    for mail in &effects.mails {
        lines.push(format!("mail to {}:", mail.to.join(", ")));
        lines.extend([format!("  {}", mail.subject), format!("  {}", mail.text)]);
    }
    lines
}

/// An answer, line by line.
pub(crate) fn answer_lines(answer: &Answer) -> Vec<String> {
    match answer {
        Answer::Unchanged => vec!["response: unchanged".to_owned()],
        Answer::Response(members) => {
            let mut lines = vec!["response:".to_owned()];
            push_members(&mut lines, members, 1);
            lines
        }
        Answer::Error { kind, text } => vec![format!("error {kind}:"), format!("  {text}")],
        Answer::Foreign => vec!["the answer is not the event".to_owned()],
    }
}

fn push_members(lines: &mut Vec<String>, members: &Map<String, Value>, depth: usize) {
    let indent = "  ".repeat(depth);
    for (name, value) in members {
        match value {
            Value::Object(members) => {
                lines.push(format!("{indent}{name}:"));
                push_members(lines, members, depth + 1);
            }
            // Quotes only where a text could be taken for something else: `"true"` is not `true`.
            Value::String(text) if serde_json::from_str::<Value>(text).is_err() => {
                lines.push(format!("{indent}{name}: {text}"));
            }
            value => lines.push(format!("{indent}{name}: {value}")),
        }
    }
}

/// A line in pieces that fit, each but the first further in than it; broken at a space or behind a hyphen where there is
/// one.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let indent = line.len() - line.trim_start().len() + 2;
    let mut pieces = Vec::new();
    let mut rest = line.to_owned();
    while let Some((end, _)) = rest.char_indices().nth(width) {
        let places = rest.char_indices().zip(rest.chars().skip(1)).filter_map(|((place, letter), next)| {
            let behind = place + letter.len_utf8();
            (behind <= end && behind > indent && (next == ' ' || letter == '-')).then_some(behind)
        });
        let tail = rest.split_off(places.last().unwrap_or(end));
        pieces.push(rest);
        rest = " ".repeat(indent) + tail.trim_start();
    }
    pieces.push(rest);
    pieces
}

/// JSON for people, its members in the order in which they stand.
pub(crate) fn indented(json: &str) -> String {
    let mut text = String::new();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut letters = json.chars().filter(|letter| !letter.is_control()).peekable();
    while let Some(letter) = letters.next() {
        if in_string {
            text.push(letter);
            in_string = escaped || letter != '"';
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '{' | '[' => {
                while letters.next_if_eq(&' ').is_some() {}
                text.push(letter);
                if let Some(end) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    text.push(end);
                } else {
                    depth += 1;
                    text += &new_line(depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                text += &new_line(depth);
                text.push(letter);
            }
            ',' => text += &(",".to_owned() + &new_line(depth)),
            ':' => text += ": ",
            ' ' => {}
            letter => {
                in_string = letter == '"';
                text.push(letter);
            }
        }
    }
    text
}

fn new_line(depth: usize) -> String {
    "\n".to_owned() + &"  ".repeat(depth)
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() * 1000.0)
}

/// The numbers at the end.
#[derive(Default)]
pub(crate) struct Totals {
    as_expected: usize,
    requests: usize,
    mails: usize,
    times: Vec<Duration>,
}

impl Totals {
    /// Counts one more event.
    pub(crate) fn add(&mut self, effects: &Effects, as_expected: bool) {
        self.as_expected += usize::from(as_expected);
        self.requests += effects.requests;
        self.mails += effects.mails.len();
        self.times.push(effects.elapsed);
    }

    /// Whether every event was.
    pub(crate) fn all_as_expected(&self) -> bool {
        self.as_expected == self.times.len()
    }

    /// The numbers in words.
    pub(crate) fn summary(&self, release: bool) -> String {
        let events = self.times.len();
        let mut times = self.times.clone();
        times.sort_unstable();
        let median = times.get(events / 2).copied().unwrap_or_default();
        let build = if release { "release build" } else { "debug build" };
        format!(
            "{events} events handled: {} as expected, {} not. {} DynamoDB requests, {} mail{}. Median {} ms ({build}).",
            self.as_expected,
            events - self.as_expected,
            self.requests,
            self.mails,
            if self.mails == 1 { "" } else { "s" },
            milliseconds(median),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_broken_and_indented() {
        assert_eq!(wrapped("  short", 10), ["  short"]);
        assert_eq!(wrapped("  one two three", 10), ["  one two", "    three"]);
        assert_eq!(wrapped("key: 0123456789", 10), ["key:", "  01234567", "  89"]);
        assert_eq!(wrapped("0123456789ab", 10), ["0123456789", "  ab"]);
        assert_eq!(wrapped("id: 0123-45-67", 10), ["id: 0123-", "  45-67"]);
        assert_eq!(wrapped("ééé éééé ééé", 8), ["ééé éééé", "  ééé"]);
    }

    #[test]
    fn indented_json_is_the_same_json_in_the_same_order() {
        let json = r#"{"z":{"a": [1,{ }],"q":"{\"a: [}, b\\"},"b":[],"a":null}"#;
        let text = r#"{
  "z": {
    "a": [
      1,
      {}
    ],
    "q": "{\"a: [}, b\\"
  },
  "b": [],
  "a": null
}"#;
        assert_eq!(indented(json), text);
        assert_eq!(indented(text), text);
    }
}
