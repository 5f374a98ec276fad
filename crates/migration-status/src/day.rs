//! A day of the calendar, in UTC.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const SECONDS: u64 = 24 * 60 * 60;

/// A day, by how many days after 1970-01-01 it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u32);

impl Day {
    /// The day of this time; the first of all for what lies before it.
    pub fn of(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self(u32::try_from(seconds / SECONDS).unwrap_or(u32::MAX))
    }

    /// So many days earlier.
    pub fn days_before(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// Whether the next day is of another month.
    pub fn ends_a_month(self) -> bool {
        Self(self.0.saturating_add(1)).to_string().ends_with("-01")
    }
}

/// `2026-11-20`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The calendar that is meant ends with the year 9999.
        let time = Duration::from_secs(u64::from(self.0).min(2_932_896) * SECONDS);
        let text = humantime::format_rfc3339_seconds(UNIX_EPOCH + time).to_string();
        f.write_str(text.split('T').next().unwrap_or_default())
    }
}

/// `2026-11-20 14:00 UTC`.
pub fn minute(time: SystemTime) -> String {
    let text = humantime::format_rfc3339_seconds(time.max(UNIX_EPOCH)).to_string();
    text.get(..16).map_or(text.clone(), |minute| format!("{} UTC", minute.replace('T', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_and_ends_at_midnight_utc() {
        for (time, day) in [
            ("1970-01-01T00:00:00Z", "1970-01-01"),
            ("2024-02-29T00:00:00Z", "2024-02-29"),
            ("2024-02-29T23:59:59.999Z", "2024-02-29"),
            ("2026-11-20T14:00:00Z", "2026-11-20"),
            ("9999-12-31T23:59:59Z", "9999-12-31"),
        ] {
            assert_eq!(Day::of(humantime::parse_rfc3339(time).unwrap()).to_string(), day);
        }
        assert_eq!(Day(u32::MAX).to_string(), "9999-12-31");
        assert_eq!(Day::of(UNIX_EPOCH - Duration::from_secs(1)), Day(0));
        assert_eq!(minute(humantime::parse_rfc3339("2026-11-20T14:00:59Z").unwrap()), "2026-11-20 14:00 UTC");
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let day = |text: &str| Day::of(humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).unwrap());
        assert!(day("2024-02-29").ends_a_month() && day("2026-12-31").ends_a_month());
        assert!(!day("2024-02-28").ends_a_month());
    }
}
