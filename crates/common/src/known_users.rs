//! The table of known users: one method is one DynamoDB action is one IAM grant.
//!
//! A request reads one record by its key, or two entries of the index at most, and writes one record at most, at any size
//! of the table. No request adds a record: each write is on a condition that only an existing record meets
//! (`tests/known-users.rs` holds them against a table without one). The owner's tool adds people.
//!
//! One file because the conditions of the updates are safe together: whoever changes one has to read the others.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure::AllOld},
};
use known_user::{Claim, Pool, Record, Shown, UserEmail, UserNameKey, attribute, time::rfc3339};
use tracing::error;

use crate::error::Failure;

/// How far ahead a `LastLogin` may lie before it counts as none: clocks differ, by less.
const AHEAD: Duration = Duration::from_mins(5);

/// The table of known users.
#[derive(Debug)]
pub struct KnownUsers {
    client: Client,
    table: String,
}

/// Whose a user name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Nobody's that is known.
    Nobody,
    /// This person's.
    One(UserEmail),
    /// Two people's, or more: the owner's data needs mending.
    Shared,
}

/// What became of a note on somebody's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// It stands there now.
    Now,
    /// It stood there before.
    Already,
    /// There is no record to note it on.
    Stranger,
}

/// A sign-in, as post authentication notes it.
pub struct SignIn {
    /// The user pool's id.
    pub user_pool_id: String,
    /// The app client, where there is one.
    pub client_id: Option<String>,
    /// When.
    pub time: SystemTime,
    /// The user's `sub`.
    pub sub: Option<String>,
    /// What the user has shown of who they are.
    pub shown: Shown,
    /// How the pool names its users.
    pub pool: Pool,
    /// The user's name in the pool; empty for a user of another provider, whose name there is of Cognito's making.
    pub user_name: String,
    /// Whether the user says that the record's email is theirs; else the record was found by the user name.
    pub says_email: bool,
    /// Whether somebody who is suspended is refused.
    pub refuses_suspended: bool,
}

/// What became of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInNoted {
    /// It is the last one now.
    Recorded,
    /// A later one stood there.
    LaterRecorded,
    /// Nothing shows that it was the person of the record: it says nothing new.
    NotTheirs,
    /// The person is suspended: it says nothing new.
    Suspended,
    /// There is no record.
    Stranger,
}

/// What migrate user notes before it answers.
pub struct Migration {
    /// When.
    pub at: SystemTime,
    /// The user name that it answers for, as [`Pool::same`] spells it; none in an email pool, whose user names are UUIDs.
    pub user_name: Option<String>,
    /// Whether the user name has to be the one that it has answered for before, if it has.
    pub only_as_before: bool,
    /// Whether the password proved who it is: then the claim code has served.
    pub proven: bool,
}

impl KnownUsers {
    /// The table called `table`. Makes no request.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Whose a user name is (`dynamodb:Query` of the keys-only index); nobody's, without a request, if it cannot be a key.
    pub async fn named(&self, user_name: &str) -> Result<Named, Failure> {
        let Some(name) = UserNameKey::new(user_name) else { return Ok(Named::Nobody) };
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(attribute::BY_USER_NAME)
            .key_condition_expression("UserNameKey = :name")
            .expression_attribute_values(":name", text(name.as_str()))
            .limit(2)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        match answer.items() {
            [] => Ok(Named::Nobody),
            [one] => Ok(Named::One(Record::new(one.clone())?.email().clone())),
            _ => {
                error!(errorType = "UserNameShared", "two known users share a user name: neither is known by it");
                Ok(Named::Shared)
            }
        }
    }

    /// The record of `email` (`dynamodb:GetItem`), as it is now: what was noted or suspended a moment ago counts.
    pub async fn find(&self, email: &UserEmail) -> Result<Option<Record>, Failure> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(attribute::USER_EMAIL, text(email.as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        Ok(answer.item.map(Record::new).transpose()?)
    }

    /// Notes that a claim code was used by `user_name` (`dynamodb:UpdateItem`); whether it may be: nobody has used it, or
    /// this very user name has, after `since`. Two sign-ups side by side cannot both.
    pub async fn note_claim(
        &self,
        email: &UserEmail,
        claim: &Claim,
        user_name: &str,
        now: SystemTime,
        since: SystemTime,
    ) -> Result<bool, Failure> {
        let updated = self
            .update(email)
            .update_expression("SET ClaimUsedAs = :as, ClaimUsedAt = if_not_exists(ClaimUsedAt, :now)")
            .condition_expression(
                "ClaimCodeHash = :hash AND attribute_not_exists(MigratedAt) AND attribute_not_exists(UserSub) \
                 AND attribute_not_exists(ConfirmedAt) AND NOT Suspended = :yes \
                 AND (attribute_not_exists(ClaimUsedAs) OR (ClaimUsedAs = :as AND ClaimUsedAt > :since))",
            )
            .expression_attribute_values(":hash", text(&claim.code_hash))
            .expression_attribute_values(":as", text(user_name))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":since", time(since))
            .expression_attribute_values(":yes", AttributeValue::Bool(true));
        Ok(matches!(send(updated).await?, Updated::Done(_)))
    }

    /// Notes that migrate user answers for the person, unless they have arrived (`dynamodb:UpdateItem`). If it was noted:
    /// the user name that it first answered for, which stays, where one is noted.
    pub async fn note_migration(
        &self,
        email: &UserEmail,
        migration: &Migration,
    ) -> Result<Option<Option<String>>, Failure> {
        let mut change = "SET MigratedAt = :at".to_owned();
        let mut condition = "attribute_exists(UserEmail) AND attribute_not_exists(UserSub) \
                             AND attribute_not_exists(ConfirmedAt)"
            .to_owned();
        let mut update = self.update(email).expression_attribute_values(":at", time(migration.at));
        if let Some(user_name) = &migration.user_name {
            change.push_str(", MigratedAs = if_not_exists(MigratedAs, :as)");
            update = update.expression_attribute_values(":as", text(user_name));
            if migration.only_as_before {
                condition.push_str(" AND (attribute_not_exists(MigratedAs) OR MigratedAs = :as)");
            }
        }
        if migration.proven {
            change.push_str(&format!(" REMOVE {}", attribute::CLAIM.join(", ")));
        }
        let update = update.update_expression(change).condition_expression(condition);
        Ok(match send(update.return_values(ReturnValue::AllNew)).await? {
            Updated::Done(item) => Some(match item.get(attribute::MIGRATED_AS) {
                Some(AttributeValue::S(user_name)) => Some(user_name.clone()),
                _ => None,
            }),
            Updated::Refused(_) => None,
        })
    }

    /// Notes that the person's sign-up was confirmed, the first time only, and takes the code away that may have proved who
    /// it was, every time (`dynamodb:UpdateItem`).
    pub async fn note_confirmation(&self, email: &UserEmail, at: SystemTime) -> Result<Noted, Failure> {
        let update = self
            .update(email)
            .update_expression(format!(
                "SET ConfirmedAt = if_not_exists(ConfirmedAt, :at) REMOVE {}",
                attribute::CLAIM.join(", ")
            ))
            .condition_expression("attribute_exists(UserEmail)")
            .expression_attribute_values(":at", time(at))
            .return_values(ReturnValue::UpdatedOld);
        Ok(match send(update).await? {
            Updated::Done(before) if before.contains_key(attribute::CONFIRMED_AT) => Noted::Already,
            Updated::Done(_) => Noted::Now,
            Updated::Refused(_) => Noted::Stranger,
        })
    }

    /// Notes a sign-in as the last one, unless a later one is noted, and, where it is the person beyond doubt, that they
    /// have arrived: their old password and their claim code go, whatever the last sign-in (`dynamodb:UpdateItem`, twice
    /// where a later one stood in the way, or where the account is theirs though its email is not proven).
    pub async fn note_sign_in(&self, email: &UserEmail, sign_in: &SignIn) -> Result<SignInNoted, Failure> {
        let is_proven = sign_in.shown == Shown::Proven;
        let mut change = "SET LastLogin = :login".to_owned();
        let mut condition = "attribute_exists(UserEmail) AND (attribute_not_exists(LastLogin.#time) \
                             OR NOT attribute_type(LastLogin.#time, :string) \
                             OR LastLogin.#time < :time OR LastLogin.#time > :ahead)"
            .to_owned();
        let mut update = self
            .update(email)
            .expression_attribute_names("#time", "Time")
            .expression_attribute_values(":string", text("S"))
            .expression_attribute_values(":time", time(sign_in.time))
            .expression_attribute_values(":ahead", time(sign_in.time + AHEAD))
            .expression_attribute_values(":login", sign_in.last_login());
        if is_proven {
            if let Some(sub) = &sign_in.sub {
                change.push_str(", UserSub = :sub");
                update = update.expression_attribute_values(":sub", text(sub));
            }
            change.push_str(&format!(" REMOVE {}", spent()));
        }
        if sign_in.refuses_suspended {
            condition.push_str(" AND NOT Suspended = :yes");
            update = update.expression_attribute_values(":yes", AttributeValue::Bool(true));
        }
        if sign_in.shown == Shown::Said {
            let Some((theirs, with_values)) = sign_in.is_theirs(email, update) else {
                return Ok(SignInNoted::NotTheirs);
            };
            condition.push_str(&format!(" AND ({theirs})"));
            update = with_values.return_values(ReturnValue::AllOld);
        }

        let updated = send(update.update_expression(change).condition_expression(condition)).await?;
        let (before, noted) = match updated {
            Updated::Done(_) if sign_in.shown != Shown::Said => return Ok(SignInNoted::Recorded),
            Updated::Done(item) => (Record::new(item)?, SignInNoted::Recorded),
            Updated::Refused(None) => return Ok(SignInNoted::Stranger),
            Updated::Refused(Some(item)) => (Record::new(item)?, SignInNoted::LaterRecorded),
        };
        let is_their_account = before.is_account_of(sign_in.pool, sign_in.sub.as_deref(), &sign_in.user_name)?;
        if sign_in.refuses_suspended && (sign_in.says_email || is_their_account) && before.suspended()? {
            return Ok(SignInNoted::Suspended);
        }
        let is_theirs = sign_in.shown != Shown::Said || is_their_account || sign_in.is_the_standard(&before)?;
        if noted == SignInNoted::LaterRecorded && !is_theirs {
            return Ok(SignInNoted::NotTheirs);
        }
        if is_proven || (is_their_account && sign_in.leaves_something(&before)?) {
            self.note_arrival(email, sign_in).await?;
        }
        Ok(noted)
    }

    /// Updates the record that nobody has, in vain (`dynamodb:UpdateItem`): for the warm-up of a function that may do no more.
    pub async fn update_nobody(&self) -> Result<(), Failure> {
        self.note_confirmation(&UserEmail::nobody(), SystemTime::UNIX_EPOCH).await.map(drop)
    }

    /// Notes of a sign-in only that the person has arrived.
    async fn note_arrival(&self, email: &UserEmail, sign_in: &SignIn) -> Result<(), Failure> {
        let remove = format!("REMOVE {}", spent());
        let update = self.update(email).condition_expression("attribute_exists(UserEmail)");
        send(match &sign_in.sub {
            Some(sub) => update
                .update_expression(format!("SET UserSub = if_not_exists(UserSub, :sub) {remove}"))
                .expression_attribute_values(":sub", text(sub)),
            None => update.update_expression(remove),
        })
        .await
        .map(drop)
    }

    fn update(&self, email: &UserEmail) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key(attribute::USER_EMAIL, text(email.as_str()))
            .return_values_on_condition_check_failure(AllOld)
    }
}

/// What nobody needs any more who has arrived.
fn spent() -> String {
    format!("{}, {}", attribute::PASSWORD_HASH, attribute::CLAIM.join(", "))
}

impl SignIn {
    /// The value of `LastLogin`, by the names that AWS's example uses.
    fn last_login(&self) -> AttributeValue {
        let members = [
            ("UserPoolId", Some(text(&self.user_pool_id))),
            ("ClientId", self.client_id.as_deref().map(text)),
            ("Time", Some(time(self.time))),
        ];
        AttributeValue::M(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
    }

    /// The condition under which a record at `email` is that of somebody who only says so: the account of the person's own
    /// migration ([`Record::is_account_of`]) or the standard of AWS's example ([`SignIn::is_the_standard`]). Nothing if no
    /// record can be.
    fn is_theirs(
        &self,
        email: &UserEmail,
        mut update: UpdateItemFluentBuilder,
    ) -> Option<(String, UpdateItemFluentBuilder)> {
        let mut either = Vec::new();
        if let Some(sub) = &self.sub {
            either.push("UserSub = :sub".to_owned());
            update = update.expression_attribute_values(":sub", text(sub));
        }
        if self.has_user_name() {
            let mut names = vec!["MigratedAs = :as"];
            update = update.expression_attribute_values(":as", text(&self.pool.same(&self.user_name)));
            if let (true, Some(key)) = (self.says_email, UserNameKey::new(&self.user_name)) {
                names.push("UserNameKey = :key");
                update = update.expression_attribute_values(":key", text(key.as_str()));
                if UserEmail::new(&self.user_name).is_some_and(|name| name == *email) {
                    names.push("attribute_not_exists(UserName)");
                }
            }
            let by_name = format!("attribute_not_exists(UserSub) AND ({})", names.join(" OR "));
            // DynamoDB refuses two pairs of parentheses around one thing.
            either.push(if either.is_empty() { by_name } else { format!("({by_name})") });
        }
        (!either.is_empty()).then(|| (either.join(" OR "), update))
    }

    /// Whether the user gives the record's email and user name, and nobody has signed in as the person yet: what AWS's
    /// example takes for them. It is worth a `LastLogin`.
    fn is_the_standard(&self, record: &Record) -> Result<bool, Failure> {
        Ok(self.says_email
            && self.has_user_name()
            && record.user_sub()?.is_none()
            && record.is_named(&self.user_name)?)
    }

    fn has_user_name(&self) -> bool {
        self.pool.has_user_names() && !self.user_name.is_empty()
    }

    /// Whether something stands in the record that goes with an arrival, or lacks.
    fn leaves_something(&self, record: &Record) -> Result<bool, Failure> {
        Ok(record.has_any(&[attribute::PASSWORD_HASH])
            || record.has_any(&attribute::CLAIM)
            || record.user_sub()?.is_none())
    }
}

/// What became of a conditional update.
enum Updated {
    /// It was made; the attributes that were asked for.
    Done(HashMap<String, AttributeValue>),
    /// The condition did not hold; the record, where there is one.
    Refused(Option<HashMap<String, AttributeValue>>),
}

async fn send(update: UpdateItemFluentBuilder) -> Result<Updated, Failure> {
    match update.send().await {
        Ok(done) => Ok(Updated::Done(done.attributes.unwrap_or_default())),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Updated::Refused(failed.item().filter(|item| !item.is_empty()).cloned()))
            }
            _ => Err(unavailable(&error)),
        },
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn time(time: SystemTime) -> AttributeValue {
    AttributeValue::S(rfc3339(time).to_string())
}

fn unavailable<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Failure {
    Failure::KnownUsersUnavailable(error_code(error).0)
}

/// What operators may read of an AWS error: its code, or at which stage the call failed. Never its message, which can
/// repeat what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ErrorCode(pub String);

/// The code of an error.
pub fn error_code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> ErrorCode {
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
    ErrorCode(stage.to_owned())
}
