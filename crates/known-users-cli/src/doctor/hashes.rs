//! The password hashes of a sample of the table: which formats they are of, and what they need. No hash is kept.

use std::collections::BTreeMap;

use legacy_password::{Cost, Error};
use serde_json::{Value, json};

use super::memory;
use crate::dummy;

/// What a sample has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sample {
    /// Records that were looked at.
    pub(super) records: usize,
    /// Whether the table has more.
    pub(super) has_more: bool,
    /// By the name of the format.
    pub(super) formats: BTreeMap<&'static str, Hashes>,
    /// Hashes that no password can be held against: why, and how many.
    pub(super) unreadable: BTreeMap<String, usize>,
}

/// The hashes of one format.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hashes {
    pub(super) count: usize,
    /// What the most demanding of them needs.
    pub(super) needed_mb: u32,
    /// How many are too slow whatever the memory.
    pub(super) too_slow: usize,
    /// Nobody's, made like the first of them.
    pub(super) dummy: Option<String>,
}

impl Sample {
    /// Takes a record into account, by its hash.
    pub(super) fn add(&mut self, encoded: Option<&str>) {
        self.records += 1;
        let Some(encoded) = encoded else { return };
        match Cost::of(encoded) {
            Ok((format, cost)) => {
                let hashes = self.formats.entry(format.name()).or_default();
                if hashes.count == 0 {
                    hashes.dummy = dummy::like(encoded);
                }
                hashes.count += 1;
                hashes.needed_mb = hashes.needed_mb.max(memory::needed_mb(cost));
                hashes.too_slow += usize::from(memory::is_too_slow(cost));
            }
            Err(error) => *self.unreadable.entry(why(error)).or_default() += 1,
        }
    }

    /// The format that most have.
    pub(super) fn most(&self) -> Option<(&'static str, &Hashes)> {
        self.formats.iter().max_by_key(|(_, hashes)| hashes.count).map(|(name, hashes)| (*name, hashes))
    }

    /// As the JSON result has it.
    pub(super) fn to_json(&self) -> Value {
        let formats: BTreeMap<_, _> = self
            .formats
            .iter()
            .map(|(name, hashes)| (*name, json!({"count": hashes.count, "neededMemory": hashes.needed_mb})))
            .collect();
        json!({"records": self.records, "tableHasMore": self.has_more, "formats": formats,
            "unreadable": self.unreadable})
    }
}

/// Errors have nothing of the hash in them.
fn why(error: Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_counts_formats_and_keeps_no_hash() {
        let mut sample = Sample::default();
        let bcrypt = |cost: u32| format!("$2b${cost:02}$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O");
        for encoded in [Some(bcrypt(10)), Some(bcrypt(13)), None, Some("plain-secret".to_owned()), Some(bcrypt(31))] {
            sample.add(encoded.as_deref());
        }
        let dummy = sample.formats.get_mut("bcrypt").and_then(|hashes| hashes.dummy.take()).unwrap();
        assert!(dummy.starts_with("$2b$10$") && dummy != bcrypt(10), "{dummy}");
        let hashes = Hashes { count: 2, needed_mb: 1024, too_slow: 0, dummy: None };
        assert_eq!(sample.formats, BTreeMap::from([("bcrypt", hashes)]));
        assert_eq!((sample.records, sample.unreadable.values().sum::<usize>()), (5, 2));
        let text = sample.to_json().to_string();
        assert!(!text.contains("plain-secret") && !text.contains("K57F"), "{text}");
    }
}
