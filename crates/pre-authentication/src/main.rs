//! Pre authentication: who may try to sign in.

mod decision;

use std::process::ExitCode;

use common::{
    function::{self, Answer, Function, StartError},
    known_user::UserEmail,
};
use decision::{Decision, Rules, decide, question};

fn main() -> ExitCode {
    function::run(pre_authentication)
}

async fn pre_authentication(function: Function) -> Result<(), StartError> {
    let rules = Rules {
        blocked_app_clients: function.setting("BLOCKED_APP_CLIENTS")?.unwrap_or_default(),
        required_validation_data: function.setting("REQUIRED_VALIDATION_DATA")?.unwrap_or_default(),
        check_suspended: function.setting("CHECK_SUSPENDED")?.unwrap_or(true),
    };
    let known_users = function.known_users()?;

    if rules.check_suspended {
        function.warm_up(known_users.find(&UserEmail::nobody())).await;
    }
    function
        .decide(async |event| {
            let email = match question(&rules, event) {
                Some(person) => known_users.key_of(person).await?,
                None => None,
            };
            let known = match &email {
                Some(email) => known_users.find(email).await?,
                None => None,
            };
            Ok(match decide(&rules, event, known.as_ref()) {
                Decision::LeaveToCognito => Answer::Unchanged("may try"),
                Decision::Refuse(why, refusal) => Answer::Refuse(why, refusal),
            })
        })
        .await
}
