//! A hash that is nobody's, for the migrate user function's `DUMMY_HASH`: somebody unknown then costs as much work as
//! somebody known.
//!
//! It is made from one of the table's hashes, whose digest is replaced by chance: format and parameters stay, and of the
//! person nothing but perhaps a salt.

use std::{iter, ops::Range};

use legacy_password::Format;
use uuid::Uuid;

/// How often chance may make something that is not an encoding: bcrypt leaves four characters of 64 in one place.
const TRIES: usize = 1000;

/// A hash that nobody has, made like `encoded`; nothing if that is not a hash.
pub(crate) fn like(encoded: &str) -> Option<String> {
    let format = Format::of(encoded).ok()?;
    let digest = digest(encoded)?;
    (0..TRIES).filter_map(|_| by_chance(encoded, digest.clone())).find(|made| Format::of(made) == Ok(format))
}

/// Where the digest is: behind the last `$` or `}`, or, in JSON, in the text called `value`; without what may be
/// parameters at its beginning, and without its last characters, which stand for less than six bits each.
fn digest(encoded: &str) -> Option<Range<usize>> {
    let is_text = |c: char| c.is_ascii_alphanumeric() || "+/.".contains(c);
    let (start, parameters) = if encoded.starts_with('{') && encoded.contains('"') {
        let name = encoded.to_ascii_lowercase().find("value")? + "value".len();
        (name + encoded.get(name..)?.find(is_text)?, 0)
    } else {
        match encoded.rfind(['$', '}']) {
            Some(mark) => (mark + 1, 1), // phpass and Drupal have their rounds in the first character.
            None => (0, 18),             // ASP.NET has its parameters in the first 13 bytes.
        }
    };
    let text = encoded.get(start..)?;
    let length = text.find(|c| !is_text(c)).unwrap_or(text.len());
    let digest = start + parameters..(start + length).checked_sub(2)?;
    (!digest.is_empty()).then_some(digest)
}

/// `encoded` with other characters of the same alphabet in `place`.
fn by_chance(encoded: &str, place: Range<usize>) -> Option<String> {
    let old = encoded.get(place.clone())?;
    let alphabet: &[u8] = if old.bytes().all(|c| b"0123456789abcdef".contains(&c)) {
        b"0123456789abcdef"
    } else {
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    };
    let chance = iter::repeat_with(|| Uuid::new_v4().into_bytes()).flatten();
    let new: Vec<u8> =
        chance.filter_map(|byte| alphabet.get(usize::from(byte & 63)).copied()).take(old.len()).collect();
    Some([encoded.get(..place.start)?, std::str::from_utf8(&new).ok()?, encoded.get(place.end..)?].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use legacy_password::{Answer, Parameters, verify};

    #[test]
    fn a_dummy_has_the_format_and_the_parameters_and_nobodys_digest() {
        let samples = include_str!("../../../../../events/known-users.csv").lines();
        let of_people = samples.filter_map(|line| line.split(',').nth(4)).filter(|cell| Format::of(cell).is_ok());
        let others = [
            "{\"secretData\":\"{\\\"value\\\":\\\"c2l4dGVlbi1vZi10aGVzZXNpeHRlZW4tb2YtdGhlc2U=\\\",\\\"salt\\\":\\\"c2FsdHNhbHQ=\\\"}\",\
             \"credentialData\":\"{\\\"hashIterations\\\":27500,\\\"algorithm\\\":\\\"pbkdf2-sha256\\\"}\"}",
            "$P$984478476IagS59wHZvyQMArzfx58u.",
            "$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf",
            "$6$52450745$k5ka2p8bFuSmoVT1tzOyyuaREkkKBcCNqoDKzYiJL9RaE8yMnPgh2XzzF0NDrUhgrcLwg78xs1w5pJiypEdFX/",
            "$1$28772684$iEwNOgGugqO9.bIz5sk8k/",
            "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI",
            "pbkdf2:sha256:1000$salt$0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "$firebase$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
            "$pepper$hmac-sha256-hex$$2y$10$VVt6y.2livvfS5m6UIEem.cqMqcGEz9ebqB2lk2znWV.M16JiRVs2",
        ];
        let mut seen = 0;
        for encoded in of_people.chain(others) {
            let dummy = like(encoded).unwrap_or_else(|| panic!("{encoded}"));
            assert_eq!((Format::of(&dummy), dummy.len()), (Format::of(encoded), encoded.len()));
            let place = digest(encoded).unwrap();
            assert!(place.len() >= 18, "{encoded}");
            let around =
                |text: &str| (text.get(..place.start).map(str::to_owned), text.get(place.end..).map(str::to_owned));
            assert_eq!(around(&dummy), around(encoded));
            let kept = place.clone().filter(|&at| dummy.as_bytes()[at] == encoded.as_bytes()[at]).count();
            assert!(kept * 3 < place.len(), "{dummy} has {kept} characters of {encoded}");
            seen += 1;
        }
        assert_eq!(seen, 14);
        assert_eq!(like("hunter2"), None);
    }

    #[test]
    fn nobody_has_its_password() {
        let encoded = "{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==";
        assert_eq!(verify(b"hashcat", encoded, &Parameters::default()), Ok(Answer::Match));
        assert_eq!(verify(b"hashcat", &like(encoded).unwrap(), &Parameters::default()), Ok(Answer::NoMatch));
    }
}
