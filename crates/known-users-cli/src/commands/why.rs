//! `known-users why`: which rule keeps somebody out, for the person on the telephone. It reads and changes nothing.
//!
//! Several states answer "Incorrect username or password" on purpose, so that nobody learns who is known. Reading
//! ([`facts`]) and judging ([`verdict`]) are apart.

pub(crate) mod facts;
pub(crate) mod verdict;

use std::process;

use aws_failure::Failure;
use clap::Args;
use known_user::SignInWith;
use serde_json::{Value, json};
use user_pool::accounts::Account;

use crate::{
    commands::why::facts::{Count, Facts, Who},
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Outcome, facts},
    terminal::{
        interrupt::Interrupt,
        output::{self, Show},
    },
};

const BEFORE: &str = "\
Give what the person types: spelling matters where they are on the way. It reads the record, the counts of attempts, the
pool's accounts, the app client and the function; it changes nothing, and shows no password hash.";

const AFTER: &str = "\
Rules, as the JSON result has them:
  unknown, record-unreadable, suspended, account-gone, trigger-not-attached,
  trigger-of-another-maker, function-missing, client-without-password-flow,
  user-name-shared, alias-held-by-another-provider, hash-unusable,
  hash-too-large, hash-too-slow, email-not-verified, attribute-not-in-pool,
  attribute-missing, on-the-way-as-another, another-spelling,
  too-many-attempts, account-disabled, account-unconfirmed,
  account-reset-required, account-temporary-password,
  account-of-another-provider, name-is-anothers, has-an-account,
  email-is-no-user-name, answered-and-not-there, nothing-refuses";

fn after_help() -> String {
    let codes = exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "it found out, also where nothing refuses them"),
            (ExitCode::Failed, "a call failed: what it says may lack something"),
            (ExitCode::Usage, "the command line is wrong"),
            (ExitCode::Interrupted, "interrupted"),
        ],
    );
    format!("{codes}\n\n{AFTER}")
}

/// `why`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Why {
    /// What the person types: an email or a user name
    #[arg(value_name = "EMAIL|NAME")]
    who: String,
    /// The table where attempts are counted, instead of the stack's output EphemeraTable
    #[arg(long, value_name = "NAME")]
    ephemera_table: Option<String>,
}

/// Finds out and tells; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Why) -> process::ExitCode {
    let (show, interrupt) = (Show::new(global.json), Interrupt::listen());
    let found = interrupt.or(facts::find(global, &options.who, options.ephemera_table.as_deref())).await;
    let (seen, not_seen) = match found {
        Ok(found) => found,
        Err(failure) => return Outcome::failed(failure, facts([("command", json!("why"))])).end(&show),
    };
    let verdicts = verdict::judge(&seen);
    let Some((first, also)) = verdicts.split_first() else { return ExitCode::Failed.into() };
    show.step(format!("{}: {}", first.rule, first.why));
    if let Some(since) = &first.since {
        show.note(format!("since: {since}"));
    }
    show.note(format!("what to do: {}", first.remedy));
    for more in also {
        show.note(format!("then also {}: {}; what to do: {}", more.rule, more.why, more.remedy));
    }
    if let Some(name) = signs_in_as(&seen) {
        show.note(format!("signs in as: {name}"));
    }
    for (account, _) in &seen.accounts {
        show.note(format!("the pool has: {}", account.described()));
    }
    for (what, count) in [("passwords tried", seen.attempts), ("forgot-password asked for", seen.forgotten)] {
        if let Some(Count { times, until }) = count {
            let until = humantime::format_rfc3339_seconds(until);
            show.note(format!("{what}: {times} in the quarter of an hour until {until}"));
        }
    }
    for failure in &not_seen {
        output::error(&failure.to_string());
    }
    let email = match &seen.who {
        Who::Known(user) => Some(user.email.as_str()),
        Who::Unreadable(email, _) => Some(email.as_str()),
        Who::Nobody => None,
    };
    let also: Vec<Value> = also.iter().map(verdict::Verdict::to_json).collect();
    let accounts: Vec<Value> = seen.accounts.iter().map(|(account, _)| Account::to_json(account)).collect();
    let not_all: Vec<Value> = not_seen.iter().map(Failure::to_json).collect();
    let facts = facts([
        ("command", json!("why")),
        ("email", json!(email)),
        ("verdict", first.to_json()),
        ("also", json!(also)),
        ("signsInAs", json!(signs_in_as(&seen))),
        ("accounts", json!(accounts)),
        ("attempts", counted(seen.attempts)),
        ("forgotten", counted(seen.forgotten)),
        ("notSeen", json!(not_all)),
    ]);
    let outcome = match not_seen.is_empty() {
        true => Outcome::done("found-out", facts),
        false => Outcome::done("not-everything-seen", facts).with_code(ExitCode::Failed),
    };
    outcome.end(&show)
}

fn counted(count: Option<Count>) -> Value {
    count.map_or(
        Value::Null,
        |Count { times, until }| json!({"times": times, "until": humantime::format_rfc3339_seconds(until).to_string()}),
    )
}

/// What the pool takes them by.
fn signs_in_as(facts: &Facts) -> Option<String> {
    let Who::Known(user) = &facts.who else { return None };
    let email = user.email.as_str();
    let name = user.user_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    Some(match (facts.pool.sign_in_with, name) {
        (SignInWith::Email, _) | (_, None) => email.to_owned(),
        (SignInWith::Username, Some(name)) => name.to_owned(),
        (SignInWith::EmailAlias, Some(name)) => format!("{name} or {email}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_lists_every_rule() {
        let code: String =
            include_str!("why/verdict.rs").split("#[cfg(test)]").next().unwrap().split_whitespace().collect();
        let mut rules: Vec<&str> =
            code.split("Verdict::new(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        rules.sort_unstable();
        rules.dedup();
        let list = AFTER.split("has them:\n").nth(1).unwrap();
        let mut listed: Vec<&str> = list.split(',').map(str::trim).collect();
        listed.sort_unstable();
        assert_eq!(listed, rules);
    }
}
