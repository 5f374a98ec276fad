//! Migrate user: people the owner knows come into the user pool when they first sign in.

mod decision;

use std::{process::ExitCode, time::SystemTime};

use common::{
    function::{self, Answer, Function, StartError},
    known_user::UserEmail,
    known_users::Noted,
    log,
};
use decision::{Decision, decide, question};

fn main() -> ExitCode {
    function::run(migrate_user)
}

async fn migrate_user(function: Function) -> Result<(), StartError> {
    let sign_in_with = function.setting("SIGN_IN_WITH")?.unwrap_or_default();
    let known_users = function.known_users()?;

    function.warm_up(known_users.find(&UserEmail::nobody())).await;
    function
        .decide(async |event| {
            let email = match question(event) {
                Some(person) => known_users.key_of(person).await?,
                None => None,
            };
            let known = match &email {
                Some(email) => known_users.find(email).await?,
                None => None,
            };
            let migration = match decide(sign_in_with, event, known) {
                Decision::Migrate(migration) => migration,
                Decision::LeaveToCognito(why) => return Ok(Answer::Unchanged(why)),
                Decision::Unusable(record) => return Err(record.into()),
            };
            // Noted before the answer: pre sign-up, which Cognito may call next, lets nobody else in under `deny`.
            if let Some(email) = &migration.first_time_of {
                let now = log::rfc3339(SystemTime::now()).to_string();
                if known_users.note_migration(email, &now).await? == Noted::Stranger {
                    return Ok(Answer::Unchanged("not known any more"));
                }
            }
            Ok(Answer::respond("migrated", &migration.response))
        })
        .await
}
