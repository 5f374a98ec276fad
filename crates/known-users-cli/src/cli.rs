//! What can be said on the command line.

use clap::{Parser, Subcommand};

use crate::{
    commands::{
        attach::Attach, completions::Completions, detach::Detach, doctor::Doctor, export::Export, get::Get,
        import::Import, invite::Invite, man_pages::ManPages, put::Put, readmit::Readmit, release::Release,
        remove::Remove, resume::Resume, scenario::options::Scenario, status::Status, suspend::Suspend, why::Why,
    },
    exit_code::{self, ExitCode},
    options::{ENVIRONMENT, Global},
};

fn after_help() -> String {
    let codes = exit_code::help_after(&format!("Environment:\n{ENVIRONMENT}"), &ExitCode::ALL);
    format!("{codes}\nEach command's --help says what they mean there.")
}

/// The operator's tool of a team that already has users.
#[derive(Parser)]
#[command(name = "known-users", version, after_help = after_help(), max_term_width = 120)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Put the people of a file into the table of known users
    Import(Import),
    /// Write everybody in the table of known users to a file that import reads
    Export(Export),
    /// Show somebody's record
    Get(Get),
    /// Add somebody, or change fields of their record
    Put(Put),
    /// Remove somebody from the table of known users
    Remove(Remove),
    /// Refuse somebody's sign-in from now on
    Suspend(Suspend),
    /// Allow somebody's sign-in again
    Resume(Resume),
    /// Let somebody come once more who had arrived, and whose account is gone
    Readmit(Readmit),
    /// Delete an account that nobody has confirmed and that holds a known person's name or email
    Release(Release),
    /// Say which rule keeps somebody out, since when, and the one command that mends it; changes nothing
    Why(Why),
    /// Say how far the migration is: who is known, has moved, signs in, still has a password hash
    Status(Status),
    /// Make one-time codes with which people sign up as who they are
    Invite(Invite),
    /// Have a pool that you already have call the stack's functions, and change nothing else of it
    Attach(Attach),
    /// Have the pool call what it called before attach
    Detach(Detach),
    /// Say what would go wrong, and what to do about it; changes nothing
    Doctor(Doctor),
    /// Show a trigger at work in a user pool, step by step, and clean up
    Scenario {
        #[command(subcommand)]
        scenario: Scenario,
    },
    /// Print what completes this tool's command line in a shell
    Completions(Completions),
    /// Write the man pages of this tool
    ManPages(ManPages),
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
