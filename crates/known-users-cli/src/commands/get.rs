//! `known-users get`: one person's record.

use std::process;

use aws_failure::Failure;
use clap::Args;
use legacy_password::PasswordHash;
use serde_json::{Value, json};

use crate::{
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Outcome, facts},
    table::{known_users::Known, person, row},
    terminal::{interrupt::Interrupt, output::Show},
};

fn after_help() -> String {
    exit_code::help(&[
        (ExitCode::Done, "done, or so already"),
        (ExitCode::Failed, "it failed"),
        (ExitCode::Usage, "the command line or an input is wrong; nothing was written"),
        (ExitCode::Found, "nobody is known by that email or user name"),
        (ExitCode::Interrupted, "interrupted"),
    ])
}

/// `get`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Get {
    /// An email or a user name
    #[arg(value_name = "EMAIL|USERNAME")]
    who: String,
}

/// Shows somebody's record.
pub(crate) async fn run(global: &Global, options: &Get) -> process::ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let outcome = interrupt
        .or(async {
            let known = person::table(global).await?;
            let Known { user, item } = known.find(&options.who).await?.ok_or_else(|| person::nobody(&options.who))?;
            let mut record = row::line(&item, false)
                .map_err(|why| Failure::found(format!("show `{}`", options.who), why, "correct the record"))?;
            if let Some(hash) = &user.password_hash {
                let hash = PasswordHash::parse(hash);
                let format = hash.map_or_else(|error| error.to_string(), |hash| hash.format().to_string());
                record.insert("password_hash_format".to_owned(), json!(format));
            }
            for (name, value) in &record {
                show.note(format!("{name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
            }
            Ok(("found", facts([("user", Value::Object(record))])))
        })
        .await;
    Outcome::from(outcome).end(&show)
}
