//! `known-users detach`: the pool calls again what it called before `attach`.

use std::{path::PathBuf, process};

use clap::Args;
use known_user::Trigger;
use user_pool::function::Function;

use crate::{
    aws::rewiring::{self, How, Wish, after_help},
    options::{self, Global},
};

/// `detach`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Detach {
    /// Detach these triggers alone, separated by commas; everything else of the pool stays as it is
    #[arg(long, value_parser = options::trigger(), value_delimiter = ',', value_name = "TRIGGER")]
    only: Vec<Trigger>,
    /// The backup that attach wrote: where the pool calls our functions, it calls again what it called then
    #[arg(long, value_name = "FILE")]
    restore: Option<PathBuf>,
    /// Take this function out, instead of the stack's; for a stack that is gone. May be given more than once
    #[arg(long, value_name = "NAME|ARN")]
    function: Vec<String>,
    #[command(flatten)]
    how: How,
}

/// Detaches; what the shell is told.
pub(crate) async fn run(global: &Global, options: &Detach) -> process::ExitCode {
    let functions = options.function.iter().map(|given| Function::new(given)).collect();
    let (triggers, restore) = (rewiring::chosen(&options.only), options.restore.clone());
    rewiring::run(global, &options.how, Wish::CallNoneOf { triggers, functions, restore }).await
}
