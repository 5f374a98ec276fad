//! Every row is looked at before one is written: by itself, beside the others, and beside the table.

use std::{collections::HashMap, io, sync::Arc};

use aws_failure::Failure;
use futures_util::stream::{FuturesUnordered, StreamExt, TryStreamExt};
use known_user::{Item, KnownUser};
use known_users_file::Person;

use crate::{
    commands::import::{
        conflicts::{BadRows, Twice, Why},
        counts::Counts,
        progress::Bar,
        source::{Source, digests},
    },
    table::{batch::MOST_READ, change::Change, known_users::KnownUsers, patience::Patience},
    terminal::interrupt::Interrupt,
};

/// How many hundreds of people, and how many user names of each hundred, are looked up at once.
const AT_ONCE: usize = 8;

/// The table that rows are looked at beside.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) known: &'a KnownUsers,
    pub(crate) patience: &'a Patience,
    pub(crate) skip_existing: bool,
}

/// What was seen.
pub(crate) struct Checked {
    pub(crate) rows: BadRows,
    /// What an import would do, if nobody else writes meanwhile; nothing is known without a table.
    pub(crate) would: Counts,
    mfa_enabled: u64,
}

impl Checked {
    pub(crate) fn tell(&self, skip_existing: bool) -> String {
        let Counts { rows, added, updated, unchanged, skipped, .. } = self.would;
        let there = if skip_existing {
            format!("{skipped} skipped")
        } else {
            format!("{updated} updated, {unchanged} as they are")
        };
        let mut text = format!("{rows} rows checked: {added} would be added, {there}");
        if self.mfa_enabled > 0 {
            text +=
                &format!("; cognito:mfa_enabled of {} is not kept, for a trigger cannot hand it on", self.mfa_enabled);
        }
        text
    }
}

/// Looks at every row.
pub(crate) async fn rows(
    source: &Source,
    table: Option<Table<'_>>,
    interrupt: &Interrupt,
    meter: &Bar<'_>,
) -> Result<Checked, Failure> {
    let full = |error: io::Error| Failure::new("sort what is compared", error, "make room where TMPDIR is, or set it");
    // Nobody in an empty table has anybody's name. Who is added while this runs is somebody else's doing: see `write`.
    let table = match table {
        Some(table) if interrupt.or(table.known.is_empty()).await? => None,
        table => table,
    };
    let mut checked = Checked { rows: BadRows::new(), would: Counts::default(), mfa_enabled: 0 };
    let (mut twice, mut batch, mut lookups) = (Twice::new(), Vec::new(), FuturesUnordered::new());
    let mut rows = source.rows()?;
    while let Some(row) = rows.next().map_err(|fault| source.unusable(&fault))? {
        checked.would.rows += 1;
        if checked.would.rows.is_multiple_of(1000) {
            interrupt.check()?;
            meter.at("checked", checked.would.rows, row.end.byte);
        }
        let Ok(person) = row.person else {
            checked.rows.add(row.line, Why::Fault, 0).map_err(full)?;
            continue;
        };
        checked.mfa_enabled += u64::from(person.mfa_enabled);
        let (email, name) = digests(&person);
        twice.add(row.line, Why::EmailTwice, email).map_err(full)?;
        if let Some(name) = name {
            twice.add(row.line, Why::NameTwice, name).map_err(full)?;
        }
        let Some(table) = table else {
            checked.would.added += 1;
            continue;
        };
        batch.push((row.line, person));
        if batch.len() == MOST_READ {
            lookups.push(look_up(table, std::mem::take(&mut batch)));
            if lookups.len() >= AT_ONCE
                && let Some(found) = lookups.next().await
            {
                found?.note(&mut checked).map_err(full)?;
            }
        }
    }
    if let Some(table) = table.filter(|_| !batch.is_empty()) {
        lookups.push(look_up(table, batch));
    }
    while let Some(found) = lookups.next().await {
        found?.note(&mut checked).map_err(full)?;
    }
    interrupt.check()?;
    twice.find(&mut checked.rows).map_err(full)?;
    meter.clear();
    Ok(checked)
}

/// What the table says of some rows.
#[derive(Default)]
struct Found {
    bad: Vec<(u64, Why)>,
    would: Counts,
}

impl Found {
    fn note(self, checked: &mut Checked) -> io::Result<()> {
        checked.would.add(self.would);
        self.bad.into_iter().try_for_each(|(line, why)| checked.rows.add(line, why, 0))
    }
}

async fn look_up(table: Table<'_>, people: Vec<(u64, Person)>) -> Result<Found, Failure> {
    let records = table.known.records(people.iter().map(|(_, person)| &person.email), table.patience).await?;
    let records: Arc<HashMap<String, Item>> = Arc::new(records);
    let mut found = Found::default();
    let mut names = Vec::new();
    for (line, person) in people {
        let Some(item) = records.get(person.email.as_str()) else {
            found.would.added += 1;
            names.extend(person.user_name.is_some().then_some((line, person)));
            continue;
        };
        if table.skip_existing {
            found.would.skipped += 1;
            continue;
        }
        match Change::to(item, &person, &[]) {
            Err(_) => found.bad.push((line, Why::Malformed)),
            Ok(change) => {
                found.would.hashes_withheld += u64::from(change.hash_withheld);
                *(if change.is_empty() { &mut found.would.unchanged } else { &mut found.would.updated }) += 1;
                let had = KnownUser::from_item(item).ok().and_then(|known| known.user_name);
                // Another spelling of the name that they have is nobody else's.
                if change.renames() && had.is_none_or(|had| person.user_name.as_ref() != Some(&had)) {
                    names.push((line, person));
                }
            }
        }
    }
    let taken = futures_util::stream::iter(names)
        .map(|(line, person)| async move {
            let name = person.user_name.as_deref().unwrap_or_default();
            let owners = table.known.named_patiently(name, table.patience).await?;
            Ok::<_, Failure>(owners.iter().any(|owner| *owner != person.email).then_some((line, Why::NameTaken)))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    found.bad.extend(taken.into_iter().flatten());
    Ok(found)
}
