//! `known-users suspend`: somebody's sign-in is refused from now on.

use std::process;

use clap::Args;

use crate::{
    exit_code::{self, ExitCode},
    options::Global,
    table::suspension::{self, Deed},
};

const BEFORE: &str = "\
The mark on the record refuses sign-in and migration, as CHECK_SUSPENDED says. It ends no session: whoever is signed in
stays so, and their tokens are renewed, unless --sign-out. With both options, an access token that is out already still
counts until it expires (an hour, unless the app client says otherwise) wherever nobody asks Cognito about it. In an email
pool a changed email sheds the mark: there --disable is what holds.";

fn after_help() -> String {
    exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "done, or so already"),
            (ExitCode::Failed, "it failed; run it again, it does nothing twice"),
            (ExitCode::Usage, "the command line or an input is wrong; nothing was written"),
            (ExitCode::Found, "nobody is known by that email or user name"),
            (ExitCode::Interrupted, "interrupted"),
        ],
    )
}

/// `suspend`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Suspend {
    /// An email or a user name
    #[arg(value_name = "EMAIL|USERNAME")]
    who: String,
    /// Disable their account in the pool, so that no sign-in succeeds there, whatever the triggers do
    #[arg(long)]
    disable: bool,
    /// End their sessions: the pool renews no token of theirs any more
    #[arg(long)]
    sign_out: bool,
}

/// Refuses somebody's sign-in.
pub(crate) async fn run(global: &Global, options: &Suspend) -> process::ExitCode {
    // Disabled first: whoever is signed out could sign in again.
    let deeds = [(options.disable, Deed::Disable), (options.sign_out, Deed::SignOut)];
    let deeds: Vec<Deed> = deeds.into_iter().filter_map(|(is_asked, deed)| is_asked.then_some(deed)).collect();
    suspension::set(global, &options.who, true, &deeds).await
}
