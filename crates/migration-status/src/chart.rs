//! The charts, as SVG that stretches to whatever width there is. Their labels are HTML around them, so that they stay as
//! large as other text on a telephone too.

use std::{collections::BTreeMap, fmt::Write as _};

use maud::{Markup, html};

use crate::{
    day::Day,
    numbers::{Part, counted, grouped},
    tally::OfDay,
};

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 300.0;

/// How many points a curve has at most.
const POINTS: u32 = 400;

/// A curve and what it is called; `class` gives it its colour.
pub(crate) struct Curve {
    pub(crate) class: &'static str,
    pub(crate) name: &'static str,
    /// How many there were at the end of each day on which there came more.
    pub(crate) at_end_of: BTreeMap<Day, u64>,
}

impl Curve {
    pub(crate) fn new(
        class: &'static str,
        name: &'static str,
        days: &BTreeMap<Day, OfDay>,
        count: impl Fn(&OfDay) -> u64,
    ) -> Self {
        let mut sum = 0;
        let mut at_end_of = BTreeMap::new();
        for (day, of) in days {
            if count(of) > 0 {
                sum += count(of);
                at_end_of.insert(*day, sum);
            }
        }
        Self { class, name, at_end_of }
    }

    pub(crate) fn at(&self, day: Day) -> u64 {
        self.at_end_of.range(..=day).next_back().map_or(0, |(_, count)| *count)
    }
}

/// Curves from `first` to `last` over one axis.
pub(crate) fn curves(curves: &[Curve], first: Day, last: Day) -> Markup {
    let top = nice(curves.iter().map(|curve| curve.at(last)).max().unwrap_or(0));
    let span = last.0.saturating_sub(first.0).max(1);
    let steps = span.min(POINTS);
    let line = |curve: &Curve| {
        let mut line = String::new();
        for step in 0..=steps {
            let after = u64::from(span) * u64::from(step) / u64::from(steps);
            let day = Day(first.0.saturating_add(u32::try_from(after).unwrap_or(0)));
            let (x, y) = (WIDTH * f64::from(step) / f64::from(steps), y(curve.at(day), top));
            let _ = write!(line, "{}{x:.1} {y:.1}", if step == 0 { "M" } else { "L" });
        }
        line
    };
    let title = "Migration over time";
    let described: Vec<String> =
        curves.iter().map(|curve| format!("{} {} by {last}", grouped(curve.at(last)), curve.name)).collect();
    let drawing = html! {
        @for curve in curves {
            @let line = line(curve);
            path class={ "area " (curve.class) } d={ (line) "L" (WIDTH) " " (HEIGHT) "L0 " (HEIGHT) "Z" } {}
            path class={ "line " (curve.class) } d=(line) {}
        }
    };
    let labels = [first.to_string(), Day(first.0.saturating_add(span / 2)).to_string(), last.to_string()];
    plot("over-time", title, &format!("{}, counted from {first} on.", described.join(" and ")), &drawing, top, &labels)
}

/// A bar for each of these days, which follow each other.
pub(crate) fn bars(days: &[(Day, u64)]) -> Markup {
    let top = nice(days.iter().map(|(_, count)| *count).max().unwrap_or(0));
    let wide = WIDTH / f64::from(u32::try_from(days.len().max(1)).unwrap_or(u32::MAX));
    let total = counted(days.iter().map(|(_, count)| count).sum(), "last sign-in");
    let drawing = html! {
        @for (at, (day, count)) in (0_u32..).zip(days) {
            @let y = y(*count, top);
            rect class="a" x=(format!("{:.1}", wide * (f64::from(at) + 0.14))) width=(format!("{:.1}", wide * 0.72))
                y=(format!("{y:.1}")) height=(format!("{:.1}", HEIGHT - y)) {
                title { (day) ": " (grouped(*count)) }
            }
        }
    };
    let label = |at: usize| days.get(at).map(|(day, _)| day.to_string()).unwrap_or_default();
    let labels = [label(0), label(days.len() / 2), label(days.len().saturating_sub(1))];
    let description = format!("{total} between {} and {}, by day.", label(0), label(days.len().saturating_sub(1)));
    plot("last-sign-ins", "Last sign-ins per day", &description, &drawing, top, &labels)
}

/// One bar of parts that make a whole; a part's class is `p` and its place.
pub(crate) fn whole(parts: &[Part]) -> Markup {
    let described: Vec<String> = parts.iter().map(|part| format!("{} {}", grouped(part.count), part.name)).collect();
    // Each begins where those before it end.
    let begins = parts.iter().scan(0, |end, part| Some(std::mem::replace(end, *end + part.share)));
    html! {
        svg class="whole" viewBox="0 0 1000 40" preserveAspectRatio="none" role="img" aria-labelledby="whole-t" aria-describedby="whole-d" {
            title id="whole-t" { "Everybody, by how far they have come" }
            desc id="whole-d" { (described.join(", ")) }
            @for ((at, part), x) in parts.iter().enumerate().zip(begins) {
                rect class={ "p" (at) } x=(x) y="0" width=(part.share) height="40" {}
            }
        }
    }
}

fn plot(id: &str, title: &str, description: &str, drawing: &Markup, top: u64, labels: &[String; 3]) -> Markup {
    html! {
        div class="plot" {
            div class="y" aria-hidden="true" {
                @for count in [top, top / 2, 0] { span { (grouped(count)) } }
            }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img"
                aria-labelledby={ (id) "-t" } aria-describedby={ (id) "-d" } {
                title id={ (id) "-t" } { (title) }
                desc id={ (id) "-d" } { (description) }
                @for y in [0.0, HEIGHT / 2.0, HEIGHT] {
                    line class="grid" x1="0" x2=(WIDTH) y1=(y) y2=(y) {}
                }
                (drawing)
            }
            div class="x" aria-hidden="true" {
                @for label in labels { span { (label) } }
            }
        }
    }
}

/// An even number that is easy to read, and no smaller.
fn nice(most: u64) -> u64 {
    let mut ten = 1_u64;
    loop {
        for times in [2, 4, 6, 8, 10] {
            let top = ten.saturating_mul(times);
            if top >= most {
                return top;
            }
        }
        ten = ten.saturating_mul(10);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a pixel is coarser")]
fn y(count: u64, top: u64) -> f64 {
    HEIGHT - HEIGHT * count as f64 / top.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_with_an_even_number_that_is_easy_to_read() {
        for (most, top) in [(0, 2), (1, 2), (3, 4), (5, 6), (9, 10), (11, 20), (60, 60), (61, 80), (1234, 2000)] {
            assert_eq!(nice(most), top);
        }
        assert_eq!(nice(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_curve_stays_where_it_is_until_there_is_more() {
        let of = |migrated| OfDay { migrated, ..OfDay::default() };
        let days = [(Day(10), of(2)), (Day(11), of(0)), (Day(14), of(3))].into();
        let curve = Curve::new("a", "migrated", &days, |of| of.migrated);
        assert_eq!([9, 10, 13, 14, 99].map(|day| curve.at(Day(day))), [0, 2, 2, 5, 5]);
        let drawn = curves(&[curve], Day(10), Day(14)).into_string();
        // The axis ends with 6.
        assert!(
            drawn.contains(r#"<path class="line a" d="M0.0 200.0L250.0 200.0L500.0 200.0L750.0 200.0L1000.0 50.0">"#)
        );
    }

    #[test]
    fn a_long_time_has_no_more_points_than_can_be_seen() {
        let day = |migrated| OfDay { migrated, ..OfDay::default() };
        let days = (0..20_000).map(|at| (Day(at), day(1))).collect();
        let curve = Curve::new("a", "migrated", &days, |of| of.migrated);
        let drawn = curves(&[curve], Day(0), Day(19_999)).into_string();
        assert!(drawn.len() < 20_000, "{}", drawn.len());
        assert!(drawn.contains("L1000.0 0.0"), "{drawn}");
    }
}
