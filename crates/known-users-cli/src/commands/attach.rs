//! `known-users attach`: a pool that was there before the stack calls its functions, and nothing else of it changes.

use std::process;

use clap::Args;
use known_user::Trigger;

use crate::{
    aws::rewiring::{self, How, Wish, after_help},
    options::{self, Global},
};

/// `attach`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Attach {
    /// Attach these triggers alone, separated by commas
    #[arg(long, value_parser = options::trigger(), value_delimiter = ',', value_name = "TRIGGER")]
    only: Vec<Trigger>,
    /// At these triggers, have the pool call the stack's function instead of another one, without asking
    #[arg(long, value_parser = options::trigger(), value_delimiter = ',', value_name = "TRIGGER")]
    replace: Vec<Trigger>,
    /// Where the pool calls a function of the stack itself, have it call the function's alias, so that a new version comes
    /// in gradually
    #[arg(long)]
    to_alias: bool,
    #[command(flatten)]
    how: How,
}

/// Attaches; what the shell is told.
pub(crate) async fn run(global: &Global, options: &Attach) -> process::ExitCode {
    let (triggers, replace) = (rewiring::chosen(&options.only), options.replace.clone());
    rewiring::run(global, &options.how, Wish::Call { triggers, replace, to_alias: options.to_alias }).await
}
