//! STS: whose credentials they are, and a role.

use serde_json::json;

use super::protocol::{Reply, no, not_played};
use crate::ACCOUNT;

/// What STS knows.
pub struct Sts {
    /// The account whose credentials they are; none where STS does not tell, and lets nobody have a role.
    pub caller: Option<&'static str>,
}

impl Default for Sts {
    fn default() -> Self {
        Self { caller: Some(ACCOUNT) }
    }
}

impl Sts {
    pub(crate) fn reply(&self, operation: &str) -> Reply {
        let Some(caller) = self.caller else { return no("AccessDenied", "not for you") };
        match operation {
            "GetCallerIdentity" => Ok(json!(format!(
                "<Arn>arn:aws:iam::{caller}:user/operator</Arn><UserId>AIDAEXAMPLE</UserId><Account>{caller}</Account>"
            ))),
            "AssumeRole" => Ok(json!(
                "<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
                 <SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>"
            )),
            other => not_played(other),
        }
    }
}
