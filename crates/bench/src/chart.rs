//! Charts as SVG, readable on light and on dark.

use std::fmt::Write;

use crate::growth::Growth;
use crate::report::{Report, thousands};

/// Colours by what a reader's system prefers; `a` and `b` are the two series of bars.
const STYLE: &str = "\
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.small { font-size: 11px }
.title { font-size: 15px; font-weight: 600 }
.grid { stroke: #d0d7de }
.a { fill: #9ec5f7 } .b { fill: #1f6feb } .line { fill: none; stroke-width: 2 }
.known { stroke: #1f6feb } .scan { stroke: #cf222e } .dot { stroke: none } .known.dot { fill: #1f6feb } .scan.dot { fill: #cf222e }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .grid { stroke: #30363d } .a { fill: #2f4f7f } .b { fill: #58a6ff }
.known { stroke: #58a6ff } .scan { stroke: #ff7b72 } .known.dot { fill: #58a6ff } .scan.dot { fill: #ff7b72 }
}
</style>
";

/// A logarithmic axis from one power of ten to another.
struct Axis {
    from: f64,
    to: f64,
    start: f64,
    length: f64,
}

impl Axis {
    /// An axis of this place that holds the values.
    fn holding(values: &[f64], start: f64, length: f64) -> Self {
        let least = values.iter().copied().reduce(f64::min).unwrap_or(1.0);
        let most = values.iter().copied().reduce(f64::max).unwrap_or(10.0);
        Self { from: least.log10().floor(), to: most.log10().ceil(), start, length }
    }

    fn at(&self, value: f64) -> f64 {
        self.start + self.length * (value.log10() - self.from) / (self.to - self.from).max(1.0)
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (self.from as i32..=self.to as i32).map(|power| 10_f64.powi(power))
    }
}

/// Start-up and first invocation of everything, at full CPU and at 128 MB.
pub(crate) fn start_up(report: &Report) -> String {
    const LEFT: f64 = 190.0;
    const ROW: f64 = 40.0;
    let bars: Vec<(&str, f64, Option<f64>)> = report
        .speed
        .iter()
        .map(|speed| {
            let at_128 = speed.rationed.get(&128).map(|rationed| rationed.both_ms.median);
            (speed.description.as_str(), speed.both_ms.median, at_128)
        })
        .collect();
    let values: Vec<f64> = bars.iter().flat_map(|(_, whole, at_128)| [Some(*whole), *at_128]).flatten().collect();
    let axis = Axis::holding(&values, LEFT, 480.0);
    let bottom = 64.0 + ROW * bars.len() as f64;
    let mut svg = begin(740.0, bottom + 44.0, "Start-up and first invocation, in milliseconds (logarithmic)");
    draw(
        &mut svg,
        format_args!(
            "<rect class=\"a\" x=\"{LEFT}\" y=\"36\" width=\"12\" height=\"12\"/><text class=\"small\" x=\"208\" y=\"46\">whole CPU</text>"
        ),
    );
    draw(
        &mut svg,
        format_args!(
            "<rect class=\"b\" x=\"290\" y=\"36\" width=\"12\" height=\"12\"/><text class=\"small\" x=\"308\" y=\"46\">the CPU of 128 MB from the first invocation on</text>"
        ),
    );
    for power in axis.powers() {
        let x = axis.at(power);
        draw(&mut svg, format_args!("<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"58\" y2=\"{bottom}\"/>"));
        draw(
            &mut svg,
            format_args!(
                "<text class=\"small\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{}\">{power}</text>",
                bottom + 15.0
            ),
        );
    }
    for (row, (name, whole, at_128)) in bars.iter().enumerate() {
        let y = 64.0 + ROW * row as f64;
        draw(&mut svg, format_args!("<text text-anchor=\"end\" x=\"{}\" y=\"{}\">{name}</text>", LEFT - 8.0, y + 20.0));
        bar(&mut svg, &axis, "a", y, *whole);
        if let Some(at_128) = at_128 {
            bar(&mut svg, &axis, "b", y + 15.0, *at_128);
        }
    }
    let note = format!("{}; {} rounds, medians; {}", report.machine, report.rounds, report.date);
    draw(&mut svg, format_args!("<text class=\"small\" x=\"{LEFT}\" y=\"{}\">{note}</text>", bottom + 34.0));
    svg + "</svg>\n"
}

fn bar(svg: &mut String, axis: &Axis, class: &str, y: f64, value: f64) {
    let end = axis.at(value);
    draw(
        svg,
        format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{y}\" width=\"{:.1}\" height=\"13\"/>",
            axis.start,
            end - axis.start
        ),
    );
    let places = if value < 10.0 { 1 } else { 0 };
    draw(svg, format_args!("<text class=\"small\" x=\"{:.1}\" y=\"{}\">{value:.places$}</text>", end + 4.0, y + 11.0));
}

/// One warm invocation of each trigger, and a scan, by how many people the table knows.
pub(crate) fn growth(report: &Report) -> String {
    let sizes: Vec<f64> = report.growth.iter().map(|growth| growth.known_users as f64).collect();
    let triggers =
        |growth: &Growth| growth.triggers.iter().map(|trigger| trigger.milliseconds.median).collect::<Vec<_>>();
    let values: Vec<f64> =
        report.growth.iter().flat_map(|growth| [triggers(growth), vec![growth.scan.milliseconds]].concat()).collect();
    let across = Axis::holding(&sizes, 70.0, 480.0);
    // Upwards.
    let up = Axis::holding(&values, 320.0, -260.0);
    let mut svg = begin(740.0, 384.0, "One invocation, in milliseconds, by known users (both logarithmic)");
    for power in up.powers() {
        let y = up.at(power);
        draw(&mut svg, format_args!("<line class=\"grid\" x1=\"70\" x2=\"550\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"));
        draw(
            &mut svg,
            format_args!("<text class=\"small\" text-anchor=\"end\" x=\"62\" y=\"{:.1}\">{power}</text>", y + 4.0),
        );
    }
    for size in &report.growth {
        let x = across.at(size.known_users as f64);
        let label = thousands(size.known_users);
        draw(
            &mut svg,
            format_args!("<text class=\"small\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"338\">{label}</text>"),
        );
    }
    let count = report.growth.first().map_or(0, |growth| growth.triggers.len());
    for position in 0..count {
        let line = report.growth.iter().filter_map(|growth| Some(growth.triggers.get(position)?.milliseconds.median));
        curve(&mut svg, "known", &across, &up, sizes.iter().copied().zip(line));
    }
    let scans = report.growth.iter().map(|growth| growth.scan.milliseconds);
    curve(&mut svg, "scan", &across, &up, sizes.iter().copied().zip(scans));
    if let Some(last) = report.growth.last() {
        let slowest = triggers(last).into_iter().reduce(f64::max).unwrap_or(1.0);
        draw(
            &mut svg,
            format_args!("<text x=\"562\" y=\"{:.1}\">each of the five triggers</text>", up.at(slowest) + 4.0),
        );
        let more = if last.scan.ended { "" } else { " (given up)" };
        draw(
            &mut svg,
            format_args!(
                "<text x=\"562\" y=\"{:.1}\">a Scan instead{more}</text>",
                up.at(last.scan.milliseconds) + 4.0
            ),
        );
    }
    draw(&mut svg, format_args!("<text class=\"small\" x=\"70\" y=\"368\">{}; {}</text>", report.machine, report.date));
    svg + "</svg>\n"
}

fn curve(svg: &mut String, class: &str, across: &Axis, up: &Axis, points: impl Iterator<Item = (f64, f64)>) {
    let points: Vec<(f64, f64)> = points.map(|(x, y)| (across.at(x), up.at(y))).collect();
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    draw(svg, format_args!("<polyline class=\"line {class}\" points=\"{}\"/>", path.join(" ")));
    for (x, y) in points {
        draw(svg, format_args!("<circle class=\"{class} dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"));
    }
}

fn begin(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\">\n<title>{title}</title>\n{STYLE}<text class=\"title\" x=\"16\" y=\"24\">{title}</text>\n"
    )
}

fn draw(svg: &mut String, element: std::fmt::Arguments<'_>) {
    // Writing to a string has no failing path.
    writeln!(svg, "{element}").ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_holds_its_values_between_powers_of_ten() {
        let axis = Axis::holding(&[2.0, 800.0], 100.0, 300.0);
        assert_eq!([1.0, 10.0, 1000.0].map(|value| axis.at(value).round()), [100.0, 200.0, 400.0]);
        assert_eq!(axis.powers().collect::<Vec<_>>(), [1.0, 10.0, 100.0, 1000.0]);
    }
}
