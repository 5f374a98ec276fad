//! What is deployed in the account: the ids and ARNs of the stack's pool, app client and functions.

use crate::{ACCOUNT, REGION};

/// The user pool's id.
pub const POOL: &str = "eu-west-1_EXAMPLE12";

/// The user pool's ARN.
pub const POOL_ARN: &str = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_EXAMPLE12";

/// The app client's id.
pub const CLIENT: &str = "1example23456789";

/// The name of the function with this logical id.
pub fn function_name(logical_id: &str) -> String {
    format!("known-{logical_id}")
}

/// The ARN of the function with this logical id.
pub fn function_arn(logical_id: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", function_name(logical_id))
}
