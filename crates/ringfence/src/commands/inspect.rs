//! `ringfence inspect`: what an AI client reads about the machine and its user, and how it leaves.

pub(crate) mod run;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::outcome::Outcome;

/// What an AI client says about the machine and its user.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a client in many environments against a recorder, and compares what it sends.
    Run(run::Flags),
}

pub(crate) fn run(flags: &Flags, json: bool) -> Result<Outcome> {
    match &flags.command {
        Command::Run(flags) => run::run(flags, json),
    }
}
