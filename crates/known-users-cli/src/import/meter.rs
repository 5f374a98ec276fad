//! How far it is, while it goes: a bar on a terminal, now and then a line elsewhere.

use std::{
    io::{self, IsTerminal},
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::show::Show;

/// How far apart the lines are.
const PAUSE: Duration = Duration::from_secs(5);

pub(crate) struct Meter<'a> {
    show: &'a Show,
    bytes: u64,
    bar: Option<ProgressBar>,
    last: Mutex<Instant>,
}

impl<'a> Meter<'a> {
    /// For a file of so many bytes.
    pub(crate) fn new(show: &'a Show, bytes: u64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(bytes);
            if let Ok(style) = ProgressStyle::with_template("    {msg} {wide_bar} {percent} % ({elapsed}, {eta} left)")
            {
                bar.set_style(style);
            }
            bar
        });
        Self { show, bytes, bar, last: Mutex::new(Instant::now()) }
    }

    /// `rows` are dealt with, which end at `byte`.
    pub(crate) fn at(&self, doing: &str, rows: u64, byte: u64) {
        if let Some(bar) = &self.bar {
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
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            bar.reset();
        }
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}
