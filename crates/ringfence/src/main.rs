//! The `ringfence` binary: parses the command line, wires the crates together, prints, and sets the exit code.

mod commands;
mod data;
mod intake;
mod interrupt;
mod outcome;
mod progress;
mod record;
mod say;
mod tables;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::{data::DataFolder, outcome::Outcome};

/// Guards the border around AI models, in the open.
#[derive(Debug, Parser)]
#[command(name = "ringfence", version, about, max_term_width = 100)]
struct Cli {
    /// Where state lives: the lake, the secret, rejects.
    #[arg(long, global = true, env = "RINGFENCE_DATA", default_value = "ringfence-data", value_name = "DIR")]
    data: DataFolder,
    /// Print the answer as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Seeded traffic, import, hunt, report: everything in a temporary folder.
    Demo(commands::demo::Flags),
    /// Exchanges and accounts from files, other gateways' and clouds' logs into the lake.
    Import(commands::import::Flags),
    /// Coordinated harvest campaigns in the lake, or straight from files.
    Hunt(commands::hunt::Flags),
    /// The gateway: a reverse proxy for model APIs, and decision endpoints for other proxies.
    Serve(commands::serve::Flags),
    /// The rules: check them, explain a decision, run cases, see what new ones would change.
    Policy(commands::policy::Flags),
    /// The record of decisions: verify it, prove an entry, export it.
    Ledger(commands::ledger::Flags),
    /// What people work on: appeals and campaigns.
    Cases(commands::cases::Flags),
    /// Seeded traffic with planted campaigns, for trying things out.
    Simulate(commands::simulate::Flags),
    /// Who controls an organisation, under which rule, and the proof.
    Screen(commands::screen::Flags),
    /// What an AI client reads about the machine and its user, and how it leaves; texts and versions too.
    Inspect(commands::inspect::Flags),
    /// AI clients and models on a machine: scan, plan, quarantine, restore, attest.
    Sweep(commands::sweep::Flags),
    /// The machines that report to this server: tokens that enrol them, their state, leave to quarantine.
    Fleet(commands::fleet::Flags),
    /// Where addresses come from, and the tables that say so.
    Trace(commands::trace::Flags),
}

fn main() -> ExitCode {
    // A stage of a run parts namespaces, which it can only do while it is the only thread.
    let mut words = std::env::args().skip(1);
    if words.next().is_some_and(|w| w == commands::inspect::run::STAGE) {
        return differential::inside(words);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are answers; everything else is a command that could not be done.
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(2) };
        }
    };
    let done = match &cli.command {
        Command::Demo(flags) => commands::demo::run(flags, cli.json),
        Command::Import(flags) => commands::import::run(flags, &cli.data, cli.json),
        Command::Hunt(flags) => commands::hunt::run(flags, &cli.data, cli.json),
        Command::Serve(flags) => commands::serve::run(flags, &cli.data, cli.json),
        Command::Policy(flags) => commands::policy::run(flags, &cli.data, cli.json),
        Command::Ledger(flags) => commands::ledger::run(flags, &cli.data, cli.json),
        Command::Cases(flags) => commands::cases::run(flags, &cli.data, cli.json),
        Command::Simulate(flags) => commands::simulate::run(flags, cli.json),
        Command::Screen(flags) => commands::screen::run(flags, &cli.data, cli.json),
        Command::Inspect(flags) => commands::inspect::run(flags, cli.json),
        Command::Sweep(flags) => commands::sweep::run(flags, &cli.data, cli.json),
        Command::Fleet(flags) => commands::fleet::run(flags, &cli.data, cli.json),
        Command::Trace(flags) => commands::trace::run(flags, &cli.data, cli.json),
    };
    match done {
        Ok(Outcome::Nothing) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Err(error) => {
            say::error(&error);
            ExitCode::from(2)
        }
    }
}

/// Runs the work of a command. What it left behind on other threads ends with the process and is not waited for.
pub(crate) fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("cannot start the worker threads")?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}
