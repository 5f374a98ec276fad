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
    #[command(flatten)]
    how: How,
}

/// Attaches; what the shell is told.
pub(crate) async fn run(global: &Global, options: &Attach) -> process::ExitCode {
    let is_chosen = |trigger: &Trigger| options.only.is_empty() || options.only.contains(trigger);
    let triggers = Trigger::ALL.into_iter().filter(is_chosen).collect();
    rewiring::run(global, &options.how, Wish::Call { triggers, replace: options.replace.clone() }).await
}
