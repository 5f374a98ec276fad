//! SES: who may send mail. What is sent goes to [`crate::mailbox`].

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::protocol::{Reply, no, not_played};
use crate::stack::WELCOME_EMAIL_FROM;

/// What SES knows.
pub struct Ses {
    /// The identities, by name, as `GetEmailIdentity` answers.
    pub identities: BTreeMap<String, Value>,
    /// As `GetAccount` answers.
    pub account: Value,
}

impl Ses {
    /// Out of the sandbox, with the sender of the welcome mail verified.
    pub(crate) fn deployed() -> Self {
        let sender = json!({"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": true});
        Self {
            identities: BTreeMap::from([(WELCOME_EMAIL_FROM.to_owned(), sender)]),
            account: json!({"ProductionAccessEnabled": true, "SendingEnabled": true}),
        }
    }

    pub(crate) fn reply(&self, operation: &str, body: &Value) -> Reply {
        match operation {
            "GetAccount" => Ok(self.account.clone()),
            "GetEmailIdentity" => match self.identities.get(body["Subject"].as_str().unwrap_or_default()) {
                Some(identity) => Ok(identity.clone()),
                None => no("NotFoundException", "Email identity does not exist."),
            },
            other => not_played(other),
        }
    }
}
