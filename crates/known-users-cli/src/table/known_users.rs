//! The table of known users, as its owner sees it.
//!
//! Unlike a trigger, the owner's tool may list people, and add and remove one. A write of one record carries a condition:
//! it does not overwrite a record that is there, and a scenario removes the record that it added and no other. The batch
//! write of an import has none, as DynamoDB offers none: it puts people whom the import has just looked for in vain.

use std::time::Duration;

use aws_failure::Failure;
use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::{delete_item::DeleteItemError, put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure::AllOld},
};
use known_user::{
    Claim, Item, KnownUser, UserEmail, UserNameKey,
    attribute::{self, BY_USER_NAME},
};

use crate::table::item::key;

pub(crate) use crate::table::item::malformed;

/// Marks a record that a scenario added: by which run.
const ADDED_BY: &str = "AddedBy";

/// Whether the person has come: an account of theirs is noted, or migrate user has answered for them.
pub(crate) fn has_come(user: &KnownUser) -> bool {
    user.user_sub.is_some() || user.confirmed_at.is_some() || user.migrated_at.is_some()
}

/// What the triggers write into a record.
const NOTES: [&str; 4] = [attribute::CONFIRMED_AT, attribute::MIGRATED_AT, attribute::USER_SUB, "LastLogin"];

/// How often, and how far apart, a new record is looked for in the index, which is eventually consistent.
const INDEX_LOOKS: u32 = 40;
const INDEX_PAUSE: Duration = Duration::from_millis(250);

/// How many records one page of the list reads at most.
const PAGE: i32 = 100;

/// Somebody known, and their record.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) user: KnownUser,
    pub(crate) item: Item,
}

/// The people of a list.
pub(crate) struct List {
    pub(crate) people: Vec<Known>,
    /// Whether the table has more.
    pub(crate) more: bool,
    /// How many records are not records.
    pub(crate) malformed: usize,
}

/// What became of a record that a scenario added.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Removed {
    Now,
    /// Somebody else removed it.
    Before,
    /// It is somebody else's now.
    NotOurs,
}

/// What became of the notes on a record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PutBack {
    /// These attributes are as they were.
    pub(crate) restored: Vec<&'static str>,
    /// These attributes were changed by somebody else, and were left.
    pub(crate) not_ours: Vec<&'static str>,
}

/// The table.
#[derive(Clone)]
pub(crate) struct KnownUsers {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl KnownUsers {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// A call on this table that failed; `action` without its service: `GetItem`.
    pub(crate) fn failure<E, R>(&self, tried: &str, action: &str, error: &SdkError<E, R>) -> Failure
    where
        E: aws_sdk_dynamodb::error::ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        Failure::aws(format!("{tried} in the table `{}`", self.table), &format!("dynamodb:{action}"), error)
    }

    /// The first `limit` people that the table happens to give.
    pub(crate) async fn list(&self, limit: usize) -> Result<List, Failure> {
        let mut list = List { people: Vec::new(), more: false, malformed: 0 };
        let mut from = None;
        loop {
            let scan = self.client.scan().table_name(&self.table).limit(PAGE).set_exclusive_start_key(from);
            let page = scan.send().await.map_err(|error| self.failure("list the known users", "Scan", &error))?;
            for item in page.items() {
                match KnownUser::from_item(item) {
                    Ok(_) if list.people.len() == limit => list.more = true,
                    Ok(user) => list.people.push(Known { user, item: item.clone() }),
                    Err(_) => list.malformed += 1,
                }
            }
            from = page.last_evaluated_key().cloned();
            if from.is_none() || list.people.len() == limit {
                list.more |= from.is_some();
                return Ok(list);
            }
        }
    }

    /// Somebody by email, or by user name where `spelling` is no address.
    pub(crate) async fn find(&self, spelling: &str) -> Result<Option<Known>, Failure> {
        let email = if spelling.contains('@') {
            UserEmail::new(spelling)
        } else {
            match self.named(spelling).await?.as_slice() {
                [] => None,
                [one] => Some(one.clone()),
                _ => {
                    return Err(Failure::new(
                        format!("tell who `{spelling}` is"),
                        "more than one known user has that user name",
                        "give the email instead, and mend the table: the triggers take such a user name for nobody's",
                    ));
                }
            }
        };
        let Some(email) = email else { return Ok(None) };
        let Some(item) = self.record(&email).await? else { return Ok(None) };
        let user = KnownUser::from_item(&item).map_err(|error| malformed(&email, error))?;
        Ok(Some(Known { user, item }))
    }

    /// The emails of up to two people with this user name.
    pub(crate) async fn named(&self, name: &str) -> Result<Vec<UserEmail>, Failure> {
        let Some(key) = UserNameKey::new(name) else { return Ok(Vec::new()) };
        let query = self.client.query().table_name(&self.table).index_name(BY_USER_NAME).limit(2);
        let answer = query
            .key_condition_expression("UserNameKey = :name")
            .expression_attribute_values(":name", AttributeValue::S(key.as_str().to_owned()))
            .send()
            .await
            .map_err(|error| self.failure(&format!("look the user name `{name}` up"), "Query", &error))?;
        let email = |item: &Item| item.get(attribute::USER_EMAIL)?.as_s().ok().and_then(|email| UserEmail::new(email));
        Ok(answer.items().iter().filter_map(email).collect())
    }

    /// A record, as it is now.
    pub(crate) async fn record(&self, email: &UserEmail) -> Result<Option<Item>, Failure> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer =
            get.key(attribute::USER_EMAIL, key(email)).send().await.map_err(|error| {
                self.failure(&format!("read the record of `{}`", email.as_str()), "GetItem", &error)
            })?;
        Ok(answer.item)
    }

    /// Adds somebody, for the run `run`, unless there is somebody; whether there was nobody.
    pub(crate) async fn add(&self, user: KnownUser, run: &str) -> Result<bool, Failure> {
        let tried = format!("add `{}`", user.email.as_str());
        let mut item = user.into_item();
        item.insert(ADDED_BY.to_owned(), AttributeValue::S(run.to_owned()));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let answer = put
            .condition_expression("attribute_not_exists(UserEmail)")
            .return_values_on_condition_check_failure(AllOld)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                // The SDK repeats a request whose answer was lost: by its run, a record is known as one's own.
                Some(PutItemError::ConditionalCheckFailedException(failed)) => Ok(is_of(failed.item(), run)),
                _ => Err(self.failure(&tried, "PutItem", &error)),
            },
        }
    }

    /// Waits until `email` is found by the user name `name`; whether it was.
    pub(crate) async fn is_indexed(&self, email: &UserEmail, name: &str) -> Result<bool, Failure> {
        for _ in 0..INDEX_LOOKS {
            if self.named(name).await?.contains(email) {
                return Ok(true);
            }
            tokio::time::sleep(INDEX_PAUSE).await;
        }
        Ok(false)
    }

    /// Removes somebody whom the run `run` added.
    pub(crate) async fn remove(&self, email: &UserEmail, run: &str) -> Result<Removed, Failure> {
        let delete = self.client.delete_item().table_name(&self.table).key(attribute::USER_EMAIL, key(email));
        let answer = delete
            .condition_expression("#by = :run")
            .expression_attribute_names("#by", ADDED_BY)
            .expression_attribute_values(":run", AttributeValue::S(run.to_owned()))
            .return_values_on_condition_check_failure(AllOld)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Removed::Now),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(failed)) => {
                    let is_there = failed.item().is_some_and(|item| !item.is_empty());
                    Ok(if is_there { Removed::NotOurs } else { Removed::Before })
                }
                _ => Err(self.failure(&format!("remove `{}`", email.as_str()), "DeleteItem", &error)),
            },
        }
    }

    /// Removes somebody; whether they were there.
    pub(crate) async fn remove_known(&self, email: &UserEmail) -> Result<bool, Failure> {
        let delete = self.client.delete_item().table_name(&self.table).key(attribute::USER_EMAIL, key(email));
        let answer = delete.condition_expression("attribute_exists(UserEmail)").send().await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(self.failure(&format!("remove `{}`", email.as_str()), "DeleteItem", &error)),
            },
        }
    }

    /// Whether sign-in is refused from now on; whether it was otherwise before, or nothing where nobody is there.
    pub(crate) async fn set_suspended(&self, email: &UserEmail, suspended: bool) -> Result<Option<bool>, Failure> {
        let update = self.client.update_item().table_name(&self.table).key(attribute::USER_EMAIL, key(email));
        let answer = update
            .update_expression("SET Suspended = :suspended")
            .condition_expression("attribute_exists(UserEmail)")
            .expression_attribute_values(":suspended", AttributeValue::Bool(suspended))
            .return_values(ReturnValue::UpdatedOld)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let before = answer.attributes().and_then(|old| old.get(attribute::SUSPENDED));
                Ok(Some(before.and_then(|before| before.as_bool().ok()).copied().unwrap_or(false) != suspended))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(self.failure(&format!("change `{}`", email.as_str()), "UpdateItem", &error)),
            },
        }
    }

    /// Has a one-time code ask for somebody from now on, in the place of an earlier one; whether they are there.
    pub(crate) async fn set_claim(&self, email: &UserEmail, claim: &Claim) -> Result<bool, Failure> {
        let update = self.client.update_item().table_name(&self.table).key(attribute::USER_EMAIL, key(email));
        let answer = update
            .update_expression("SET #hash = :hash, #expires = :expires REMOVE ClaimUsedAs, ClaimUsedAt")
            .condition_expression("attribute_exists(UserEmail)")
            .expression_attribute_names("#hash", attribute::CLAIM_CODE_HASH)
            .expression_attribute_names("#expires", attribute::CLAIM_CODE_EXPIRES)
            .expression_attribute_values(":hash", AttributeValue::S(claim.code_hash.clone()))
            .expression_attribute_values(":expires", AttributeValue::N(claim.expires.to_string()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(self.failure(&format!("invite `{}`", email.as_str()), "UpdateItem", &error)),
            },
        }
    }

    /// Puts back what the triggers noted on a record because of the pool's user `sub`.
    pub(crate) async fn put_back(
        &self,
        email: &UserEmail,
        before: &Item,
        sub: Option<&str>,
    ) -> Result<PutBack, Failure> {
        // Somebody signing in at this very moment writes too; three times is patience enough.
        let mut put_back = PutBack::default();
        for _ in 0..3 {
            let Some(now) = self.record(email).await? else { return Ok(PutBack::default()) };
            let changes = Changes::between(before, &now, sub);
            put_back.not_ours = changes.not_ours;
            if changes.ours.is_empty() {
                return Ok(put_back);
            }
            let mut update = self.client.update_item().table_name(&self.table).key(attribute::USER_EMAIL, key(email));
            let (mut set, mut remove, mut conditions) = (Vec::new(), Vec::new(), Vec::new());
            for (number, name) in changes.ours.iter().enumerate() {
                update = update.expression_attribute_names(format!("#a{number}"), *name);
                match now.get(*name) {
                    Some(value) => {
                        conditions.push(format!("#a{number} = :now{number}"));
                        update = update.expression_attribute_values(format!(":now{number}"), value.clone());
                    }
                    None => conditions.push(format!("attribute_not_exists(#a{number})")),
                }
                match before.get(*name) {
                    Some(value) => {
                        set.push(format!("#a{number} = :was{number}"));
                        update = update.expression_attribute_values(format!(":was{number}"), value.clone());
                    }
                    None => remove.push(format!("#a{number}")),
                }
            }
            let clause = |verb: &str, parts: &[String]| {
                if parts.is_empty() { String::new() } else { format!("{verb} {} ", parts.join(", ")) }
            };
            let expression = clause("SET", &set) + &clause("REMOVE", &remove);
            let answer =
                update.update_expression(expression.trim()).condition_expression(conditions.join(" AND ")).send().await;
            match answer {
                Ok(_) => return Ok(PutBack { restored: changes.ours, ..put_back }),
                Err(error) => match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(_)) => {}
                    _ => {
                        let tried = format!("put the record of `{}` back", email.as_str());
                        return Err(self.failure(&tried, "UpdateItem", &error));
                    }
                },
            }
        }
        put_back.not_ours = NOTES.to_vec();
        Ok(put_back)
    }
}

/// Deletes a receipt of a welcome mail from the table `ephemera`; whether there was one.
pub(crate) async fn delete_receipt(client: &Client, ephemera: &str, pool: &str, sub: &str) -> Result<bool, Failure> {
    let delete = client.delete_item().table_name(ephemera).return_values(ReturnValue::AllOld);
    let answer =
        delete.key("Id", AttributeValue::S(format!("welcome#{pool}#{sub}"))).send().await.map_err(|error| {
            let tried = format!("delete the receipt of the welcome mail from the table `{ephemera}`");
            Failure::aws(tried, "dynamodb:DeleteItem", &error)
        })?;
    Ok(answer.attributes().is_some_and(|item| !item.is_empty()))
}

fn is_of(item: Option<&Item>, run: &str) -> bool {
    item.and_then(|item| item.get(ADDED_BY)).and_then(|by| by.as_s().ok()).is_some_and(|by| by == run)
}

/// Which notes on a record are other than they were.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    /// Noted because of the run's own pool user.
    ours: Vec<&'static str>,
    /// Noted because of somebody else.
    not_ours: Vec<&'static str>,
}

impl Changes {
    /// `sub` is the pool user whom the run made; without one, nothing of this is its doing.
    fn between(before: &Item, now: &Item, sub: Option<&str>) -> Self {
        let signed_in_last = now.get(attribute::USER_SUB).and_then(|sub| sub.as_s().ok()).map(String::as_str);
        let mut changes = Self::default();
        for name in NOTES.into_iter().filter(|name| before.get(*name) != now.get(*name)) {
            let is_ours = match name {
                // Both are written by a sign-in, together.
                attribute::USER_SUB | "LastLogin" => sub.is_some() && signed_in_last == sub,
                // Written the first time only, so that a change is from nothing to something.
                _ => sub.is_some() && !before.contains_key(name),
            };
            if is_ours { &mut changes.ours } else { &mut changes.not_ours }.push(name);
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(pairs: &[(&str, &str)]) -> Item {
        let mut item: Item =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), AttributeValue::S((*value).to_owned()))).collect();
        if let Some(time) = item.remove("LastLogin") {
            item.insert("LastLogin".to_owned(), AttributeValue::M([("Time".to_owned(), time)].into()));
        }
        item
    }

    #[test]
    fn what_the_runs_own_user_left_behind_is_told_from_what_others_did() {
        let ours = Some("our-sub");
        for (before, now, sub, expected) in [
            (item(&[]), item(&[]), ours, (vec![], vec![])),
            (item(&[]), item(&[("ConfirmedAt", "2")]), ours, (vec!["ConfirmedAt"], vec![])),
            (item(&[]), item(&[("ConfirmedAt", "2")]), None, (vec![], vec!["ConfirmedAt"])),
            (item(&[("MigratedAt", "1")]), item(&[("MigratedAt", "2")]), ours, (vec![], vec!["MigratedAt"])),
            (
                item(&[("UserSub", "old"), ("LastLogin", "1")]),
                item(&[("UserSub", "our-sub"), ("LastLogin", "2")]),
                ours,
                (vec!["UserSub", "LastLogin"], vec![]),
            ),
            (
                item(&[("UserSub", "old"), ("LastLogin", "1")]),
                item(&[("UserSub", "old"), ("LastLogin", "2")]),
                ours,
                (vec![], vec!["LastLogin"]),
            ),
            (item(&[("Suspended", "x")]), item(&[]), ours, (vec![], vec![])),
        ] {
            let changes = Changes::between(&before, &now, sub);
            assert_eq!((changes.ours, changes.not_ours), expected, "{before:?} {now:?} {sub:?}");
        }
    }
}
