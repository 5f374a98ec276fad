//! Migrate user: people the owner knows come into the user pool when they first sign in, with the password they have.

mod attempts;
mod decision;
mod password;
mod secret;

use std::{process::ExitCode, time::SystemTime};

use attempts::Attempts;
use common::{
    error::Failure,
    event::Event,
    function::{self, Answer, Function, StartError},
    known_user::{KnownUser, UserEmail, normalise},
    known_users::Noted,
    log,
};
use decision::{Against, Decision, Password, against, decide, question};
use password::Passwords;

fn main() -> ExitCode {
    function::run(migrate_user)
}

async fn migrate_user(function: Function) -> Result<(), StartError> {
    let sign_in_with = function.setting("SIGN_IN_WITH")?.unwrap_or_default();
    let known_users = function.known_users()?;
    let attempts = Attempts::new(function.ephemera()?);
    let dummy = function.setting("DUMMY_HASH")?.unwrap_or_default();
    let parameters = match function.setting::<String>("PASSWORD_SECRET")? {
        Some(name) => {
            let secret = secret::read(function.sdk(), &name).await;
            secret.map_err(|why| StartError::setting("PASSWORD_SECRET", &why))?
        }
        None => Default::default(),
    };
    let passwords = Passwords::new(parameters, dummy);

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
            let password = password(&attempts, &passwords, event, known.as_ref()).await?;
            let migration = match decide(sign_in_with, event, known, password) {
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

/// What becomes of the password in `event`. Somebody unknown costs the requests and the work that somebody known does.
async fn password(
    attempts: &Attempts,
    passwords: &Passwords,
    event: &Event,
    known: Option<&KnownUser>,
) -> Result<Password, Failure> {
    let against = match against(event, known) {
        Some(Against::Nobodys) if !passwords.pretend() => return Ok(Password::NotAsked),
        Some(against) => against,
        None => return Ok(Password::NotAsked),
    };
    let who = known.map_or_else(|| normalise(&event.user_name), |known| known.email.as_str().to_owned());
    if !attempts.allow_one_more(&event.user_pool_id, &who, SystemTime::now()).await? {
        return Ok(Password::TooManyAttempts);
    }
    match against {
        Against::Hash(hash) if passwords.is_right(event, hash).await? => Ok(Password::Right),
        Against::Hash(_) => Ok(Password::Wrong),
        Against::Nobodys => passwords.is_nobodys(event).await.map(|()| Password::Wrong),
    }
}
