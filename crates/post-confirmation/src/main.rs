//! Post confirmation: a known user has arrived, and is congratulated. It fails open: the user is confirmed already.

mod mail;
mod record;

use std::{process::ExitCode, time::SystemTime};

use common::{
    event::Person,
    function::{self, Function, RECORDING, RECORDING_WITH_MAIL, StartError},
    known_users::Noted,
    log,
};
use mail::WelcomeEmail;
use record::{confirms_a_sign_up, congratulation};

fn main() -> ExitCode {
    function::run(post_confirmation)
}

async fn post_confirmation(function: Function) -> Result<(), StartError> {
    let known_users = function.known_users()?;
    let ephemera = function.ephemera()?;
    let welcome = function.setting("WELCOME_EMAIL_FROM")?.map(|from| WelcomeEmail::new(function.sdk(), from, ephemera));
    let limit = if welcome.is_some() { RECORDING_WITH_MAIL } else { RECORDING };

    function.warm_up(known_users.key_of(Person::NOBODY)).await;
    function
        .record(limit, async |event| {
            if !confirms_a_sign_up(event) {
                return Ok("not a sign-up");
            }
            let now = SystemTime::now();
            let noted = async {
                match known_users.key_of(event.person()).await? {
                    Some(email) => known_users.note_confirmation(&email, &log::rfc3339(now).to_string()).await,
                    None => Ok(Noted::Stranger),
                }
            }
            .await;
            // The mail goes to strangers as well, and whether or not the note could be made.
            let sent = match (&welcome, congratulation(event)) {
                (Some(welcome), Some(mail)) => welcome.send_once(&mail, now).await?,
                _ => false,
            };
            Ok(match (noted?, sent) {
                (Noted::Now, true) => "recorded, mail sent",
                (Noted::Now, false) => "recorded",
                (Noted::Already, true) => "recorded before, mail sent",
                (Noted::Already, false) => "recorded before",
                (Noted::Stranger, true) => "stranger, mail sent",
                (Noted::Stranger, false) => "stranger",
            })
        })
        .await
}
