//! Filter patterns for JSON log events, as far as the template uses them: `=` with a text that may have `*`, `&&`, `||` and
//! parentheses. See ["Filter pattern syntax for metric filters"](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html).

use std::str::FromStr;

use serde_json::Value;

/// A pattern.
#[derive(Debug, PartialEq)]
pub(crate) enum Pattern {
    Equals(String, String),
    Both(Box<Pattern>, Box<Pattern>),
    Either(Box<Pattern>, Box<Pattern>),
}

/// What is at `$.a.b`, where that is a text.
pub(crate) fn at<'a>(line: &'a Value, path: &str) -> Option<&'a str> {
    line.pointer(&path.strip_prefix('$')?.replace('.', "/"))?.as_str()
}

impl Pattern {
    /// Whether a line is counted.
    pub(crate) fn matches(&self, line: &Value) -> bool {
        match self {
            Self::Equals(path, text) => at(line, path).is_some_and(|value| text == "*" || value == text),
            Self::Both(one, other) => one.matches(line) && other.matches(line),
            Self::Either(one, other) => one.matches(line) || other.matches(line),
        }
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).ok_or("it is not in braces")?;
        let mut tokens = tokens(inner);
        let pattern = either(&mut tokens)?;
        if tokens.is_empty() { Ok(pattern) } else { Err(format!("behind the pattern: {tokens:?}")) }
    }
}

/// The tokens, the last one first.
fn tokens(text: &str) -> Vec<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut tokens: Vec<String> = Vec::new();
    let mut open = false;
    for part in spaced.split(' ').filter(|part| !part.is_empty()) {
        match tokens.last_mut() {
            Some(last) if open => *last = format!("{last} {part}"),
            _ => tokens.push(part.to_owned()),
        }
        open ^= part.matches('"').count() % 2 == 1;
    }
    tokens.reverse();
    tokens
}

fn either(tokens: &mut Vec<String>) -> Result<Pattern, String> {
    let mut pattern = both(tokens)?;
    while tokens.pop_if(|token| token == "||").is_some() {
        pattern = Pattern::Either(Box::new(pattern), Box::new(both(tokens)?));
    }
    Ok(pattern)
}

fn both(tokens: &mut Vec<String>) -> Result<Pattern, String> {
    let mut pattern = one(tokens)?;
    while tokens.pop_if(|token| token == "&&").is_some() {
        pattern = Pattern::Both(Box::new(pattern), Box::new(one(tokens)?));
    }
    Ok(pattern)
}

fn one(tokens: &mut Vec<String>) -> Result<Pattern, String> {
    if tokens.pop_if(|token| token == "(").is_some() {
        let inner = either(tokens)?;
        return tokens.pop_if(|token| token == ")").map(|_| inner).ok_or_else(|| "a parenthesis is open".to_owned());
    }
    match (tokens.pop(), tokens.pop().as_deref(), tokens.pop()) {
        (Some(path), Some("="), Some(text)) if path.starts_with("$.") => {
            let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or("a text is in quotes")?;
            Ok(Pattern::Equals(path, text.to_owned()))
        }
        other => Err(format!("no comparison: {other:?}")),
    }
}

#[test]
fn patterns_are_read_as_cloudwatch_reads_them() {
    let pattern: Pattern = r#"{ $.a = "x y" && ($.b.c = "1" || $.b.c = "2") }"#.parse().unwrap();
    let line = |a: &str, c: &str| serde_json::json!({"a": a, "b": {"c": c}});
    assert!(pattern.matches(&line("x y", "1")) && pattern.matches(&line("x y", "2")));
    assert!(!pattern.matches(&line("x y", "3")) && !pattern.matches(&line("x", "1")));
    let any: Pattern = r#"{ $.errorType = "*" }"#.parse().unwrap();
    assert!(any.matches(&serde_json::json!({"errorType": "X"})) && !any.matches(&serde_json::json!({"message": "X"})));
    for wrong in ["$.a = \"x\"", "{ $.a }", "{ ($.a = \"x\" }", "{ $.a = x }", "{ $.a = \"x\" $.b = \"y\" }"] {
        assert!(wrong.parse::<Pattern>().is_err(), "{wrong}");
    }
}
