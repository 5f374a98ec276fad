//! An export, account by account.

use std::{
    collections::{BTreeSet, HashMap},
    io::{self, BufRead, BufReader, Cursor, Read as _},
    ops::ControlFlow,
};

use serde_json::Value;

use crate::{
    account::{Entry, Fault},
    csv::Rows,
    json::Objects,
    ldif::Entries,
    options::Options,
    record::{Content, Fields, Record},
    system::System,
    systems::{
        Made, aspnet, auth0, clerk, cognito, devise, discourse, django, firebase, fusionauth, keycloak, laravel, ldap,
        okta, supabase, wordpress,
    },
    unpack::unpack,
};

/// A file of an export: opens it at its beginning, as it lies there. It may be opened more than once.
pub type File<'a> = &'a dyn Fn() -> io::Result<Box<dyn io::Read>>;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Fields that say something, and that nothing was made of.
    pub unmapped: BTreeSet<String>,
    /// Whether there is somebody of whom the export does not say whether the address is theirs, and the options neither.
    pub needs_email_verified: bool,
}

/// How much of a file is looked at to tell how it is written, in bytes.
const LOOKED_AT: u64 = 64 * 1024;

/// Reads the `files` of a system's export, one after the other, and hands each account to `each` with the number of its file.
/// `profiles` is the second file of Auth0.
///
/// # Errors
/// Where a file cannot be read any further, with its number; the profiles' is that behind the last.
pub fn read(
    system: System,
    options: &Options,
    files: &[File<'_>],
    profiles: Option<File<'_>>,
    each: &mut dyn FnMut(usize, Entry) -> ControlFlow<()>,
) -> Result<Read, (usize, Fault)> {
    let mut reading = Reading { system, options, addresses: django::Addresses::default(), read: Read::default() };
    // What one record needs of others is read first.
    if system == System::Django {
        for (number, file) in files.iter().enumerate() {
            reading.addresses(*file).map_err(|fault| (number, fault))?;
        }
    }
    if let (System::Auth0, Some(profiles)) = (system, profiles) {
        reading.joined(files, profiles, each)?;
        return Ok(reading.read);
    }
    for (number, file) in files.iter().enumerate() {
        let mut go_on = ControlFlow::Continue(());
        let mut account = |record: &Record<'_>, reading: &mut Reading<'_>| {
            if let Some(entry) = reading.entry(record) {
                go_on = each(number, entry);
            }
            go_on
        };
        reading.records(*file, &mut account).map_err(|fault| (number, fault))?;
        if go_on.is_break() {
            break;
        }
    }
    Ok(reading.read)
}

struct Reading<'a> {
    system: System,
    options: &'a Options,
    addresses: django::Addresses,
    read: Read,
}

type Each<'a, 'b> = &'a mut dyn FnMut(&Record<'_>, &mut Reading<'b>) -> ControlFlow<()>;

impl<'b> Reading<'b> {
    /// Each record of a file, in whatever it is written.
    fn records(&mut self, file: File<'_>, each: Each<'_, 'b>) -> Result<(), Fault> {
        let unreadable = |error: io::Error| Fault::of(1, format!("cannot be read: {error}"));
        let mut input = unpack(file().map_err(unreadable)?).map_err(unreadable)?;
        let mut start = Vec::new();
        input.by_ref().take(LOOKED_AT).read_to_end(&mut start).map_err(unreadable)?;
        let first = start.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        let member = self.member(&start).filter(|_| first == Some(b'{'));
        let input = BufReader::with_capacity(64 * 1024, Cursor::new(start).chain(input));
        match (first, self.system) {
            (None, _) => Err(Fault::of(1, "the file is empty")),
            (Some(b'{' | b'['), _) => self.objects(Objects::new(input, member), each),
            (Some(_), System::Ldap) => self.entries(Entries::new(input), each),
            (Some(_), System::Firebase) => self.rows(Rows::new(input, Some(&firebase::COLUMNS))?, each),
            (Some(_), _) => self.rows(Rows::new(input, None)?, each),
        }
    }

    /// The member that has the accounts, where a file is one object.
    fn member(&self, start: &[u8]) -> Option<&'static str> {
        let has = |name: &str| String::from_utf8_lossy(start).contains(name);
        match self.system {
            System::Firebase | System::Keycloak => Some("users"),
            System::Cognito if has("\"Users\"") => Some("Users"),
            System::FusionAuth if has("\"users\"") => Some("users"),
            _ => None,
        }
    }

    fn objects<R: BufRead>(&mut self, mut objects: Objects<R>, each: Each<'_, 'b>) -> Result<(), Fault> {
        while let Some((line, object)) = objects.next()? {
            if each(&Record { line, content: Content::Object(&object) }, self).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn rows<R: BufRead>(&mut self, mut rows: Rows<R>, each: Each<'_, 'b>) -> Result<(), Fault> {
        while let Some((line, fields)) = rows.next()? {
            if self.fields(line, fields, each).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn entries<R: BufRead>(&mut self, mut entries: Entries<R>, each: Each<'_, 'b>) -> Result<(), Fault> {
        while let Some((line, fields)) = entries.next()? {
            if self.fields(line, fields, each).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn fields(&mut self, line: u64, fields: Result<&Fields, Fault>, each: Each<'_, 'b>) -> ControlFlow<()> {
        match fields {
            Ok(fields) => each(&Record { line, content: Content::Fields(fields) }, self),
            Err(fault) => each(&Record { line, content: Content::Broken(&fault) }, self),
        }
    }

    /// What django-allauth says of addresses.
    fn addresses(&mut self, file: File<'_>) -> Result<(), Fault> {
        let mut each = |record: &Record<'_>, reading: &mut Reading<'_>| {
            if let Content::Object(object) = record.content {
                reading.addresses.add(object);
                return ControlFlow::Continue(());
            }
            // CSV has no other models.
            ControlFlow::Break(())
        };
        self.records(file, &mut each)
    }

    /// Auth0's profiles, each with the hash of the same user; then the hashes without a profile.
    fn joined(
        &mut self,
        files: &[File<'_>],
        profiles: File<'_>,
        each: &mut dyn FnMut(usize, Entry) -> ControlFlow<()>,
    ) -> Result<(), (usize, Fault)> {
        let mut hashes: HashMap<String, (usize, u64, Value)> = HashMap::new();
        let mut go_on = ControlFlow::Continue(());
        for (number, file) in files.iter().enumerate() {
            let mut keep = |record: &Record<'_>, reading: &mut Reading<'_>| {
                let id = match record.content {
                    Content::Object(object) => auth0::id(object),
                    _ => None,
                };
                match (id, &record.content) {
                    (Some(id), Content::Object(object)) => {
                        hashes.insert(id, (number, record.line, (*object).clone()));
                    }
                    _ => go_on = reading.entry(record).map_or(go_on, |entry| each(number, entry)),
                }
                go_on
            };
            self.records(*file, &mut keep).map_err(|fault| (number, fault))?;
        }
        let number = files.len();
        let mut join = |record: &Record<'_>, reading: &mut Reading<'_>| {
            let Content::Object(profile) = record.content else {
                return reading.entry(record).map_or(go_on, |entry| each(number, entry));
            };
            let mut joined = profile.clone();
            let found = auth0::id(profile).and_then(|id| hashes.remove(&id));
            if let (Some((.., Value::Object(of_hash))), Value::Object(members)) = (found, &mut joined) {
                for (name, value) in of_hash {
                    members.entry(name).or_insert(value);
                }
            }
            let record = Record { line: record.line, content: Content::Object(&joined) };
            go_on = reading.entry(&record).map_or(go_on, |entry| each(number, entry));
            go_on
        };
        self.records(profiles, &mut join).map_err(|fault| (number, fault))?;
        let mut rest: Vec<_> = hashes.into_values().collect();
        rest.sort_by_key(|(number, line, _)| (*number, *line));
        for (number, line, object) in rest {
            if go_on.is_break() {
                break;
            }
            let record = Record { line, content: Content::Object(&object) };
            go_on = self.entry(&record).map_or(go_on, |entry| each(number, entry));
        }
        Ok(())
    }

    /// What a record comes to; nothing where it is none of an account.
    fn entry(&mut self, record: &Record<'_>) -> Option<Entry> {
        if let Content::Broken(fault) = record.content {
            return Some(Entry::Fault(fault.clone()));
        }
        match self.made(record) {
            Ok(Made::Nothing) => None,
            Ok(Made::LeftOut(reason)) => Some(Entry::LeftOut { line: record.line, reason }),
            Ok(Made::Draft(mut draft)) => {
                for (field, attribute) in &self.options.map {
                    draft.attributes.retain(|(name, _)| name != attribute);
                    draft.attribute(record, field, attribute);
                }
                self.note_unmapped(record);
                let knows = self.system.knows_verified_addresses();
                let says = draft.email_verified.or(self.options.email_verified);
                self.read.needs_email_verified |= says.is_none() && !knows;
                let account = draft.account(record.line, self.options.email_verified);
                Some(account.map_or_else(Entry::Fault, Entry::Account))
            }
            Err(fault) => Some(Entry::Fault(fault)),
        }
    }

    fn made(&self, record: &Record<'_>) -> Result<Made, Fault> {
        match self.system {
            System::Auth0 => auth0::account(record),
            System::Firebase => firebase::account(record),
            System::Keycloak => keycloak::account(record),
            System::Supabase => supabase::account(record, self.options),
            System::Okta => okta::account(record),
            System::Clerk => clerk::account(record),
            System::Django => django::account(record, self.options, &self.addresses),
            System::WordPress => wordpress::account(record),
            System::AspNet => aspnet::account(record, self.options),
            System::Devise => devise::account(record, self.options),
            System::Laravel => laravel::account(record),
            System::Discourse => discourse::account(record, self.options),
            System::Ldap => ldap::account(record),
            System::Cognito => cognito::account(record),
            System::FusionAuth => fusionauth::account(record),
        }
    }

    /// Keeps the names of fields that say something, and that nothing is made of.
    fn note_unmapped(&mut self, record: &Record<'_>) {
        let known = match self.system {
            System::Auth0 => auth0::FIELDS,
            System::Firebase => firebase::FIELDS,
            System::Keycloak => keycloak::FIELDS,
            System::Supabase => supabase::FIELDS,
            System::Okta => okta::FIELDS,
            System::Clerk => clerk::FIELDS,
            System::Django => django::FIELDS,
            System::WordPress => wordpress::FIELDS,
            System::AspNet => aspnet::FIELDS,
            System::Devise => devise::FIELDS,
            System::Laravel => laravel::FIELDS,
            System::Discourse => discourse::FIELDS,
            System::Ldap => ldap::FIELDS,
            System::Cognito => cognito::FIELDS,
            System::FusionAuth => fusionauth::FIELDS,
        };
        let is_known = |name: &str| known.iter().any(|known| known.eq_ignore_ascii_case(name));
        let is_spoken_for = |name: &str| {
            let mapped = self.options.map.iter().map(|(field, _)| field);
            mapped.chain(&self.options.drop).any(|field| {
                field.eq_ignore_ascii_case(name)
                    || field.split('.').next().is_some_and(|first| first.eq_ignore_ascii_case(name))
            })
        };
        let says = |name: &str| match record.content {
            Content::Object(object) => object.get(name).is_some_and(|value| match value {
                Value::Null => false,
                Value::String(text) => !text.is_empty(),
                Value::Array(values) => !values.is_empty(),
                Value::Object(members) => !members.is_empty(),
                Value::Bool(_) | Value::Number(_) => true,
            }),
            _ => record.text(name).is_some(),
        };
        for name in record.names() {
            if !self.read.unmapped.contains(name) && !is_known(name) && !is_spoken_for(name) && says(name) {
                self.read.unmapped.insert(name.to_owned());
            }
        }
    }
}
