//! What imports what: no circle of files in a crate, and no import that points up.
//!
//! `mod x;` is no import; `use` is one, and so is a path in the code that begins with `crate`, `super`, a module of the
//! file's own, or a module that a `use` brought in. An import from where something is only re-exported counts as one of
//! that file: files import from the module itself.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenTree};

use crate::sources::{Source, crates, sources};

/// The imports that may close a circle, with the reason: by the file that imports and the file that it imports.
const ALLOWED: [(&str, &str, &str); 0] = [];

/// The crates whose circles are still to be undone. A crate leaves this list with its last circle; none joins it.
pub(crate) const PENDING: [&str; 1] = ["bench"];

/// By file, the files of the same crate that it imports from.
pub(crate) type Imports = BTreeMap<String, BTreeSet<String>>;

/// A path in the code, as it is written, and the module in which.
struct Mention {
    module: Vec<String>,
    path: Vec<String>,
    /// The name that a `use` gives it.
    alias: Option<String>,
}

pub(crate) fn imports(sources: &[Source]) -> Imports {
    let mut files = BTreeMap::new();
    let mut mentions = Vec::new();
    for source in sources {
        files.insert(source.module.clone(), &source.path);
        walk(&source.tokens, &source.module, &mut mentions, &mut |module| {
            files.insert(module, &source.path);
        });
    }
    // A `use` may build on another one.
    let mut aliases = BTreeMap::new();
    for _ in 0..2 {
        for Mention { module, path, alias } in &mentions {
            if let Some(alias) = alias
                && let Some(target) = resolve(module, path, &files, &aliases)
            {
                aliases.insert((module.clone(), alias.clone()), target);
            }
        }
    }
    let mut imports: Imports = sources.iter().map(|source| (source.path.clone(), BTreeSet::new())).collect();
    for Mention { module, path, .. } in &mentions {
        let Some(target) = resolve(module, path, &files, &aliases) else { continue };
        let file = (1..=target.len()).rev().find_map(|length| files.get(&target[..length])).unwrap();
        if *file != files[module] {
            imports.get_mut(files[module]).unwrap().insert((*file).clone());
        }
    }
    imports
}

/// The path from the crate's root, where it is one within the crate.
fn resolve(
    module: &[String],
    path: &[String],
    files: &BTreeMap<Vec<String>, &String>,
    aliases: &BTreeMap<(Vec<String>, String), Vec<String>>,
) -> Option<Vec<String>> {
    let mut from = match path.first()?.as_str() {
        "crate" => module[..1].to_vec(),
        "self" => module.to_vec(),
        "super" => module[..module.len() - 1].to_vec(),
        first => {
            let child = [module, &[first.to_owned()]].concat();
            match aliases.get(&(module.to_vec(), first.to_owned())) {
                _ if files.contains_key(&child) => child,
                Some(target) => target.clone(),
                None => return None,
            }
        }
    };
    for segment in &path[1..] {
        match segment.as_str() {
            "super" => drop(from.pop()),
            _ => from.push(segment.clone()),
        }
    }
    Some(from)
}

/// Finds the paths in code, and the modules that are written within the file.
fn walk(tokens: &[TokenTree], module: &[String], mentions: &mut Vec<Mention>, is_module: &mut dyn FnMut(Vec<String>)) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at..] {
            [TokenTree::Ident(public), TokenTree::Group(to), ..] if public == "pub" && is_visibility(to.stream()) => {
                at += 2;
            }
            [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Group(inside), ..] if keyword == "mod" => {
                let module = [module, &[name.to_string()]].concat();
                is_module(module.clone());
                walk(&inside.stream().into_iter().collect::<Vec<_>>(), &module, mentions, is_module);
                at += 3;
            }
            [TokenTree::Ident(keyword), TokenTree::Ident(_), ..] if keyword == "mod" => at += 2,
            [TokenTree::Ident(keyword), next, ..] if keyword == "use" && !is_mark(next, '<') => {
                let length = tokens[at..].iter().position(|token| is_mark(token, ';')).unwrap();
                add_use(&tokens[at + 1..at + length], &[], module, mentions);
                at += length;
            }
            [TokenTree::Ident(_), ..] => {
                let path = path(&tokens[at..]);
                let is_rest = at > 0 && is_mark(&tokens[at - 1], ':') && at > 1 && is_mark(&tokens[at - 2], ':');
                at += 3 * path.len() - 2;
                if path.len() > 1 && !is_rest {
                    mentions.push(Mention { module: module.to_vec(), path, alias: None });
                }
            }
            [TokenTree::Group(group), ..] => {
                walk(&group.stream().into_iter().collect::<Vec<_>>(), module, mentions, is_module);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// The names of a path at the beginning of the tokens.
fn path(tokens: &[TokenTree]) -> Vec<String> {
    let mut path = Vec::new();
    for step in tokens.chunks(3) {
        let [TokenTree::Ident(name), rest @ ..] = step else { break };
        path.push(name.to_string());
        if !matches!(rest, [first, second] if is_mark(first, ':') && is_mark(second, ':')) {
            break;
        }
    }
    path
}

/// Adds what a tree of `use` names, each with the path to it and its name.
fn add_use(tree: &[TokenTree], before: &[String], module: &[String], mentions: &mut Vec<Mention>) {
    for branch in tree.split(|token| is_mark(token, ',')).filter(|branch| !branch.is_empty()) {
        let mut path = before.to_vec();
        let mut alias = None;
        for (index, token) in branch.iter().enumerate() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    alias = Some(branch[index + 1].to_string());
                    break;
                }
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    add_use(&group.stream().into_iter().collect::<Vec<_>>(), &path, module, mentions);
                    path.clear();
                }
                _ => {}
            }
        }
        let alias = alias.or_else(|| path.last().cloned());
        mentions.push(Mention { module: module.to_vec(), path, alias });
    }
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

/// Whether this stands in the parentheses of `pub(…)`, and is not the type of a tuple's field.
fn is_visibility(inside: proc_macro2::TokenStream) -> bool {
    let words: Vec<String> = inside.into_iter().map(|token| token.to_string()).collect();
    let first = words.first().map(String::as_str);
    first == Some("in") || (words.len() == 1 && matches!(first, Some("crate" | "super" | "self")))
}

/// The circles: sets of files of which each reaches each by imports.
fn circles(imports: &Imports) -> Vec<BTreeSet<&String>> {
    let reach = |from: &String| {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&String> = imports[from].iter().collect();
        while let Some(file) = open.pop() {
            if reached.insert(file) {
                open.extend(&imports[file]);
            }
        }
        reached
    };
    let reached: BTreeMap<&String, _> = imports.keys().map(|file| (file, reach(file))).collect();
    let circle = |file| reached[file].iter().copied().filter(|other| reached[*other].contains(file)).collect();
    let circles: BTreeSet<BTreeSet<&String>> = imports.keys().map(circle).collect();
    circles.into_iter().filter(|circle| circle.len() > 1).collect()
}

/// The circles of a crate but for the imports that are allowed, each with the imports that make it.
fn circles_of(package: &str) -> Vec<String> {
    let mut imports = imports(&sources(package));
    for (from, to, _) in ALLOWED {
        if let Some(targets) = imports.get_mut(from) {
            assert!(targets.remove(to), "{from} does not import {to} any more: it need not be allowed");
        }
    }
    let folder = format!("crates/{package}/src/");
    let show = |circle: &BTreeSet<&String>| {
        let mut text = format!("a circle of {} files in crates/{package}/src:\n", circle.len());
        for from in circle {
            let within: Vec<_> = imports[*from].iter().filter(|to| circle.contains(to)).map(String::as_str).collect();
            text += &format!("  {from} imports {}\n", within.join(", ")).replace(&folder, "");
        }
        text
    };
    circles(&imports).iter().map(show).collect()
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    for package in crates() {
        let circles = circles_of(&package).concat();
        if PENDING.contains(&package.as_str()) {
            println!("{}", if circles.is_empty() { format!("{package} has no circle any more") } else { circles });
        } else if !circles.is_empty() {
            found.push(circles);
        }
    }
    assert!(found.is_empty(), "{}", found.concat());
}

#[test]
fn every_way_to_write_an_import_is_seen() {
    let source = |module: &[&str], text: &str| {
        let path = format!("{}.rs", module.join("/"));
        Source::parse(path, module.iter().map(|name| (*name).to_owned()).collect(), text)
    };
    let root = "mod a; mod b; pub(crate) mod inline { pub(in crate::a) const C: usize = 1; } pub use a::A;";
    let imported_by = |code: &str| {
        let others = ["a", "b", "b::inner", "c"].map(|path| {
            let module: Vec<&str> = ["lib"].into_iter().chain(path.split("::")).collect();
            source(&module, if path == "c" { code } else { "" })
        });
        let sources: Vec<_> = [source(&["lib"], root)].into_iter().chain(others).collect();
        imports(&sources)["lib/c.rs"].iter().cloned().collect::<Vec<_>>().join(" ")
    };
    for (code, expected) in [
        ("use crate::a;", "lib/a.rs"),
        ("pub(crate) use crate::{a::A, b::{self, inner::{I as J,},},};", "lib/a.rs lib/b.rs lib/b/inner.rs"),
        ("use crate::A;", "lib.rs"),
        ("use super::*;", "lib.rs"),
        ("fn f() { super::b::inner::g::<crate::a::A>() }", "lib/a.rs lib/b/inner.rs"),
        ("mod inside { use super::super::a::*; }", "lib/a.rs"),
        ("mod inside { fn f() { use crate::b as other; other::inner::g(); } }", "lib/b.rs lib/b/inner.rs"),
        ("fn f() { println!(\"{}\", crate::a::f()); }", "lib/a.rs"),
        ("#[arg(value_parser = crate::a::parse)] struct S(pub (crate::b::B, u8));", "lib/a.rs lib/b.rs"),
        ("use crate::inline::C;", "lib.rs"),
        // No imports of this crate, or none outside the tests.
        ("mod d {} pub(crate) fn f() -> impl Fn() + use<> { std::a::f; ::a::g; self::d::h }", ""),
        ("#[cfg(test)] mod tests { use super::super::a; } #[cfg(test)] use crate::a; // crate::a::f()", ""),
        ("/// [`crate::a::A`]\nfn f() { \"crate::a::A\"; }", ""),
    ] {
        assert_eq!(imported_by(code), expected, "{code}");
    }
}

#[test]
fn a_circle_is_found_and_a_tree_is_none() {
    let imports = |text: &str| -> Imports {
        let split = |names: &str| names.chars().map(String::from).collect();
        text.split(' ')
            .map(|line| line.split_once(':').unwrap())
            .map(|(from, to)| (from.to_owned(), split(to)))
            .collect()
    };
    let found = |text: &str| {
        let imports = imports(text);
        circles(&imports)
            .iter()
            .map(|circle| circle.iter().map(|file| file.as_str()).collect())
            .collect::<Vec<String>>()
    };
    assert_eq!(found("a:bc b:c c:"), Vec::<String>::new());
    assert_eq!(found("a:b b:c c:bd d: e:f f:g g:e"), ["bc", "efg"]);
}
