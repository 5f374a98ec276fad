//! Medians and their spread, and numbers as a reader wants them.

use std::time::Duration;

use serde::Serialize;

/// Several measurements of one thing. Quartiles say how far to trust the median; the extremes say what happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) first_quartile: f64,
    pub(crate) third_quartile: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Nothing where nothing was measured.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().collect();
        Some(Self {
            median: quantile(&values, 0.5)?,
            first_quartile: quantile(&values, 0.25)?,
            third_quartile: quantile(&values, 0.75)?,
            least: quantile(&values, 0.0)?,
            most: quantile(&values, 1.0)?,
        })
    }
}

/// The value below which this share of the values lies, between two of them where it falls between.
pub(crate) fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let position = share * values.len().checked_sub(1)? as f64;
    let (below, above) = (values.get(position.floor() as usize)?, values.get(position.ceil() as usize)?);
    Some(below + (above - below) * position.fract())
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// A number with a comma between each three digits.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_median_may_lie_between_two_values() {
        let spread = Spread { median: 2.5, first_quartile: 1.75, third_quartile: 3.25, least: 1.0, most: 4.0 };
        assert_eq!(Spread::of([4.0, 1.0, 3.0, 2.0]), Some(spread));
        assert_eq!(quantile(&[7.0], 0.99), Some(7.0));
        assert_eq!(Spread::of([]), None);
    }
}
