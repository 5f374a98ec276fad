//! Charts as SVG, readable on light and on dark.

use std::error;
use std::fmt::Write;

use local_aws::Error;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::growth::Growth;
use crate::report::Report;
use crate::speed::Speed;
use crate::statistics::thousands;

const TEXT: RGBColor = RGBColor(0x24, 0x29, 0x2f);
const GRID: RGBColor = RGBColor(0xd0, 0xd7, 0xde);
const PALE: RGBColor = RGBColor(0x9e, 0xc5, 0xf7);
const STRONG: RGBColor = RGBColor(0x1f, 0x6f, 0xeb);
const WARNING: RGBColor = RGBColor(0xcf, 0x22, 0x2e);

/// Each colour, and what takes its place where a reader's system prefers dark.
const ON_DARK: [(RGBColor, &str); 5] =
    [(TEXT, "#e6edf3"), (GRID, "#30363d"), (PALE, "#2f4f7f"), (STRONG, "#58a6ff"), (WARNING, "#ff7b72")];

const WIDTH: u32 = 860;

type Drawn = Result<(), Box<dyn error::Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Start-up and first invocation of everything, at full CPU and at 128 MB.
pub(crate) fn start_up(report: &Report) -> Result<String, Error> {
    let height = 110 + 40 * report.speed.len() as u32;
    svg(height, "Start-up and first invocation, in milliseconds (logarithmic)", report, |area| {
        let rows = report.speed.len() as f64;
        let bars = || report.speed.iter().zip(0_u32..).map(|(speed, row)| (speed, rows - f64::from(row)));
        let whole = |speed: &Speed| Some(speed.both_ms.median);
        let at_128 = |speed: &Speed| speed.rationed.get(&128).map(|rationed| rationed.both_ms.median);
        let values = bars().flat_map(|(speed, _)| [Some(speed.both_ms.median), at_128(speed)]).flatten();
        let (from, to) = powers_around(values);
        let mut chart = ChartBuilder::on(area)
            .margin_right(40)
            .x_label_area_size(26)
            .y_label_area_size(310)
            .build_cartesian_2d((from..to).log_scale(), 0.0..rows)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .x_label_style(text(11))
            .y_labels(0)
            .draw()?;
        let names = bars().map(|(speed, top)| {
            let right = text(13).pos(Pos::new(HPos::Right, VPos::Center));
            EmptyElement::at((from, top - 0.5)) + Text::new(speed.description.clone(), (-8, 0), right)
        });
        chart.draw_series(names)?;
        // Each bar in its half of the row.
        for (label, colour, above, median) in [
            ("whole CPU", PALE, 0.12, whole as fn(&Speed) -> Option<f64>),
            ("the CPU of 128 MB from the first invocation on", STRONG, 0.5, at_128),
        ] {
            let measured = || bars().filter_map(|(speed, top)| Some((median(speed)?, top - above)));
            chart
                .draw_series(
                    measured().map(|(value, y)| Rectangle::new([(from, y), (value, y - 0.36)], colour.filled())),
                )?
                .label(label)
                .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled()));
            chart.draw_series(measured().map(|(value, y)| {
                let places = if value < 10.0 { 1 } else { 0 };
                let left = text(11).pos(Pos::new(HPos::Left, VPos::Center));
                EmptyElement::at((value, y - 0.18)) + Text::new(format!("{value:.places$}"), (4, 0), left)
            }))?;
        }
        chart.configure_series_labels().position(SeriesLabelPosition::UpperRight).label_font(text(11)).draw()?;
        Ok(())
    })
}

/// One warm invocation of each trigger, and a scan, by how many people the table knows.
pub(crate) fn growth(report: &Report) -> Result<String, Error> {
    svg(400, "One invocation, in milliseconds, by known users (both logarithmic)", report, |area| {
        let line = |of: &dyn Fn(&Growth) -> Option<f64>| -> Vec<(f64, f64)> {
            report.growth.iter().filter_map(|growth| Some((growth.known_users as f64, of(growth)?))).collect()
        };
        let triggers = report.growth.first().map_or(0, |growth| growth.triggers.len());
        let mut lines: Vec<(Vec<(f64, f64)>, RGBColor)> = (0..triggers)
            .map(|trigger| line(&|growth| Some(growth.triggers.get(trigger)?.milliseconds.median)))
            .map(|line| (line, STRONG))
            .collect();
        lines.push((line(&|growth| Some(growth.scan.milliseconds)), WARNING));
        let points = || lines.iter().flat_map(|(line, _)| line.iter().copied());
        let (sizes, times) =
            (powers_around(points().map(|point| point.0)), powers_around(points().map(|point| point.1)));
        let mut chart = ChartBuilder::on(area)
            .margin_right(190)
            .x_label_area_size(26)
            .y_label_area_size(60)
            .build_cartesian_2d((sizes.0..sizes.1).log_scale(), (times.0..times.1).log_scale())?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .label_style(text(11))
            .x_label_formatter(&|size| thousands(*size as usize))
            .draw()?;
        for (line, colour) in &lines {
            chart.draw_series(LineSeries::new(line.iter().copied(), colour.stroke_width(2)))?;
            chart.draw_series(line.iter().map(|point| Circle::new(*point, 4, colour.filled())))?;
        }
        if let Some(last) = report.growth.last() {
            let slowest = last.triggers.iter().map(|trigger| trigger.milliseconds.median).reduce(f64::max);
            let more = if last.scan.ended { "" } else { " (given up)" };
            for (label, y) in [
                ("each of the five triggers".to_owned(), slowest.unwrap_or(1.0)),
                (format!("a Scan instead{more}"), last.scan.milliseconds),
            ] {
                let left = text(13).pos(Pos::new(HPos::Left, VPos::Center));
                let label = EmptyElement::at((last.known_users as f64, y)) + Text::new(label, (10, 0), left);
                chart.draw_series([label])?;
            }
        }
        Ok(())
    })
}

/// A chart of this height with its title above and a note about the measurement below.
fn svg(height: u32, title: &str, report: &Report, draw: impl FnOnce(&Area<'_>) -> Drawn) -> Result<String, Error> {
    let mut svg = String::new();
    draw_in(&mut svg, height, title, report, draw)
        .map_err(|error| Error::new(format!("cannot draw `{title}`: {error}")))?;
    // The library sets colours as attributes, which a style sheet overrides.
    let mut style = format!("\n<title>{title}</title>\n<style>\ntext {{ font-family: system-ui, sans-serif }}\n");
    style += "@media (prefers-color-scheme: dark) {\n";
    for (RGBColor(red, green, blue), dark) in ON_DARK {
        let light = format!("#{red:02X}{green:02X}{blue:02X}");
        // Writing to a string has no failing path.
        writeln!(style, "[fill=\"{light}\"] {{ fill: {dark} }} [stroke=\"{light}\"] {{ stroke: {dark} }}").ok();
    }
    style += "}\n</style>";
    Ok(match svg.split_once('>') {
        Some((begin, rest)) => format!("{begin} role=\"img\">{style}{rest}"),
        None => svg,
    })
}

fn draw_in(
    svg: &mut String,
    height: u32,
    title: &str,
    report: &Report,
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> Drawn {
    let area = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    area.draw_text(title, &text(16), (16, 12))?;
    let note = format!("{}; medians; {}", report.machine, report.date);
    area.draw_text(&note, &text(11), (16, height as i32 - 20))?;
    draw(&area.margin(40, 28, 0, 0))?;
    Ok(area.present()?)
}

fn text(size: i32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&TEXT)
}

/// The powers of ten below and above all of these values.
fn powers_around(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) =
        values.fold((f64::MAX, f64::MIN_POSITIVE), |(least, most), value| (least.min(value), most.max(value)));
    (10_f64.powf(least.min(most).log10().floor()), 10_f64.powf(most.log10().ceil()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_reaches_from_a_power_of_ten_to_another() {
        let (from, to) = powers_around([2.0, 800.0].into_iter());
        assert_eq!([from, to].map(|power| power.round()), [1.0, 1000.0]);
    }

    #[test]
    fn a_chart_is_readable_on_dark() {
        let mut report = Report::new(1);
        let mut speed = Speed::example("pre-sign-up");
        speed.both_ms.median = 5.0;
        report.speed.push(speed);
        let svg = start_up(&report).unwrap();
        assert!(svg.contains("pre-sign-up"), "{svg}");
        let colours = svg.split(['"', ' ']).filter(|word| word.len() == 7 && word.starts_with('#'));
        let light = ON_DARK.map(|(RGBColor(red, green, blue), _)| format!("#{red:02X}{green:02X}{blue:02X}"));
        for colour in colours.filter(|colour| !ON_DARK.iter().any(|(_, dark)| dark == colour)) {
            assert!(light.iter().any(|light| light == colour), "{colour} has no colour on dark");
        }
    }
}
