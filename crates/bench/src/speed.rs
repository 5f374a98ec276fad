//! Start-up, first and further invocations, in time, CPU and memory.
//!
//! Every round starts every subject once for each share of CPU, one subject after the other, so that whatever else the
//! machine does meanwhile hits all of them alike.

use std::collections::BTreeMap;

use local_aws::Error;
use local_aws::function::RunningFunction;
use serde::Serialize;
use serde_json::Value;
use tokio::time::sleep;

use crate::cpu_share::{self, Memory, SIZES, Shares};
use crate::process;
use crate::site::Site;
use crate::statistics::{Spread, milliseconds, quantile};
use crate::subject::{ECHO, Subject};

/// How many warm invocations a process gets in each round.
const WARM: usize = 50;

/// The same where its CPU is rationed.
const WARM_RATIONED: usize = 10;

/// What was measured of a subject.
#[derive(Serialize)]
pub(crate) struct Speed {
    pub(crate) name: &'static str,
    pub(crate) description: String,
    pub(crate) artifact_bytes: u64,
    /// Start of the process to its first poll.
    pub(crate) init_ms: Spread,
    pub(crate) first_ms: Spread,
    pub(crate) both_ms: Spread,
    pub(crate) warm_p50_us: f64,
    pub(crate) warm_p99_us: f64,
    pub(crate) init_cpu_ms: Spread,
    pub(crate) first_cpu_ms: Spread,
    pub(crate) both_cpu_ms: Spread,
    pub(crate) warm_cpu_us: Spread,
    /// An invocation that finds its connection ended.
    pub(crate) reconnecting_cpu_ms: Spread,
    pub(crate) peak_rss_mb: f64,
    /// The most in any round; by the first poll, in the first invocation, in all warm ones together.
    pub(crate) handshakes: [usize; 3],
    /// By memory in MB; empty where this machine cannot ration CPU.
    pub(crate) rationed: BTreeMap<u32, Rationed>,
}

/// The same with the CPU of a memory size.
#[derive(Serialize)]
pub(crate) struct Rationed {
    pub(crate) both_ms: Spread,
    pub(crate) first_ms: Spread,
    pub(crate) warm_p50_us: f64,
    pub(crate) warm_p99_us: f64,
}

/// One life of a process.
struct Life {
    init_ms: f64,
    first_ms: f64,
    warm_us: Vec<f64>,
    init_cpu_ms: f64,
    first_cpu_ms: f64,
    warm_cpu_us: f64,
    reconnecting_cpu_ms: f64,
    peak_rss_mb: f64,
    handshakes: [usize; 3],
}

/// Measures the subjects; `on_round` is called after each round with its number.
pub(crate) async fn measure(
    site: &Site,
    subjects: &[Subject],
    shares: Option<&Shares>,
    rounds: usize,
    on_round: impl Fn(usize),
) -> Result<Vec<Speed>, Error> {
    agree(site, subjects).await?;
    let mut lives: BTreeMap<(&str, Option<Memory>), Vec<Life>> = BTreeMap::new();
    for round in 1..=rounds {
        for subject in subjects {
            let sizes = shares.map_or(&[][..], |_| &SIZES).iter().copied().map(Some);
            for size in [None].into_iter().chain(sizes) {
                let life = live(site, subject, shares.zip(size)).await?;
                lives.entry((subject.name, size)).or_default().push(life);
            }
        }
        on_round(round);
    }
    subjects.iter().map(|subject| speed(subject, &lives)).collect()
}

/// The comparators of pre sign-up have to come to the same answer, or they compare nothing.
async fn agree(site: &Site, subjects: &[Subject]) -> Result<(), Error> {
    let mut answers: BTreeMap<&str, Value> = BTreeMap::new();
    for subject in subjects.iter().filter(|subject| subject.name != ECHO) {
        let function = RunningFunction::start(site.configuration(subject)).await?;
        let answer = site.invoke(subject, &function).await?.json();
        function.stop().await;
        let first = answers.entry(&subject.event).or_insert_with(|| answer.clone());
        if *first != answer {
            return Err(Error::new(format!("`{}` answers {answer} where others answer {first}", subject.name)));
        }
    }
    Ok(())
}

async fn live(site: &Site, subject: &Subject, share: Option<(&Shares, Memory)>) -> Result<Life, Error> {
    let gone = || Error::new(format!("the process of `{}` is gone", subject.name));
    let handshakes_before = site.dynamodb.handshakes();
    let function = RunningFunction::start(site.configuration(subject)).await?;
    let init = function.ready().await?;
    let pid = function.pid().ok_or_else(gone)?;
    let cpu = || process::cpu_ms(pid).ok_or_else(gone);
    let init_cpu_ms = cpu()?;
    let handshakes_of_init = site.dynamodb.handshakes();
    if let Some((shares, size)) = share {
        shares.enter(size, pid)?;
    }

    let first = site.invoke(subject, &function).await?;
    let first_cpu_ms = cpu()? - init_cpu_ms;
    let handshakes_of_first = site.dynamodb.handshakes();

    let warm = if share.is_some() { WARM_RATIONED } else { WARM };
    let mut warm_us = Vec::with_capacity(warm);
    let before = cpu()?;
    for _ in 0..warm {
        if share.is_some() {
            // A ration of its own: people do not sign in back to back, each in the debt of the one before.
            sleep(cpu_share::PERIOD).await;
        }
        warm_us.push(milliseconds(site.invoke(subject, &function).await?.elapsed) * 1000.0);
    }
    let warm_cpu_us = (cpu()? - before) / warm as f64 * 1000.0;
    let handshakes_of_warm = site.dynamodb.handshakes();

    let before = cpu()?;
    site.dynamodb.break_off();
    site.invoke(subject, &function).await?;
    let reconnecting_cpu_ms = cpu()? - before;

    let peak_rss_mb = process::peak_rss_mb(pid).ok_or_else(gone)?;
    function.stop().await;
    Ok(Life {
        init_ms: milliseconds(init),
        first_ms: milliseconds(first.elapsed),
        warm_us,
        init_cpu_ms,
        first_cpu_ms,
        warm_cpu_us,
        reconnecting_cpu_ms,
        peak_rss_mb,
        handshakes: [
            handshakes_of_init - handshakes_before,
            handshakes_of_first - handshakes_of_init,
            handshakes_of_warm - handshakes_of_first,
        ],
    })
}

fn speed(subject: &Subject, lives: &BTreeMap<(&str, Option<Memory>), Vec<Life>>) -> Result<Speed, Error> {
    let nothing = || Error::new("there is nothing to say after no round");
    let whole = lives.get(&(subject.name, None)).ok_or_else(nothing)?;
    let spread = |of: fn(&Life) -> f64| Spread::of(whole.iter().map(of)).ok_or_else(nothing);
    let mut rationed = BTreeMap::new();
    for size in SIZES {
        if let Some(lives) = lives.get(&(subject.name, Some(size))) {
            let spread = |of: fn(&Life) -> f64| Spread::of(lives.iter().map(of)).ok_or_else(nothing);
            let of_size = Rationed {
                both_ms: spread(|life| life.init_ms + life.first_ms)?,
                first_ms: spread(|life| life.first_ms)?,
                warm_p50_us: warm(lives, 0.5).ok_or_else(nothing)?,
                warm_p99_us: warm(lives, 0.99).ok_or_else(nothing)?,
            };
            rationed.insert(size.0, of_size);
        }
    }
    let most = |of: fn(&Life) -> usize| whole.iter().map(of).max().unwrap_or_default();
    Ok(Speed {
        name: subject.name,
        description: subject.description.clone(),
        artifact_bytes: subject.artifact_size()?,
        init_ms: spread(|life| life.init_ms)?,
        first_ms: spread(|life| life.first_ms)?,
        both_ms: spread(|life| life.init_ms + life.first_ms)?,
        warm_p50_us: warm(whole, 0.5).ok_or_else(nothing)?,
        warm_p99_us: warm(whole, 0.99).ok_or_else(nothing)?,
        init_cpu_ms: spread(|life| life.init_cpu_ms)?,
        first_cpu_ms: spread(|life| life.first_cpu_ms)?,
        both_cpu_ms: spread(|life| life.init_cpu_ms + life.first_cpu_ms)?,
        warm_cpu_us: spread(|life| life.warm_cpu_us)?,
        reconnecting_cpu_ms: spread(|life| life.reconnecting_cpu_ms)?,
        peak_rss_mb: whole.iter().map(|life| life.peak_rss_mb).fold(0.0, f64::max),
        handshakes: [most(|life| life.handshakes[0]), most(|life| life.handshakes[1]), most(|life| life.handshakes[2])],
        rationed,
    })
}

/// This quantile of the warm invocations of all rounds together.
fn warm(lives: &[Life], share: f64) -> Option<f64> {
    let all: Vec<f64> = lives.iter().flat_map(|life| life.warm_us.iter().copied()).collect();
    quantile(&all, share)
}

#[cfg(test)]
impl Speed {
    /// A trigger of which nothing takes any time: a test says what does.
    pub(crate) fn example(name: &'static str) -> Self {
        let none = Spread { median: 0.0, first_quartile: 0.0, third_quartile: 0.0, least: 0.0, most: 0.0 };
        Self {
            name,
            description: name.to_owned(),
            artifact_bytes: 0,
            init_ms: none,
            first_ms: none,
            both_ms: none,
            warm_p50_us: 0.0,
            warm_p99_us: 0.0,
            init_cpu_ms: none,
            first_cpu_ms: none,
            both_cpu_ms: none,
            warm_cpu_us: none,
            reconnecting_cpu_ms: none,
            peak_rss_mb: 0.0,
            handshakes: [0; 3],
            rationed: BTreeMap::new(),
        }
    }
}
