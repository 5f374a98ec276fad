//! `known-users completions`: what completes the command line in a shell, generated from it.

use std::{
    io::{self, Write},
    process,
};

use aws_failure::Failure;
use clap::{Args, Command};
use clap_complete::Shell;
use serde_json::json;

use crate::{
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Facts, Outcome},
    terminal::output::Show,
};

fn after_help() -> String {
    exit_code::help(&[
        (ExitCode::Done, "done"),
        (ExitCode::Failed, "it could not be written"),
        (ExitCode::Usage, "the command line is wrong"),
    ])
}

/// `completions`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Writes what completes the command line in a shell to standard output.
pub(crate) fn run(global: &Global, options: &Completions, mut command: Command) -> process::ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command, "known-users", &mut script);
    if global.json {
        let script = String::from_utf8_lossy(&script);
        Show::new(true).result(&json!({"shell": options.shell.to_string(), "script": script}));
        return ExitCode::Done.into();
    }
    match io::stdout().lock().write_all(&script) {
        // Whoever reads no further has what they wanted: `known-users completions bash | head`.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let failure = Failure::new("write to standard output", error, "look at where it goes");
            Outcome::failed(failure, Facts::new()).end(&Show::new(false))
        }
        _ => ExitCode::Done.into(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum};

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_shell_completes_every_command() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "known-users", &mut script);
            let script = String::from_utf8(script).unwrap();
            for word in ["attach", "detach", "doctor", "auto-confirm", "allow-unknown"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }
}
