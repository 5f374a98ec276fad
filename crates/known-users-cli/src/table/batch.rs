//! Many records at once, with patience: a table that is busy is asked again, later.

use std::collections::{BTreeSet, HashMap};

use aws_failure::Failure;
use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, KeysAndAttributes, PutRequest, ReturnValuesOnConditionCheckFailure::AllOld, WriteRequest},
};
use known_user::{Item, UserEmail, attribute};
use known_users_file::Person;

use crate::table::{
    change::Change,
    item::{key, malformed},
    known_users::KnownUsers,
    patience::{Patience, is_transient},
};

/// The most keys of a `BatchGetItem`.
pub(crate) const MOST_READ: usize = 100;

/// The most items of a `BatchWriteItem`.
pub(crate) const MOST_WRITTEN: usize = 25;

/// How often somebody's record may be another one than the one that a change was made for.
const TRIES: u32 = 5;

/// What became of what was said of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Added,
    Updated,
    /// The record said it all already.
    Unchanged,
}

/// What became of it, and of the password hash that came with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Upserted {
    pub(crate) done: Done,
    /// Whether a password hash was not taken, because the person has arrived in a user pool.
    pub(crate) hash_withheld: bool,
}

impl KnownUsers {
    /// Whether nobody is in the table.
    pub(crate) async fn is_empty(&self) -> Result<bool, Failure> {
        let page = self.client.scan().table_name(&self.table).limit(1).send().await;
        Ok(page.map_err(|error| self.failure("look for known users", "Scan", &error))?.items().is_empty())
    }

    /// The records of up to [`MOST_READ`] people, as they are now, by their keys.
    pub(crate) async fn records(
        &self,
        emails: impl Iterator<Item = &UserEmail>,
        patience: &Patience,
    ) -> Result<HashMap<String, Item>, Failure> {
        // DynamoDB refuses a key that is asked for twice.
        let emails: BTreeSet<&UserEmail> = emails.collect();
        let keys = emails.into_iter().map(|email| HashMap::from([(attribute::USER_EMAIL.to_owned(), key(email))]));
        let mut keys: Vec<_> = keys.collect();
        let mut records = HashMap::with_capacity(keys.len());
        let mut wait = patience.start();
        while !keys.is_empty() {
            let asked = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys.clone())).build();
            let asked = asked.map_err(|error| Failure::new("ask for records", error, "report this"))?;
            let answer = self.client.batch_get_item().request_items(&self.table, asked).send().await;
            let failure = match answer {
                Ok(answer) => {
                    let found = answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
                    if !found.is_empty() {
                        wait = patience.start();
                    }
                    for item in found {
                        if let Some(AttributeValue::S(email)) = item.get(attribute::USER_EMAIL) {
                            records.insert(email.clone(), item);
                        }
                    }
                    let left = answer.unprocessed_keys.unwrap_or_default().remove(&self.table);
                    keys = left.map(|left| left.keys).unwrap_or_default();
                    self.is_busy("read known users")
                }
                Err(error) => {
                    let failure = self.failure("read known users", "BatchGetItem", &error);
                    if !is_transient(&error) {
                        return Err(failure);
                    }
                    failure
                }
            };
            if !keys.is_empty() {
                wait.pause(failure).await?;
            }
        }
        Ok(records)
    }

    /// Writes up to [`MOST_WRITTEN`] people whom nobody knows yet. A record that is there is replaced: look before.
    pub(crate) async fn put_all(&self, people: Vec<Person>, patience: &Patience) -> Result<(), Failure> {
        let mut requests = Vec::with_capacity(people.len());
        for person in people {
            let put = PutRequest::builder().set_item(Some(person.into_known_user().into_item())).build();
            let put = put.map_err(|error| Failure::new("write known users", error, "report this"))?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        let mut wait = patience.start();
        while !requests.is_empty() {
            let before = requests.len();
            let answer = self.client.batch_write_item().request_items(&self.table, requests.clone()).send().await;
            let failure = match answer {
                Ok(answer) => {
                    requests = answer.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
                    self.is_busy("write known users")
                }
                Err(error) => {
                    let failure = self.failure("write known users", "BatchWriteItem", &error);
                    if !is_transient(&error) {
                        return Err(failure);
                    }
                    failure
                }
            };
            if requests.len() < before {
                wait = patience.start();
            }
            if !requests.is_empty() {
                wait.pause(failure).await?;
            }
        }
        Ok(())
    }

    /// Makes the record of a person say what is said of them, and lack the attributes `without`; `item` is the record as
    /// it was last seen. Adds the person where there is no record.
    pub(crate) async fn upsert(
        &self,
        person: &Person,
        without: &[String],
        mut item: Option<Item>,
        patience: &Patience,
    ) -> Result<Upserted, Failure> {
        let tried = "write a known user";
        let mut wait = patience.start();
        for _ in 0..TRIES {
            // Whoever else writes to the record shows in the condition, and the change is made for what they wrote.
            item = match item {
                Some(is) => {
                    let change = Change::to(&is, person, without).map_err(|error| malformed(&person.email, error))?;
                    let hash_withheld = change.hash_withheld;
                    if change.is_empty() {
                        return Ok(Upserted { done: Done::Unchanged, hash_withheld });
                    }
                    let update = self
                        .client
                        .update_item()
                        .table_name(&self.table)
                        .key(attribute::USER_EMAIL, key(&person.email));
                    let update = change.into_update(update).return_values_on_condition_check_failure(AllOld);
                    loop {
                        let error = match update.clone().send().await {
                            Ok(_) => return Ok(Upserted { done: Done::Updated, hash_withheld }),
                            Err(error) => error,
                        };
                        if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error()
                        {
                            break failed.item().filter(|item| !item.is_empty()).cloned();
                        }
                        let failure = self.failure(tried, "UpdateItem", &error);
                        if !is_transient(&error) {
                            return Err(failure);
                        }
                        wait.pause(failure).await?;
                    }
                }
                None => {
                    let put = self.client.put_item().table_name(&self.table);
                    let put = put
                        .set_item(Some(person.clone().into_known_user().into_item()))
                        .condition_expression("attribute_not_exists(UserEmail)")
                        .return_values_on_condition_check_failure(AllOld);
                    loop {
                        let error = match put.clone().send().await {
                            Ok(_) => return Ok(Upserted { done: Done::Added, hash_withheld: false }),
                            Err(error) => error,
                        };
                        if let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
                            break failed.item().filter(|item| !item.is_empty()).cloned();
                        }
                        let failure = self.failure(tried, "PutItem", &error);
                        if !is_transient(&error) {
                            return Err(failure);
                        }
                        wait.pause(failure).await?;
                    }
                }
            };
        }
        Err(Failure::new(tried, "somebody else keeps changing it", "run it again"))
    }

    /// Some records, and from where there are more.
    pub(crate) async fn page(
        &self,
        from: Option<Item>,
        patience: &Patience,
    ) -> Result<(Vec<Item>, Option<Item>), Failure> {
        let mut wait = patience.start();
        loop {
            let scan = self.client.scan().table_name(&self.table).set_exclusive_start_key(from.clone());
            let error = match scan.send().await {
                Ok(page) => return Ok((page.items.unwrap_or_default(), page.last_evaluated_key)),
                Err(error) => error,
            };
            let failure = self.failure("list the known users", "Scan", &error);
            if !is_transient(&error) {
                return Err(failure);
            }
            wait.pause(failure).await?;
        }
    }

    /// [`named`](Self::named), with patience.
    pub(crate) async fn named_patiently(&self, name: &str, patience: &Patience) -> Result<Vec<UserEmail>, Failure> {
        let mut wait = patience.start();
        loop {
            match self.named(name).await {
                Err(failure) if failure.is_transient() => wait.pause(failure).await?,
                result => return result,
            }
        }
    }

    fn is_busy(&self, tried: &str) -> Failure {
        Failure::new(
            format!("{tried} in the table `{}`", self.table),
            "the table is busy: it keeps giving items back unprocessed",
            "wait a while, or give a lower --rate",
        )
    }
}
