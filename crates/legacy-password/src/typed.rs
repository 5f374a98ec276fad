//! What a system's forms make of a typed password, which a stored hash does not show.

use crate::{preparation::php_bb, wiped::Wiped};

/// How a password reaches the hash, by the system that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// Byte by byte.
    AsIs,
    /// Without blanks at its ends, as PHP's `trim` takes them: Drupal 7 (`user_login_authenticate_validate`).
    Trimmed,
    /// Trimmed (`wp_hash_password`); and, where it was set in a form, with a backslash before quotes and backslashes, for
    /// WordPress adds these to all that comes from a form. Set by the REST API or by `wp user update` it is without.
    WordPress,
    /// With entities (`request::variable`), where it was set in a form.
    PhpBb,
}

impl Typed {
    /// What may have been hashed: the password as it was typed, and the other forms of it that differ from those before.
    pub(crate) fn candidates(self, password: &[u8]) -> Vec<Wiped> {
        let typed = Wiped::new(password.to_vec());
        let mut candidates = match self {
            Self::AsIs => vec![typed],
            Self::Trimmed => vec![typed, trimmed(password)],
            Self::WordPress => vec![typed, trimmed(password), slashed(&trimmed(password))],
            Self::PhpBb => vec![typed, php_bb(password)],
        };
        candidates.dedup();
        candidates
    }
}

/// PHP's `trim`.
fn trimmed(password: &[u8]) -> Wiped {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0 | 0x0B);
    let start = password.iter().position(|byte| !is_blank(byte)).unwrap_or(password.len());
    let end = password.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    Wiped::new(password.get(start..end).unwrap_or_default().to_vec())
}

/// PHP's `addslashes`, of what has no NUL.
fn slashed(password: &[u8]) -> Wiped {
    let mut slashed = Wiped::new(Vec::with_capacity(2 * password.len()));
    for byte in password {
        if matches!(byte, b'\'' | b'"' | b'\\') {
            slashed.push(b'\\');
        }
        slashed.push(*byte);
    }
    slashed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_takes_a_typed_password_in_its_own_way() {
        let rows: [(Typed, &str, &[&str]); 10] = [
            (Typed::AsIs, " a'\"&\\ ", &[" a'\"&\\ "]),
            (Typed::Trimmed, " \t\n\r\0\x0Ba b\u{a0} ", &[" \t\n\r\0\x0Ba b\u{a0} ", "a b\u{a0}"]),
            (Typed::Trimmed, "  ", &["  ", ""]),
            (Typed::Trimmed, "", &[""]),
            (Typed::WordPress, "a", &["a"]),
            (Typed::WordPress, " a' ", &[" a' ", "a'", "a\\'"]),
            (Typed::WordPress, "a'b\"c\\d", &["a'b\"c\\d", "a\\'b\\\"c\\\\d"]),
            (Typed::PhpBb, " a'b ", &[" a'b "]),
            (Typed::PhpBb, "<a&b\"c>", &["<a&b\"c>", "&lt;a&amp;b&quot;c&gt;"]),
            (Typed::PhpBb, "e\u{301}", &["e\u{301}", "\u{e9}"]),
        ];
        for (typed, password, expected) in rows {
            let candidates = typed.candidates(password.as_bytes());
            let candidates: Vec<_> = candidates.iter().map(|bytes| std::str::from_utf8(bytes).unwrap()).collect();
            assert_eq!(candidates, expected, "{typed:?} {password:?}");
        }
    }
}
