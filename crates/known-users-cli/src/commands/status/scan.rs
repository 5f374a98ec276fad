//! Reads the table: its parts at the same time, at a given pace, patient where it is throttled.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use aws_failure::{Failure, says_throttled};
use aws_sdk_dynamodb::{
    Client,
    operation::scan::{ScanOutput, builders::ScanFluentBuilder},
    types::ReturnConsumedCapacity,
};
use migration_status::tally::{PROJECTION, Tally};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};

use crate::commands::status::{
    pace::Pace,
    progress::{Progress, TICK},
};

/// What a record costs before the first was read: each is below 4 KB as a rule, and many are charged as one.
const EACH: f64 = 0.5;

/// How often a throttled request is repeated, besides the SDK's own attempts, and how long to wait: twice as long each
/// time.
const THROTTLED: u32 = 6;
const WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// What all who read have in common.
struct Reader {
    client: Client,
    table: String,
    segments: u16,
    pace: Pace,
    now: SystemTime,
    records: AtomicU64,
    /// Read capacity units come in halves.
    half_units: AtomicU64,
}

/// Counts the table `table`; what came out, and the read capacity units that it cost.
pub(crate) async fn read(
    client: &Client,
    table: &str,
    segments: u16,
    rate: u32,
    now: SystemTime,
) -> Result<(Tally, f64), Failure> {
    let reader = Arc::new(Reader {
        client: client.clone(),
        table: table.to_owned(),
        segments,
        pace: Pace::new(rate, Instant::now()),
        now,
        records: AtomicU64::new(0),
        half_units: AtomicU64::new(0),
    });
    let mut progress = Progress::begin(table, reader.about().await);
    // In a set, so that the others end where one fails, or the operator interrupts.
    let mut readers = JoinSet::new();
    for segment in 0..segments {
        readers.spawn(Arc::clone(&reader).segment(segment));
    }
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tally = Tally::default();
    loop {
        tokio::select! {
            ended = readers.join_next() => match ended {
                None => break,
                Some(Ok(part)) => tally += part?,
                Some(Err(error)) => {
                    return Err(Failure::new(format!("read the table `{table}`"), error, "report this: it is a bug"));
                }
            },
            _ = ticks.tick() => progress.is_at(reader.records.load(Relaxed)),
        }
    }
    let units = reader.units();
    progress.end(tally.known, units);
    Ok((tally, units))
}

impl Reader {
    /// How many records the table has, as far as it knows and this operator may ask.
    async fn about(&self) -> Option<u64> {
        let answer = self.client.describe_table().table_name(&self.table).send().await.ok()?;
        answer.table()?.item_count()?.try_into().ok()
    }

    async fn segment(self: Arc<Self>, segment: u16) -> Result<Tally, Failure> {
        let mut tally = Tally::default();
        let mut each = EACH;
        let mut from = None;
        loop {
            // With a rate, a page is what may be spent in a second, so that a burst is no more than that.
            let limit = self.pace.share(self.segments, each);
            let booked = limit.map_or(0.0, |limit| f64::from(limit) * each);
            sleep_until(self.pace.book(booked, Instant::now())).await;
            let names = (0..PROJECTION.len()).map(|at| format!("#a{at}")).collect::<Vec<_>>().join(", ");
            let mut scan = self
                .client
                .scan()
                .table_name(&self.table)
                .segment(segment.into())
                .total_segments(self.segments.into())
                .projection_expression(names)
                .set_exclusive_start_key(from)
                .set_limit(limit.and_then(|limit| i32::try_from(limit).ok()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            for (at, name) in PROJECTION.into_iter().enumerate() {
                scan = scan.expression_attribute_names(format!("#a{at}"), name);
            }
            let page = self.page(scan).await?;
            let records = u32::try_from(page.items().len()).unwrap_or(u32::MAX);
            let units = page.consumed_capacity().and_then(|capacity| capacity.capacity_units());
            let units = units.unwrap_or(f64::from(records) * EACH);
            self.pace.settle(booked, units);
            if records > 0 {
                each = units / f64::from(records);
            }
            self.spent(records, units);
            from = page.last_evaluated_key().cloned();
            for item in page.items.unwrap_or_default() {
                tally.add(item, self.now);
            }
            if from.is_none() {
                return Ok(tally);
            }
        }
    }

    /// One page, however often it is throttled.
    async fn page(&self, scan: ScanFluentBuilder) -> Result<ScanOutput, Failure> {
        let mut wait = WAIT;
        let mut times = 0;
        loop {
            let failure = match scan.clone().send().await {
                Ok(page) => return Ok(page),
                Err(error) => Failure::aws(format!("read the table `{}`", self.table), "dynamodb:Scan", &error),
            };
            if !failure.code.as_deref().is_some_and(says_throttled) {
                return Err(failure);
            }
            if times == THROTTLED {
                return Err(failure.or("give a lower --rate"));
            }
            times += 1;
            // Parts that were throttled together come back one after the other.
            sleep(wait.mul_f64(jitter())).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a page costs 128.5 units at most")]
    fn spent(&self, records: u32, units: f64) {
        self.records.fetch_add(records.into(), Relaxed);
        self.half_units.fetch_add((units * 2.0).round() as u64, Relaxed);
    }

    #[expect(clippy::cast_precision_loss, reason = "no table costs 2^52 units")]
    fn units(&self) -> f64 {
        self.half_units.load(Relaxed) as f64 / 2.0
    }
}

/// Between a half and one.
fn jitter() -> f64 {
    let (_, low) = uuid::Uuid::new_v4().as_u64_pair();
    0.5 + f64::from(u16::try_from(low & 0xffff).unwrap_or(0)) / f64::from(u16::MAX) / 2.0
}
