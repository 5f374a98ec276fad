//! The targets for speed, and whether they are met.

use std::ops::RangeInclusive;

use crate::outages::{Outage, Outages};
use crate::report::Report;
use crate::speed::Speed;
use crate::subject::{ECHO, EMAIL_POOL, FLOOR, GO, NAIVE, NODE, PYTHON};

/// The CPU time that 128 MB buys in 20 ms, in milliseconds: what takes less is never throttled.
const UNTHROTTLED_MS: f64 = 1.447;

/// What `flat` means for a latency: no more than this from the smallest table to the largest.
const FLAT: f64 = 1.5;

/// The AWS requests of each trigger, at least and at most: by the name that its work has.
const REQUESTS: [(&str, RangeInclusive<usize>); 9] = [
    ("pre-sign-up", 2..=2),
    ("pre-sign-up (email pool)", 1..=1),
    ("pre-authentication", 2..=2),
    (EMAIL_POOL, 1..=1),
    ("pre-authentication (without `before`)", 0..=0),
    ("post-authentication", 1..=1),
    ("migrate-user", 0..=4),
    ("post-confirmation", 1..=1),
    ("post-confirmation (with mail)", 3..=3),
];

/// One target.
pub(crate) struct Row {
    pub(crate) number: u8,
    pub(crate) what: &'static str,
    pub(crate) target: &'static str,
    pub(crate) measured: String,
    /// `None` where what it takes was not measured.
    pub(crate) met: Option<bool>,
}

impl Row {
    fn new(number: u8, what: &'static str, target: &'static str, measured: Option<(String, bool)>) -> Self {
        let (measured, met) = measured.map_or((String::new(), None), |(measured, met)| (measured, Some(met)));
        Self { number, what, target, measured, met }
    }
}

/// Each target, in order.
pub(crate) fn rows(report: &Report) -> Vec<Row> {
    let triggers = || report.speed.iter().filter(|speed| is_trigger(speed.name));
    let most = |of: fn(&Speed) -> f64| triggers().map(of).reduce(f64::max);
    vec![
        Row::new(
            1,
            "start-up and first invocation of the triggers with one request, at 128 MB / full CPU, against one request by hand",
            "≤ 1.3 ×",
            against(report, FLOOR, 1.3),
        ),
        Row::new(1, "the same against the bare runtime", "≤ 2.2 ×", against(report, ECHO, 2.2)),
        Row::new(
            2,
            "the same, worst of those triggers, against Go / Node.js / Python / Rust with the SDK's defaults",
            "ahead of each; no limit, as it moves with machine and version",
            ahead(report),
        ),
        Row::new(3, "start-up and first invocation, CPU time against the bare runtime, worst trigger", "≤ 2.3 ×", {
            let echo = report.speed_of(ECHO).map(|echo| echo.both_cpu_ms.median);
            most(|speed| speed.both_cpu_ms.median)
                .zip(echo)
                .map(|(worst, echo)| (format!("{:.2} ×", worst / echo), worst <= 2.3 * echo))
        }),
        Row::new(
            4,
            "the same, instructions: worst trigger with one or two requests; migrate user",
            "≤ 6.2 million; ≤ 7.2 million",
            instructions(report),
        ),
        Row::new(5, "first invocation, worst trigger", "no TLS handshake, ≤ 0.9 ms CPU", {
            let handshakes: usize = triggers().map(|speed| speed.handshakes[1]).sum();
            most(|speed| speed.first_cpu_ms.median)
                .map(|cpu| (format!("{handshakes} handshakes, {cpu:.2} ms"), handshakes == 0 && cpu <= 0.9))
        }),
        Row::new(
            6,
            "CPU of first, warm, reconnecting invocation, worst trigger; p50 at 128 MB against 1,769 MB",
            "each < 1.447 ms; ≤ 1.15 ×",
            unthrottled(report),
        ),
        Row::new(7, "warm instructions an AWS request, worst trigger", "≤ 750 thousand", {
            let requests = |name: &str| report.work.get(name).map_or(0, |work| work.requests.len()).max(1);
            let counts = report.instructions.iter().filter(|(name, _)| is_trigger(name));
            let each = counts.map(|(name, count)| count.warm / requests(name) as u64);
            each.max().map(|worst| (format!("{} thousand", worst / 1000), worst <= 750_000))
        }),
        Row::new(8, "peak memory, worst trigger (no memory-hard hash)", "≤ 8 MB", {
            most(|speed| speed.peak_rss_mb).map(|worst| (format!("{worst:.1} MB"), worst <= 8.0))
        }),
        Row::new(9, "`bootstrap`", "≤ 5.2 MB; post confirmation and migrate user ≤ 5.8 MB", {
            let allowed =
                |name| if ["post-confirmation", "migrate-user"].contains(&name) { 5_800_000 } else { 5_200_000 };
            let sizes: Vec<String> =
                triggers().map(|speed| format!("{} {:.2}", speed.name, speed.artifact_bytes as f64 / 1e6)).collect();
            (!sizes.is_empty())
                .then(|| (sizes.join(", "), triggers().all(|speed| speed.artifact_bytes <= allowed(speed.name))))
        }),
        Row::new(
            10,
            "AWS requests",
            "pre sign-up 2, in email pools 1; pre authentication 2, in email pools 1, without `before` 0; \
             post authentication 1; migrate user ≤ 4; post confirmation 1, with a mail 3",
            requests(report),
        ),
        Row::new(
            11,
            "DynamoDB and the secret hung / unreachable: from the start of a process to its first answer, worst trigger",
            "< 4.5 s",
            {
                let both = |outage: Outage| outage.init_ms + outage.answer_ms;
                let worst =
                    |of: fn(&Outages) -> Outage| report.outages.values().map(|out| both(of(out))).reduce(f64::max);
                worst(|outages| outages.hung).zip(worst(|outages| outages.unreachable)).map(|(hung, unreachable)| {
                    let measured = format!("{:.2} / {:.2} s", hung / 1000.0, unreachable / 1000.0);
                    (measured, hung.max(unreachable) < 4500.0)
                })
            },
        ),
        Row::new(12, "growth", "latency and requests flat from a thousand to a million known users", flat(report)),
        Row::new(13, "application log on success, worst trigger", "≤ 250 bytes", {
            let worst = report.work.values().map(|work| work.log_bytes).max();
            worst.map(|worst| (format!("{worst} bytes"), worst <= 250))
        }),
        Row::new(
            14,
            "import on one core, an embedded DynamoDB on the other: against boto3; a table that has people against an empty one; memory",
            "≥ 2.5 × as fast; ≤ 1.3 × the time; ≤ 64 MB",
            report.import.as_ref().map(|import| {
                let faster = import.boto3.seconds / import.empty.seconds;
                let slower = import.not_empty.seconds / import.empty.seconds;
                let runs = [import.empty, import.not_empty, import.again];
                let peak = runs.map(|run| run.peak_kib * 1024.0 / 1e6).into_iter().fold(0.0, f64::max);
                let met = faster >= 2.5 && slower <= 1.3 && peak <= 64.0;
                (format!("{faster:.1} ×; {slower:.1} ×; {peak:.0} MB"), met)
            }),
        ),
    ]
}

fn is_trigger(name: &str) -> bool {
    known_user::Trigger::ALL.iter().any(|trigger| trigger.name() == name)
}

/// The triggers that make one request, as the floor and the comparators do.
fn with_one_request(report: &Report) -> impl Iterator<Item = &Speed> {
    report.speed.iter().filter(|speed| report.work.get(speed.name).is_some_and(|work| work.requests.len() == 1))
}

/// Start-up and first invocation in milliseconds, at 128 MB and at full CPU.
fn both(speed: &Speed) -> Option<[f64; 2]> {
    Some([speed.rationed.get(&128)?.both_ms.median, speed.both_ms.median])
}

/// How many times longer each trigger with one request takes than this subject.
fn against(report: &Report, name: &str, target: f64) -> Option<(String, bool)> {
    let [at_128, whole] = both(report.speed_of(name)?)?;
    let mut measured = Vec::new();
    let mut met = true;
    for trigger in with_one_request(report) {
        let ours = both(trigger)?;
        let (at_128, whole) = (ours[0] / at_128, ours[1] / whole);
        met &= at_128 <= target && whole <= target;
        measured.push(format!("{} {at_128:.2} / {whole:.2} ×", trigger.name));
    }
    (!measured.is_empty()).then(|| (measured.join(", "), met))
}

/// How many times less the worst trigger with one request takes than each comparator that is here.
fn ahead(report: &Report) -> Option<(String, bool)> {
    let ours: Vec<[f64; 2]> = with_one_request(report).filter_map(both).collect();
    let at_128 = ours.iter().map(|both| both[0]).reduce(f64::max)?;
    let whole = ours.iter().map(|both| both[1]).reduce(f64::max)?;
    let mut met = true;
    let ratios = [GO, NODE, PYTHON, NAIVE].map(|name| match report.speed_of(name).and_then(both) {
        Some(theirs) => {
            met &= theirs[0] > at_128 && theirs[1] > whole;
            format!("{:.1} and {:.1} ×", theirs[0] / at_128, theirs[1] / whole)
        }
        None => format!("{name} not measured"),
    });
    Some((ratios.join(" / "), met))
}

fn instructions(report: &Report) -> Option<(String, bool)> {
    let most = |of_migrate_user: bool| {
        let counts = report.instructions.iter().filter(|(name, _)| is_trigger(name));
        let counts = counts.filter(|(name, _)| (**name == "migrate-user") == of_migrate_user);
        counts.map(|(_, count)| count.start_and_first).max()
    };
    let (worst, migrate_user) = (most(false)?, most(true)?);
    let millions = |count: u64| count as f64 / 1e6;
    let measured = format!("{:.2} million; {:.2} million", millions(worst), millions(migrate_user));
    Some((measured, worst <= 6_200_000 && migrate_user <= 7_200_000))
}

fn unthrottled(report: &Report) -> Option<(String, bool)> {
    let triggers = || report.speed.iter().filter(|speed| is_trigger(speed.name));
    let most = |of: fn(&Speed) -> f64| triggers().map(of).reduce(f64::max);
    let first = most(|speed| speed.first_cpu_ms.median)?;
    let warm = most(|speed| speed.warm_cpu_us.median / 1000.0)?;
    let reconnecting = most(|speed| speed.reconnecting_cpu_ms.median)?;
    let ratio = |speed: &Speed| {
        let p50 = |memory| speed.rationed.get(&memory).map(|rationed| rationed.warm_p50_us);
        Some(p50(128)? / p50(1769)?)
    };
    let slower = triggers().filter_map(ratio).reduce(f64::max)?;
    let met = [first, warm, reconnecting].iter().all(|cpu| *cpu < UNTHROTTLED_MS) && slower <= 1.15;
    Some((format!("{first:.2} / {warm:.2} / {reconnecting:.2} ms; {slower:.2} ×"), met))
}

fn requests(report: &Report) -> Option<(String, bool)> {
    let mut measured = Vec::new();
    let mut met = true;
    for (name, allowed) in REQUESTS {
        let count = report.work.get(name)?.requests.len();
        met &= allowed.contains(&count);
        measured.push(format!("{name} {count}"));
    }
    Some((measured.join(", "), met))
}

fn flat(report: &Report) -> Option<(String, bool)> {
    let (small, large) = (report.growth.first()?, report.growth.last()?);
    let pairs = || small.triggers.iter().zip(&large.triggers);
    let slower =
        pairs().map(|(small, large)| large.milliseconds.median / small.milliseconds.median).reduce(f64::max)?;
    let same_requests = pairs().all(|(small, large)| small.requests == large.requests);
    let requests = if same_requests { "the same requests" } else { "other requests" };
    Some((format!("{slower:.2} × at most, {requests}"), slower <= FLAT && same_requests))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speed::Rationed;
    use crate::work::Work;

    /// A subject whose start and first invocation take so long, whatever its CPU.
    fn speed(name: &'static str, both_ms: f64) -> Speed {
        let mut speed = Speed::example(name);
        speed.both_ms.median = both_ms;
        let rationed =
            Rationed { both_ms: speed.both_ms, first_ms: speed.first_ms, warm_p50_us: 0.0, warm_p99_us: 0.0 };
        speed.rationed.insert(128, rationed);
        speed
    }

    fn verdict(report: &Report, position: usize) -> (String, Option<bool>) {
        let row = rows(report).into_iter().nth(position).unwrap();
        (row.measured, row.met)
    }

    #[test]
    fn what_was_not_measured_is_neither_met_nor_missed() {
        let rows = rows(&Report::new(1));
        assert_eq!(
            rows.iter().map(|row| row.number).collect::<Vec<_>>(),
            [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
        );
        assert!(rows.iter().all(|row| row.met.is_none() && row.measured.is_empty()));
    }

    #[test]
    fn a_trigger_with_one_request_is_held_against_the_floor_the_runtime_and_the_comparators() {
        let mut report = Report::new(1);
        for (name, requests) in [("pre-sign-up", 2), ("post-authentication", 1)] {
            report.work.insert(name.to_owned(), Work { requests: vec![String::new(); requests], log_bytes: 0 });
        }
        report.speed = vec![
            speed("pre-sign-up", 9.0),
            speed("post-authentication", 5.0),
            speed(FLOOR, 4.0),
            speed(ECHO, 2.0),
            speed(GO, 15.0),
        ];
        assert_eq!(verdict(&report, 0), ("post-authentication 1.25 / 1.25 ×".to_owned(), Some(true)));
        assert_eq!(verdict(&report, 1), ("post-authentication 2.50 / 2.50 ×".to_owned(), Some(false)));
        let others = "node not measured / python not measured / naive not measured";
        assert_eq!(verdict(&report, 2), (format!("3.0 and 3.0 × / {others}"), Some(true)));
        report.speed.push(speed(NODE, 4.9));
        assert_eq!(verdict(&report, 2).1, Some(false));
    }
}
