//! The Ephemera table: what may be forgotten. One method is one DynamoDB action is one IAM grant.
//!
//! It is apart from the known users, so that strangers never get into their list. Each item has a key `Id`, and an
//! `ExpiresAt` (seconds since 1970) after which DynamoDB deletes it, within days.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::{
    Client,
    operation::put_item::PutItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure::AllOld},
};

use crate::{known_users::error_code, log};

/// How many passwords may be tried at one person, by whoever and by whichever name, in a [`QUARTER`].
pub const MOST_ATTEMPTS: u64 = 10;

/// How long attempts are counted together: a quarter of an hour of the clock, in UTC, so that counting is one request.
pub const QUARTER: Duration = Duration::from_mins(15);

/// What is counted of one person in one user pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Passwords that were tried.
    Attempts,
    /// Passwords that were said to be forgotten.
    Forgotten,
}

impl Counted {
    /// The key of the item that counts it at `now`, and when that item expires. `who` is the key of a known user, or the
    /// normalised name of whom nobody knows: the item's key holds but its digest.
    pub fn item(self, pool: &str, who: &str, now: SystemTime) -> (String, SystemTime) {
        let what = match self {
            Self::Attempts => "attempts",
            Self::Forgotten => "forgotten",
        };
        let quarters = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() / QUARTER.as_secs();
        let end = Duration::from_secs((quarters + 1) * QUARTER.as_secs());
        (format!("{what}#{pool}#{}#{}", log::digest_of(pool, who), end.as_secs()), SystemTime::UNIX_EPOCH + end)
    }
}

/// The Ephemera table.
#[derive(Debug)]
pub struct Ephemera {
    client: Client,
    table: String,
}

impl Ephemera {
    /// The table called `table`. Makes no request.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Puts a receipt, to be kept for some time, unless there is one (`dynamodb:PutItem`); whether there was none.
    ///
    /// # Errors
    /// The error's code, where nobody knows.
    pub async fn put_receipt(&self, id: &str, now: SystemTime, kept: Duration) -> Result<bool, String> {
        // The SDK repeats a request whose answer was lost: by the moment in it, a receipt is known as one's own.
        let put_at = AttributeValue::S(log::rfc3339_nanos(now).to_string());
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("Id", AttributeValue::S(id.to_owned()))
            .item("ExpiresAt", seconds(now + kept))
            .item("PutAt", put_at.clone())
            // What has expired may lie there for days until DynamoDB deletes it.
            .condition_expression("attribute_not_exists(Id) OR ExpiresAt < :now")
            .expression_attribute_values(":now", seconds(now))
            .return_values_on_condition_check_failure(AllOld)
            .send()
            .await;
        match put {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(failed.item().and_then(|receipt| receipt.get("PutAt")) == Some(&put_at))
                }
                _ => Err(error_code(&error)),
            },
        }
    }

    /// Takes a receipt back (`dynamodb:DeleteItem`).
    ///
    /// # Errors
    /// The error's code; the receipt may stay then.
    pub async fn take_receipt_back(&self, id: &str) -> Result<(), String> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("Id", AttributeValue::S(id.to_owned()))
            .send()
            .await
            .map(drop)
            .map_err(|error| error_code(&error))
    }

    /// Counts one more of what `id` stands for, until it expires (`dynamodb:UpdateItem`); how many it has been, this one
    /// included. A request that the SDK repeats because its answer was lost may count twice.
    ///
    /// # Errors
    /// The error's code, where nobody knows.
    pub async fn count(&self, id: &str, expires_at: SystemTime) -> Result<u64, String> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("Id", AttributeValue::S(id.to_owned()))
            .update_expression("SET ExpiresAt = :until ADD Times :one")
            .expression_attribute_values(":until", seconds(expires_at))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(|error| error_code(&error))?;
        match answer.attributes().and_then(|item| item.get("Times")) {
            Some(AttributeValue::N(times)) => times.parse().map_err(|_| "the count is not one".to_owned()),
            _ => Err("the count did not come back".to_owned()),
        }
    }
}

fn seconds(time: SystemTime) -> AttributeValue {
    AttributeValue::N(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_of_one_person_of_one_pool_in_one_quarter() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let item = |pool, who, seconds| Counted::Attempts.item(pool, who, at(seconds));
        let (id, expires_at) = item("pool", "zoë@example.com", 1_800_000_000);
        assert_eq!(id, format!("attempts#pool#{}#1800000900", log::digest_of("pool", "zoë@example.com")));
        assert_eq!(expires_at, at(1_800_000_900));
        for (pool, who, seconds, is_the_same) in [
            ("pool", "zoë@example.com", 1_800_000_899, true),
            ("pool", "zoë@example.com", 1_800_000_900, false),
            ("pool", "zoë@example.com", 1_799_999_999, false),
            ("pond", "zoë@example.com", 1_800_000_000, false),
            ("pool", "zoé@example.com", 1_800_000_000, false),
        ] {
            assert_ne!(Counted::Forgotten.item(pool, who, at(seconds)).0, id);
            assert_eq!(item(pool, who, seconds).0 == id, is_the_same, "{pool} {who} {seconds}");
        }
    }
}
