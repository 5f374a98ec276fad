//! Pre sign-up: people the owner knows sign up without a code, and nobody signs up in their place.

mod decision;

use std::{process::ExitCode, time::SystemTime};

use common::{
    error::Failure,
    function::{self, Answer, Function, StartError},
    known_users::KnownUsers,
};
use decision::{CLAIM_AGAIN, Confirmed, Decision, Known, Question, Rules, Verdict, decide, question};
use known_user::UserEmail;

fn main() -> ExitCode {
    function::run(pre_sign_up)
}

async fn pre_sign_up(function: Function) -> Result<(), StartError> {
    let rules = Rules {
        policy: function.setting("SIGN_UP_POLICY")?.unwrap_or_default(),
        sign_in_with: function.setting("SIGN_IN_WITH")?.unwrap_or_default(),
        check_suspended: function.setting("CHECK_SUSPENDED")?.unwrap_or_default(),
    };
    if let Some(fault) = rules.fault() {
        return Err(StartError::setting("SIGN_UP_POLICY", &fault));
    }
    let known_users = function.known_users()?;

    function.warm_up(known_users.find(&UserEmail::nobody())).await;
    function
        .decide(async |event| {
            let known = ask(&known_users, question(rules, event)).await?;
            let now = SystemTime::now();
            let verdict = match decide(rules, event, &known, now)? {
                Decision::Settled(verdict) => verdict,
                Decision::Claimed { person, claim, otherwise } => {
                    let again = now - CLAIM_AGAIN;
                    let is_noted = known_users.note_claim(&person, &claim, &event.user_name, now, again).await?;
                    if is_noted { Verdict::Confirm } else { otherwise }
                }
            };
            Ok(match verdict {
                Verdict::Confirm => Answer::respond("confirmed", &Confirmed::EMAIL),
                Verdict::LeaveToCognito(why) => Answer::Unchanged(why),
                Verdict::Refuse(why, refusal) => Answer::Refuse(why, refusal),
            })
        })
        .await
}

async fn ask(known_users: &KnownUsers, question: Question<'_>) -> Result<Known, Failure> {
    let find = async |email: Option<UserEmail>| match email {
        Some(email) => known_users.find(&email).await,
        None => Ok(None),
    };
    Ok(Known {
        email: find(question.email).await?,
        user_name: match question.user_name {
            Some(user_name) => Some(known_users.named(user_name).await?),
            None => None,
        },
        user_name_as_email: find(question.user_name_as_email).await?,
    })
}
