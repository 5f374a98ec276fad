//! A password, or the secret of an app client.

use std::fmt;

/// Something that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text; it is shown by [`Self::expose`] alone.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For the one request that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A password that nobody knows and no policy refuses.
    pub fn throw_away() -> Self {
        Self(format!("aA1!{}", uuid::Uuid::new_v4()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }
}
