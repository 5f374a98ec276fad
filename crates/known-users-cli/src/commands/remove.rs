//! `known-users remove`: somebody is taken out of the table.

use std::process;

use aws_failure::Failure;
use clap::Args;
use serde_json::json;

use crate::{
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Facts, Outcome},
    table::person,
    terminal::{interrupt::Interrupt, output::Show, prompt::Ask},
};

const BEFORE: &str = "\
The person's account in the user pool, if any, is not touched.";

fn after_help() -> String {
    exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "done, or nobody was known by that email or user name"),
            (ExitCode::Failed, "it failed"),
            (ExitCode::Usage, "nobody is there to say yes, and --yes is not given"),
            (ExitCode::Interrupted, "interrupted; nobody was removed"),
        ],
    )
}

/// `remove`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Remove {
    /// An email or a user name
    #[arg(value_name = "EMAIL|USERNAME")]
    who: String,
}

/// Removes somebody.
pub(crate) async fn run(global: &Global, options: &Remove) -> process::ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let outcome = take_out(global, &options.who, &show, &interrupt).await;
    Outcome::from(outcome).end(&show)
}

async fn take_out(
    global: &Global,
    who: &str,
    show: &Show,
    interrupt: &Interrupt,
) -> Result<(&'static str, Facts), Failure> {
    let ask = Ask::new(interrupt.clone(), false);
    ask.require("whether to remove somebody", global.yes, "--yes")?;
    let (known, caller) = interrupt.or(person::table_to_change(global)).await?;
    show.step(format!("The table `{}` ({caller})", known.table));
    let mut facts = Facts::new();
    caller.tell(&mut facts);
    let Some(email) = interrupt.or(person::email_of(&known, who)).await? else {
        show.note(format!("nobody is known as `{who}`"));
        return Ok(("unchanged", facts));
    };
    let question = format!("Remove `{}` from the table `{}`?", email.as_str(), known.table);
    if !global.yes && !ask.confirm(&question, "--yes").await? {
        show.note("nobody was removed");
        return Ok(("unchanged", facts));
    }
    interrupt.check()?;
    let word = if known.remove_known(&email).await? { "removed" } else { "unchanged" };
    show.note(format!("{word}: `{}` in the table `{}`", email.as_str(), known.table));
    facts.insert("email".to_owned(), json!(email.as_str()));
    Ok((word, facts))
}
