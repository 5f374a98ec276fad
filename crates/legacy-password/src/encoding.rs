//! Bytes as the text of an encoding. Each of these reads one spelling of a value and refuses all others, so that half a
//! hash never passes for a whole one.

use base64ct::{Base64, Base64ShaCrypt, Base64Unpadded, Encoding};

use crate::wiped::Wiped;

/// Base64 with its padding.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text).ok()
}

/// Base64 without padding, as the PHC string format has it.
pub(crate) fn unpadded_base64(text: &str) -> Option<Vec<u8>> {
    Base64Unpadded::decode_vec(text).ok()
}

/// Base64 with `.` for `+` and without padding, as passlib writes it; a `+` is taken too, as passlib does.
pub(crate) fn adapted_base64(text: &str) -> Option<Vec<u8>> {
    unpadded_base64(&text.replace('.', "+"))
}

/// Base64 with its padding, in either of its alphabets.
pub(crate) fn any_base64(text: &str) -> Option<Vec<u8>> {
    base64(&text.replace('-', "+").replace('_', "/"))
}

/// Hexadecimal digits of either case.
pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| if let [high, low] = *pair { Some(digit(high)? << 4 | digit(low)?) } else { None }).collect()
}

/// What `hex` reads, in lower case, without a copy left anywhere.
pub(crate) fn hex_text(bytes: &[u8]) -> Wiped {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    let mut text = Wiped::new(Vec::with_capacity(2 * bytes.len()));
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text
}

/// What `base64` reads.
pub(crate) fn base64_text(bytes: &[u8]) -> Wiped {
    Wiped::new(Base64::encode_string(bytes).into_bytes())
}

/// The base64 of crypt(3) and phpass: its own alphabet, and the lowest six bits first.
pub(crate) fn crypt_text(bytes: &[u8]) -> Wiped {
    Wiped::new(Base64ShaCrypt::encode_string(bytes).into_bytes())
}

/// What `crypt_text` writes, and nothing that it would write in another way.
pub(crate) fn crypt_base64(text: &str) -> Option<Vec<u8>> {
    Base64ShaCrypt::decode_vec(text).ok().filter(|bytes| *crypt_text(bytes) == text.as_bytes())
}

/// Where in crypt(3)'s alphabet a character stands.
pub(crate) fn crypt_base64_digit(character: u8) -> Option<u8> {
    match character {
        b'.' | b'/' => Some(character - b'.'),
        b'0'..=b'9' => Some(character - b'0' + 2),
        b'A'..=b'Z' => Some(character - b'A' + 12),
        b'a'..=b'z' => Some(character - b'a' + 38),
        _ => None,
    }
}

/// Whether there is nothing in it but crypt(3)'s alphabet, which is bcrypt's too in another order.
pub(crate) fn is_crypt_base64(text: &str) -> bool {
    text.bytes().all(|character| crypt_base64_digit(character).is_some())
}

/// A decimal number without leading zeros; one that is too large for the type is its largest.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let one_spelling = !text.is_empty() && (text == "0" || !text.starts_with('0'));
    let digits = text.bytes().all(|digit| digit.is_ascii_digit());
    (one_spelling && digits).then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_spelling() {
        assert_eq!(base64("AAECAw=="), Some(vec![0, 1, 2, 3]));
        assert_eq!(unpadded_base64("AAECAw"), Some(vec![0, 1, 2, 3]));
        for not in ["AAECAw=", "AAECAx==", "AAECAx", "AAEC Aw==", "AAECA", "====", "é"] {
            assert_eq!((base64(not), unpadded_base64(not)), (None, None), "{not}");
        }
        assert_eq!((base64("AAECAw"), unpadded_base64("AAECAw==")), (None, None));
        assert_eq!(adapted_base64("../+"), base64("++/+"));
        assert_eq!(any_base64("-_-_"), base64("+/+/"));
        assert_eq!(hex("00fFa9"), Some(vec![0, 255, 169]));
        for not in ["0", "0g", "é", "+1", " 1"] {
            assert_eq!(hex(not), None, "{not}");
        }
        assert_eq!(*hex_text(&[0, 255, 169]), b"00ffa9");
        assert_eq!(decimal("10"), Some(10));
        assert_eq!(decimal("99999999999999999999999"), Some(u64::MAX));
        for not in ["", "01", "+1", "-1", " 1", "1e3"] {
            assert_eq!(decimal(not), None, "{not}");
        }
    }
}
