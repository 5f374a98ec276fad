//! The table of known users: one method is one DynamoDB action is one IAM grant.
//!
//! Nothing here reads or writes more than one record, whatever the size of the table, and nothing adds a record: only the
//! owner's tool does that.

use std::fmt::Write as _;

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure::AllOld},
};
use tracing::error;

use crate::{
    error::Failure,
    event::Person,
    known_user::{KnownUser, SignIn, UserEmail, UserNameKey, attribute},
};

/// The index over `UserNameKey`. It holds keys only, so that a sign-in's write never touches it.
pub const BY_USER_NAME: &str = "ByUserName";

/// The table of known users.
#[derive(Debug)]
pub struct KnownUsers {
    client: Client,
    table: String,
}

/// What became of a note on somebody's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// It stands there now.
    Now,
    /// It, or something newer, stood there before.
    Already,
    /// There is no record to note it on.
    Stranger,
}

impl KnownUsers {
    /// The table called `table`. Makes no request.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The key under which `person` may be known. An email is its own key; a user name is looked up in the index
    /// (`dynamodb:Query`). A user name that two people share is nobody's: the owner's data needs mending.
    pub async fn key_of(&self, person: Person<'_>) -> Result<Option<UserEmail>, Failure> {
        let name = match person {
            Person::Email(email) => return Ok(UserEmail::new(email)),
            Person::UserName(name) => name,
        };
        let Some(name) = UserNameKey::new(name) else { return Ok(None) };
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_USER_NAME)
            .key_condition_expression("UserNameKey = :name")
            .expression_attribute_values(":name", AttributeValue::S(name.as_str().to_owned()))
            .limit(2)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        match answer.items() {
            [] => Ok(None),
            [one] => Ok(Some(KnownUser::from_item(one)?.email)),
            _ => {
                error!(errorType = "UserNameShared", "two known users share a user name: neither is known by it");
                Ok(None)
            }
        }
    }

    /// The record of `email` (`dynamodb:GetItem`), as it is now: what was noted or suspended a moment ago counts.
    pub async fn find(&self, email: &UserEmail) -> Result<Option<KnownUser>, Failure> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(attribute::USER_EMAIL, AttributeValue::S(email.as_str().to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        Ok(answer.item().map(KnownUser::from_item).transpose()?)
    }

    /// Notes that the person came into a user pool by migration, the first time only (`dynamodb:UpdateItem`). `at` is
    /// RFC 3339, UTC, with milliseconds.
    pub async fn note_migration(&self, email: &UserEmail, at: &str) -> Result<Noted, Failure> {
        noted(
            self.update(email)
                .update_expression("SET #at = :at")
                .condition_expression("attribute_exists(UserEmail) AND attribute_not_exists(#at)")
                .expression_attribute_names("#at", attribute::MIGRATED_AT)
                .expression_attribute_values(":at", AttributeValue::S(at.to_owned())),
        )
        .await
    }

    /// Notes that the person's sign-up was confirmed, the first time only, and takes the code away that may have proved who
    /// it was, every time (`dynamodb:UpdateItem`). `at` is RFC 3339, UTC, with milliseconds.
    pub async fn note_confirmation(&self, email: &UserEmail, at: &str) -> Result<Noted, Failure> {
        let answer = self
            .update(email)
            .update_expression("SET #at = if_not_exists(#at, :at) REMOVE #hash, #expires")
            .condition_expression("attribute_exists(UserEmail)")
            .expression_attribute_names("#at", attribute::CONFIRMED_AT)
            .expression_attribute_names("#hash", attribute::CLAIM_CODE_HASH)
            .expression_attribute_names("#expires", attribute::CLAIM_CODE_EXPIRES)
            .expression_attribute_values(":at", AttributeValue::S(at.to_owned()))
            .return_values(ReturnValue::UpdatedOld)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let before = answer.attributes().is_some_and(|old| old.contains_key(attribute::CONFIRMED_AT));
                Ok(if before { Noted::Already } else { Noted::Now })
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(Noted::Stranger),
                _ => Err(unavailable(&error)),
            },
        }
    }

    /// Notes a sign-in as the last one, unless a later one is noted already (`dynamodb:UpdateItem`). The password hash of
    /// somebody who has moved goes with it.
    pub async fn note_sign_in(&self, email: &UserEmail, sign_in: SignIn) -> Result<Noted, Failure> {
        let time = AttributeValue::S(sign_in.time.clone());
        let sub = sign_in.sub.clone().map(AttributeValue::S);
        let mut change = "SET LastLogin = :login".to_owned();
        if sub.is_some() {
            let _ = write!(change, ", {} = :sub", attribute::USER_SUB);
        }
        if sign_in.has_moved {
            let _ = write!(change, " REMOVE {}", attribute::PASSWORD_HASH);
        }
        let update = self
            .update(email)
            .update_expression(change)
            .condition_expression(
                "attribute_exists(UserEmail) AND (attribute_not_exists(LastLogin.#time) OR LastLogin.#time < :time)",
            )
            .expression_attribute_names("#time", "Time")
            .expression_attribute_values(":time", time)
            .expression_attribute_values(":login", sign_in.into_last_login());
        noted(match sub {
            Some(sub) => update.expression_attribute_values(":sub", sub),
            None => update,
        })
        .await
    }

    fn update(&self, email: &UserEmail) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key(attribute::USER_EMAIL, AttributeValue::S(email.as_str().to_owned()))
            .return_values_on_condition_check_failure(AllOld)
    }
}

/// Sends the update. A record that came back with the failed condition exists, so the note was there before.
async fn noted(update: UpdateItemFluentBuilder) -> Result<Noted, Failure> {
    match update.send().await {
        Ok(_) => Ok(Noted::Now),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                Ok(if failed.item().is_some_and(|item| !item.is_empty()) { Noted::Already } else { Noted::Stranger })
            }
            _ => Err(unavailable(&error)),
        },
    }
}

fn unavailable<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Failure {
    Failure::KnownUsersUnavailable(error_code(error))
}

/// What operators may read of an AWS error: its code, or at which stage the call failed. Never its message, which can
/// repeat what was sent.
pub fn error_code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    let stage = match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("unknown service error"),
        SdkError::ConstructionFailure(_) => "the request could not be made",
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "no answer in time",
        SdkError::DispatchFailure(failure) if failure.is_io() => "no connection",
        SdkError::DispatchFailure(_) => "the request could not be sent",
        SdkError::ResponseError(_) => "the answer could not be read",
        _ => "unknown error",
    };
    stage.to_owned()
}
