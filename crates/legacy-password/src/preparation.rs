//! What a system makes of a password before it hashes it.

use unicode_normalization::UnicodeNormalization as _;

use crate::{
    algorithms::digest::Digest,
    encoding::{base64_text, hex_text},
    error::Error,
    fault::Fault,
    secrets::Secrets,
    wiped::Wiped,
};

/// A step before the hash. What one makes, the next one gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Preparation {
    /// A digest: so that bcrypt reads all of a password, or because the system's older hashes were hashed again.
    Digest { digest: Digest, spelling: Spelling },
    /// An HMAC of the password.
    Hmac { digest: Digest, key: Key, spelling: Spelling },
    /// The project's pepper beside the password.
    Pepper(Side),
    /// A text of the record's own beside the password.
    Text(Vec<u8>, Side),
    /// The password as .NET's strings have it: UTF-16, the lower byte first.
    Utf16,
    /// Unicode's compatibility composition (NFKC).
    Nfkc,
    /// As phpBB has it from a form: composed (NFC), and with HTML's entities for `&`, `<`, `>` and `"`.
    PhpBb,
}

/// The key of an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// The system's, which everybody knows.
    Known(&'static [u8]),
    /// The project's pepper.
    Pepper,
}

/// How bytes are handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As they are.
    Raw,
    /// In hexadecimal digits, lower case.
    Hex,
    /// In base64, padded.
    Base64,
}

impl Spelling {
    /// The spelling of this name, as this crate's own encodings have it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "raw" => Some(Self::Raw),
            "hex" => Some(Self::Hex),
            "base64" => Some(Self::Base64),
            _ => None,
        }
    }
}

/// On which side of the password something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    Behind,
}

impl Preparation {
    pub(crate) fn apply(&self, password: &[u8], secrets: &Secrets) -> Result<Wiped, Error> {
        let (bytes, spelling) = match self {
            Self::Digest { digest, spelling } => (digest.of(&[password]), spelling),
            Self::Hmac { digest, key, spelling } => {
                let (key, secret) = match key {
                    Key::Known(key) => (*key, "key"),
                    Key::Pepper => (secrets.pepper()?, "pepper"),
                };
                let refused = |_: Fault| Error::SecretMalformed { secret };
                (digest.hmac(key, password).map_err(refused)?, spelling)
            }
            Self::Pepper(side) => return Ok(beside(secrets.pepper()?, *side, password)),
            Self::Text(text, side) => return Ok(beside(text, *side, password)),
            Self::Utf16 => return Ok(utf16(&text(password))),
            Self::Nfkc => return Ok(collected(text(password).nfkc())),
            Self::PhpBb => return Ok(php_bb(password)),
        };
        Ok(match spelling {
            Spelling::Raw => bytes,
            Spelling::Hex => hex_text(&bytes),
            Spelling::Base64 => base64_text(&bytes),
        })
    }

    /// Whether it depends on the project's secrets.
    pub(crate) fn takes_secrets(&self) -> bool {
        matches!(self, Self::Pepper(_) | Self::Hmac { key: Key::Pepper, .. })
    }

    /// How long what it makes of `length` bytes is, in bytes: of an ASCII password, and without the pepper, which is not known
    /// here.
    pub(crate) fn length(&self, length: usize) -> usize {
        match self {
            Self::Digest { digest, spelling } | Self::Hmac { digest, spelling, .. } => match spelling {
                Spelling::Raw => digest.length(),
                Spelling::Hex => 2 * digest.length(),
                Spelling::Base64 => digest.length().div_ceil(3) * 4,
            },
            Self::Text(text, _) => length.saturating_add(text.len()),
            Self::Utf16 => length.saturating_mul(2),
            Self::Pepper(_) | Self::Nfkc | Self::PhpBb => length,
        }
    }
}

/// The systems that prepare text have nothing else; what is no text is taken as theirs would: with marks for what it is not.
fn text(password: &[u8]) -> zeroize::Zeroizing<String> {
    zeroize::Zeroizing::new(String::from_utf8_lossy(password).into_owned())
}

fn beside(text: &[u8], side: Side, password: &[u8]) -> Wiped {
    let (first, last) = match side {
        Side::Before => (text, password),
        Side::Behind => (password, text),
    };
    let mut both = Wiped::new(Vec::with_capacity(first.len() + last.len()));
    both.extend_from_slice(first);
    both.extend_from_slice(last);
    both
}

fn utf16(password: &str) -> Wiped {
    // Reserved first, so that no copy is left behind.
    let mut bytes = Wiped::new(Vec::with_capacity(2 * password.len()));
    bytes.extend(password.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

fn collected(characters: impl Iterator<Item = char>) -> Wiped {
    let mut bytes = Wiped::new(Vec::new());
    for character in characters {
        push(&mut bytes, character);
    }
    bytes
}

fn push(bytes: &mut Wiped, character: char) {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// PHP's `htmlspecialchars` with `ENT_COMPAT`, of the composed text.
pub(crate) fn php_bb(password: &[u8]) -> Wiped {
    let mut bytes = Wiped::new(Vec::with_capacity(6 * password.len()));
    for character in text(password).nfc() {
        match character {
            '&' => bytes.extend_from_slice(b"&amp;"),
            '<' => bytes.extend_from_slice(b"&lt;"),
            '>' => bytes.extend_from_slice(b"&gt;"),
            '"' => bytes.extend_from_slice(b"&quot;"),
            other => push(&mut bytes, other),
        }
    }
    bytes
}
