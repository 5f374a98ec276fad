//! The page for those who do not run the tool: one file, counts only, nothing fetched, no script.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    chart::{self, Curve},
    day::{self, Day},
    numbers::{Kind, Numbers, Part, counted, grouped, percent},
    tally::OfDay,
};

/// How many days of last sign-ins there are bars for.
const DAYS: u32 = 30;

/// How many days are listed one by one before months are.
const LISTED: usize = 31;

/// A browser that obeys this fetches nothing and runs nothing, whatever got into the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page.
pub fn of(numbers: &Numbers) -> String {
    let title = "Migration of the known users";
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) ", " (day::minute(numbers.now)) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                main {
                    (header(numbers, title))
                    @if numbers.tally.known == 0 {
                        section { p { "Nobody is known yet. People are brought in with " code { "known-users import" } "." } }
                    } @else {
                        (tiles(numbers))
                        (everybody(numbers))
                        (over_time(numbers))
                        (sign_ins(numbers))
                        (hashes(numbers))
                        (to_mend(numbers))
                    }
                    (footer())
                }
            }
        }
    };
    page.into_string()
}

fn header(numbers: &Numbers, title: &str) -> Markup {
    let tally = &numbers.tally;
    html! {
        header {
            h1 { (title) }
            @if tally.known > 0 {
                p class="lede" {
                    strong { (grouped(tally.arrived())) } " of " strong { (counted(tally.known, "known user")) }
                    @if tally.arrived() == 1 { " is" } @else { " are" }
                    " in the user pool: " strong { (percent(numbers.share(tally.arrived()))) } "."
                }
            }
            dl class="where" {
                div { dt { "As of" } dd { time datetime=(humantime::format_rfc3339_seconds(numbers.now)) { (day::minute(numbers.now)) } } }
                @if let Some(stack) = &numbers.stack { div { dt { "Stack" } dd { (stack) } } }
                div { dt { "Table" } dd { (numbers.table) } }
                div { dt { "Region" } dd { (numbers.region) } }
            }
        }
    }
}

fn tiles(numbers: &Numbers) -> Markup {
    let tally = &numbers.tally;
    let tiles = [
        ("Migrated", tally.migrated, "at a sign-in or a reset"),
        ("Confirmed", tally.confirmed, "after signing up"),
        ("Signed in", tally.signed_in.within_30_days(), "within the last 30 days"),
        ("Suspended", tally.suspended, "may not sign in"),
    ];
    html! {
        section class="tiles" aria-label="In short" {
            @for (name, count, note) in tiles {
                div class="tile" {
                    p class="name" { (name) }
                    p class="count" { (grouped(count)) }
                    p class="note" { (percent(numbers.share(count))) " · " (note) }
                }
            }
        }
    }
}

fn everybody(numbers: &Numbers) -> Markup {
    let parts = numbers.progress();
    html! {
        section {
            h2 { "Everybody, by how far they have come" }
            (chart::whole(&parts))
            (table("How far", &parts, true))
            @if numbers.tally.migrated_and_confirmed > 0 {
                p class="note" {
                    "Confirmed in all: " (grouped(numbers.tally.confirmed)) ", of whom "
                    (grouped(numbers.tally.migrated_and_confirmed)) " migrated."
                }
            }
        }
    }
}

fn over_time(numbers: &Numbers) -> Markup {
    let (days, today) = (&numbers.tally.days, numbers.today());
    let curves =
        [Curve::new("a", "migrated", days, |of| of.migrated), Curve::new("b", "confirmed", days, |of| of.confirmed)];
    let first = curves.iter().filter_map(|curve| curve.at_end_of.keys().next()).min().copied();
    html! {
        section {
            h2 { "Migration over time" }
            @if let Some(first) = first {
                // A week at least: a single day is no curve. The day before the first is where it begins with nobody.
                @let begin = first.days_before(1).min(today.days_before(7));
                p class="key" {
                    @for curve in &curves {
                        span { i class=(curve.class) {} (curve.name) " " b { (grouped(curve.at(today))) } }
                    }
                }
                (chart::curves(&curves, begin, today))
                details {
                    summary { "The numbers" }
                    table {
                        thead { tr { th scope="col" { "By the end of" } @for curve in &curves { th scope="col" { (curve.name) } } } }
                        tbody {
                            @for day in listed(&curves, today) {
                                tr { th scope="row" { (day) } @for curve in &curves { td { (grouped(curve.at(day))) } } }
                            }
                        }
                    }
                }
            } @else {
                p { "Nobody has moved yet." }
            }
        }
    }
}

/// The days that the numbers are listed for: those on which something was, or the ends of months where these are many.
fn listed(curves: &[Curve], today: Day) -> Vec<Day> {
    let days: BTreeMap<Day, ()> =
        curves.iter().flat_map(|curve| curve.at_end_of.keys().map(|day| (*day, ()))).collect();
    if days.len() <= LISTED {
        return days.into_keys().collect();
    }
    let first = days.keys().next().map_or(today.0, |day| day.0);
    (first..=today.0).map(Day).filter(|day| day.ends_a_month() || *day == today).collect()
}

fn sign_ins(numbers: &Numbers) -> Markup {
    let today = numbers.today();
    let count = |day: &Day| numbers.tally.days.get(day).copied().unwrap_or(OfDay::default()).last_sign_ins;
    let days: Vec<(Day, u64)> =
        (0..DAYS).rev().map(|ago| today.days_before(ago)).map(|day| (day, count(&day))).collect();
    html! {
        section {
            h2 { "Last sign-ins per day" }
            p class="note" {
                "Each person is counted once, on the day of their " em { "last" } " sign-in: earlier ones are not kept. "
                "So recent days are high by nature. The last " (DAYS) " days:"
            }
            (chart::bars(&days))
            (table("Last sign-in", &numbers.last_sign_ins(), false))
            details {
                summary { "The numbers by day" }
                table {
                    thead { tr { th scope="col" { "Day" } th scope="col" { "last sign-ins" } } }
                    tbody { @for (day, count) in &days { tr { th scope="row" { (day) } td { (grouped(*count)) } } } }
                }
            }
        }
    }
}

fn hashes(numbers: &Numbers) -> Markup {
    html! {
        section {
            h2 { "Password hashes still in the table" }
            p class="note" {
                (grouped(numbers.tally.hashes())) " of them still have the hash that another system made of their password. "
                "It is removed once they have moved with it."
            }
            (table("Format", &numbers.hashes(), false))
        }
    }
}

fn to_mend(numbers: &Numbers) -> Markup {
    let found = numbers.to_mend();
    html! {
        @if !found.is_empty() {
            section class="mend" {
                h2 { "To mend" }
                ul { @for (what, todo) in found { li { (what) br; span class="note" { "What to do: " (todo) "." } } } }
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer {
            p {
                "Days are UTC; “within 1 day” is the last 24 hours. Counts only: this page has no names, addresses or hashes, "
                "and fetches nothing. Made by " code { "known-users status" } " " (env!("CARGO_PKG_VERSION")) "."
            }
        }
    }
}

/// Parts with their shares, as numbers and as bars; with the colours of [`chart::whole`], or with one for all.
fn table(what: &str, parts: &[Part], is_key: bool) -> Markup {
    html! {
        table class="parts" {
            thead { tr {
                th scope="col" { (what) }
                th scope="col" { "people" }
                th scope="col" { "share" }
                th class="bar" scope="col" { span class="unseen" { "as a bar" } }
            } }
            tbody {
                @for (at, part) in parts.iter().enumerate() {
                    tr class=[(part.kind == Kind::Defect).then_some("defect")] {
                        th scope="row" { @if is_key { i class={ "p" (at) } {} } (part.name) }
                        td { (grouped(part.count)) }
                        td { (percent(part.share)) }
                        td class="bar" aria-hidden="true" {
                            @if part.count > 0 {
                                div class=[is_key.then(|| format!("p{at}"))] style=(format!("width:{}.{}%", part.share / 10, part.share % 10)) {}
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::tally::Tally;

    fn numbers(tally: Tally) -> Numbers {
        let now = UNIX_EPOCH + Duration::from_secs(20_777 * 86_400);
        Numbers { table: "t".to_owned(), stack: None, region: "r".to_owned(), now, tally, units: 0.0 }
    }

    #[test]
    fn a_name_is_text_and_nothing_else() {
        let evil = "<script>alert('1')</script>\"&";
        let page = of(&Numbers { table: evil.to_owned(), stack: Some(evil.to_owned()), ..numbers(Tally::default()) });
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;alert('1')&lt;/script&gt;&quot;&amp;").count(), 2, "{page}");
    }

    #[test]
    fn many_days_are_listed_by_month() {
        let of = |migrated| OfDay { migrated, ..OfDay::default() };
        let today = Day(20_777); // 2026-11-20
        let few: BTreeMap<_, _> = (20_700..20_702).map(|day| (Day(day), of(1))).collect();
        let many: BTreeMap<_, _> = (20_700..20_740).map(|day| (Day(day), of(1))).collect();
        let list = |days| -> Vec<String> {
            listed(&[Curve::new("a", "migrated", days, |of| of.migrated)], today).iter().map(Day::to_string).collect()
        };
        assert_eq!(list(&few), ["2026-09-04", "2026-09-05"]);
        assert_eq!(list(&many), ["2026-09-30", "2026-10-31", "2026-11-20"]);
    }
}
