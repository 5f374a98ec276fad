//! What came of the looking.

use aws_failure::Failure;
use serde_json::{Value, json};

use crate::{
    commands::doctor::finding::{Finding, Severity},
    exit_code::ExitCode,
    outcome::{Facts, facts},
    terminal::output::{self, Show},
};

/// What came of the looking.
#[derive(Default)]
pub(crate) struct Diagnosis {
    pub(crate) findings: Vec<Finding>,
    /// What could not be looked at.
    pub(crate) not_seen: Vec<Failure>,
    pub(crate) user_pool_id: Option<String>,
    /// The formats of the password hashes.
    pub(crate) sample: Option<Value>,
}

impl Diagnosis {
    /// The result, if the call worked; else it is noted that it did not.
    pub(crate) fn seen<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.not_seen.push(failure)).ok()
    }

    fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// In one word, and as the exit code that `--help` documents.
    pub(crate) fn outcome(&self) -> (&'static str, ExitCode) {
        match (self.not_seen.is_empty(), self.worst()) {
            (false, _) => ("not-everything-seen", ExitCode::Failed),
            (true, Some(Severity::Error)) => ("errors", ExitCode::Errors),
            (true, Some(Severity::Warning)) => ("warnings", ExitCode::Found),
            (true, Some(Severity::Note) | None) => ("well", ExitCode::Done),
        }
    }

    pub(crate) fn tell(&self, show: &Show) {
        for finding in &self.findings {
            show.step(finding);
            show.note(format!("why: {}", finding.reason));
            show.note(format!("what to do: {}", finding.remedy));
        }
        for failure in &self.not_seen {
            output::error(&failure.to_string());
        }
        let number = |severity: Severity| format!("{} of severity {}", self.count(severity), severity.name());
        let counts = [Severity::Error, Severity::Warning, Severity::Note].map(number).join(", ");
        show.step(format!("Findings: {counts}"));
        if !self.not_seen.is_empty() {
            show.note(format!("not everything was looked at: {} calls failed", self.not_seen.len()));
        }
    }

    /// For the JSON result.
    pub(crate) fn facts(&self) -> Facts {
        let findings: Vec<Value> = self.findings.iter().map(Finding::to_json).collect();
        let not_seen: Vec<Value> = self.not_seen.iter().map(Failure::to_json).collect();
        facts([
            ("command", json!("doctor")),
            ("userPoolId", json!(self.user_pool_id)),
            ("findings", json!(findings)),
            ("notSeen", json!(not_seen)),
            ("hashes", json!(self.sample)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(of(&[]), ("well", ExitCode::Done));
        assert_eq!(of(&[Severity::Note]), ("well", ExitCode::Done));
        assert_eq!(of(&[Severity::Warning, Severity::Note]), ("warnings", ExitCode::Found));
        assert_eq!(of(&[Severity::Warning, Severity::Error]), ("errors", ExitCode::Errors));
        let not_seen = vec![Failure::new("look", "no", "try")];
        assert_eq!(Diagnosis { not_seen, ..Diagnosis::default() }.outcome(), ("not-everything-seen", ExitCode::Failed));
    }
}
