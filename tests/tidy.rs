//! The house stays in order: crates, files, imports, template, events, log and documents agree.

#![cfg(test)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/facts.rs"]
mod facts;
#[path = "tidy/files.rs"]
mod files;
#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/invariants.rs"]
mod invariants;
#[path = "tidy/markdown.rs"]
mod markdown;
#[path = "tidy/sources.rs"]
mod sources;
#[path = "tidy/triggers.rs"]
mod triggers;

fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = workspace().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What is in a folder.
fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(workspace().join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Each file of the repository, from the workspace's folder.
fn files() -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for name in names(&folder) {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            match workspace().join(&path).is_dir() {
                // What is made, and not kept.
                true if [".git", ".aws-sam", "target", "node_modules", "__pycache__"].contains(&name.as_str()) => {}
                true => folders.push(path),
                false => drop(files.insert(path)),
            }
        }
    }
    files
}

/// What stands in quotes right behind each occurrence of `before`.
fn quoted<'a>(text: &'a str, before: &str) -> BTreeSet<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}
