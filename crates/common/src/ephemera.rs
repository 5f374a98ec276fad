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
use known_user::time::rfc3339_nanos;

use crate::known_users::{ErrorCode, error_code};

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
    pub async fn put_receipt(&self, id: &str, now: SystemTime, kept: Duration) -> Result<bool, ErrorCode> {
        // The SDK repeats a request whose answer was lost: by the moment in it, a receipt is known as one's own.
        let put_at = AttributeValue::S(rfc3339_nanos(now).to_string());
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
    pub async fn take_receipt_back(&self, id: &str) -> Result<(), ErrorCode> {
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
    pub async fn count(&self, id: &str, expires_at: SystemTime) -> Result<u64, ErrorCode> {
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
            Some(AttributeValue::N(times)) => times.parse().map_err(|_| ErrorCode("the count is not one".to_owned())),
            _ => Err(ErrorCode("the count did not come back".to_owned())),
        }
    }
}

fn seconds(time: SystemTime) -> AttributeValue {
    AttributeValue::N(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs().to_string())
}
