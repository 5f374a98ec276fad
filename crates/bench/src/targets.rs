//! The targets for speed, and whether they are met.

use crate::report::Report;
use crate::speed::Speed;
use crate::subject::{ECHO, NAIVE, NODE, PYTHON};

/// The CPU time that 128 MB buys in 20 ms, in milliseconds: what takes less is never throttled.
const UNTHROTTLED_MS: f64 = 1.447;

/// What `flat` means for a latency: no more than this from the smallest table to the largest.
const FLAT: f64 = 1.5;

/// The trigger that the comparators stand beside.
const COMPARED: &str = "pre-sign-up";

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
            "start-up and first invocation with the CPU of 128 MB, pre sign-up against Rust with the SDK's defaults / Node.js / Python",
            "≥ 100 × / 100 × / 100 × less",
            times_less(report, [100.0, 100.0, 100.0], |speed| Some(speed.rationed.get(&128)?.both_ms.median)),
        ),
        Row::new(
            2,
            "the same at full CPU (no comparator in Go)",
            "≥ 10 × / 30 × / 45 × less",
            times_less(report, [10.0, 30.0, 45.0], |speed| Some(speed.both_ms.median)),
        ),
        Row::new(3, "the same, CPU time against the bare runtime's echo, worst trigger", "≤ 2.7 ×", {
            let echo = named(report, ECHO).map(|echo| echo.both_cpu_ms.median);
            most(|speed| speed.both_cpu_ms.median)
                .zip(echo)
                .map(|(worst, echo)| (format!("{:.2} ×", worst / echo), worst <= 2.7 * echo))
        }),
        Row::new(4, "the same, instructions, worst trigger", "≤ 6.5 million", {
            let counts = report.instructions.iter().filter(|(name, _)| is_trigger(name));
            let worst = counts.map(|(_, count)| count.start_and_first).max();
            worst.map(|worst| (format!("{:.2} million", worst as f64 / 1e6), worst <= 6_500_000))
        }),
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
            let each = report.instructions.iter().map(|(name, count)| count.warm / requests(name) as u64);
            each.max().map(|worst| (format!("{} thousand", worst / 1000), worst <= 750_000))
        }),
        Row::new(8, "peak memory, worst trigger", "≤ 9 MB", {
            most(|speed| speed.peak_rss_mb).map(|worst| (format!("{worst:.1} MB"), worst <= 9.0))
        }),
        Row::new(9, "`bootstrap`", "≤ 5.5 MB; post confirmation and migrate user ≤ 7 MB", {
            let allowed =
                |name| if ["post-confirmation", "migrate-user"].contains(&name) { 7_000_000 } else { 5_500_000 };
            let sizes: Vec<String> =
                triggers().map(|speed| format!("{} {:.2}", speed.name, speed.artifact_bytes as f64 / 1e6)).collect();
            (!sizes.is_empty())
                .then(|| (sizes.join(", "), triggers().all(|speed| speed.artifact_bytes <= allowed(speed.name))))
        }),
        Row::new(
            10,
            "AWS requests",
            "pre sign-up 2, pre authentication 2, post authentication 1, migrate user ≤ 4, post confirmation ≤ 3 (with a mail)",
            requests(report),
        ),
        Row::new(11, "DynamoDB hung, worst trigger", "answer in < 4.5 s; init not longer than 1 s more", {
            let answer = report.hung.values().map(|hung| hung.answer_ms).reduce(f64::max);
            let longer =
                report.hung.iter().filter_map(|(name, hung)| Some(hung.init_ms - named(report, name)?.init_ms.median));
            answer.zip(longer.reduce(f64::max)).map(|(answer, longer)| {
                // A timer goes off a moment after its time.
                let met = answer < 4500.0 && longer <= 1020.0;
                (format!("answer in {:.2} s, init {:.2} s longer", answer / 1000.0, longer / 1000.0), met)
            })
        }),
        Row::new(12, "growth", "latency and requests flat from a thousand to a million known users", flat(report)),
        Row::new(13, "application log on success, worst trigger", "≤ 250 bytes", {
            let worst = report.work.values().map(|work| work.log_bytes).max();
            worst.map(|worst| (format!("{worst} bytes"), worst <= 250))
        }),
    ]
}

fn is_trigger(name: &str) -> bool {
    known_user::Trigger::ALL.iter().any(|trigger| trigger.name() == name)
}

fn named<'a>(report: &'a Report, name: &str) -> Option<&'a Speed> {
    report.speed.iter().find(|speed| speed.name == name)
}

/// How many times less a figure is than that of each comparator.
fn times_less(report: &Report, targets: [f64; 3], of: fn(&Speed) -> Option<f64>) -> Option<(String, bool)> {
    let ours = of(named(report, COMPARED)?)?;
    let mut ratios = Vec::new();
    let mut met = true;
    for (name, target) in [NAIVE, NODE, PYTHON].into_iter().zip(targets) {
        match named(report, name).and_then(of) {
            Some(theirs) => {
                ratios.push(format!("{:.0} ×", theirs / ours));
                met &= theirs >= target * ours;
            }
            None => ratios.push(format!("{name} not measured")),
        }
    }
    Some((ratios.join(" / "), met))
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
    let most = |trigger: &str| {
        let of_trigger = report.work.iter().filter(|(name, _)| name.starts_with(trigger));
        of_trigger.map(|(_, work)| work.requests.len()).max()
    };
    let allowed = [
        ("pre-sign-up", 1..=2),
        ("pre-authentication", 0..=2),
        ("post-authentication", 1..=1),
        ("migrate-user", 0..=4),
        ("post-confirmation", 0..=3),
    ];
    let counts: Option<Vec<(String, bool)>> = allowed
        .into_iter()
        .map(|(name, allowed)| most(name).map(|count| (format!("{name} {count}"), allowed.contains(&count))))
        .collect();
    let counts = counts?;
    let texts: Vec<&str> = counts.iter().map(|(text, _)| text.as_str()).collect();
    Some((texts.join(", "), counts.iter().all(|(_, met)| *met)))
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
