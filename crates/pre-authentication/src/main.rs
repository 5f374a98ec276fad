//! Pre authentication: who may try to sign in.

mod decision;

use std::process::ExitCode;

use common::{
    error::Failure,
    function::{self, Answer, Function, StartError},
    known_users::{KnownUsers, Named},
};
use decision::{Decision, Question, Rules, decide, question};
use known_user::{CheckSuspended, Record, UserEmail};

fn main() -> ExitCode {
    function::run(pre_authentication)
}

async fn pre_authentication(function: Function) -> Result<(), StartError> {
    let rules = Rules {
        pool: function.pool()?,
        blocked_app_clients: function.setting("BLOCKED_APP_CLIENTS")?.unwrap_or_default(),
        required_validation_data: function.setting("REQUIRED_VALIDATION_DATA")?.unwrap_or_default(),
        check_suspended: function.setting("CHECK_SUSPENDED")?.unwrap_or_default(),
    };
    let known_users = function.known_users()?;

    if rules.check_suspended == CheckSuspended::Before {
        function.warm_up(known_users.find(&UserEmail::nobody())).await;
    }
    function
        .decide(async |event| {
            let (by_email, by_user_name) = match question(&rules, event) {
                Some(question) => ask(&known_users, question).await?,
                None => (None, Vec::new()),
            };
            Ok(match decide(&rules, event, by_email.as_ref(), &by_user_name)? {
                Decision::LeaveToCognito => Answer::Unchanged("may try"),
                Decision::Refuse(why, refusal) => Answer::Refuse(why, refusal),
            })
        })
        .await
}

/// The record of the email, and those of the user name that are others.
async fn ask(known_users: &KnownUsers, question: Question<'_>) -> Result<(Option<Record>, Vec<Record>), Failure> {
    let by_email = known_users.find(&question.email).await?;
    let named = match question.user_name {
        Some(user_name) => known_users.named(user_name).await?,
        None => Named::Nobody,
    };
    let by_name = question.user_name_as_email;
    let named = match named {
        Named::One(email) if question.has_account && email != question.email => Some(email),
        _ => None,
    };
    let mut by_user_name = Vec::new();
    for email in named.iter().filter(|email| Some(*email) != by_name.as_ref()).chain(&by_name) {
        by_user_name.extend(known_users.find(email).await?);
    }
    Ok((by_email, by_user_name))
}
