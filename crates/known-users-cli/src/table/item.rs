//! An item of the table, as DynamoDB has it.

use aws_failure::Failure;
use aws_sdk_dynamodb::types::AttributeValue;
use known_user::{MalformedRecord, UserEmail};

/// The value of the key of the table.
pub(crate) fn key(email: &UserEmail) -> AttributeValue {
    AttributeValue::S(email.as_str().to_owned())
}

/// A record of another shape than the triggers can read.
pub(crate) fn malformed(email: &UserEmail, error: MalformedRecord) -> Failure {
    Failure::new(
        format!("read the record of `{}`", email.as_str()),
        error,
        "correct the record: the triggers refuse it as well",
    )
}
