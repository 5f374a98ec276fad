//! What doctor finds: each with why it matters and what to do.

use std::fmt::{self, Display};

use serde_json::{Value, json};

/// How bad it is. The worst one is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Worth knowing.
    Note,
    /// It will go wrong for some, or tells more than it should.
    Warning,
    /// It goes wrong, or will as soon as somebody comes.
    Error,
}

impl Severity {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Stays the same from version to version, for scripts: `case-sensitive-pool`.
    pub(crate) id: &'static str,
    pub(crate) severity: Severity,
    /// What it is about: a pool, a client, a function …
    pub(crate) about: String,
    pub(crate) reason: String,
    pub(crate) remedy: String,
}

impl Finding {
    fn new(
        id: &'static str,
        severity: Severity,
        about: &dyn Display,
        reason: &dyn Display,
        remedy: &dyn Display,
    ) -> Self {
        let (about, reason, remedy) = (about.to_string(), reason.to_string(), remedy.to_string());
        Self { id, severity, about, reason, remedy }
    }

    pub(crate) fn error(id: &'static str, about: impl Display, reason: impl Display, remedy: impl Display) -> Self {
        Self::new(id, Severity::Error, &about, &reason, &remedy)
    }

    pub(crate) fn warning(id: &'static str, about: impl Display, reason: impl Display, remedy: impl Display) -> Self {
        Self::new(id, Severity::Warning, &about, &reason, &remedy)
    }

    pub(crate) fn note(id: &'static str, about: impl Display, reason: impl Display, remedy: impl Display) -> Self {
        Self::new(id, Severity::Note, &about, &reason, &remedy)
    }

    /// As the JSON result has it.
    pub(crate) fn to_json(&self) -> Value {
        json!({"id": self.id, "severity": self.severity.name(), "about": self.about, "reason": self.reason,
            "remedy": self.remedy})
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.severity.name(), self.id, self.about)
    }
}
