//! `doctor`: what would go wrong, before it does. It reads and changes nothing.
//!
//! Looking ([`look`]) and judging ([`checks`]) are apart. What cannot be looked at does not stop the rest: it is listed,
//! and the exit code says that not everything was seen.

mod checks;
mod finding;
mod hashes;
mod look;

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use crate::{
    aws::Aws,
    cli::Global,
    failure::{Failure, Kind},
    interrupt::Interrupt,
    show::{self, Show},
};
use finding::{Finding, Severity};

const AFTER_HELP: &str = "\
Exit codes:
  0    nothing was found, or notes alone
  1    a call failed, so that not everything was looked at
  2    the command line is wrong
  3    warnings were found
  5    errors were found
  130  interrupted

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
            no-recovery-by-email, permission-too-wide, phone-is-alias,
            point-in-time-recovery-off, preferred-user-name-is-alias,
            ses-sandbox, table-deletion-protection-off, trigger-not-attached,
            trigger-of-another-maker, user-existence-told, user-name-shared
  notes     cognito-sends-the-mail, pool-deletion-protection-off";

/// `doctor`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Doctor {
    /// How many records of the table to look at: the formats of their password hashes, the names of their attributes, whose
    /// user name two people have, which pool people signed in to; 0 for none. No hash is kept, and nobody is shown
    #[arg(long, value_name = "NUMBER", default_value_t = 2000)]
    sample: usize,
}

/// What came of the looking.
#[derive(Default)]
struct Diagnosis {
    findings: Vec<Finding>,
    /// What could not be looked at.
    not_seen: Vec<Failure>,
    user_pool_id: Option<String>,
    /// The formats of the password hashes.
    sample: Option<Value>,
}

impl Diagnosis {
    /// The result, if the call worked; else it is noted that it did not.
    fn seen<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.not_seen.push(failure)).ok()
    }

    fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// In one word, and as the exit code that `--help` documents.
    fn outcome(&self) -> (&'static str, u8) {
        match (self.not_seen.is_empty(), self.worst()) {
            (false, _) => ("not-everything-seen", 1),
            (true, Some(Severity::Error)) => ("errors", 5),
            (true, Some(Severity::Warning)) => ("warnings", 3),
            (true, Some(Severity::Note) | None) => ("well", 0),
        }
    }

    fn tell(&self, show: &Show) {
        for finding in &self.findings {
            show.step(finding);
            show.note(format!("why: {}", finding.reason));
            show.note(format!("what to do: {}", finding.remedy));
        }
        for failure in &self.not_seen {
            show::error(&failure.to_string());
        }
        let number = |severity: Severity| format!("{} of severity {}", self.count(severity), severity.name());
        let counts = [Severity::Error, Severity::Warning, Severity::Note].map(number).join(", ");
        show.step(format!("Findings: {counts}"));
        if !self.not_seen.is_empty() {
            show.note(format!("not everything was looked at: {} calls failed", self.not_seen.len()));
        }
    }

    fn to_json(&self) -> Value {
        let findings: Vec<Value> = self.findings.iter().map(Finding::to_json).collect();
        let not_seen: Vec<Value> = self.not_seen.iter().map(Failure::to_json).collect();
        json!({"command": "doctor", "outcome": self.outcome().0, "userPoolId": self.user_pool_id,
            "findings": findings, "notSeen": not_seen, "hashes": self.sample})
    }
}

/// Looks and tells; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Doctor) -> ExitCode {
    let (show, interrupt) = (Show::new(global.json), Interrupt::listen());
    let seen = interrupt.or(async {
        let aws = Aws::connect(global).await?;
        look::look(&aws, global, options.sample).await
    });
    match seen.await {
        Ok(mut diagnosis) => {
            diagnosis.findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.id.cmp(b.id)));
            diagnosis.tell(&show);
            show.result(&diagnosis.to_json());
            ExitCode::from(diagnosis.outcome().1)
        }
        Err(failure) => {
            show::error(&failure.to_string());
            let outcome = if failure.kind == Kind::Failed { "failed" } else { failure.kind.name() };
            show.result(&json!({"command": "doctor", "outcome": outcome, "error": failure.to_json()}));
            failure.kind.exit_code()
        }
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
            let list = AFTER_HELP.split(from).nth(1).unwrap().split(to).next().unwrap();
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

    #[test]
    fn the_worst_says_how_it_ends() {
        let of = |severities: &[Severity]| {
            let finding = |severity: &Severity| Finding {
                severity: *severity,
                ..Finding::note("id", "about", "reason", "remedy")
            };
            let findings = severities.iter().map(finding).collect();
            Diagnosis { findings, ..Diagnosis::default() }.outcome()
        };
        assert_eq!(of(&[]), ("well", 0));
        assert_eq!(of(&[Severity::Note]), ("well", 0));
        assert_eq!(of(&[Severity::Warning, Severity::Note]), ("warnings", 3));
        assert_eq!(of(&[Severity::Warning, Severity::Error]), ("errors", 5));
        let not_seen = vec![Failure::new("look", "no", "try")];
        assert_eq!(Diagnosis { not_seen, ..Diagnosis::default() }.outcome(), ("not-everything-seen", 1));
    }
}
