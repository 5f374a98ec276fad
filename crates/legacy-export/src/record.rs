//! One record of an export: names and values, whatever the file is written in.

use std::borrow::Cow;

use serde_json::Value;

use crate::account::Fault;

/// Names and values in their order, and a name perhaps more than once.
pub(crate) type Fields = [(String, String)];

/// The line on which a row begins, and its fields, or what is wrong with it.
pub(crate) type Row<'a> = (u64, Result<&'a Fields, Fault>);

/// A record, and where it begins.
pub(crate) struct Record<'a> {
    pub(crate) line: u64,
    pub(crate) content: Content<'a>,
}

pub(crate) enum Content<'a> {
    /// Of JSON: an object.
    Object(&'a Value),
    /// Of CSV and LDIF.
    Fields(&'a Fields),
    /// A row that cannot be told into fields.
    Broken(&'a Fault),
}

impl Record<'_> {
    /// The text of a field; nothing where there is none, or where a database has written that there is nothing. In JSON the
    /// members of members are behind dots, the first of a list is at `0`.
    pub(crate) fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        let text = match self.content {
            Content::Object(_) => match self.value(path)? {
                Value::String(text) => Cow::Borrowed(text.as_str()),
                Value::Number(number) => Cow::Owned(number.to_string()),
                Value::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            },
            Content::Fields(fields) => {
                let (_, text) = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(path))?;
                Cow::Borrowed(text.as_str())
            }
            Content::Broken(_) => return None,
        };
        (!is_nothing(&text)).then_some(text)
    }

    /// The texts of a field: the members of a list; of CSV and LDIF each field of this name.
    pub(crate) fn texts(&self, path: &str) -> Vec<Cow<'_, str>> {
        match self.content {
            Content::Object(_) => match self.value(path) {
                Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(Cow::Borrowed).collect(),
                _ => self.text(path).into_iter().collect(),
            },
            Content::Fields(fields) => {
                let named = fields.iter().filter(|(name, text)| name.eq_ignore_ascii_case(path) && !is_nothing(text));
                named.map(|(_, text)| Cow::Borrowed(text.as_str())).collect()
            }
            Content::Broken(_) => Vec::new(),
        }
    }

    /// A flag, as databases and spreadsheets write it; nothing where there is none.
    pub(crate) fn flag(&self, path: &str) -> Result<Option<bool>, Fault> {
        let Some(text) = self.text(path) else { return Ok(None) };
        let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is(&["true", "t", "1", "yes", "y", "on"]) {
            Ok(Some(true))
        } else if is(&["false", "f", "0", "no", "n", "off"]) {
            Ok(Some(false))
        } else {
            Err(Fault::of_field(self.line, path, "is neither true nor false"))
        }
    }

    /// A member of JSON.
    pub(crate) fn value(&self, path: &str) -> Option<&Value> {
        let Content::Object(object) = self.content else { return None };
        path.split('.').try_fold(object, |value, name| match value {
            Value::Object(members) => members.get(name),
            Value::Array(values) => values.get(name.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The names of the fields; of JSON those of the object's own members.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self.content {
            Content::Object(Value::Object(members)) => members.keys().map(String::as_str).collect(),
            Content::Object(_) | Content::Broken(_) => Vec::new(),
            Content::Fields(fields) => fields.iter().map(|(name, _)| name.as_str()).collect(),
        }
    }
}

/// What databases write where there is nothing.
fn is_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "NULL" | "\\N" | "null" | "undefined")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_is_found_in_json_and_in_rows() {
        let value = json!({"a": {"b": [{"c": 7}, {"c": "x"}]}, "n": null, "t": true, "list": ["p", "q"], "empty": " "});
        let record = Record { line: 3, content: Content::Object(&value) };
        for (path, expected) in [
            ("a.b.0.c", Some("7")),
            ("a.b.1.c", Some("x")),
            ("a.b.2.c", None),
            ("n", None),
            ("t", Some("true")),
            ("empty", None),
        ] {
            assert_eq!(record.text(path).as_deref(), expected, "{path}");
        }
        assert_eq!(record.texts("list"), ["p", "q"]);
        assert_eq!(record.flag("t"), Ok(Some(true)));
        assert_eq!(record.flag("a.b.1.c").unwrap_err().to_string(), "line 3: `a.b.1.c`: is neither true nor false");

        let fields = [("Id", "1"), ("mail", "a@b"), ("mail", "c@d"), ("x", "\\N"), ("y", "NULL")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()));
        let record = Record { line: 1, content: Content::Fields(&fields) };
        assert_eq!(record.text("id").as_deref(), Some("1"));
        assert_eq!(record.texts("mail"), ["a@b", "c@d"]);
        assert_eq!((record.text("x"), record.text("y"), record.text("z")), (None, None, None));
        assert_eq!(record.flag("id"), Ok(Some(true)));
    }
}
