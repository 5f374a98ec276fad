//! What the stack's functions do when the pool calls them: what they write into the tables and into the log.

use serde_json::{Value, json};

use crate::Error;
use crate::account::deployed::{CLIENT, POOL};
use crate::account::logs::Logs;
use crate::dynamodb::{DynamoDb, EPHEMERA, KNOWN_USERS};

/// What the functions write to.
pub(crate) struct Triggers<'a> {
    pub(crate) dynamodb: &'a DynamoDb,
    pub(crate) logs: &'a mut Logs,
}

impl Triggers<'_> {
    /// Pre sign-up; and post confirmation with its mail, where the first confirms.
    pub(crate) fn signs_up(&mut self, email: &str, sub: &str, confirms: bool) -> Result<(), Error> {
        self.logs.decided("PreSignUp_SignUp");
        if confirms {
            self.note(email, json!({"ConfirmedAt": "2026-11-20T12:00:00.000Z"}))?;
            self.dynamodb.put_plain(EPHEMERA, &json!({"Id": format!("welcome#{POOL}#{sub}")}))?;
        }
        Ok(())
    }

    /// Migrate user: the email of the known user with this user name, who comes into the pool.
    pub(crate) fn migrates(&mut self, user_name: &str) -> Result<Option<String>, Error> {
        self.logs.decided("UserMigration_Authentication");
        let known = self.dynamodb.items(KNOWN_USERS);
        let Some(email) = known.into_iter().find(|(_, record)| record["UserName"] == user_name).map(|(email, _)| email)
        else {
            return Ok(None);
        };
        self.note(&email, json!({"MigratedAt": "2026-11-20T12:00:00.000Z"}))?;
        Ok(Some(email))
    }

    /// Post authentication.
    pub(crate) fn signed_in(&mut self, email: &str, sub: &str) -> Result<(), Error> {
        self.logs.decided("PostAuthentication_Authentication");
        let login = json!({"UserPoolId": POOL, "ClientId": CLIENT, "Time": "2026-11-20T12:00:01.000Z"});
        self.note(email, json!({"LastLogin": login, "UserSub": sub}))
    }

    /// On the record of a known user, where there is one.
    fn note(&self, email: &str, notes: Value) -> Result<(), Error> {
        let Some(mut record) = self.dynamodb.item(KNOWN_USERS, email) else { return Ok(()) };
        if let (Value::Object(record), Value::Object(notes)) = (&mut record, notes) {
            record.extend(notes);
        }
        self.dynamodb.put_plain(KNOWN_USERS, &record)
    }
}
