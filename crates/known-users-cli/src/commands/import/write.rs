//! Rows are written, a hundred people in one task and several tasks at once.
//!
//! A hundred are read first (`BatchGetItem`): who is new is put (`BatchWriteItem`), who is there is updated field by field
//! (`UpdateItem`, on condition). A batch cannot have conditions. So if somebody else adds a person between the read and the put,
//! milliseconds apart, the put wins: two operators should not add the same people at the same time. The triggers add nobody,
//! and note nothing on somebody who is not there.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use aws_failure::Failure;
use known_users_file::{Mark, Person};
use tokio::{sync::Mutex, task::JoinHandle};

use crate::{
    commands::import::{
        counts::Counts,
        journal::{Journal, LeftOut, Progress},
        progress::Bar,
        source::{Rows, Source},
    },
    table::{
        batch::{Done, MOST_READ, MOST_WRITTEN, Upserted},
        change::Change,
        item::malformed,
        known_users::KnownUsers,
        patience::Patience,
    },
};

/// How an import writes.
pub(crate) struct Writing<'a> {
    pub(crate) known: &'a KnownUsers,
    pub(crate) patience: &'a Patience,
    /// How many tasks there are at once.
    pub(crate) parallel: usize,
    /// How many people a second.
    pub(crate) rate: Option<u32>,
    pub(crate) skip_existing: bool,
}

/// A hundred people on their way.
struct Task {
    rows: u64,
    end: Mark,
    done: JoinHandle<Result<Counts, Failure>>,
}

impl Writing<'_> {
    /// Writes the rows from where a journal says, or from the beginning; `counts` keeps up with what is done.
    #[expect(clippy::too_many_arguments, reason = "each is another part of where an import is")]
    pub(crate) async fn write(
        &self,
        source: &Source,
        from: Option<Progress>,
        start: Counts,
        left_out: &mut LeftOut,
        journal: &mut Journal,
        counts: &mut Counts,
        meter: &Bar<'_>,
    ) -> Result<(), Failure> {
        *counts = start;
        let mut rows = source.rows()?;
        if let Some(from) = from {
            rows.reader.go_to(from.mark()).map_err(|fault| source.unusable(&fault))?;
        }
        let worker = Arc::new(Worker {
            known: KnownUsers::clone(self.known),
            patience: self.patience.clone(),
            rate: self.rate.map(Rate::new),
            skip_existing: self.skip_existing,
        });
        let interrupt = &self.patience.interrupt;
        let mut tasks: VecDeque<Task> = VecDeque::with_capacity(self.parallel);
        // What is on its way comes to its end whatever goes wrong; it counts up to the first task that failed.
        let (mut stopped, mut failed) = (None, None);
        let mut has_more = true;
        loop {
            while has_more && stopped.is_none() && failed.is_none() && tasks.len() < self.parallel {
                match interrupt.check().and_then(|()| next(source, &mut rows, left_out)) {
                    Ok(Some((people, end))) => {
                        let (worker, rows) = (Arc::clone(&worker), people.len() as u64);
                        let done = tokio::spawn(async move { worker.write(people).await });
                        tasks.push_back(Task { rows, end, done });
                    }
                    Ok(None) => has_more = false,
                    Err(failure) => stopped = Some(failure),
                }
            }
            let Some(task) = tasks.pop_front() else { break };
            let done = tokio::select! {
                biased;
                // Once more: what is on its way is given up. It is behind the last mark, so nothing is lost.
                () = interrupt.more_than(1) => return Err(Failure::interrupted()),
                done = task.done => done,
            };
            match done.unwrap_or_else(|error| Err(Failure::new("write known users", error, "report this"))) {
                Ok(done) if failed.is_none() => {
                    counts.add(Counts { rows: task.rows, ..done });
                    let progress = Progress { byte: task.end.byte, line: task.end.line, counts: *counts };
                    journal.written(progress, tasks.is_empty())?;
                    meter.at("written", counts.rows, task.end.byte);
                }
                Ok(_) => {}
                Err(failure) => failed = failed.or(Some(failure)),
            }
        }
        // Who interrupts also ends the waiting of the tasks.
        interrupt.check()?;
        failed.or(stopped).map_or(Ok(()), Err)
    }
}

/// The next hundred people, and where they end; nothing at the end of the file.
fn next(source: &Source, rows: &mut Rows<'_>, left_out: &mut LeftOut) -> Result<Option<(Vec<Person>, Mark)>, Failure> {
    let changed = |why: &dyn std::fmt::Display| {
        let why = format!("it is not what it was when it was checked: {why}");
        Failure::new(format!("go on reading `{}`", source.name), why, "leave the file as it is while it is imported")
    };
    let mut people = Vec::with_capacity(MOST_READ);
    let mut end = None;
    while people.len() < MOST_READ {
        let Some(row) = rows.next().map_err(|fault| changed(&fault))? else { break };
        end = Some(row.end);
        if !left_out.has(row.line).map_err(|error| changed(&error))? {
            people.push(row.person.map_err(|fault| changed(&fault))?);
        }
    }
    Ok(end.map(|end| (people, end)))
}

/// What every task needs.
struct Worker {
    known: KnownUsers,
    patience: Patience,
    rate: Option<Rate>,
    skip_existing: bool,
}

impl Worker {
    async fn write(&self, people: Vec<Person>) -> Result<Counts, Failure> {
        let mut counts = Counts::default();
        let mut records = self.known.records(people.iter().map(|person| &person.email), &self.patience).await?;
        let mut new = Vec::with_capacity(people.len());
        for person in people {
            let Some(item) = records.remove(person.email.as_str()) else {
                new.push(person);
                continue;
            };
            if self.skip_existing {
                counts.skipped += 1;
                continue;
            }
            let change = Change::to(&item, &person, &[]).map_err(|error| malformed(&person.email, error))?;
            if !change.is_empty() {
                self.may_write(1).await?;
            }
            let Upserted { done, hash_withheld } = self.known.upsert(&person, &[], Some(item), &self.patience).await?;
            counts.hashes_withheld += u64::from(hash_withheld);
            match done {
                Done::Added => counts.added += 1,
                Done::Updated => counts.updated += 1,
                Done::Unchanged => counts.unchanged += 1,
            }
        }
        let mut new = new.into_iter().peekable();
        while new.peek().is_some() {
            let batch: Vec<Person> = new.by_ref().take(MOST_WRITTEN).collect();
            let count = batch.len() as u32;
            self.may_write(count).await?;
            self.known.put_all(batch, &self.patience).await?;
            counts.added += u64::from(count);
        }
        Ok(counts)
    }

    async fn may_write(&self, count: u32) -> Result<(), Failure> {
        let Some(rate) = &self.rate else { return Ok(()) };
        let at = rate.reserve(count).await;
        let pause = async {
            tokio::time::sleep_until(at.into()).await;
            Ok(())
        };
        self.patience.interrupt.or(pause).await
    }
}

/// So many a second, evenly.
struct Rate {
    each: Duration,
    next: Mutex<Instant>,
}

impl Rate {
    fn new(a_second: u32) -> Self {
        Self { each: Duration::from_secs(1) / a_second, next: Mutex::new(Instant::now()) }
    }

    /// When `count` more may be written.
    async fn reserve(&self, count: u32) -> Instant {
        let mut next = self.next.lock().await;
        let at = (*next).max(Instant::now());
        *next = at + self.each * count;
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rate_is_kept_whoever_asks() {
        let rate = Rate::new(100);
        let first = rate.reserve(25).await;
        assert_eq!(rate.reserve(1).await, first + Duration::from_millis(250));
        assert_eq!(rate.reserve(1).await, first + Duration::from_millis(260));
    }
}
