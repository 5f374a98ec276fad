//! `known-users resume`: somebody's sign-in is allowed again.

use std::process;

use clap::Args;

use crate::{
    exit_code::{self, ExitCode},
    options::Global,
    table::suspension::{self, Deed},
};

fn after_help() -> String {
    exit_code::help(&[
        (ExitCode::Done, "done, or so already"),
        (ExitCode::Failed, "it failed"),
        (ExitCode::Usage, "the command line or an input is wrong; nothing was written"),
        (ExitCode::Found, "nobody is known by that email or user name"),
        (ExitCode::Interrupted, "interrupted"),
    ])
}

/// `resume`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Resume {
    /// An email or a user name
    #[arg(value_name = "EMAIL|USERNAME")]
    who: String,
    /// Enable their account in the pool, which suspend --disable disabled
    #[arg(long)]
    enable: bool,
}

/// Allows somebody's sign-in.
pub(crate) async fn run(global: &Global, options: &Resume) -> process::ExitCode {
    let deeds = if options.enable { &[Deed::Enable][..] } else { &[] };
    suspension::set(global, &options.who, false, deeds).await
}
