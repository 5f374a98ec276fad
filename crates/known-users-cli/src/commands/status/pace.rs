//! How fast the table is read.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Read capacity units a second, over everybody who reads.
pub(crate) struct Pace {
    rate: Option<f64>,
    /// When everything will be paid for that was spent.
    paid: Mutex<Instant>,
}

impl Pace {
    /// `rate` units a second; 0 is without a limit.
    pub(crate) fn new(rate: u32, now: Instant) -> Self {
        Self { rate: (rate > 0).then_some(rate.into()), paid: Mutex::new(now) }
    }

    /// How many of something that costs `each` to take at once, where one of `readers` may spend its share of a second.
    pub(crate) fn share(&self, readers: u16, each: f64) -> Option<u32> {
        let share = self.rate? / f64::from(readers.max(1)) / each.max(f64::MIN_POSITIVE);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped first")]
        Some(share.clamp(1.0, f64::from(i32::MAX)) as u32)
    }

    /// Books `units` at `now`, and says when they may be spent.
    pub(crate) fn book(&self, units: f64, now: Instant) -> Instant {
        let Some(rate) = self.rate else { return now };
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = (*paid).max(now);
        *paid = begin + seconds(units / rate);
        begin
    }

    /// It was `actual` instead of the `booked` units.
    pub(crate) fn settle(&self, booked: f64, actual: f64) {
        let Some(rate) = self.rate else { return };
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let difference = (actual - booked) / rate;
        let earlier = paid.checked_sub(seconds(-difference)).unwrap_or(*paid);
        *paid = if difference < 0.0 { earlier } else { *paid + seconds(difference) };
    }
}

/// Nothing for what is negative; an hour at most, so that no sum overflows.
fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.clamp(0.0, 3600.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_is_waited_for_whoever_spent_it() {
        let start = Instant::now();
        let pace = Pace::new(100, start);
        let after = |units| pace.book(units, start).duration_since(start).as_millis();
        assert_eq!([after(50.0), after(50.0), after(10.0)], [0, 500, 1000]);
        // It was more than thought, and then less.
        pace.settle(10.0, 30.0);
        assert_eq!(after(0.0), 1300);
        pace.settle(30.0, 10.0);
        assert_eq!(after(0.0), 1100);
        // What nobody spent for a while is not saved up.
        let later = start + Duration::from_secs(60);
        assert_eq!(pace.book(100.0, later), later);
        assert_eq!(pace.book(1.0, later), later + Duration::from_secs(1));
    }

    #[test]
    fn a_page_is_a_readers_share_of_a_second() {
        let start = Instant::now();
        assert_eq!(Pace::new(1000, start).share(4, 0.5), Some(500));
        assert_eq!(Pace::new(1, start).share(4, 0.5), Some(1));
        assert_eq!(Pace::new(1000, start).share(4, 0.0), Some(i32::MAX.unsigned_abs()));
    }

    #[test]
    fn without_a_limit_nothing_waits() {
        let start = Instant::now();
        let pace = Pace::new(0, start);
        assert_eq!((pace.share(4, 0.5), pace.book(1e9, start), pace.book(1.0, start)), (None, start, start));
    }
}
