//! What came out, and how it is divided: shares that add up, and the result as JSON.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::{day::Day, tally::Tally};

/// What came out.
pub struct Numbers {
    /// The table's name.
    pub table: String,
    /// The stack that named the table.
    pub stack: Option<String>,
    /// The region that the table is in.
    pub region: String,
    /// When the counting began.
    pub now: SystemTime,
    /// The counts.
    pub tally: Tally,
    /// The read capacity units that it cost.
    pub units: f64,
}

/// One part of a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What the part is called.
    pub name: String,
    /// How many people are in it.
    pub count: u64,
    /// Its share of the whole, in tenths of a percent.
    pub share: u32,
    /// What kind of part it is.
    pub kind: Kind,
}

/// What a part is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of those that make the whole.
    Part,
    /// The sum of the parts before it.
    Sum,
    /// Something to mend; not shown where there is none.
    Defect,
}

/// Shares in tenths of a percent that make 100 % together: rounded down, and what is missing goes to the largest rests.
fn shares(counts: &[u64]) -> Vec<u32> {
    let whole: u64 = counts.iter().sum();
    if whole == 0 {
        return vec![0; counts.len()];
    }
    let (count, thousand) = (u128::from, 1000);
    let whole = count(whole);
    let mut shares: Vec<u32> =
        counts.iter().map(|&part| u32::try_from(count(part) * thousand / whole).unwrap_or(1000)).collect();
    let missing = 1000_u32.saturating_sub(shares.iter().sum());
    let mut by_rest: Vec<(usize, u128)> =
        counts.iter().enumerate().map(|(at, &part)| (at, count(part) * thousand % whole)).collect();
    by_rest.sort_by_key(|(at, rest)| (std::cmp::Reverse(*rest), *at));
    for (at, _) in by_rest.into_iter().take(missing.try_into().unwrap_or(0)) {
        if let Some(share) = shares.get_mut(at) {
            *share += 1;
        }
    }
    shares
}

fn parts(parts: Vec<(String, u64, Kind)>) -> Vec<Part> {
    let counts: Vec<u64> = parts.iter().map(|(_, count, _)| *count).collect();
    parts
        .into_iter()
        .zip(shares(&counts))
        .map(|((name, count, kind), share)| Part { name, count, share, kind })
        .filter(|part| part.kind != Kind::Defect || part.count > 0)
        .collect()
}

/// Makes each of the first `sums` parts the sum of itself and those before it.
fn summed(mut parts: Vec<Part>, sums: usize) -> Vec<Part> {
    let (mut count, mut share) = (0, 0);
    for part in parts.iter_mut().take(sums) {
        count += part.count;
        share += part.share;
        (part.count, part.share) = (count, share);
    }
    for part in parts.iter_mut().take(sums).skip(1) {
        part.kind = Kind::Sum;
    }
    parts
}

impl Numbers {
    fn malformed(&self) -> (String, u64, Kind) {
        ("malformed record".to_owned(), self.tally.malformed_records(), Kind::Defect)
    }

    /// Everybody, by how far they have come.
    pub fn progress(&self) -> Vec<Part> {
        let tally = &self.tally;
        let confirmed = if tally.migrated_and_confirmed > 0 { "confirmed, not migrated" } else { "confirmed" };
        parts(vec![
            ("migrated".to_owned(), tally.migrated, Kind::Part),
            (confirmed.to_owned(), tally.confirmed_only(), Kind::Part),
            ("signed in otherwise".to_owned(), tally.arrived_otherwise, Kind::Part),
            ("not there yet".to_owned(), tally.not_yet(), Kind::Part),
            self.malformed(),
        ])
    }

    /// Everybody, by their last sign-in.
    pub fn last_sign_ins(&self) -> Vec<Part> {
        let signed_in = &self.tally.signed_in;
        let parts = parts(vec![
            ("within 1 day".to_owned(), signed_in.day, Kind::Part),
            ("within 7 days".to_owned(), signed_in.week, Kind::Part),
            ("within 30 days".to_owned(), signed_in.month, Kind::Part),
            ("longer ago".to_owned(), signed_in.longer_ago, Kind::Part),
            ("never".to_owned(), self.tally.never_signed_in(), Kind::Part),
            ("at an unknown time".to_owned(), signed_in.at_unknown_time, Kind::Defect),
            self.malformed(),
        ]);
        summed(parts, 3)
    }

    /// Everybody, by the password hash that they still have.
    pub fn hashes(&self) -> Vec<Part> {
        let tally = &self.tally;
        let mut formats: Vec<(String, u64, Kind)> =
            tally.formats.iter().map(|(name, count)| ((*name).to_owned(), *count, Kind::Part)).collect();
        // The most frequent first; the name decides where two are equal.
        formats.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
        let unusable = &tally.unusable;
        formats.extend([
            ("unusable: of no known format".to_owned(), unusable.unknown_format, Kind::Defect),
            ("unusable: malformed".to_owned(), unusable.malformed, Kind::Defect),
            ("unusable: beyond the limits".to_owned(), unusable.beyond_limits, Kind::Defect),
            ("no password hash".to_owned(), tally.without_hash(), Kind::Part),
            self.malformed(),
        ]);
        parts(formats)
    }

    /// The share of everybody that `count` people are, in tenths of a percent.
    pub fn share(&self, count: u64) -> u32 {
        shares(&[count, self.tally.known.saturating_sub(count)]).first().copied().unwrap_or(0)
    }

    /// What needs mending, and what to do about it.
    pub fn to_mend(&self) -> Vec<(String, &'static str)> {
        let tally = &self.tally;
        let mut found = Vec::new();
        if !tally.malformed.is_empty() {
            let by: Vec<_> =
                tally.malformed.iter().map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
            let what = counted(tally.malformed_records(), "malformed record");
            found.push((
                format!("{what}, by attribute: {}", by.join(", ")),
                "give the attribute its type: until then the triggers refuse these people",
            ));
        }
        if tally.unusable.total() > 0 {
            found.push((
                counted(tally.unusable.total(), "unusable password hash"),
                "write a usable one, or remove PasswordHash: nobody keeps a password by it",
            ));
        }
        if tally.unreadable_times > 0 {
            found.push((
                format!("{}, counted but of no day", counted(tally.unreadable_times, "unreadable time")),
                "write times as in 2026-11-20T14:00:00.000Z",
            ));
        }
        found
    }

    /// The counts, for programs.
    pub fn to_json(&self) -> Map<String, Value> {
        let tally = &self.tally;
        let days: Vec<Value> = tally
            .days
            .iter()
            .map(|(day, of)| {
                json!({
                    "day": day.to_string(),
                    "migrated": of.migrated,
                    "confirmed": of.confirmed,
                    "lastSignIns": of.last_sign_ins,
                })
            })
            .collect();
        let facts = json!({
            "table": self.table,
            "stack": self.stack,
            "region": self.region,
            "asOf": humantime::format_rfc3339_seconds(self.now).to_string(),
            "readCapacityUnits": self.units,
            "known": tally.known,
            "migrated": tally.migrated,
            "confirmed": tally.confirmed,
            "migratedAndConfirmed": tally.migrated_and_confirmed,
            "signedInOtherwise": tally.arrived_otherwise,
            "notThereYet": tally.not_yet(),
            "suspended": tally.suspended,
            "lastSignIn": {
                "within1Day": tally.signed_in.day,
                "within7Days": tally.signed_in.within_7_days(),
                "within30Days": tally.signed_in.within_30_days(),
                "longerAgo": tally.signed_in.longer_ago,
                "never": tally.never_signed_in(),
                "atUnknownTime": tally.signed_in.at_unknown_time,
            },
            "passwordHash": {
                "with": tally.hashes(),
                "without": tally.without_hash(),
                "byFormat": tally.formats,
                "unusable": {
                    "unknownFormat": tally.unusable.unknown_format,
                    "malformed": tally.unusable.malformed,
                    "beyondLimits": tally.unusable.beyond_limits,
                },
            },
            "malformedRecords": tally.malformed_records(),
            "malformedByAttribute": tally.malformed,
            "unreadableTimes": tally.unreadable_times,
            "days": days,
        });
        facts.as_object().cloned().unwrap_or_default()
    }

    /// The day on which the counting began.
    pub fn today(&self) -> Day {
        Day::of(self.now)
    }
}

/// `1 malformed record`, `1,234 password hashes`.
pub fn counted(count: u64, thing: &str) -> String {
    let ending = match thing {
        _ if count == 1 => "",
        thing if thing.ends_with('h') => "es",
        _ => "s",
    };
    format!("{} {thing}{ending}", grouped(count))
}

/// `1,234,567`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.5 %`.
pub fn percent(tenths: u32) -> String {
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        for (counts, expected) in [
            (&[1, 1, 1][..], &[334, 333, 333][..]),
            (&[2, 1], &[667, 333]),
            (&[999_999, 1], &[1000, 0]),
            (&[0, 7], &[0, 1000]),
            (&[0, 0], &[0, 0]),
            (&[u64::MAX / 2, u64::MAX / 2], &[500, 500]),
        ] {
            assert_eq!(shares(counts), expected, "{counts:?}");
        }
    }

    #[test]
    fn sums_hold_what_is_before_them() {
        let part = |count, share, kind| Part { name: String::new(), count, share, kind };
        let given = vec![part(1, 100, Kind::Part), part(2, 200, Kind::Part), part(7, 700, Kind::Part)];
        let expected = vec![part(1, 100, Kind::Part), part(3, 300, Kind::Sum), part(7, 700, Kind::Part)];
        assert_eq!(summed(given, 2), expected);
    }

    #[test]
    fn numbers_are_for_people() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (123_456, "123,456")] {
            assert_eq!(grouped(count), text);
        }
        assert_eq!([percent(0), percent(5), percent(1000)], ["0.0 %", "0.5 %", "100.0 %"]);
        assert_eq!(counted(1, "unusable password hash"), "1 unusable password hash");
        assert_eq!(counted(2, "unusable password hash"), "2 unusable password hashes");
        assert_eq!(counted(2000, "unreadable time"), "2,000 unreadable times");
    }
}
