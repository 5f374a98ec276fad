//! `doctor`: what would go wrong, before it does. It reads and changes nothing.
//!
//! Looking ([`inspect`]) and judging ([`checks`]) are apart. What cannot be looked at does not stop the rest: it is listed,
//! and the exit code says that not everything was seen.

pub(crate) mod checks;
pub(crate) mod diagnosis;
pub(crate) mod finding;
pub(crate) mod hashes;
pub(crate) mod inspect;

use std::process;

use aws_failure::interrupt::Interrupt;
use clap::Args;
use serde_json::json;

use crate::{
    aws::clients::Aws,
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Outcome, facts},
    terminal::output::Show,
};

const AFTER: &str = "\
Findings, by their ids (the JSON result has severity, reason and remedy of each):
  errors    calls-deleted-function, client-without-password-flow (where no client
            has one), function-failed, function-missing, index-missing,
            letter-case-mismatch, match-in-email-pool, memory-too-small,
            permission-denied, permission-missing, phone-signs-in,
            ses-identity-not-verified, ses-sending-off, settings-disagree,
            sign-in-with-mismatch, table-key-wrong, table-missing,
            table-of-two-pools, unproven-email-signs-in
  warnings  case-sensitive-pool, client-without-password-flow,
            custom-attribute-writable, dummy-hash-differs,
            email-changes-unproven, function-of-another-table, hash-too-slow,
            hash-unreadable, index-not-ready, key-not-normalised,
            no-recovery-by-email, not-called-by-alias, permission-too-wide,
            phone-is-alias, point-in-time-recovery-off,
            preferred-user-name-is-alias, ses-sandbox,
            table-deletion-protection-off, trigger-not-attached,
            trigger-of-another-maker, user-existence-told, user-name-shared
  notes     cognito-sends-the-mail, pool-deletion-protection-off";

fn after_help() -> String {
    let codes = exit_code::help(&[
        (ExitCode::Done, "nothing was found, or notes alone"),
        (ExitCode::Failed, "a call failed, so that not everything was looked at"),
        (ExitCode::Usage, "the command line is wrong"),
        (ExitCode::Found, "warnings were found"),
        (ExitCode::Errors, "errors were found"),
        (ExitCode::Interrupted, "interrupted"),
    ]);
    format!("{codes}\n\n{AFTER}")
}

/// `doctor`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Doctor {
    /// How many records of the table to look at: the formats of their password hashes, the names of their attributes, whose
    /// user name two people have, which pool people signed in to; 0 for none. No hash is kept, and nobody is shown
    #[arg(long, value_name = "NUMBER", default_value_t = 2000)]
    sample: usize,
}

/// Looks and tells; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Doctor) -> process::ExitCode {
    let (show, interrupt) = (Show::new(global.json), Interrupt::listen());
    let seen = interrupt.or(async {
        let aws = Aws::connect(global).await?;
        inspect::inspect(&aws, global, options.sample).await
    });
    match seen.await {
        Ok(mut diagnosis) => {
            diagnosis.findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.id.cmp(b.id)));
            diagnosis.tell(&show);
            let (word, code) = diagnosis.outcome();
            Outcome::done(word, diagnosis.facts()).with_code(code).end(&show)
        }
        Err(failure) => Outcome::failed(failure, facts([("command", json!("doctor"))])).end(&show),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_lists_every_finding_by_its_severity() {
        let code: String = include_str!("doctor/checks.rs").split_whitespace().collect();
        let ids = |make: &str| {
            let found = code.split(make).skip(1).filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
            let mut ids: Vec<String> = found.map(str::to_owned).collect();
            ids.sort();
            ids.dedup();
            ids
        };
        let listed = |from: &str, to: &str| {
            let list = AFTER.split(from).nth(1).unwrap().split(to).next().unwrap();
            let list = list.replace("(where no client\n            has one)", "");
            list.split(',').map(|id| id.trim().to_owned()).collect::<Vec<_>>()
        };
        let client = ids("findings.push(make(");
        assert_eq!(client, ["client-without-password-flow"], "the one that may be either");
        let with_client = |mut ids: Vec<String>| {
            ids.extend(client.clone());
            ids.sort();
            ids
        };
        assert_eq!(listed("\n  errors ", "\n  warnings "), with_client(ids("Finding::error(")));
        assert_eq!(listed("\n  warnings ", "\n  notes "), with_client(ids("Finding::warning(")));
        assert_eq!(listed("\n  notes ", "~"), ids("Finding::note("));
    }
}
