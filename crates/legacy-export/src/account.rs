//! What an export says of an account.

use std::fmt;

/// One account of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Somebody for the list of known users.
    Account(Account),
    /// Nobody for it, and that is right.
    LeftOut {
        /// Where it begins; the first line is 1.
        line: u64,
        /// Why.
        reason: LeftOut,
    },
    /// Somebody who cannot be read.
    Fault(Fault),
}

/// Somebody, in the columns of a list of known users.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Where it begins; the first line is 1.
    pub line: u64,
    /// The address, as the system has it.
    pub email: String,
    /// The name to sign in with, if the system has another than the address.
    pub user_name: Option<String>,
    /// Whether the system has seen that the address is theirs.
    pub email_verified: bool,
    /// Whether the system refuses them.
    pub suspended: bool,
    /// What the system has of their password.
    pub password: Password,
    /// What Cognito is handed, by Cognito's names.
    pub attributes: Vec<(String, String)>,
    /// Whether they have a second factor, which no export can bring along.
    pub has_second_factor: bool,
}

/// What a system has of a password.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Password {
    /// A hash, in an encoding of the crate `legacy-password` where there is one.
    Hash(String),
    /// None: they sign in with another provider, or never chose one.
    #[default]
    None,
    /// One that the export leaves out, or has in a form that cannot be verified: why.
    Lost(&'static str),
}

/// Why an account is nobody for the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// It was deleted, and its row is left.
    Deleted,
    /// A visitor without a name.
    Anonymous,
    /// A program's, or the system's own.
    Service,
    /// It belongs to another provider alone, which signs them in.
    Federated,
    /// It was prepared, and nobody has come.
    NeverActivated,
}

impl LeftOut {
    /// The name that stays the same, for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Anonymous => "anonymous",
            Self::Service => "service",
            Self::Federated => "federated",
            Self::NeverActivated => "never-activated",
        }
    }
}

/// What is wrong with an account, or with a file as a whole. It never holds what a field holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}{reason}", field.as_ref().map(|field| format!("`{field}`: ")).unwrap_or_default())]
pub struct Fault {
    /// Where the account begins; the first line is 1.
    pub line: u64,
    /// In which field, where it is one field's fault.
    pub field: Option<String>,
    /// What is wrong there, and what to do.
    pub reason: String,
}

impl Fault {
    pub(crate) fn of(line: u64, reason: impl Into<String>) -> Self {
        Self { line, field: None, reason: reason.into() }
    }

    pub(crate) fn of_field(line: u64, field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { line, field: Some(field.into()), reason: reason.into() }
    }
}

// Who somebody is never gets into a log by way of `{:?}`.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account(line {}, …)", self.line)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hash(_) => "Hash(…)",
            Self::None => "None",
            Self::Lost(why) => why,
        })
    }
}
