//! A stored password hash: parsed once, then asked.

use std::fmt;

use crate::{
    algorithms::cost::Cost,
    dummy,
    error::Error,
    format::Format,
    limits::{Limit, Limits},
    parsed::Parsed,
    preparation::Preparation,
    registry,
    secrets::Secrets,
    wiped::Wiped,
};

/// The hash that another system made of a password: read whole, in its format, and within the limits.
///
/// `{:?}` shows its format and nothing else.
pub struct PasswordHash {
    parsed: Parsed,
    encoded: String,
    limits: Limits,
}

/// Whether a password is the one that a hash was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Answer {
    /// It is.
    Match,
    /// It is another.
    NoMatch,
}

/// The length of the password, in bytes, that [`PasswordHash::cost`] reckons with: hardly anybody's is longer.
pub const USUAL_PASSWORD_LENGTH: usize = 24;

/// How many blocks of a digest are more than a digest of something: crypt(3)'s MD5 has a thousand rounds, and so has ASP.NET's
/// first.
const STRETCHED: u64 = 1000;

impl PasswordHash {
    /// Reads `encoded` within the limits of [`Limits::default`]. The whole encoding is looked at, and nothing computed.
    ///
    /// # Errors
    /// [`Error::UnknownFormat`], [`Error::Malformed`] or [`Error::BeyondLimit`].
    ///
    /// ```
    /// use legacy_password::{Error, Format, PasswordHash};
    ///
    /// let hash = PasswordHash::parse("$2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O")?;
    /// assert_eq!(hash.format(), Format::Bcrypt);
    /// assert_eq!(PasswordHash::parse("hunter2").unwrap_err(), Error::UnknownFormat);
    /// # Ok::<_, Error>(())
    /// ```
    pub fn parse(encoded: &str) -> Result<Self, Error> {
        Self::parse_within(encoded, &Limits::default())
    }

    /// Reads `encoded` within the caller's `limits`.
    ///
    /// # Errors
    /// [`Error::UnknownFormat`], [`Error::Malformed`] or [`Error::BeyondLimit`].
    pub fn parse_within(encoded: &str, limits: &Limits) -> Result<Self, Error> {
        let parsed = registry::parse(encoded, limits)?;
        Ok(Self { parsed, encoded: encoded.to_owned(), limits: *limits })
    }

    /// Which system made the hash; of a `$pepper$` encoding, that of the encoding within.
    #[must_use]
    pub fn format(&self) -> Format {
        self.parsed.format
    }

    /// Whether the answer depends on the [`Secrets`]: of a `$pepper$` or `$firebase$` encoding, and of any Argon2 hash, which does
    /// not say whether it was made with a secret.
    #[must_use]
    pub fn takes_secrets(&self) -> bool {
        self.parsed.derivation.takes_secrets() || self.parsed.preparations.iter().any(Preparation::takes_secrets)
    }

    /// Whether whoever has the hash can try passwords by the billion: a digest, or a few of them, is no protection. Somebody who
    /// comes in with it should have another password soon.
    ///
    /// ```
    /// use legacy_password::{Error, PasswordHash};
    ///
    /// assert!(PasswordHash::parse("{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==")?.is_weak());
    /// assert!(!PasswordHash::parse("$P$984478476IagS59wHZvyQMArzfx58u.")?.is_weak());
    /// # Ok::<_, Error>(())
    /// ```
    #[must_use]
    pub fn is_weak(&self) -> bool {
        matches!(self.cost(), Cost::Digest { blocks, .. } if blocks < STRETCHED)
    }

    /// What [`verify`](Self::verify) takes for a password of [`USUAL_PASSWORD_LENGTH`].
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost_of(USUAL_PASSWORD_LENGTH)
    }

    /// What [`verify`](Self::verify) takes for a password of `length` bytes: phpass, Drupal 7 and crypt(3) take the whole
    /// password in each round.
    ///
    /// ```
    /// use legacy_password::{Cost, Digest, Error, PasswordHash};
    ///
    /// let hash = PasswordHash::parse("$P$984478476IagS59wHZvyQMArzfx58u.")?;
    /// assert_eq!(hash.cost_of(39), Cost::Digest { digest: Digest::Md5, blocks: 2048 });
    /// assert_eq!(hash.cost_of(40), Cost::Digest { digest: Digest::Md5, blocks: 4096 });
    /// # Ok::<_, Error>(())
    /// ```
    #[must_use]
    pub fn cost_of(&self, length: usize) -> Cost {
        let prepared = self.parsed.preparations.iter().fold(length, |length, preparation| preparation.length(length));
        self.parsed.derivation.cost(prepared)
    }

    /// Whether `password` is the one that the hash was made of.
    ///
    /// The password's bytes are taken exactly as they are: nothing is trimmed, normalised or, but for the 72 bytes that
    /// bcrypt reads, cut off. `secrets` are the project's own, where the encoding does not have them.
    ///
    /// This takes the time and the memory of [`cost_of`](Self::cost_of): call it where blocking is fine.
    ///
    /// # Errors
    /// A password beyond [`Limits::password_length`], and a secret that the hash needs and `secrets` lack, both before any
    /// work is done; [`Error::OutOfMemory`].
    ///
    /// ```
    /// use legacy_password::{Answer, Error, PasswordHash, Secrets};
    ///
    /// let hash = PasswordHash::parse("{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==")?;
    /// assert_eq!(hash.verify(b"hashcat", &Secrets::default())?, Answer::Match);
    /// assert_eq!(hash.verify(b"Hashcat", &Secrets::default())?, Answer::NoMatch);
    /// # Ok::<_, Error>(())
    /// ```
    pub fn verify(&self, password: &[u8], secrets: &Secrets) -> Result<Answer, Error> {
        if is_longer(password, self.limits.password_length) {
            let most = self.limits.password_length as u64;
            return Err(Error::BeyondLimit { limit: Limit::PasswordLength, most });
        }
        for candidate in self.parsed.typed.candidates(password) {
            if self.matches(&candidate, secrets)? {
                return Ok(Answer::Match);
            }
        }
        Ok(Answer::NoMatch)
    }

    fn matches(&self, password: &[u8], secrets: &Secrets) -> Result<bool, Error> {
        let Parsed { format, preparations, derivation, expected, .. } = &self.parsed;
        let mut prepared: Option<Wiped> = None;
        for preparation in preparations {
            let so_far = prepared.as_ref().map_or(password, |prepared| prepared.as_slice());
            prepared = Some(preparation.apply(so_far, secrets)?);
        }
        let password = prepared.as_ref().map_or(password, |prepared| prepared.as_slice());
        derivation.matches(password, expected, *format, secrets)
    }

    /// A hash that is nobody's, in the same format and with the same cost: a stranger's password that is held against it
    /// takes the time of somebody's. `fill` fills its argument with random bytes; the digest is made of them, and of this
    /// hash there is left nothing but the parameters and perhaps the salt.
    ///
    /// Nothing where the digest cannot be found in the text, which needs JSON that Keycloak does not write.
    ///
    /// ```
    /// use legacy_password::{Error, PasswordHash};
    ///
    /// let hash = PasswordHash::parse("{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==")?;
    /// let dummy = hash.dummy(|bytes| bytes.fill(7)); // the operating system's random bytes, in earnest
    /// assert_eq!(dummy.as_deref(), Some("{SSHA}F77777777777777777777777777777777777Nw=="));
    /// # Ok::<_, Error>(())
    /// ```
    #[must_use]
    pub fn dummy(&self, fill: impl FnOnce(&mut [u8])) -> Option<String> {
        let dummy = dummy::like(self.format(), &self.encoded, fill)?;
        let made = Self::parse_within(&dummy, &self.limits).ok()?;
        let is_alike = made.format() == self.format() && made.cost() == self.cost();
        (is_alike && made.parsed.expected != self.parsed.expected).then_some(dummy)
    }
}

/// Whether a password has more than `most` characters. Where it is no UTF-8, a byte that begins none counts as one.
fn is_longer(password: &[u8], most: usize) -> bool {
    let begins = |byte: &&u8| !matches!(byte, 0x80..=0xBF);
    // However they are counted, so many bytes are more.
    password.len() > most.saturating_mul(4) || password.iter().filter(begins).count() > most
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({}, …)", self.format())
    }
}
