//! What can be said on the command line.

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use known_user::Trigger;

use crate::{export::Export, import::Import, people};

/// Where a password may be given; never on the command line, which every process on a machine can read.
pub(crate) const PASSWORD_VARIABLE: &str = "KNOWN_USERS_PASSWORD";

const ENVIRONMENT: &str = "\
Environment:
  AWS_PROFILE, AWS_REGION …    as for every AWS tool
  AWS_ENDPOINT_URL             another endpoint for every service, or for one:
  AWS_ENDPOINT_URL_<SERVICE>   COGNITO_IDENTITY_PROVIDER, CLOUDFORMATION,
                               CLOUDWATCH_LOGS, DYNAMODB, LAMBDA, SESV2, STS

Exit codes:
  0    done
  1    something failed
  2    the command line or an input is wrong; nothing was changed
  3    every call worked, but something is not as it should be
  4    something is left that you have to see to
  5    errors were found, by the doctor
  130  interrupted
Each command's --help says what they mean there.";

const AFTER_HELP: &str = "\
Environment:
  KNOWN_USERS_PASSWORD         the password, unless a file or standard input gives it
  AWS_PROFILE, AWS_REGION …    as for every AWS tool
  AWS_ENDPOINT_URL             another endpoint for every service, or for one:
  AWS_ENDPOINT_URL_<SERVICE>   COGNITO_IDENTITY_PROVIDER, CLOUDFORMATION,
                               CLOUDWATCH_LOGS, DYNAMODB, LAMBDA, SESV2, STS

Exit codes:
  0    done; what was made is removed, or left because you said so
  1    a step failed; what was made is removed
  2    the command line is wrong, or an answer is missing and nobody is there to
       give it; nothing was made
  3    every call worked, but the trigger did not do what the scenario shows;
       what was made is removed
  4    something could not be removed or put back; it is listed with what to do
  130  interrupted; what was made is removed";

/// The operator's tool of a team that already has users.
#[derive(Parser)]
#[command(name = "known-users", version, after_help = ENVIRONMENT, max_term_width = 120)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Args, Clone, Default)]
pub(crate) struct Global {
    /// The stack whose outputs say where everything is
    #[arg(long, global = true, value_name = "NAME", default_value = "known-user-triggers", help_heading = "Where")]
    pub(crate) stack: String,
    /// The user pool, instead of the stack's output UserPoolId
    #[arg(long, global = true, value_name = "ID", help_heading = "Where")]
    pub(crate) user_pool_id: Option<String>,
    /// The app client, instead of the stack's output UserPoolClientId
    #[arg(long, global = true, value_name = "ID", help_heading = "Where")]
    pub(crate) client_id: Option<String>,
    /// The table of known users, instead of the stack's output KnownUsersTable
    #[arg(long, global = true, value_name = "NAME", help_heading = "Where")]
    pub(crate) table: Option<String>,
    /// The AWS region [default: that of --profile; without one, AWS_REGION, then that of the environment's profile]
    #[arg(long, global = true, value_name = "REGION", help_heading = "Where")]
    pub(crate) region: Option<String>,
    /// The AWS profile: its credentials and no others, whatever the environment has; its region, where it names one, also
    /// before AWS_REGION
    #[arg(long, global = true, value_name = "NAME", help_heading = "Where")]
    pub(crate) profile: Option<String>,
    /// One endpoint for every AWS service, instead of the environment's
    #[arg(long, global = true, value_name = "URL", help_heading = "Where")]
    pub(crate) endpoint_url: Option<String>,
    /// Answer yes to the last question: whether to clean up, to go ahead, or to remove somebody
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// The result as one JSON object on standard output, everything else on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// A trigger by its name, which the help lists.
pub(crate) fn trigger() -> impl TypedValueParser<Value = Trigger> {
    PossibleValuesParser::new(Trigger::ALL.map(Trigger::name)).try_map(|name| name.parse::<Trigger>())
}

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Put the people of a file into the table of known users
    Import(Import),
    /// Write everybody in the table of known users to a file that import reads
    Export(Export),
    /// Show somebody's record
    Get(people::Get),
    /// Add somebody, or change fields of their record
    Put(people::Put),
    /// Remove somebody from the table of known users
    Remove(people::Remove),
    /// Refuse somebody's sign-in from now on
    Suspend(people::Suspend),
    /// Allow somebody's sign-in again
    Resume(people::Resume),
    /// Let somebody come once more who had arrived, and whose account is gone
    Readmit(crate::readmit::Readmit),
    /// Delete an account that nobody has confirmed and that holds a known person's name or email
    Release(crate::release::Release),
    /// Say which rule keeps somebody out, since when, and the one command that mends it; changes nothing
    Why(crate::why::Why),
    /// Say how far the migration is: who is known, has moved, signs in, still has a password hash
    Status(crate::status::Status),
    /// Make one-time codes with which people sign up as who they are
    Invite(crate::invite::Invite),
    /// Have a pool that you already have call the stack's functions, and change nothing else of it
    Attach(crate::attach::Attach),
    /// Have the pool call what it called before attach
    Detach(crate::attach::Detach),
    /// Say what would go wrong, and what to do about it; changes nothing
    Doctor(crate::doctor::Doctor),
    /// Show a trigger at work in a user pool, step by step, and clean up
    Scenario {
        #[command(subcommand)]
        scenario: Scenario,
    },
    /// Print what completes this tool's command line in a shell
    Completions(crate::shell::Completions),
    /// Write the man pages of this tool
    ManPages(crate::shell::ManPages),
}

/// The scenarios.
#[derive(Subcommand)]
pub(crate) enum Scenario {
    /// Pre sign-up: a known user signs up and is confirmed without a code
    ///
    /// The sign-up happens under the known user's real email: where the pool does not confirm it, Cognito mails a code
    /// there, and where the stack has a WelcomeEmailFrom, the welcome mail goes there.
    #[command(after_help = AFTER_HELP)]
    AutoConfirm(AutoConfirm),
    /// Migrate user: a known user who is not in the pool signs in, and chooses a new password
    ///
    /// The user name and email that you give are added to the known users for the time of the scenario; Cognito mails a
    /// code to that email.
    #[command(after_help = AFTER_HELP)]
    MigrateUser(MigrateUser),
    /// Post authentication: a known user signs in, and the sign-in is noted on their record
    ///
    /// An administrator makes the user; no mail is sent.
    #[command(after_help = AFTER_HELP)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn where_things_are_may_be_said_before_and_behind_the_command() {
        for words in [
            ["known-users", "--stack", "s", "scenario", "auto-confirm", "--yes"],
            ["known-users", "scenario", "auto-confirm", "--yes", "--stack", "s"],
        ] {
            let cli = Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!((cli.global.stack.as_str(), cli.global.yes), ("s", true));
        }
    }

    #[test]
    fn the_stack_is_the_one_that_sam_deploys_by_default() {
        let cli = Cli::try_parse_from(["known-users", "scenario", "activity-log"]).unwrap_or_else(|e| panic!("{e}"));
        let samconfig = include_str!("../../../samconfig.toml");
        assert!(samconfig.contains(&format!("stack_name = \"{}\"", cli.global.stack)));
    }

    #[test]
    fn a_pair_has_a_key_and_perhaps_a_value() {
        let of = |key: &str, value: &str| Ok((key.to_owned(), value.to_owned()));
        assert_eq!(pair("channel=mobile"), of("channel", "mobile"));
        assert_eq!(pair("a=b=c"), of("a", "b=c"));
        assert_eq!(pair("a="), of("a", ""));
        assert!(pair("a").is_err() && pair("=a").is_err());
    }

    #[test]
    fn no_option_takes_a_password() {
        let mut command = Cli::command();
        command.build();
        let scenarios = command.find_subcommand("scenario").unwrap();
        for scenario in scenarios.get_subcommands() {
            for argument in scenario.get_arguments().filter(|a| a.get_id().as_str().contains("password")) {
                let takes = argument.get_action().takes_values();
                assert!(!takes || argument.get_id() == "password_file", "{}", argument.get_id());
            }
        }
    }
}
