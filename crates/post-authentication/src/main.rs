//! Post authentication: every sign-in is recorded. It fails open: a sign-in that cannot be recorded is still one.

mod record;

use std::{process::ExitCode, time::SystemTime};

use common::{
    event::Person,
    function::{self, Function, RECORDING, StartError},
    known_users::Noted,
};
use record::sign_in;

fn main() -> ExitCode {
    function::run(post_authentication)
}

async fn post_authentication(function: Function) -> Result<(), StartError> {
    let known_users = function.known_users()?;

    function.warm_up(known_users.key_of(Person::NOBODY)).await;
    function
        .record(RECORDING, async |event| {
            let noted = match known_users.key_of(event.person()).await? {
                Some(email) => known_users.note_sign_in(&email, sign_in(event, SystemTime::now())).await?,
                None => Noted::Stranger,
            };
            Ok(match noted {
                Noted::Now => "sign-in recorded",
                Noted::Already => "later sign-in is recorded",
                Noted::Stranger => "stranger signed in",
            })
        })
        .await
}
