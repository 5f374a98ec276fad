//! A sample of the table: of which formats the password hashes are and what they need, and what the records say of each
//! other. No hash is kept, and nobody's name is shown.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use known_user::{Item, attribute};
use known_users_file::Person;
use legacy_password::{
    PasswordHash,
    lambda_memory::{self, Processor},
};
use serde_json::{Value, json};

/// What a sample has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Records that were looked at.
    pub(crate) records: usize,
    /// Whether the table has more.
    pub(crate) has_more: bool,
    /// By the name of the format.
    pub(crate) formats: BTreeMap<&'static str, Hashes>,
    /// Hashes that no password can be held against: why, and how many.
    pub(crate) unreadable: BTreeMap<String, usize>,
    /// The names of the owner's own attributes that are handed to Cognito.
    pub(crate) custom: BTreeSet<String>,
    /// Into which pools people have arrived, and how many.
    pub(crate) pools: BTreeMap<String, usize>,
    /// How many user names are two people's.
    pub(crate) shared_names: usize,
    /// How many records no trigger asks for by their key.
    pub(crate) bad_keys: usize,
    names: HashSet<String>,
    /// Where the hashes are verified.
    processor: Processor,
}

/// What is read of a record.
pub(crate) const READ: [&str; 7] = [
    attribute::PASSWORD_HASH,
    attribute::ATTRIBUTES,
    attribute::USER_EMAIL,
    attribute::USER_NAME_KEY,
    attribute::USER_SUB,
    attribute::CONFIRMED_AT,
    attribute::LAST_LOGIN,
];

/// The hashes of one format.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Hashes {
    pub(crate) count: usize,
    /// What the most demanding of them needs.
    pub(crate) needed_mb: u32,
    /// How many are too slow whatever the memory.
    pub(crate) too_slow: usize,
    /// Nobody's, made like the first of them.
    pub(crate) dummy: Option<String>,
}

impl Sample {
    /// Of no records yet, whose hashes are to be verified on this processor.
    pub(crate) fn of_hashes_on(processor: Processor) -> Self {
        Self { processor, ..Self::default() }
    }

    /// Takes a record into account.
    pub(crate) fn add_record(&mut self, item: &Item) {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
        self.add(text(attribute::PASSWORD_HASH));
        if let Some(attributes) = item.get(attribute::ATTRIBUTES).and_then(|value| value.as_m().ok()) {
            self.custom.extend(attributes.keys().filter(|name| name.starts_with("custom:")).cloned());
        }
        // What an import would refuse is what no sign-in finds.
        let key = text(attribute::USER_EMAIL).unwrap_or_default();
        let is_normalised = Person::from_values([("email", key)]).is_ok_and(|person| person.email.as_str() == key);
        self.bad_keys += usize::from(!is_normalised);
        if let Some(name) = text(attribute::USER_NAME_KEY) {
            self.shared_names += usize::from(!self.names.insert(name.to_owned()));
        }
        let login = item.get(attribute::LAST_LOGIN).and_then(|login| login.as_m().ok());
        let pool = login.and_then(|login| login.get("UserPoolId")).and_then(|pool| pool.as_s().ok());
        // Whoever was readmitted has arrived nowhere, and keeps the last sign-in.
        let has_arrived = [attribute::USER_SUB, attribute::CONFIRMED_AT].iter().any(|name| item.contains_key(*name));
        if let Some(pool) = pool.filter(|_| has_arrived) {
            *self.pools.entry(pool.clone()).or_default() += 1;
        }
    }

    /// Takes a record into account, by its hash.
    fn add(&mut self, encoded: Option<&str>) {
        self.records += 1;
        let Some(encoded) = encoded else { return };
        match PasswordHash::parse(encoded) {
            Ok(hash) => {
                let hashes = self.formats.entry(hash.format().name()).or_default();
                if hashes.count == 0 {
                    hashes.dummy = dummy(&hash);
                }
                hashes.count += 1;
                let needed_mb = lambda_memory::needed_mb(hash.cost(), self.processor);
                hashes.needed_mb = hashes.needed_mb.max(needed_mb);
                hashes.too_slow += usize::from(lambda_memory::is_too_slow(hash.cost(), self.processor));
            }
            // Errors have nothing of the hash in them.
            Err(error) => *self.unreadable.entry(error.to_string()).or_default() += 1,
        }
    }

    /// The format that most have.
    pub(crate) fn most(&self) -> Option<(&'static str, &Hashes)> {
        self.formats.iter().max_by_key(|(_, hashes)| hashes.count).map(|(name, hashes)| (*name, hashes))
    }

    /// As the JSON result has it.
    pub(crate) fn to_json(&self) -> Value {
        let formats: BTreeMap<_, _> = self
            .formats
            .iter()
            .map(|(name, hashes)| (*name, json!({"count": hashes.count, "neededMemory": hashes.needed_mb})))
            .collect();
        json!({"records": self.records, "tableHasMore": self.has_more, "formats": formats,
            "unreadable": self.unreadable})
    }
}

/// Nobody's hash, made like `hash`.
fn dummy(hash: &PasswordHash) -> Option<String> {
    let mut filled = Ok(());
    let dummy = hash.dummy(|bytes| filled = getrandom::fill(bytes));
    dummy.filter(|_| filled.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::AttributeValue;

    #[test]
    fn a_sample_tells_what_records_say_of_each_other_and_of_pools() {
        let s = |text: &str| AttributeValue::S(text.to_owned());
        let record = |email: &str, more: &[(&str, AttributeValue)]| {
            let email = ("UserEmail", s(email));
            [email].iter().chain(more).map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Item>()
        };
        let map = |name: &str, value: &str| AttributeValue::M([(name.to_owned(), s(value))].into());
        let mut sample = Sample::default();
        for record in [
            record("a@b.c", &[("UserNameKey", s("ann")), ("Attributes", map("custom:id", "7"))]),
            record("b@b.c", &[("UserNameKey", s("ann")), ("Attributes", map("name", "Ann"))]),
            record("c@b.c", &[("UserSub", s("s")), ("LastLogin", map("UserPoolId", "P1"))]),
            record("d@b.c", &[("ConfirmedAt", s("t")), ("LastLogin", map("UserPoolId", "P2"))]),
            record("e@b.c", &[("LastLogin", map("UserPoolId", "P3"))]),
            record("F@b.c", &[]),
            record(" g@b.c", &[]),
            record("zoe\u{308}@b.c", &[]),
        ] {
            sample.add_record(&record);
        }
        assert_eq!(sample.custom, BTreeSet::from(["custom:id".to_owned()]));
        assert_eq!(sample.pools, BTreeMap::from([("P1".to_owned(), 1), ("P2".to_owned(), 1)]));
        assert_eq!((sample.shared_names, sample.bad_keys), (1, 3));
    }

    #[test]
    fn a_sample_counts_formats_and_keeps_no_hash() {
        let mut sample = Sample::default();
        let bcrypt = |cost: u32| format!("$2b${cost:02}$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O");
        for encoded in [Some(bcrypt(10)), Some(bcrypt(13)), None, Some("plain-secret".to_owned()), Some(bcrypt(31))] {
            sample.add(encoded.as_deref());
        }
        let dummy = sample.formats.get_mut("bcrypt").and_then(|hashes| hashes.dummy.take()).unwrap();
        assert!(dummy.starts_with("$2b$10$") && dummy != bcrypt(10), "{dummy}");
        let hashes = Hashes { count: 2, needed_mb: 576, too_slow: 0, dummy: None };
        assert_eq!(sample.formats, BTreeMap::from([("bcrypt", hashes)]));
        assert_eq!((sample.records, sample.unreadable.values().sum::<usize>()), (5, 2));
        let text = sample.to_json().to_string();
        assert!(!text.contains("plain-secret") && !text.contains("K57F"), "{text}");
    }
}
