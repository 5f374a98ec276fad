//! The counts, as record after record comes: memory does not grow with the table, but by the days on which something was.

use std::{
    collections::BTreeMap,
    ops::AddAssign,
    time::{Duration, SystemTime},
};

use aws_sdk_dynamodb::types::AttributeValue;
use known_user::{Item, KnownUser, MalformedRecord, UserEmail, attribute};
use legacy_password::{Error, PasswordHash};

use crate::day::Day;

/// What post authentication writes.
const LAST_LOGIN: &str = "LastLogin";

/// What is asked for of a record: nothing that says who it is.
pub const PROJECTION: [&str; 7] = [
    attribute::EMAIL_VERIFIED,
    attribute::PASSWORD_HASH,
    attribute::SUSPENDED,
    attribute::CONFIRMED_AT,
    attribute::MIGRATED_AT,
    attribute::USER_SUB,
    LAST_LOGIN,
];

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// All counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many records the table has.
    pub known: u64,
    /// Records with an attribute of another type, which the triggers refuse, by that attribute. They count nowhere else.
    pub malformed: BTreeMap<&'static str, u64>,
    /// People for whom migrate user has answered.
    pub migrated: u64,
    /// People whose sign-up, or new password, was confirmed.
    pub confirmed: u64,
    /// Both of it.
    pub migrated_and_confirmed: u64,
    /// Neither, but they signed in.
    pub arrived_otherwise: u64,
    /// People whose sign-in is refused.
    pub suspended: u64,
    /// People by their last sign-in.
    pub signed_in: SignedIn,
    /// Usable password hashes, by the format's name.
    pub formats: BTreeMap<&'static str, u64>,
    /// Password hashes with which nobody can sign in.
    pub unusable: Unusable,
    /// Times that are not RFC 3339 in UTC: they are in no chart.
    pub unreadable_times: u64,
    /// What happened on each day on which something did.
    pub days: BTreeMap<Day, OfDay>,
}

/// People by their last sign-in; each is in one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedIn {
    /// Within the last 24 hours.
    pub day: u64,
    /// Within 7 days, but not one.
    pub week: u64,
    /// Within 30 days, but not 7.
    pub month: u64,
    /// Longer ago than 30 days.
    pub longer_ago: u64,
    /// At a time that is not RFC 3339.
    pub at_unknown_time: u64,
}

/// Password hashes with which nobody can sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unusable {
    /// In a form that no format has.
    pub unknown_format: u64,
    /// In a format, and malformed.
    pub malformed: u64,
    /// Of a cost beyond the limits.
    pub beyond_limits: u64,
}

/// What happened on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfDay {
    /// People for whom migrate user last answered on this day.
    pub migrated: u64,
    /// People who were confirmed on this day.
    pub confirmed: u64,
    /// People who signed in on this day and not since.
    pub last_sign_ins: u64,
}

impl SignedIn {
    /// Everybody who has signed in.
    pub fn total(&self) -> u64 {
        self.within_30_days() + self.longer_ago + self.at_unknown_time
    }

    /// Within 7 days, the last one included.
    pub fn within_7_days(&self) -> u64 {
        self.day + self.week
    }

    /// Within 30 days, the last 7 included.
    pub fn within_30_days(&self) -> u64 {
        self.within_7_days() + self.month
    }
}

impl Unusable {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.unknown_format + self.malformed + self.beyond_limits
    }
}

impl Tally {
    /// Counts a record, of which `item` has what [`PROJECTION`] asks for. What is later than `now` is of now.
    pub fn add(&mut self, mut item: Item, now: SystemTime) {
        self.known += 1;
        // The key is not asked for, and cannot be of another type. The rest is held to what the triggers hold it to.
        item.insert(attribute::USER_EMAIL.to_owned(), AttributeValue::S(UserEmail::nobody().as_str().to_owned()));
        let user = match KnownUser::from_item(&item) {
            Ok(user) => user,
            Err(MalformedRecord { attribute }) => return *self.malformed.entry(attribute).or_default() += 1,
        };
        let last_login = item.get(LAST_LOGIN).filter(|login| !matches!(login, AttributeValue::Null(_)));
        match (&user.migrated_at, &user.confirmed_at) {
            (None, None) => self.arrived_otherwise += u64::from(user.user_sub.is_some() || last_login.is_some()),
            (Some(_), Some(_)) => self.migrated_and_confirmed += 1,
            _ => {}
        }
        self.suspended += u64::from(user.suspended);
        if let Some(at) = &user.migrated_at {
            self.migrated += 1;
            self.note(Some(at), now, |day| day.migrated += 1);
        }
        if let Some(at) = &user.confirmed_at {
            self.confirmed += 1;
            self.note(Some(at), now, |day| day.confirmed += 1);
        }
        if let Some(login) = last_login {
            let at = login.as_m().ok().and_then(|login| login.get("Time")?.as_s().ok());
            let ago = self.note(at.map(String::as_str), now, |day| day.last_sign_ins += 1);
            *match ago {
                None => &mut self.signed_in.at_unknown_time,
                Some(ago) if ago <= DAY => &mut self.signed_in.day,
                Some(ago) if ago <= 7 * DAY => &mut self.signed_in.week,
                Some(ago) if ago <= 30 * DAY => &mut self.signed_in.month,
                Some(_) => &mut self.signed_in.longer_ago,
            } += 1;
        }
        if let Some(hash) = &user.password_hash {
            *match PasswordHash::parse(hash) {
                Ok(hash) => self.formats.entry(hash.format().name()).or_default(),
                Err(Error::UnknownFormat) => &mut self.unusable.unknown_format,
                Err(Error::BeyondLimit { .. }) => &mut self.unusable.beyond_limits,
                Err(_) => &mut self.unusable.malformed,
            } += 1;
        }
    }

    /// Notes something on its day; how long ago it was, where the time can be read.
    fn note(&mut self, at: Option<&str>, now: SystemTime, note: impl FnOnce(&mut OfDay)) -> Option<Duration> {
        match at.and_then(|at| humantime::parse_rfc3339(at).ok()) {
            Some(at) => {
                let at = at.min(now);
                note(self.days.entry(Day::of(at)).or_default());
                now.duration_since(at).ok()
            }
            None => {
                self.unreadable_times += 1;
                None
            }
        }
    }

    /// Records that the triggers refuse.
    pub fn malformed_records(&self) -> u64 {
        self.malformed.values().sum()
    }

    /// People who are in a user pool, as far as the triggers have noted.
    pub fn arrived(&self) -> u64 {
        self.migrated + self.confirmed_only() + self.arrived_otherwise
    }

    /// People who were confirmed and did not migrate.
    pub fn confirmed_only(&self) -> u64 {
        self.confirmed.saturating_sub(self.migrated_and_confirmed)
    }

    /// Those who are not in a user pool yet.
    pub fn not_yet(&self) -> u64 {
        self.known.saturating_sub(self.arrived() + self.malformed_records())
    }

    /// People who have not signed in.
    pub fn never_signed_in(&self) -> u64 {
        self.known.saturating_sub(self.signed_in.total() + self.malformed_records())
    }

    /// Hashes with which somebody can sign in.
    pub fn usable_hashes(&self) -> u64 {
        self.formats.values().sum()
    }

    /// Records with a password hash.
    pub fn hashes(&self) -> u64 {
        self.usable_hashes() + self.unusable.total()
    }

    /// Records without one.
    pub fn without_hash(&self) -> u64 {
        self.known.saturating_sub(self.hashes() + self.malformed_records())
    }

    /// Whether nothing needs mending.
    pub fn is_sound(&self) -> bool {
        self.malformed.is_empty() && self.unusable.total() == 0 && self.unreadable_times == 0
    }
}

/// One part of the table and another.
impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.known += other.known;
        self.migrated += other.migrated;
        self.confirmed += other.confirmed;
        self.migrated_and_confirmed += other.migrated_and_confirmed;
        self.arrived_otherwise += other.arrived_otherwise;
        self.suspended += other.suspended;
        self.signed_in.day += other.signed_in.day;
        self.signed_in.week += other.signed_in.week;
        self.signed_in.month += other.signed_in.month;
        self.signed_in.longer_ago += other.signed_in.longer_ago;
        self.signed_in.at_unknown_time += other.signed_in.at_unknown_time;
        self.unusable.unknown_format += other.unusable.unknown_format;
        self.unusable.malformed += other.unusable.malformed;
        self.unusable.beyond_limits += other.unusable.beyond_limits;
        self.unreadable_times += other.unreadable_times;
        for (attribute, count) in other.malformed {
            *self.malformed.entry(attribute).or_default() += count;
        }
        for (format, count) in other.formats {
            *self.formats.entry(format).or_default() += count;
        }
        for (day, of) in other.days {
            let day = self.days.entry(day).or_default();
            day.migrated += of.migrated;
            day.confirmed += of.confirmed;
            day.last_sign_ins += of.last_sign_ins;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> SystemTime {
        humantime::parse_rfc3339("2026-11-20T14:00:00Z").unwrap()
    }

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn of(pairs: &[(&str, AttributeValue)]) -> Tally {
        let mut tally = Tally::default();
        tally.add(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(), now());
        tally
    }

    fn login(time: &str) -> AttributeValue {
        AttributeValue::M([("Time".to_owned(), s(time))].into())
    }

    #[test]
    fn somebody_of_whom_nothing_is_noted_is_known_and_no_more() {
        let tally = of(&[]);
        assert_eq!(tally, Tally { known: 1, ..Tally::default() });
        assert_eq!((tally.not_yet(), tally.never_signed_in(), tally.without_hash()), (1, 1, 1));
        assert_eq!(of(&[(LAST_LOGIN, AttributeValue::Null(true))]), tally);
    }

    #[test]
    fn a_last_sign_in_is_of_the_nearest_term_that_has_it() {
        for (time, expected) in [
            ("2026-11-20T14:00:00.000Z", [1, 0, 0, 0, 0]),
            ("2026-11-19T14:00:00.000Z", [1, 0, 0, 0, 0]),
            ("2026-11-19T13:59:59.999Z", [0, 1, 0, 0, 0]),
            ("2026-11-13T14:00:00.000Z", [0, 1, 0, 0, 0]),
            ("2026-11-13T13:59:59.999Z", [0, 0, 1, 0, 0]),
            ("2026-10-21T14:00:00.000Z", [0, 0, 1, 0, 0]),
            ("2026-10-21T13:59:59.999Z", [0, 0, 0, 1, 0]),
            // A sign-in while the table is read, or a clock that is ahead.
            ("2026-11-20T14:00:01.000Z", [1, 0, 0, 0, 0]),
            ("2126-11-20T14:00:00.000Z", [1, 0, 0, 0, 0]),
            ("yesterday", [0, 0, 0, 0, 1]),
            ("2026-11-20T14:00:00+01:00", [0, 0, 0, 0, 1]),
        ] {
            let signed_in = of(&[(LAST_LOGIN, login(time))]).signed_in;
            let SignedIn { day, week, month, longer_ago, at_unknown_time } = signed_in;
            assert_eq!([day, week, month, longer_ago, at_unknown_time], expected, "{time}");
            assert_eq!(signed_in.total(), 1);
        }
    }

    #[test]
    fn what_cannot_be_read_as_a_time_counts_but_has_no_day() {
        let tally = of(&[("MigratedAt", s("2026")), ("ConfirmedAt", s("")), (LAST_LOGIN, s("2026-11-20T14:00:00Z"))]);
        assert_eq!((tally.migrated, tally.confirmed, tally.signed_in.at_unknown_time), (1, 1, 1));
        assert_eq!((tally.unreadable_times, tally.days.len(), tally.is_sound()), (3, 0, false));
    }

    #[test]
    fn nothing_is_of_a_day_that_has_not_come() {
        let tally = of(&[("MigratedAt", s("2031-01-01T00:00:00Z"))]);
        let today = OfDay { migrated: 1, ..OfDay::default() };
        assert_eq!(tally.days, [(Day::of(now()), today)].into());
    }

    #[test]
    fn a_hash_is_of_a_format_or_unusable_and_why() {
        let bcrypt = "$2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O";
        assert_eq!(of(&[("PasswordHash", s(bcrypt))]).formats, [("bcrypt", 1)].into());
        let peppered = format!("$pepper$hmac-sha256-hex${bcrypt}");
        assert_eq!(of(&[("PasswordHash", s(&peppered))]).formats, [("bcrypt", 1)].into());
        for (hash, expected) in [
            ("", [1, 0, 0]),
            ("secret", [1, 0, 0]),
            ("$2b$04$short", [0, 1, 0]),
            (&bcrypt.replace("$04$", "$16$"), [0, 0, 1]),
            (&"x".repeat(2049), [0, 0, 1]),
        ] {
            let tally = of(&[("PasswordHash", s(hash))]);
            let Unusable { unknown_format, malformed, beyond_limits } = tally.unusable;
            assert_eq!([unknown_format, malformed, beyond_limits], expected, "{hash}");
            assert_eq!((tally.hashes(), tally.usable_hashes(), tally.is_sound()), (1, 0, false));
        }
    }

    #[test]
    fn a_malformed_record_is_known_and_malformed_and_nothing_else() {
        let tally = of(&[("Suspended", s("yes")), ("MigratedAt", s("2026-11-20T14:00:00Z"))]);
        assert_eq!(tally, Tally { known: 1, malformed: [("Suspended", 1)].into(), ..Tally::default() });
        assert_eq!((tally.not_yet(), tally.never_signed_in(), tally.without_hash()), (0, 0, 0));
        assert!(!tally.is_sound());
    }

    #[test]
    fn whoever_arrived_is_counted_once_however_they_came() {
        let at = s("2026-11-20T14:00:00Z");
        for (pairs, expected) in [
            (vec![("MigratedAt", at.clone())], [1, 0, 0, 0]),
            (vec![("ConfirmedAt", at.clone())], [0, 1, 0, 0]),
            (vec![("MigratedAt", at.clone()), ("ConfirmedAt", at.clone())], [1, 0, 0, 0]),
            (vec![("UserSub", at.clone())], [0, 0, 1, 0]),
            (vec![(LAST_LOGIN, login("2026-11-20T14:00:00Z"))], [0, 0, 1, 0]),
            (vec![("Suspended", AttributeValue::Bool(true))], [0, 0, 0, 1]),
        ] {
            let tally = of(&pairs);
            let counted = [tally.migrated, tally.confirmed_only(), tally.arrived_otherwise, tally.not_yet()];
            assert_eq!(counted, expected, "{pairs:?}");
            assert_eq!(tally.arrived() + tally.not_yet(), 1);
        }
    }

    #[test]
    fn two_parts_of_a_table_are_the_table() {
        let at = s("2026-11-20T14:00:00Z");
        let records = [
            vec![("MigratedAt", at.clone()), ("ConfirmedAt", at.clone()), (LAST_LOGIN, login("2026-11-20T01:00:00Z"))],
            vec![("ConfirmedAt", at.clone()), (LAST_LOGIN, login("2026-11-15T00:00:00Z"))],
            vec![("UserSub", at.clone()), (LAST_LOGIN, login("2026-11-01T00:00:00Z"))],
            vec![("Suspended", AttributeValue::Bool(true)), (LAST_LOGIN, login("2025-11-01T00:00:00Z"))],
            vec![("PasswordHash", s("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")), (LAST_LOGIN, at.clone())],
            vec![("PasswordHash", s("?"))],
            vec![("PasswordHash", s("$2b$04$"))],
            vec![("PasswordHash", s(&"x".repeat(3000)))],
            vec![("Suspended", at)],
        ];
        let mut whole = Tally::default();
        let mut sum = Tally::default();
        for record in records.iter().chain(&records) {
            whole.add(record.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(), now());
            sum += of(record);
        }
        assert_eq!(sum, whole);
        assert_eq!(whole.known, 18);
        // Every count is in it, so that none is forgotten when parts are added.
        let counts = Tally { days: BTreeMap::new(), ..whole };
        assert!(!format!("{counts:?}").contains(": 0"), "{counts:?}");
    }
}
