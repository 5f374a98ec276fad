//! How far it is, while it goes: a bar on a terminal, now and then a line elsewhere.

use std::{
    io::{self, IsTerminal},
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::terminal::output::Show;

/// How far apart the lines are.
const PAUSE: Duration = Duration::from_secs(5);

pub(crate) struct Bar<'a> {
    show: &'a Show,
    bytes: u64,
    is_terminal: bool,
    bar: Mutex<Option<ProgressBar>>,
    last: Mutex<Instant>,
}

impl<'a> Bar<'a> {
    /// For a file of so many bytes.
    pub(crate) fn new(show: &'a Show, bytes: u64) -> Self {
        let is_terminal = io::stderr().is_terminal();
        Self { show, bytes, is_terminal, bar: Mutex::new(None), last: Mutex::new(Instant::now()) }
    }

    /// `rows` are dealt with, which end at `byte`.
    pub(crate) fn at(&self, doing: &str, rows: u64, byte: u64) {
        if self.is_terminal {
            let Ok(mut bar) = self.bar.lock() else { return };
            let bar = bar.get_or_insert_with(|| new_bar(self.bytes));
            bar.set_message(format!("{rows} rows {doing}"));
            bar.set_position(byte);
            return;
        }
        let Ok(mut last) = self.last.lock() else { return };
        if last.elapsed() >= PAUSE {
            *last = Instant::now();
            let percent = byte.saturating_mul(100).checked_div(self.bytes).unwrap_or(100);
            self.show.note(format!("{rows} rows {doing}, {percent} % of the file"));
        }
    }

    /// The bar goes, so that something else can be said.
    pub(crate) fn clear(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

fn new_bar(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    if let Ok(style) = ProgressStyle::with_template("    {msg} {wide_bar} {percent} % ({elapsed}, {eta} left)") {
        bar.set_style(style);
    }
    bar
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}
