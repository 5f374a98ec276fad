//! The floors of the house: an import points down, between crates and between the files of the operator's tool.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

use crate::{
    imports::imports,
    sources::{crates, sources},
    workspace,
};

/// The floor of each crate. A crate depends on crates of lower floors alone.
const CRATES: &[(&str, u8)] = &[
    ("aws-failure", 0),
    ("known-user", 0),
    ("legacy-export", 0),
    ("legacy-password", 0),
    ("one-feature-set", 0),
    ("trust", 0),
    ("common", 1),
    ("known-users-file", 1),
    ("migration-status", 1),
    ("user-pool", 1),
    ("pre-sign-up", 2),
    ("migrate-user", 2),
    ("pre-authentication", 2),
    ("post-authentication", 2),
    ("post-confirmation", 2),
    ("verify-version", 2),
    ("publish-progress", 2),
    ("known-users-table", 2),
    ("known-users-cli", 3),
    ("local-aws", 2),
    ("bench", 3),
    ("demo", 3),
];

/// Which crates alone may depend on this one.
const ONLY_FOR: &[(&str, &[&str])] = &[
    ("lambda_runtime", &["common"]),
    (
        "common",
        &[
            "pre-sign-up",
            "migrate-user",
            "pre-authentication",
            "post-authentication",
            "post-confirmation",
            "verify-version",
            "publish-progress",
        ],
    ),
    ("legacy-password", &["migrate-user", "known-users-cli", "migration-status", "user-pool"]),
    ("one-feature-set", &["known-users-cli", "local-aws"]),
];

/// The floors of the operator's tool, by file or folder in its `src`.
const TOOL: [(&str, u8); 10] = [
    ("options", 0),
    ("error", 0),
    ("exit_code", 0),
    ("outcome", 1),
    ("table", 1),
    ("aws", 1),
    ("terminal", 1),
    ("commands", 2),
    ("cli", 3),
    ("main", 4),
];

/// No crate has more of the workspace's lines than this, in per cent, tests left out.
const LARGEST_SHARE: usize = 35;

fn floor(of: &str, floors: &[(&str, u8)]) -> Result<u8, String> {
    let floor = floors.iter().find(|(name, _)| *name == of).map(|(_, floor)| *floor);
    floor.ok_or_else(|| format!("{of} has no floor in tests/tidy/floors.rs"))
}

#[test]
fn a_crate_depends_on_crates_of_lower_floors() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let members = crates();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        // `kind` is `dev` for what tests and benches use.
        for dependency in package["dependencies"].as_array().unwrap().iter().filter(|other| other["kind"] != "dev") {
            let on = dependency["name"].as_str().unwrap();
            seen += 1;
            if ONLY_FOR.iter().any(|(what, users)| on == *what && !users.contains(&name)) {
                wrong.push(format!("{name} may not depend on {on}"));
            }
            if members.iter().any(|member| member == on) && floor(on, CRATES).unwrap() >= floor(name, CRATES).unwrap() {
                wrong.push(format!("{name} depends on {on}, which is not on a lower floor"));
            }
        }
    }
    assert!(seen > members.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The file or folder in `src` to which a file belongs, and the next one within that.
fn rooms(path: &str) -> (&str, &str) {
    let path = path.split_once("/src/").unwrap().1.trim_end_matches(".rs");
    let (room, rest) = path.split_once('/').unwrap_or((path, ""));
    (room, rest.split('/').next().unwrap())
}

/// Why this import of the tool is none that points down.
fn points_up(from: &str, to: &str) -> Option<String> {
    let ((room, command), (other_room, other_command)) = (rooms(from), rooms(to));
    let floors = floor(room, &TOOL).and_then(|floor_of| Ok((floor_of, floor(other_room, &TOOL)?)));
    let is_other_command = room == "commands" && !command.is_empty() && command != other_command;
    match floors {
        Err(problem) => Some(problem),
        Ok((from_floor, to_floor)) if to_floor > from_floor => Some(format!("{from} imports {to}, which is higher up")),
        Ok(_) if is_other_command && other_room == "commands" => Some(format!("{from} imports {to}, another command")),
        Ok(_) => None,
    }
}

#[test]
fn an_import_of_the_tool_points_down() {
    let imports = imports(&sources("known-users-cli"));
    let homeless = imports.keys().filter_map(|file| floor(rooms(file).0, &TOOL).err());
    let arrows = imports.iter().flat_map(|(from, targets)| targets.iter().map(move |to| (from, to)));
    let wrong: BTreeSet<String> = arrows.filter_map(|(from, to)| points_up(from, to)).chain(homeless).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_import_that_points_up_or_to_another_command_is_found() {
    let wrong = |from: &str, to: &str| {
        points_up(&format!("crates/x/src/{from}.rs"), &format!("crates/x/src/{to}.rs")).is_some()
    };
    for (from, to) in [
        ("main", "cli"),
        ("cli", "commands/why"),
        ("commands", "commands/why"),
        ("commands/why", "commands/why/facts"),
        ("commands/why/facts", "aws/clients"),
        ("commands/why", "error"),
        ("table/batch", "aws"),
    ] {
        assert!(!wrong(from, to), "{from} may import {to}");
    }
    for (from, to) in [
        ("error", "table"),
        ("table/batch", "commands/why"),
        ("commands/why", "commands/doctor"),
        ("commands/why/facts", "commands/doctor/checks"),
        ("commands/why", "cli"),
        ("aws/clients", "main"),
        ("main", "attic"),
    ] {
        assert!(wrong(from, to), "{from} may not import {to}");
    }
}

#[test]
fn no_crate_has_more_than_its_share_of_the_lines() {
    let lines = |package: &String| sources(package).iter().map(|source| source.code.lines().count()).sum::<usize>();
    let lines: Vec<(String, usize)> = crates().into_iter().map(|package| (package.clone(), lines(&package))).collect();
    let all: usize = lines.iter().map(|(_, lines)| lines).sum();
    for (package, lines) in lines {
        println!("{package}: {lines} lines, {} %", lines * 100 / all);
        assert!(lines * 100 <= LARGEST_SHARE * all, "{package} has {lines} lines of {all}");
    }
}
