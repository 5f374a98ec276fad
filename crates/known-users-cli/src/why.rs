//! `known-users why`: which rule keeps somebody out, for the person on the telephone. It reads and changes nothing.
//!
//! Several states answer "Incorrect username or password" on purpose, so that nobody learns who is known. Reading
//! ([`facts`]) and judging ([`verdict`]) are apart.

mod facts;
mod verdict;

use std::process::ExitCode;

use clap::Args;
use known_user::SignInWith;
use serde_json::{Value, json};

use crate::{
    cli::Global,
    failure::Failure,
    interrupt::Interrupt,
    pool::users::Account,
    show::{self, Show},
};
use facts::{Count, Facts, Who};

const AFTER_HELP: &str = "\
Give what the person types: spelling matters where they are on the way. It reads the record, the counts of attempts, the
pool's accounts, the app client and the function; it changes nothing, and shows no password hash.

Exit codes:
  0    it found out, also where nothing refuses them
  1    a call failed: what it says may lack something
  2    the command line is wrong
  130  interrupted

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

/// `why`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Why {
    /// What the person types: an email or a user name
    #[arg(value_name = "EMAIL|NAME")]
    who: String,
    /// The table where attempts are counted, instead of the stack's output EphemeraTable
    #[arg(long, value_name = "NAME")]
    ephemera_table: Option<String>,
}

/// Finds out and tells; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Why) -> ExitCode {
    let (show, interrupt) = (Show::new(global.json), Interrupt::listen());
    let found = interrupt.or(facts::find(global, &options.who, options.ephemera_table.as_deref())).await;
    let (facts, not_seen) = match found {
        Ok(found) => found,
        Err(failure) => {
            show::error(&failure.to_string());
            let outcome = failure.kind.name();
            show.result(&json!({"command": "why", "outcome": outcome, "error": failure.to_json()}));
            return failure.kind.exit_code();
        }
    };
    let verdicts = verdict::judge(&facts);
    let Some((first, also)) = verdicts.split_first() else { return ExitCode::FAILURE };
    show.step(format!("{}: {}", first.rule, first.why));
    if let Some(since) = &first.since {
        show.note(format!("since: {since}"));
    }
    show.note(format!("what to do: {}", first.remedy));
    for more in also {
        show.note(format!("then also {}: {}; what to do: {}", more.rule, more.why, more.remedy));
    }
    if let Some(name) = signs_in_as(&facts) {
        show.note(format!("signs in as: {name}"));
    }
    for (account, _) in &facts.accounts {
        show.note(format!("the pool has: {}", account.described()));
    }
    for (what, count) in [("passwords tried", facts.attempts), ("forgot-password asked for", facts.forgotten)] {
        if let Some(Count { times, until }) = count {
            let until = humantime::format_rfc3339_seconds(until);
            show.note(format!("{what}: {times} in the quarter of an hour until {until}"));
        }
    }
    for failure in &not_seen {
        show::error(&failure.to_string());
    }
    let email = match &facts.who {
        Who::Known(user) => Some(user.email.as_str()),
        Who::Unreadable(email, _) => Some(email.as_str()),
        Who::Nobody => None,
    };
    let also: Vec<Value> = also.iter().map(verdict::Verdict::to_json).collect();
    let accounts: Vec<Value> = facts.accounts.iter().map(|(account, _)| Account::to_json(account)).collect();
    let not_all: Vec<Value> = not_seen.iter().map(Failure::to_json).collect();
    let outcome = if not_seen.is_empty() { "found-out" } else { "not-everything-seen" };
    show.result(
        &json!({"command": "why", "outcome": outcome, "email": email, "verdict": first.to_json(), "also": also,
        "signsInAs": signs_in_as(&facts), "accounts": accounts, "attempts": counted(facts.attempts),
        "forgotten": counted(facts.forgotten), "notSeen": not_all}),
    );
    if not_seen.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
        let list = AFTER_HELP.split("has them:\n").nth(1).unwrap();
        let mut listed: Vec<&str> = list.split(',').map(str::trim).collect();
        listed.sort_unstable();
        assert_eq!(listed, rules);
    }
}
