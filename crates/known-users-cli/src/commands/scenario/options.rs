//! What can be said of a scenario on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use known_user::Trigger;

use crate::{
    exit_code::{self, ExitCode},
    options::ENVIRONMENT,
};

fn after_help() -> String {
    let environment = format!(
        "Environment:\n  KNOWN_USERS_PASSWORD         the password, unless a file or standard input gives it\n{ENVIRONMENT}"
    );
    exit_code::help_after(
        &environment,
        &[
            (ExitCode::Done, "done; what was made is removed, or left because you said so"),
            (ExitCode::Failed, "a step failed; what was made is removed"),
            (
                ExitCode::Usage,
                "the command line is wrong, or an answer is missing and nobody is there to give it; nothing was made",
            ),
            (
                ExitCode::Found,
                "every call worked, but the trigger did not do what the scenario shows; what was made is removed",
            ),
            (ExitCode::Left, "something could not be removed or put back; it is listed with what to do"),
            (ExitCode::Interrupted, "interrupted; what was made is removed"),
        ],
    )
}

/// The scenarios.
#[derive(Subcommand)]
pub(crate) enum Scenario {
    /// Pre sign-up: a known user signs up and is confirmed without a code
    ///
    /// The sign-up happens under the known user's real email: where the pool does not confirm it, Cognito mails a code
    /// there, and where the stack has a WelcomeEmailFrom, the welcome mail goes there.
    #[command(after_help = after_help())]
    AutoConfirm(AutoConfirm),
    /// Migrate user: a known user who is not in the pool signs in, and chooses a new password
    ///
    /// The user name and email that you give are added to the known users for the time of the scenario; Cognito mails a
    /// code to that email.
    #[command(after_help = after_help())]
    MigrateUser(MigrateUser),
    /// Post authentication: a known user signs in, and the sign-in is noted on their record
    ///
    /// An administrator makes the user; no mail is sent.
    #[command(after_help = after_help())]
    ActivityLog(ActivityLog),
}

/// `scenario auto-confirm`.
#[derive(Args)]
pub(crate) struct AutoConfirm {
    #[command(flatten)]
    pub(crate) who: Who,
    #[command(flatten)]
    pub(crate) stage: Stage,
}

/// `scenario migrate-user`.
#[derive(Args)]
pub(crate) struct MigrateUser {
    /// The user name to migrate; nobody may have it yet
    #[arg(long, value_name = "NAME")]
    pub(crate) user_name: Option<String>,
    /// An email that you own; nobody may be known by it yet
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: Option<String>,
    /// The code of Cognito's mail, where it is known beforehand
    #[arg(long, value_name = "CODE", conflicts_with = "code_command")]
    pub(crate) code: Option<String>,
    /// A shell command that prints the code of Cognito's mail; run once the mail was asked for, with KNOWN_USERS_EMAIL
    /// and KNOWN_USERS_USER_NAME in its environment
    #[arg(long, value_name = "COMMAND")]
    pub(crate) code_command: Option<String>,
    #[command(flatten)]
    pub(crate) stage: Stage,
}

/// `scenario activity-log`.
#[derive(Args)]
pub(crate) struct ActivityLog {
    #[command(flatten)]
    pub(crate) who: Who,
    #[command(flatten)]
    pub(crate) stage: Stage,
}

/// Who takes part, in the scenarios that need somebody who is known already.
#[derive(Args)]
pub(crate) struct Who {
    /// Which known user: an email or a user name
    #[arg(long, value_name = "EMAIL|NAME")]
    pub(crate) user: Option<String>,
    /// Add a sample person to the known users for the time of the scenario, and remove them at the end; with --user, only
    /// where nobody is known by that. Their address is one of Amazon SES's mailbox simulator, which no person reads
    #[arg(long)]
    pub(crate) with_sample_people: bool,
}

/// What every scenario understands.
#[derive(Args, Clone, Default)]
pub(crate) struct Stage {
    /// A file whose first line is the password
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    pub(crate) password_file: Option<PathBuf>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// What the app sends to the triggers with a sign-up and a sign-in, where the stack has RequiredValidationData; may be
    /// given more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) client_metadata: Vec<(String, String)>,
    /// The trigger's function, by name or ARN, instead of the stack's output
    #[arg(long, value_name = "NAME|ARN")]
    pub(crate) function: Option<String>,
    /// The function's log group, instead of the stack's (without a stack: /aws/lambda/ and the function's name)
    #[arg(long, value_name = "NAME")]
    pub(crate) log_group: Option<String>,
    /// How long to wait for the function's log; 0 does not look at it
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) log_timeout: u64,
    /// The stack's table of receipts, instead of its output EphemeraTable
    #[arg(long, value_name = "NAME")]
    pub(crate) ephemera_table: Option<String>,
    /// Neither look at nor touch which functions the pool calls: for emulators, and for pools whose triggers you wired
    /// in another way
    #[arg(long)]
    pub(crate) assume_wired: bool,
    /// Where the pool calls another function at this trigger, have it call the stack's for the time of the scenario
    #[arg(long, conflicts_with = "assume_wired")]
    pub(crate) replace_trigger: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("it is not KEY=VALUE".to_owned()),
    }
}

impl Scenario {
    /// As the command line has it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::AutoConfirm(_) => "auto-confirm",
            Self::MigrateUser(_) => "migrate-user",
            Self::ActivityLog(_) => "activity-log",
        }
    }

    /// The trigger that it shows.
    pub(crate) fn trigger(&self) -> Trigger {
        match self {
            Self::AutoConfirm(_) => Trigger::PreSignUp,
            Self::MigrateUser(_) => Trigger::MigrateUser,
            Self::ActivityLog(_) => Trigger::PostAuthentication,
        }
    }

    /// What every scenario understands.
    pub(crate) fn stage(&self) -> &Stage {
        match self {
            Self::AutoConfirm(options) => &options.stage,
            Self::MigrateUser(options) => &options.stage,
            Self::ActivityLog(options) => &options.stage,
        }
    }
}

/// The options that give a password.
pub(crate) const PASSWORD_OPTIONS: &str =
    "KNOWN_USERS_PASSWORD in the environment, --password-file or --password-stdin";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_a_key_and_perhaps_a_value() {
        let of = |key: &str, value: &str| Ok((key.to_owned(), value.to_owned()));
        assert_eq!(pair("channel=mobile"), of("channel", "mobile"));
        assert_eq!(pair("a=b=c"), of("a", "b=c"));
        assert_eq!(pair("a="), of("a", ""));
        assert!(pair("a").is_err() && pair("=a").is_err());
    }
}
