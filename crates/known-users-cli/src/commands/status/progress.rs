//! How far the reading is: a bar on a terminal, a plain line now and then elsewhere. Always on standard error.

use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use migration_status::{
    numbers::{counted, grouped},
    text,
};

use crate::terminal::output;

/// How far apart plain lines are.
const APART: Duration = Duration::from_secs(10);

/// How often to look.
pub(crate) const TICK: Duration = Duration::from_millis(200);

/// Shows it.
pub(crate) struct Progress {
    /// How many records there are, as far as the table knows: it counts them every six hours.
    about: Option<u64>,
    bar: Option<ProgressBar>,
    said: Instant,
}

impl Progress {
    pub(crate) fn begin(table: &str, about: Option<u64>) -> Self {
        let said = Instant::now();
        if !io::stderr().is_terminal() {
            let about = about.map(|about| format!(", about {}", counted(about, "record"))).unwrap_or_default();
            output::error(&format!("reading the table `{table}`{about} …"));
            return Self { about: None, bar: None, said };
        }
        let bar = ProgressBar::new(about.unwrap_or(0));
        let template = match about {
            Some(_) => "{wide_bar} {human_pos} of about {human_len} records, {eta} left",
            None => "{spinner} {human_pos} records ({elapsed})",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { about, bar: Some(bar), said }
    }

    pub(crate) fn is_at(&mut self, records: u64) {
        if let Some(bar) = &self.bar {
            if self.about.is_some_and(|about| about < records) {
                bar.set_length(records);
            }
            bar.set_position(records);
        } else if self.said.elapsed() >= APART {
            self.said = Instant::now();
            output::error(&format!("{} so far …", grouped(records)));
        }
    }

    pub(crate) fn end(&self, records: u64, units: f64) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        output::error(&text::read(records, units));
    }
}

/// However the reading ends, the bar goes.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
