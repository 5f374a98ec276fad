//! Where the digest is in an encoding, and another one for its place.

use std::ops::Range;

use crate::format::Format;

/// `encoded` with other characters of the same alphabet in the place of its digest; `fill` makes random bytes.
pub(crate) fn like(format: Format, encoded: &str, fill: impl FnOnce(&mut [u8])) -> Option<String> {
    let place = digest(format, encoded)?;
    let old = encoded.get(place.clone())?;
    let is_hex = |digits: &[u8]| old.bytes().all(|c| digits.contains(&c));
    let alphabet = [LOWER_HEX, UPPER_HEX].into_iter().find(|digits| is_hex(digits)).unwrap_or(ALPHANUMERIC);
    // Some characters come a little more often than others: what counts is that nobody knows which.
    let mut random = vec![0; old.len()];
    fill(&mut random);
    let new = random.into_iter().filter_map(|byte| alphabet.get(usize::from(byte) % alphabet.len()));
    let new: String = new.copied().map(char::from).collect();
    Some([encoded.get(..place.start)?, &new, encoded.get(place.end..)?].concat())
}

const LOWER_HEX: &[u8] = b"0123456789abcdef";
const UPPER_HEX: &[u8] = b"0123456789ABCDEF";
/// What every base64 has.
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The digest's place, without what may be parameters at its beginning, and without its last characters, which stand for
/// less than six bits each.
fn digest(format: Format, encoded: &str) -> Option<Range<usize>> {
    let is_digest = |c: char| c.is_ascii_alphanumeric() || "+/.-_".contains(c);
    let (start, parameters) = match format {
        Format::Keycloak => {
            let name = encoded.to_ascii_lowercase().find("value")? + "value".len();
            (name + encoded.get(name..)?.find(is_digest)?, 0)
        }
        // The parameters are in the first 13 bytes. A `$` is of something around it.
        Format::AspNetIdentity2 | Format::AspNetIdentity3 => (encoded.rfind('$').map_or(0, |mark| mark + 1), 18),
        // The salt follows the hash, and is no shorter than what says which hash it is.
        Format::Magento => (encoded.rfind('$').map_or(0, |mark| mark + 1), 0),
        // 389 Directory Server has its rounds in the first six characters.
        Format::LdapPbkdf2 => (encoded.rfind(['$', '}', ':'])? + 1, 6),
        // phpass and Drupal have their rounds in the first character.
        _ => (encoded.rfind(['$', '}', ':'])? + 1, 1),
    };
    let text = encoded.get(start..)?;
    let length = text.find(|c| !is_digest(c)).unwrap_or(text.len());
    let digest = start + parameters..(start + length).checked_sub(2)?;
    (!digest.is_empty()).then_some(digest)
}
