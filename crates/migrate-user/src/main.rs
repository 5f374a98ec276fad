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
    known_users::{self, KnownUsers, Named},
};
use decision::{
    Against, Decision, Migration, Password, Question, Response, UserName, against, asked_for, decide, is_sign_in,
    question,
};
use known_user::{Pool, Record, UserEmail};
use password::Passwords;
use secret::Secret;

fn main() -> ExitCode {
    function::run(migrate_user)
}

async fn migrate_user(function: Function) -> Result<(), StartError> {
    let pool = function.pool()?;
    let known_users = function.known_users()?;
    let attempts = Attempts::new(function.ephemera()?);
    let dummy = function.setting("DUMMY_HASH")?.unwrap_or_default();
    let secret = function.setting("PASSWORD_SECRET")?.map(|name| Secret::new(function.sdk(), name));
    let passwords = Passwords::new(secret, dummy, function.memory_mib()?);

    function.warm_up(known_users.find(&UserEmail::nobody())).await;
    function
        .decide(async |event| {
            let Some(question) = question(pool, event) else { return Ok(Answer::Unchanged("not a migration")) };
            passwords.get_ready(event);
            let known = asked_for(pool, event, ask(&known_users, question).await?)?;
            let password = password(pool, &attempts, &passwords, event, known.as_ref()).await?;
            match decide(pool, event, known.as_ref(), password)? {
                Decision::Migrate(migration) => match note(&known_users, pool, *migration).await? {
                    Some(response) => Ok(Answer::respond(response.outcome(), &response)),
                    None => Ok(Answer::Unchanged("came in meanwhile, or is not known any more")),
                },
                Decision::LeaveToCognito(why) => {
                    // Who forgot the password is told the same, known or not: so the same is asked.
                    if password == Password::Forgotten {
                        let migration = known_users::Migration {
                            at: SystemTime::now(),
                            user_name: None,
                            only_as_before: false,
                            proven: false,
                        };
                        known_users.note_migration(&UserEmail::nobody(), &migration).await?;
                    }
                    Ok(Answer::Unchanged(why))
                }
                Decision::Count(why, error_type) => Ok(Answer::Counted(why, error_type)),
            }
        })
        .await
}

/// The record of whoever the question is about. The requests are the same for everybody who typed the same kind of name.
async fn ask(known_users: &KnownUsers, question: Question<'_>) -> Result<Option<Record>, Failure> {
    let named = match question.user_name {
        Some(user_name) => known_users.named(user_name).await?,
        None => Named::Nobody,
    };
    let email = match named {
        Named::One(email) => Some(email),
        Named::Nobody => question.email,
        Named::Shared => None,
    };
    known_users.find(&email.unwrap_or_else(UserEmail::nobody)).await
}

/// What becomes of the password in `event`. Somebody unknown costs the requests and the work that somebody known does.
async fn password(
    pool: Pool,
    attempts: &Attempts,
    passwords: &Passwords,
    event: &Event,
    known: Option<&Record>,
) -> Result<Password, Failure> {
    let against = against(pool, event, known)?;
    let may_try = attempts.allow_one_more(event, known.map(Record::email), SystemTime::now()).await?;
    if !is_sign_in(event) {
        return Ok(Password::Forgotten);
    }
    if !may_try {
        passwords.is_nobodys(event).await?;
        return Ok(Password::TooManyAttempts);
    }
    let is_right = match against {
        Against::Hash(hash) => passwords.is_right(event, hash).await?,
        Against::Nobodys => passwords.is_nobodys(event).await.map(|()| false)?,
        Against::Nothing => false,
    };
    Ok(if is_right { Password::Right } else { Password::Wrong })
}

/// Notes the migration before it is answered, as pre sign-up, which Cognito may call next, has to see it; nothing if it may
/// not be any more.
async fn note(known_users: &KnownUsers, pool: Pool, migration: Migration) -> Result<Option<Response>, Failure> {
    let user_name = match &migration.user_name {
        UserName::Typed(user_name) | UserName::Known(user_name) => Some(pool.same(user_name)),
        UserName::Unique => Some(uuid::Uuid::new_v4().to_string()),
        UserName::Cognitos => None,
    };
    let note = known_users::Migration {
        at: SystemTime::now(),
        user_name,
        only_as_before: migration.only_as_before,
        proven: migration.proven,
    };
    let noted = known_users.note_migration(&migration.person, &note).await?;
    Ok(noted.map(|user_name| migration.response(user_name)))
}
