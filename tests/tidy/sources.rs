//! The crates' sources: each file that is compiled into a crate, what its tests are made of left out.

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use crate::{names, read, workspace};

/// A file of a crate, without what only its tests compile.
pub(crate) struct Source {
    /// From the workspace's folder: `crates/common/src/log.rs`.
    pub(crate) path: String,
    /// The crate's root and the module in it: `["lib", "log"]`, `["main"]`.
    pub(crate) module: Vec<String>,
    pub(crate) code: String,
    pub(crate) tokens: Vec<TokenTree>,
}

impl Source {
    pub(crate) fn parse(path: String, module: Vec<String>, text: &str) -> Self {
        let tokens = TokenStream::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut test_lines = Vec::new();
        let tokens = without_tests(tokens, &mut test_lines);
        let is_test = |line: usize| test_lines.iter().any(|(first, last)| (*first..=*last).contains(&line));
        let lines = text.lines().enumerate().filter(|(index, _)| !is_test(index + 1));
        let code = lines.map(|(_, line)| format!("{line}\n")).collect();
        Self { path, module, code, tokens }
    }

    /// The file's name: `log.rs`.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// The code without its white space, so that a call is found however it is laid out.
    pub(crate) fn squeezed(&self) -> String {
        self.code.split_whitespace().collect()
    }
}

/// The crates' folders: `common`, `pre-sign-up`.
pub(crate) fn crates() -> Vec<String> {
    names("crates").into_iter().filter(|name| workspace().join("crates").join(name).join("src").is_dir()).collect()
}

/// The files of a crate's library and binaries, as their `mod` items name them.
pub(crate) fn sources(package: &str) -> Vec<Source> {
    let folder = format!("crates/{package}/src");
    let roots =
        ["lib", "main"].into_iter().filter(|root| workspace().join(&folder).join(format!("{root}.rs")).is_file());
    let mut found = Vec::new();
    for root in roots {
        add_file(&mut found, format!("{folder}/{root}.rs"), &folder, vec![root.to_owned()]);
    }
    found
}

/// Adds a file, and those of its modules, which are in `folder`.
fn add_file(found: &mut Vec<Source>, path: String, folder: &str, module: Vec<String>) {
    let text = read(&path);
    let source = Source::parse(path, module.clone(), &text);
    let modules = modules_in_files(&source.tokens);
    found.push(source);
    for name in modules {
        let inside = format!("{folder}/{name}");
        let path = [format!("{inside}.rs"), format!("{inside}/mod.rs")];
        let path = path.into_iter().find(|path| workspace().join(path).is_file());
        let path = path.unwrap_or_else(|| panic!("no file of the module {inside}"));
        add_file(found, path, &inside, [module.clone(), vec![name]].concat());
    }
}

/// The names of `mod name;`.
fn modules_in_files(tokens: &[TokenTree]) -> Vec<String> {
    let is_module = |window: &&[TokenTree]| {
        matches!(window, [TokenTree::Ident(keyword), TokenTree::Ident(_), TokenTree::Punct(end)]
            if keyword == "mod" && end.as_char() == ';')
    };
    tokens.windows(3).filter(is_module).map(|window| window[1].to_string()).collect()
}

/// Leaves out what stands under `#[cfg(test)]`, and adds the lines from the first to the last of each such item.
fn without_tests(tokens: TokenStream, lines: &mut Vec<(usize, usize)>) -> Vec<TokenTree> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            let first = tokens[at].span().start().line;
            at += item_length(&tokens[at..]);
            lines.push((first, tokens[at - 1].span().end().line));
            continue;
        }
        kept.push(match &tokens[at] {
            TokenTree::Group(group) => {
                let inside: TokenStream = without_tests(group.stream(), lines).into_iter().collect();
                TokenTree::Group(Group::new(group.delimiter(), inside))
            }
            other => other.clone(),
        });
        at += 1;
    }
    kept
}

fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] if hash.as_char() == '#' => {
            attribute.delimiter() == Delimiter::Bracket
                && attribute.stream().to_string().replace(' ', "") == "cfg(test)"
        }
        _ => false,
    }
}

/// How many tokens an item has: it ends with its braces, or with a semicolon where it is an import or a value.
fn item_length(tokens: &[TokenTree]) -> usize {
    let mut ends_with_braces = true;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if word == "use" || word == "let" || word == "static" => ends_with_braces = false,
            TokenTree::Punct(mark) if mark.as_char() == ';' => return index + 1,
            TokenTree::Punct(mark) if mark.as_char() == '=' && mark.spacing() == Spacing::Alone => {
                ends_with_braces = false;
            }
            TokenTree::Group(group) if ends_with_braces && group.delimiter() == Delimiter::Brace => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}
