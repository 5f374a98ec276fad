//! Post authentication: a known user's sign-in is recorded. It fails open: a sign-in that cannot be recorded is still one.

mod record;

use std::{process::ExitCode, time::SystemTime};

use common::{
    error::Refusal,
    function::{self, Answer, Function, RECORDING, StartError},
    known_users::{Named, SignInNoted},
};
use record::sign_in;

fn main() -> ExitCode {
    function::run(post_authentication)
}

async fn post_authentication(function: Function) -> Result<(), StartError> {
    let pool = function.pool()?;
    let check_suspended = function.setting("CHECK_SUSPENDED")?.unwrap_or_default();
    let known_users = function.known_users()?;

    function.warm_up(known_users.update_nobody()).await;
    function
        .record(RECORDING, async |event| {
            let sign_in = sign_in(pool, check_suspended, event, SystemTime::now());
            let person = match event.email() {
                Some(email) => Some(email),
                None if pool.has_user_names() => match known_users.named(&sign_in.user_name).await? {
                    Named::One(email) => Some(email),
                    Named::Nobody | Named::Shared => None,
                },
                None => None,
            };
            let noted = match &person {
                Some(email) => known_users.note_sign_in(email, &sign_in).await?,
                None => SignInNoted::Stranger,
            };
            Ok(match noted {
                SignInNoted::Recorded => Answer::Unchanged("sign-in recorded"),
                SignInNoted::LaterRecorded => Answer::Unchanged("later sign-in is recorded"),
                SignInNoted::NotTheirs => Answer::Unchanged("not shown to be the known user"),
                SignInNoted::Stranger => Answer::Unchanged("stranger signed in"),
                SignInNoted::Suspended => Answer::Refuse("known user is suspended", Refusal::SignInRefused),
            })
        })
        .await
}
