//! Pre sign-up: people the owner knows sign up without a code.

mod decision;

use std::{process::ExitCode, time::SystemTime};

use common::{
    function::{self, Answer, Function, StartError},
    known_user::UserEmail,
};
use decision::{Confirmed, Decision, decide, question};

fn main() -> ExitCode {
    function::run(pre_sign_up)
}

async fn pre_sign_up(function: Function) -> Result<(), StartError> {
    let policy = function.setting("SIGN_UP_POLICY")?.unwrap_or_default();
    let sign_in_with = function.setting("SIGN_IN_WITH")?.unwrap_or_default();
    let known_users = function.known_users()?;

    function.warm_up(known_users.find(&UserEmail::nobody())).await;
    function
        .decide(async |event| {
            let known = match question(policy, event) {
                Some(email) => known_users.find(&email).await?,
                None => None,
            };
            Ok(match decide(policy, sign_in_with, event, known.as_ref(), SystemTime::now()) {
                Decision::Confirm => Answer::respond("confirmed", &Confirmed::EMAIL),
                Decision::LeaveToCognito(why) => Answer::Unchanged(why),
                Decision::Refuse(refusal) => Answer::Refuse("refused: known user", refusal),
            })
        })
        .await
}
