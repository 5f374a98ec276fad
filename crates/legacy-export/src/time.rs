//! Moments, as databases write them.

use std::time::{Duration, SystemTime};

/// Whether the moment that `text` names is later than `than`. `2030-01-31 10:00:00.123+00`, with a `T` or a blank between, and
/// `infinity`; an offset is not reckoned with, for a day more or less is no matter here. Other text is no moment.
pub(crate) fn is_later(text: &str, than: SystemTime) -> bool {
    if text == "infinity" {
        return true;
    }
    let normal = text.get(..19).map(|text| format!("{}Z", text.replacen(' ', "T", 1)));
    normal.and_then(|text| humantime::parse_rfc3339(&text).ok()).is_some_and(|moment| moment > than)
}

/// A year from `now`.
pub(crate) fn a_year_from(now: SystemTime) -> SystemTime {
    now.checked_add(Duration::from_hours(365 * 24)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_later_or_not() {
        let now = humantime::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        for (text, expected) in [
            ("2026-11-22 10:00:01+00", true),
            ("2026-11-22T10:00:01.5Z", true),
            ("2026-11-22 10:00:00", false),
            ("2025-01-01 00:00:00", false),
            ("9999-12-31 23:59:59.9999999 +00:00", true),
            ("infinity", true),
            ("", false),
            ("NULL", false),
            ("soon, I think, or never", false),
            ("2026-13-45 10:00:00", false),
        ] {
            assert_eq!(is_later(text, now), expected, "{text}");
        }
    }
}
