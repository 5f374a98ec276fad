//! The documents: headings, links, and what stands between backticks.

use std::collections::BTreeMap;

use crate::{files, read};

/// A document.
pub(crate) struct Document {
    /// From the workspace's folder: `docs/settings.md`.
    pub(crate) path: String,
    /// The lines that are no code; a line of code is empty here.
    prose: Vec<String>,
    /// The lines of its blocks of code.
    code: Vec<String>,
}

impl Document {
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let (mut prose, mut code) = (Vec::new(), Vec::new());
        let mut is_code = false;
        for line in text.lines() {
            let is_fence = line.trim_start().starts_with("```");
            if is_code && !is_fence {
                code.push(line.to_owned());
            }
            prose.push(if is_code || is_fence { String::new() } else { line.to_owned() });
            is_code ^= is_fence;
        }
        assert!(!is_code, "{path}: a block of code is not closed");
        Self { path: path.to_owned(), prose, code }
    }

    /// The lines of prose.
    pub(crate) fn prose(&self) -> impl Iterator<Item = &str> {
        self.prose.iter().map(String::as_str)
    }

    /// What stands between backticks, and each line of a block of code.
    pub(crate) fn code(&self) -> impl Iterator<Item = &str> {
        self.prose().flat_map(spans).chain(self.code.iter().map(String::as_str))
    }

    /// The targets of links.
    pub(crate) fn links(&self) -> impl Iterator<Item = String> {
        self.prose().flat_map(|line| {
            let text: String = line.split('`').step_by(2).collect();
            let links = text.split("](").skip(1).map(|rest| rest.split([')', ' ']).next().unwrap().to_owned());
            links.collect::<Vec<_>>()
        })
    }

    /// What a link may name behind `#`, as GitHub makes it of the headings.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let mut times = BTreeMap::new();
        let headings =
            self.prose().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
        headings
            .map(|heading| {
                let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
                let anchor: String = heading.to_lowercase().chars().filter(kept).collect();
                let anchor = anchor.replace(' ', "-");
                let earlier = times.entry(anchor.clone()).or_insert(0);
                *earlier += 1;
                if *earlier > 1 { format!("{anchor}-{}", *earlier - 1) } else { anchor }
            })
            .collect()
    }

    /// The rows of the tables under a heading, cell by cell, without the rows of names.
    pub(crate) fn table(&self, heading: &str) -> Vec<Vec<&str>> {
        let level = heading.split(' ').next().unwrap().len();
        let is_heading = |line: &&str| line.starts_with('#');
        let ends = |line: &&str| is_heading(line) && line.split(' ').next().unwrap().len() <= level;
        let section = self.prose().skip_while(|line| *line != heading).skip(1).take_while(|line| !ends(line));
        let lines: Vec<&str> = section.filter(|line| line.starts_with('|')).collect();
        assert!(!lines.is_empty(), "{} has no table under `{heading}`", self.path);
        let is_rule = |line: &&str| line.starts_with("|---");
        let names: Vec<usize> =
            (1..lines.len()).filter(|index| is_rule(&lines[*index])).map(|index| index - 1).collect();
        let rows = lines.iter().enumerate().filter(|(index, line)| !names.contains(index) && !is_rule(line));
        rows.map(|(_, line)| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
    }
}

/// What stands between backticks in a line.
pub(crate) fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Every document of the repository.
pub(crate) fn documents() -> Vec<Document> {
    let documents = files().into_iter().filter(|path| path.ends_with(".md"));
    documents.map(|path| Document::parse(&path, &read(&path))).collect()
}

/// The document at this path.
pub(crate) fn document(path: &str) -> Document {
    Document::parse(path, &read(path))
}

#[test]
fn a_document_is_taken_apart() {
    let text = "# A *b*: `c_d`\n\nsee [e](f.md#g \"h\") and `[i](j)`, [`k`](l)\n```sh\n# m\nn [o](p)\n```\n## A b c_d\n\
                | q | r |\n|---|---|\n| `s` | [t](u) |\n### v\n| w |\n|---|\n| x |\n## y\n| z |\n";
    let document = Document::parse("d.md", text);
    assert_eq!(document.links().collect::<Vec<_>>(), ["f.md#g", "l", "u"]);
    assert_eq!(document.code().collect::<Vec<_>>(), ["c_d", "[i](j)", "k", "s", "# m", "n [o](p)"]);
    assert_eq!(document.anchors(), ["a-b-c_d", "a-b-c_d-1", "v", "y"]);
    assert_eq!(document.table("## A b c_d"), [vec!["`s`", "[t](u)"], vec!["x"]]);
}
