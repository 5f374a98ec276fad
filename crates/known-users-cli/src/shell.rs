//! What a shell and a reader of manuals get of the command line: completions and man pages, generated from it.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;
use serde_json::json;

use crate::{
    cli::{Cli, Global},
    failure::Failure,
    show::{self, Show},
};

const AFTER_HELP: &str = "\
Exit codes:
  0    done
  1    it could not be written
  2    the command line is wrong";

/// `completions`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// `man-pages`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ManPages {
    /// The folder to write them into, which is made where there is none; pages of these names are overwritten
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes what completes the command line in a shell to standard output.
pub(crate) fn completions(global: &Global, options: &Completions) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "known-users", &mut script);
    if global.json {
        let script = String::from_utf8_lossy(&script);
        Show::new(true).result(&json!({"shell": options.shell.to_string(), "script": script}));
        return ExitCode::SUCCESS;
    }
    match io::stdout().lock().write_all(&script) {
        // Whoever reads no further has what they wanted: `known-users completions bash | head`.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            end(global, Err(Failure::new("write to standard output", error, "look at where it goes")))
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Writes a man page for every command.
pub(crate) fn man_pages(global: &Global, options: &ManPages) -> ExitCode {
    end(global, write_pages(&options.folder))
}

fn end(global: &Global, outcome: Result<Vec<String>, Failure>) -> ExitCode {
    let show = Show::new(global.json);
    match outcome {
        Ok(pages) => {
            for page in &pages {
                show.note(page);
            }
            show.result(&json!({"pages": pages}));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            show::error(&failure.to_string());
            show.result(&json!({"error": failure.to_json()}));
            failure.kind.exit_code()
        }
    }
}

fn write_pages(folder: &Path) -> Result<Vec<String>, Failure> {
    let fault = |path: &Path, error: io::Error| {
        let tried = format!("write `{}`", path.display());
        Failure::new(tried, error, "name a folder where you may write")
    };
    fs::create_dir_all(folder).map_err(|error| fault(folder, error))?;
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    for (name, command) in with_subcommands("known-users", &root) {
        let path = folder.join(format!("{name}.1"));
        let mut page = Vec::new();
        clap_mangen::Man::new(command.display_name(name))
            .source(concat!("known-users ", env!("CARGO_PKG_VERSION")))
            .manual("known-users")
            .render(&mut page)
            .and_then(|()| fs::write(&path, page))
            .map_err(|error| fault(&path, error))?;
        pages.push(path.display().to_string());
    }
    Ok(pages)
}

/// A command and all below it, each by the name of its page: `known-users-scenario-auto-confirm`.
fn with_subcommands(name: &str, command: &Command) -> Vec<(String, Command)> {
    let mut all = vec![(name.to_owned(), command.clone())];
    for below in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        all.extend(with_subcommands(&format!("{name}-{}", below.get_name()), below));
    }
    all
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_command_has_a_page_with_its_exit_codes() {
        let folder = tempfile::tempdir().unwrap();
        let pages = write_pages(&folder.path().join("man")).unwrap();
        let names: Vec<&str> = pages.iter().filter_map(|page| page.rsplit('/').next()).collect();
        for name in ["known-users", "known-users-attach", "known-users-scenario-migrate-user", "known-users-doctor"] {
            assert!(names.contains(&format!("{name}.1").as_str()), "{name}: {names:?}");
        }
        for page in &pages {
            let text = fs::read_to_string(page).unwrap();
            assert!(text.starts_with(".ie") && text.contains(".SH SYNOPSIS"), "{page}: {text}");
            // A command that only has commands below it says nothing of its own.
            let is_a_group = text.contains(".SH SUBCOMMANDS") && !page.ends_with("/known-users.1");
            assert!(is_a_group || text.contains("Exit codes:"), "{page}: {text}");
        }
    }

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
