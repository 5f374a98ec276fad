//! What a client must send along with a sign-in: pre authentication asks for it, and whoever probes pre authentication
//! sends it.

use std::{collections::BTreeMap, str::FromStr};

/// The setting `REQUIRED_VALIDATION_DATA`: comma-separated `key=value`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RequiredValidationData(pub BTreeMap<String, String>);

/// Why the setting is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotValidationData {
    /// Which entry; the first is 1.
    #[error("entry {0} is not of the form `key=value`")]
    NoPair(usize),
    /// This key stands there with two values.
    #[error("`{0}` is required twice, which nobody can meet")]
    Twice(String),
}

impl FromStr for RequiredValidationData {
    type Err = NotValidationData;

    fn from_str(text: &str) -> Result<Self, NotValidationData> {
        let mut required = BTreeMap::new();
        for (index, entry) in entries(text).enumerate() {
            let (key, value) = entry
                .split_once('=')
                .filter(|(key, _)| !key.trim().is_empty())
                .ok_or(NotValidationData::NoPair(index + 1))?;
            let key = key.trim();
            if required.insert(key.to_owned(), value.trim().to_owned()).is_some() {
                return Err(NotValidationData::Twice(key.to_owned()));
            }
        }
        Ok(Self(required))
    }
}

/// What stands between the commas of a setting, without the blanks around it.
pub fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_validation_data_is_key_value_pairs() {
        let required = |pairs: &[(&str, &str)]| {
            RequiredValidationData(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
        };
        assert_eq!(" , ".parse(), Ok(required(&[])));
        assert_eq!(" a = b=c ,d=,".parse(), Ok(required(&[("a", "b=c"), ("d", "")])));
        for (text, error) in [
            ("k=v,plain", "entry 2 is not of the form `key=value`"),
            ("=v", "entry 1 is not of the form `key=value`"),
            ("k=v,k=w", "`k` is required twice, which nobody can meet"),
        ] {
            assert_eq!(text.parse::<RequiredValidationData>().unwrap_err().to_string(), error);
        }
    }
}
