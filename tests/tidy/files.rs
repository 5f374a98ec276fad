//! Where files are, and how long: the code map of ARCHITECTURE.md has them all, and a long one says why.

use std::collections::BTreeSet;

use known_user::Trigger;

use crate::{
    documents::meant,
    files, imports,
    markdown::{document, spans},
    names, read,
    sources::{crates, sources},
};

/// How many lines a file may have without a reason, tests in it left out.
const LONG: usize = 400;

/// How the reason begins, in what stands at the head of the file.
const REASON: &str = "One file because ";

/// Long files without a reason that are still to be parted. A file leaves this list when it is.
const PENDING: [&str; 2] = ["crates/local-aws/src/faults.rs", "crates/local-aws/src/function.rs"];

/// What the code map names.
fn code_map() -> BTreeSet<String> {
    let mut map = BTreeSet::new();
    for row in document("ARCHITECTURE.md").table("## Code map") {
        // `crates/<trigger>/src/decision.rs`, `record.rs`: the second is beside the first.
        let mut beside = "";
        for place in spans(row[0]) {
            let place = if place.contains('/') { place.to_owned() } else { format!("{beside}/{place}") };
            map.extend(meant(place.trim_end_matches('/')));
            beside = spans(row[0]).next().and_then(|first| first.rsplit_once('/')).map_or("", |(folder, _)| folder);
        }
    }
    map
}

#[test]
fn the_code_map_has_each_crate_each_test_and_each_file_of_a_function() {
    let map = code_map();
    let names_something_in =
        |folder: &str| map.iter().any(|place| place == folder || place.starts_with(&format!("{folder}/")));
    for package in crates() {
        assert!(names_something_in(&format!("crates/{package}")), "the code map has no crates/{package}");
    }
    for name in names("tests") {
        assert!(map.contains(&format!("tests/{name}")), "the code map has no tests/{name}");
    }
    for package in Trigger::ALL.iter().map(|trigger| trigger.name()).chain(["common"]) {
        for source in sources(package).iter().filter(|source| source.name() != "lib.rs") {
            assert!(map.contains(&source.path), "the code map has no {}", source.path);
        }
    }
}

/// The comment or the text at the beginning of a file.
fn head(text: &str) -> String {
    let is_head = |line: &&str| line.starts_with("//!") || line.starts_with("#!");
    if text.starts_with("//!") {
        return text.lines().take_while(is_head).collect();
    }
    text.split("\"\"\"").nth(1).unwrap_or_default().to_owned()
}

#[test]
fn a_long_file_says_why_it_is_one() {
    let mut long = Vec::new();
    let mut check = |path: &str, lines: usize, text: &str| {
        let is_pending = PENDING.contains(&path)
            || imports::PENDING.iter().any(|package| path.starts_with(&format!("crates/{package}/")));
        if lines > LONG && !is_pending && !head(text).contains(REASON) {
            long.push(format!("{path} has {lines} lines"));
        }
    };
    for source in crates().iter().flat_map(|package| sources(package)) {
        check(&source.path, source.code.lines().count(), &read(&source.path));
    }
    for path in files().iter().filter(|path| path.ends_with(".py")) {
        let text = read(path);
        check(path, text.lines().count(), &text);
    }
    assert!(long.is_empty(), "more than {LONG} lines, and no \"{REASON}…\" at the head: {long:#?}");
}
