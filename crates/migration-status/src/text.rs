//! What the operator reads in a terminal.

use std::env;

use crate::{
    day,
    numbers::{Numbers, Part, counted, grouped, percent},
};

/// What bars are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bars {
    /// Eighths of a block.
    Blocks,
    /// `#`, where the terminal may not have blocks.
    Ascii,
}

const WIDTH: u32 = 24;

impl Bars {
    /// What the locale of this process has.
    pub fn of_this_terminal() -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter_map(|name| env::var(name).ok())
            .find(|locale| !locale.is_empty())
            .unwrap_or_default();
        if cfg!(windows) || is_utf_8(&locale) { Self::Blocks } else { Self::Ascii }
    }

    /// A bar as long as `share` says, in tenths of a percent; as short as can be for what is little, and not nothing.
    fn of(self, count: u64, share: u32) -> String {
        match self {
            Self::Ascii => {
                let long = (share * WIDTH + 500) / 1000;
                "#".repeat(at_least_one(long, count))
            }
            Self::Blocks => {
                let eighths = at_least_one((share * WIDTH * 8 + 500) / 1000, count);
                let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
                "█".repeat(eighths / 8) + rest.get(eighths % 8).copied().unwrap_or_default()
            }
        }
    }
}

fn at_least_one(long: u32, count: u64) -> usize {
    usize::try_from(long).unwrap_or(0).max(usize::from(count > 0))
}

fn is_utf_8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

impl Numbers {
    /// Everything that was counted.
    pub fn to_text(&self, bars: Bars) -> String {
        let tally = &self.tally;
        let stack = self.stack.as_ref().map(|stack| format!(" of the stack `{stack}`")).unwrap_or_default();
        let mut text =
            format!("Known users in the table `{}`{stack}, {}, {}\n\n", self.table, self.region, day::minute(self.now));
        if tally.known == 0 {
            text += "Nobody is known yet.\n  what to do: bring people in with `known-users import`\n";
            return text;
        }
        let line = |name: &str, count, share| {
            let line = format!("{name:<32}{:>13}{:>9}  {}", grouped(count), percent(share), bars.of(count, share));
            line.trim_end().to_owned() + "\n"
        };
        let lines = |parts: &[Part]| -> String {
            parts.iter().map(|part| line(&format!("  {}", part.name), part.count, part.share)).collect()
        };
        text += &line("known", tally.known, 1000);
        text += &lines(&self.progress());
        if tally.migrated_and_confirmed > 0 {
            let (both, all) = (grouped(tally.migrated_and_confirmed), grouped(tally.confirmed));
            text += &format!("  (confirmed in all: {all}, of whom {both} migrated)\n");
        }
        text += "\nlast sign-in\n";
        text += &lines(&self.last_sign_ins());
        let hashes = self.hashes();
        let (with, without): (Vec<Part>, Vec<Part>) = hashes
            .into_iter()
            .partition(|part| !["no password hash", "malformed record"].contains(&part.name.as_str()));
        text += "\n";
        let share = with.iter().map(|part| part.share).sum();
        text += &line("still with a password hash", tally.hashes(), share);
        text += &lines(&with);
        for part in without {
            text += &line(&part.name, part.count, part.share);
        }
        text += "\n";
        text += &line("suspended", tally.suspended, self.share(tally.suspended));
        let to_mend = self.to_mend();
        if !to_mend.is_empty() {
            text += "\nto mend\n";
            for (what, todo) in to_mend {
                text += &format!("  {what}\n    what to do: {todo}\n");
            }
        }
        text
    }
}

/// What the reading was, for the end of the progress.
pub fn read(records: u64, units: f64) -> String {
    format!("read {}: {units:.1} read capacity units", counted(records, "record"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_the_share_and_never_hides_anybody() {
        for (count, share, blocks, ascii) in [
            (0, 0, "", ""),
            (1, 0, "▏", "#"),
            (5, 500, "████████████", "############"),
            (5, 505, "████████████▏", "############"),
            (9, 1000, "████████████████████████", "########################"),
        ] {
            assert_eq!(Bars::Blocks.of(count, share), blocks);
            assert_eq!(Bars::Ascii.of(count, share), ascii);
        }
    }

    #[test]
    fn a_locale_says_whether_it_has_blocks() {
        assert!(is_utf_8("en_GB.UTF-8") && is_utf_8("C.utf8"));
        assert!(!is_utf_8("C") && !is_utf_8("") && !is_utf_8("de_DE.ISO-8859-1"));
    }
}
