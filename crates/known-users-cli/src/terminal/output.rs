//! What the operator reads.
//!
//! The story goes to standard output, or to standard error where that is kept for the JSON result; errors and the spinner
//! always go to standard error. A terminal that has gone away is no reason to stop cleaning up, so failed writes are
//! ignored.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// Tells the story.
pub(crate) struct Show {
    json: bool,
}

impl Show {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// A step of the scenario.
    pub(crate) fn step(&self, what: impl Display) {
        self.line(&format!("==> {what}"));
    }

    /// What came of it.
    pub(crate) fn note(&self, what: impl Display) {
        self.line(&format!("    {what}"));
    }

    fn line(&self, line: &str) {
        if self.json {
            error(line);
        } else {
            let _ = writeln!(io::stdout().lock(), "{}", printable(line));
        }
    }

    /// The machine-readable result, where it was asked for.
    pub(crate) fn result(&self, result: &Value) {
        if self.json {
            let _ = writeln!(io::stdout().lock(), "{result}");
        }
    }

    /// Something to look at while `what` is waited for; it goes away with the value.
    pub(crate) fn waiting(&self, what: &str) -> Waiting {
        if !io::stderr().is_terminal() {
            self.note(format!("{what} …"));
            return Waiting(None);
        }
        let spinner = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("    {spinner} {msg} ({elapsed})") {
            spinner.set_style(style);
        }
        spinner.set_message(printable(what));
        spinner.enable_steady_tick(Duration::from_millis(100));
        Waiting(Some(spinner))
    }
}

/// A spinner, on a terminal.
pub(crate) struct Waiting(Option<ProgressBar>);

impl Waiting {
    /// Something else is waited for, or more of it is done: on a terminal.
    pub(crate) fn say(&self, what: &str) {
        if let Some(spinner) = &self.0 {
            spinner.set_message(printable(what));
        }
    }

    /// The same where there is no terminal: a line more.
    pub(crate) fn note(&self, show: &Show, what: &str) {
        if self.0.is_none() {
            show.note(what);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(spinner) = &self.0 {
            spinner.finish_and_clear();
        }
    }
}

/// What was asked for, for standard output.
pub(crate) fn print(text: &str) {
    let _ = write!(io::stdout().lock(), "{}", printable(text));
}

/// Something for standard error.
pub(crate) fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(text));
}

/// The text without what a terminal would obey: names, logs and messages are other people's.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_told_nothing_but_text() {
        assert_eq!(
            printable("Zoë\n\t太郎 \u{1b}[2Jx\r\u{7}\u{9b}"),
            "Zoë\n\t太郎 \u{fffd}[2Jx\u{fffd}\u{fffd}\u{fffd}"
        );
    }
}
