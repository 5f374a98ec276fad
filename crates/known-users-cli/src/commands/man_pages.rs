//! `known-users man-pages`: a page for every command, generated from the command line.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

use aws_failure::Failure;
use clap::{Args, Command};
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

/// `man-pages`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct ManPages {
    /// The folder to write them into, which is made where there is none; pages of these names are overwritten
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes a man page for every command.
pub(crate) fn run(global: &Global, options: &ManPages, command: Command) -> process::ExitCode {
    let show = Show::new(global.json);
    match write_pages(&options.folder, command) {
        Ok(pages) => {
            for page in &pages {
                show.note(page);
            }
            show.result(&json!({"pages": pages}));
            ExitCode::Done.into()
        }
        Err(failure) => Outcome::failed(failure, Facts::new()).end(&show),
    }
}

fn write_pages(folder: &Path, command: Command) -> Result<Vec<String>, Failure> {
    let fault = |path: &Path, error: io::Error| {
        let tried = format!("write `{}`", path.display());
        Failure::new(tried, error, "name a folder where you may write")
    };
    fs::create_dir_all(folder).map_err(|error| fault(folder, error))?;
    let mut root = command.disable_help_subcommand(true);
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
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_has_a_page_with_its_exit_codes() {
        let folder = tempfile::tempdir().unwrap();
        let pages = write_pages(&folder.path().join("man"), Cli::command()).unwrap();
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
}
