//! Letting somebody come once more who had come.

use std::time::SystemTime;

use aws_failure::Failure;
use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure::AllOld},
};
use known_user::{Item, UserEmail, attribute, time::rfc3339};

use crate::table::{
    item::key,
    known_users::KnownUsers,
    patience::{Patience, is_transient},
};

/// What shows that somebody has come, and goes.
pub(crate) const COME: [&str; 4] =
    [attribute::USER_SUB, attribute::CONFIRMED_AT, attribute::MIGRATED_AT, attribute::MIGRATED_AS];

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readmitted {
    Now,
    /// There is nothing to take back: the person has yet to come.
    YetToCome,
    /// Somebody signed in, or came, after the record was read; what they wrote stays.
    CameMeanwhile,
    /// There is no record any more.
    NotKnown,
}

impl KnownUsers {
    /// Takes back that somebody has come, on condition that their record still says of it what `item` says: whoever comes
    /// or signs in meanwhile is not forgotten. The last sign-in and the password hash stay.
    pub(crate) async fn readmit(
        &self,
        email: &UserEmail,
        item: &Item,
        at: SystemTime,
        patience: &Patience,
    ) -> Result<Readmitted, Failure> {
        if !COME.iter().any(|name| item.contains_key(*name)) {
            return Ok(Readmitted::YetToCome);
        }
        let at = AttributeValue::S(rfc3339(at).to_string());
        let mut update = self.client.update_item().table_name(&self.table).key(attribute::USER_EMAIL, key(email));
        let mut conditions = vec!["attribute_exists(UserEmail)".to_owned()];
        for (number, name) in COME.into_iter().chain([attribute::LAST_LOGIN]).enumerate() {
            match item.get(name) {
                Some(value) => {
                    conditions.push(format!("{name} = :is{number}"));
                    update = update.expression_attribute_values(format!(":is{number}"), value.clone());
                }
                None => conditions.push(format!("attribute_not_exists({name})")),
            }
        }
        let gone: Vec<&str> = COME.into_iter().chain(attribute::CLAIM).collect();
        let update = update
            .update_expression(format!("SET ReadmittedAt = :at REMOVE {}", gone.join(", ")))
            .expression_attribute_values(":at", at.clone())
            .condition_expression(conditions.join(" AND "))
            .return_values_on_condition_check_failure(AllOld);
        let mut wait = patience.start();
        loop {
            let error = match update.clone().send().await {
                Ok(_) => return Ok(Readmitted::Now),
                Err(error) => error,
            };
            if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
                let is = failed.item().filter(|item| !item.is_empty());
                return Ok(match is {
                    None => Readmitted::NotKnown,
                    // A request whose answer was lost is repeated: by its time, it is known as one's own.
                    Some(is) if is.get(attribute::READMITTED_AT) == Some(&at) => Readmitted::Now,
                    Some(_) => Readmitted::CameMeanwhile,
                });
            }
            let failure = self.failure(&format!("readmit `{}`", email.as_str()), "UpdateItem", &error);
            if !is_transient(&error) {
                return Err(failure);
            }
            wait.pause(failure).await?;
        }
    }
}
