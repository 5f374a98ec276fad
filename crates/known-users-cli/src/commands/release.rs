//! `known-users release`: an account that nobody has confirmed does not keep the person out whose name or email it holds.

use std::process;

use aws_failure::Failure;
use clap::Args;
use serde_json::{Value, json};
use user_pool::{
    accounts::{Account, Users},
    configuration::Configuration,
};

use crate::{
    aws::{clients::Aws, stack_outputs},
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Facts, Outcome, facts},
    table::{known_users::KnownUsers, person},
    terminal::{
        interrupt::Interrupt,
        output::{Show, printable},
        prompt::Ask,
    },
};

const BEFORE: &str = "\
Cognito asks the migrate user trigger only where the pool has nobody of that name, confirmed or not: a sign-up that was
begun, by whomever, and never confirmed shuts a known person out. A confirmed account is never deleted.";

fn after_help() -> String {
    exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "deleted, or there is no such account, or you said no"),
            (ExitCode::Failed, "it failed; run it again"),
            (ExitCode::Usage, "nobody is there to say yes, and --yes is not given; nothing was deleted"),
            (ExitCode::Found, "nobody is known by that email or user name, or what holds it is confirmed"),
            (ExitCode::Interrupted, "interrupted"),
        ],
    )
}

/// `release`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Release {
    /// An email or a user name
    #[arg(value_name = "EMAIL|USERNAME")]
    who: String,
}

/// Releases; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Release) -> process::ExitCode {
    let (show, interrupt) = (Show::new(global.json), Interrupt::listen());
    Outcome::from(release(global, &options.who, &show, &interrupt).await).end(&show)
}

async fn release(
    global: &Global,
    who: &str,
    show: &Show,
    interrupt: &Interrupt,
) -> Result<(&'static str, Facts), Failure> {
    let ask = Ask::new(interrupt.clone(), false);
    ask.require("whether to delete an account", global.yes, "--yes")?;
    let (users, user, accounts, caller) = interrupt
        .or(async {
            let aws = Aws::connect(global).await?;
            let (table, pool) = stack_outputs::table_and_pool(&aws, global).await?;
            let known =
                KnownUsers::new(aws.dynamodb.clone(), table).find(who).await?.ok_or_else(|| person::nobody(who))?;
            let settings = Configuration::new(aws.cognito.clone(), pool.clone()).describe().await?;
            let caller = aws.caller().await;
            let users = Users::new(aws.cognito.clone(), pool);
            let accounts = users.of(&known.user, settings.email_is_user_name()).await?;
            Ok((users, known.user, accounts, caller))
        })
        .await?;
    let email = user.email.as_str();
    let (confirmed, unconfirmed): (Vec<_>, Vec<_>) =
        accounts.into_iter().partition(|(account, _)| account.is_confirmed());
    let facts = |released: &[Account]| {
        let released: Vec<Value> = released.iter().map(Account::to_json).collect();
        let mut facts = facts([("email", json!(email)), ("released", json!(released))]);
        caller.tell(&mut facts);
        facts
    };
    show.step(format!("The user pool `{}` ({caller})", users.pool));
    for (account, _) in &confirmed {
        show.note(format!("it stays, as it is confirmed: {}", account.described()));
    }
    if unconfirmed.is_empty() {
        if let Some((account, _)) = confirmed.iter().find(|(_, tie)| tie.takes_the_place()) {
            return Err(Failure::found(
                format!("release `{email}`"),
                format!(
                    "the user pool `{}` has {}, and a confirmed account is never deleted",
                    users.pool,
                    account.described()
                ),
                format!("known-users why {email}"),
            ));
        }
        show.note(format!("nobody who is not confirmed holds `{email}` in the user pool `{}`", users.pool));
        return Ok(("unchanged", facts(&[])));
    }
    for (account, _) in &unconfirmed {
        show.note(format!("not confirmed: {}", account.described()));
    }
    let which = if unconfirmed.len() == 1 { "this account" } else { "these accounts" };
    let question =
        format!("Delete {which} from the user pool `{}` ({caller}), so that `{email}` can come?", users.pool);
    if !global.yes && !ask.confirm(&printable(&question), "--yes").await? {
        show.note("nothing was deleted");
        return Ok(("unchanged", facts(&[])));
    }
    let mut released = Vec::new();
    for (account, _) in unconfirmed {
        interrupt.check()?;
        // Somebody may have entered the code meanwhile: Cognito deletes without a condition, so it is asked right before.
        let is_same = |now: &Account| now.sub == account.sub && !now.is_confirmed();
        if !users.named(&account.user_name).await?.as_ref().is_some_and(is_same) {
            show.note(format!("it stays, as it has changed meanwhile: `{}`", account.user_name));
            continue;
        }
        if users.delete(&account.user_name).await? {
            show.note(format!("deleted: `{}`", account.user_name));
            released.push(account);
        }
    }
    Ok((if released.is_empty() { "unchanged" } else { "released" }, facts(&released)))
}
