//! Moments, as the triggers note and log them.

use std::{fmt, time::SystemTime};

/// Now, in the form of every time that the triggers note or log: RFC 3339, UTC, milliseconds, of one width, so that later
/// times sort behind earlier ones.
pub fn rfc3339(time: SystemTime) -> impl fmt::Display {
    humantime::format_rfc3339_millis(time)
}

/// The moment of a time in RFC 3339; nothing for any other text.
pub fn moment(rfc3339: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339(rfc3339).ok()
}

/// A moment that no second invocation shares, in the same form.
pub fn rfc3339_nanos(time: SystemTime) -> impl fmt::Display {
    humantime::format_rfc3339_nanos(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn later_times_sort_behind_earlier_ones() {
        let time = |millis| rfc3339(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)).to_string();
        assert_eq!(time(1_784_548_740_000), "2026-07-20T11:59:00.000Z");
        assert!(time(1_784_548_740_009) < time(1_784_548_740_010));
    }
}
