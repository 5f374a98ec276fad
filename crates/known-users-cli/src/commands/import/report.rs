//! What an export comes to, before anything is written: who keeps the password, and what is to do for the others.

use std::collections::{BTreeMap, BTreeSet};

use legacy_export::{Entry, LeftOut, Password, System};
use legacy_password::{
    PasswordHash,
    lambda_memory::{self, Processor},
};
use serde_json::{Value, json};

/// Counts, and no word of anybody.
#[derive(Debug)]
pub(crate) struct Report {
    system: System,
    /// Rows of the list.
    people: u64,
    /// Rows that cannot be read.
    faults: u64,
    left_out: BTreeMap<LeftOut, u64>,
    /// Passwords that will work, by the format's name.
    passwords: BTreeMap<&'static str, Passwords>,
    /// Hashes that no password can be held against, by why.
    unusable: BTreeMap<String, u64>,
    /// Passwords that the export does not bring, by why.
    lost: BTreeMap<&'static str, u64>,
    without_password: u64,
    unverified: u64,
    suspended: u64,
    second_factors: u64,
    attributes: BTreeMap<String, u64>,
    /// Fields that nothing was made of.
    pub(crate) unmapped: BTreeSet<String>,
}

/// The passwords of one format.
#[derive(Debug, Default)]
struct Passwords {
    count: u64,
    weak: u64,
    /// What the most demanding of them needs, in MB.
    needed_mb: u32,
}

impl Report {
    pub(crate) fn of(system: System) -> Self {
        Self {
            system,
            people: 0,
            faults: 0,
            left_out: BTreeMap::new(),
            passwords: BTreeMap::new(),
            unusable: BTreeMap::new(),
            lost: BTreeMap::new(),
            without_password: 0,
            unverified: 0,
            suspended: 0,
            second_factors: 0,
            attributes: BTreeMap::new(),
            unmapped: BTreeSet::new(),
        }
    }

    /// Takes an account into account.
    pub(crate) fn add(&mut self, entry: &Entry) {
        let account = match entry {
            Entry::Account(account) => account,
            Entry::LeftOut { reason, .. } => {
                *self.left_out.entry(*reason).or_default() += 1;
                return;
            }
            Entry::Fault(_) => {
                self.faults += 1;
                return;
            }
        };
        self.people += 1;
        self.unverified += u64::from(!account.email_verified);
        self.suspended += u64::from(account.suspended);
        self.second_factors += u64::from(account.has_second_factor);
        for (name, _) in &account.attributes {
            *self.attributes.entry(name.clone()).or_default() += 1;
        }
        match &account.password {
            Password::None => self.without_password += 1,
            Password::Lost(why) => *self.lost.entry(why).or_default() += 1,
            Password::Hash(hash) => match PasswordHash::parse(hash) {
                Ok(hash) => {
                    let passwords = self.passwords.entry(hash.format().name()).or_default();
                    passwords.count += 1;
                    passwords.weak += u64::from(hash.is_weak());
                    let needed_mb = lambda_memory::needed_mb(hash.cost(), Processor::Arm64);
                    passwords.needed_mb = passwords.needed_mb.max(needed_mb);
                }
                Err(error) => *self.unusable.entry(error.to_string()).or_default() += 1,
            },
        }
    }

    /// Whether there was no account at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.people + self.faults == 0 && self.left_out.is_empty()
    }

    /// Whether a hash is in the way of the whole import.
    pub(crate) fn has_unusable_hashes(&self) -> bool {
        !self.unusable.is_empty()
    }

    /// How many have a password that will work.
    fn keep(&self) -> u64 {
        self.passwords.values().map(|passwords| passwords.count).sum()
    }

    /// The lines that an operator reads.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} people in the export of {}; {} keep their password",
            self.people,
            self.system,
            self.keep()
        )];
        let mut say = |line: String| lines.push(line);
        if self.system.is_experimental() {
            say("experimental, read as its documentation has it: try a person whose password you know first".to_owned());
        }
        for (format, Passwords { count, weak, needed_mb }) in &self.passwords {
            let weak = if *weak > 0 { format!(", {weak} of them easily guessed from the hash") } else { String::new() };
            say(format!("  {count} by {format} (MigrateUserMemorySize {needed_mb} at least{weak})"));
        }
        for (why, count) in &self.unusable {
            say(format!("  {count} have a hash that cannot be used: {why}"));
        }
        for (why, count) in &self.lost {
            say(format!("  {count} set a new password: {why}"));
        }
        if self.without_password > 0 {
            say(format!(
                "  {} have no password there: another provider signs them in, or they set one",
                self.without_password
            ));
        }
        for (reason, count) in &self.left_out {
            say(format!("{count} are left out: {}", reason.name()));
        }
        if self.faults > 0 {
            say(format!("{} cannot be read", self.faults));
        }
        for (count, what) in [
            (self.unverified, "have an address that is not verified: the triggers take nobody's word for it"),
            (self.suspended, "are suspended"),
            (self.second_factors, "have a second factor, which they have to set up anew"),
        ] {
            if count > 0 {
                say(format!("{count} {what}"));
            }
        }
        if !self.attributes.is_empty() {
            let names = self.attributes.iter().map(|(name, count)| format!("{name} ({count})"));
            say(format!("attributes: {}", names.collect::<Vec<_>>().join(", ")));
        }
        if !self.unmapped.is_empty() {
            let names: Vec<&str> = self.unmapped.iter().map(String::as_str).collect();
            say(format!("not taken: {}; --map FIELD=ATTRIBUTE takes one, --drop FIELD says no", names.join(", ")));
        }
        lines
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let passwords = self.passwords.iter().map(|(format, passwords)| {
            let Passwords { count, weak, needed_mb } = passwords;
            ((*format).to_owned(), json!({"count": count, "weak": weak, "neededMemoryMB": needed_mb}))
        });
        json!({
            "system": self.system.name(),
            "people": self.people,
            "keepPassword": self.keep(),
            "passwords": passwords.collect::<serde_json::Map<_, _>>(),
            "unusable": self.unusable,
            "lost": self.lost,
            "withoutPassword": self.without_password,
            "leftOut": self.left_out.iter().map(|(reason, count)| (reason.name(), *count)).collect::<BTreeMap<_, _>>(),
            "faults": self.faults,
            "unverified": self.unverified,
            "suspended": self.suspended,
            "secondFactors": self.second_factors,
            "attributes": self.attributes,
            "unmapped": self.unmapped,
        })
    }
}
