//! Post confirmation: a known user has arrived, and is congratulated. It fails open: the user is confirmed already.

mod mail;
mod record;

use std::{process::ExitCode, time::SystemTime};

use common::{
    function::{self, Answer, Function, RECORDING, RECORDING_WITH_MAIL, StartError},
    known_users::Noted,
};
use mail::WelcomeEmail;
use record::{arrival, congratulation};

fn main() -> ExitCode {
    function::run(post_confirmation)
}

async fn post_confirmation(function: Function) -> Result<(), StartError> {
    let sign_in_with = function.setting("SIGN_IN_WITH")?.unwrap_or_default();
    let known_users = function.known_users()?;
    let ephemera = function.ephemera()?;
    let welcome = function.setting("WELCOME_EMAIL_FROM")?.map(|from| WelcomeEmail::new(function.sdk(), from, ephemera));
    let limit = if welcome.is_some() { RECORDING_WITH_MAIL } else { RECORDING };

    function.warm_up(known_users.update_nobody()).await;
    function
        .record(limit, async |event| {
            let now = SystemTime::now();
            let noted = match arrival(event) {
                Some(email) => known_users.note_confirmation(&email, now).await.map(Some),
                None => Ok(None),
            };
            // The mail goes to strangers as well, and whether or not the note could be made.
            let sent = match (&welcome, congratulation(sign_in_with, event)) {
                (Some(welcome), Some(mail)) => welcome.send_once(&mail, now).await?,
                _ => false,
            };
            Ok(Answer::Unchanged(match (noted?, sent) {
                (Some(Noted::Now), true) => "recorded, mail sent",
                (Some(Noted::Now), false) => "recorded",
                (Some(Noted::Already), true) => "recorded before, mail sent",
                (Some(Noted::Already), false) => "recorded before",
                (Some(Noted::Stranger), true) => "stranger, mail sent",
                (Some(Noted::Stranger), false) => "stranger",
                (None, true) => "another provider's user, mail sent",
                (None, false) => "nobody has proven who they are",
            }))
        })
        .await
}
