//! `ringfence inspect`: what an AI client reads about the machine and its user, and how it leaves. Only `inspect run` runs what it is about.

mod diff;
mod open;
pub(crate) mod run;
mod text;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use inspect::{Disclosures, Findings, Limits, Verdict, bill, inspect_told, receipt, sarif};

use crate::{outcome::Outcome, progress, say};

/// What an AI client reads about the machine and its user, what it decides by that, and by which way it leaves. Reads packages (.tgz,
/// .zip, .vsix, .whl, .asar), folders, scripts and single-file executables, and runs none of them. Exit code 1 when a finding is medium or
/// worse. What could not be read or followed is told as unknown and is never a pass: `--strict` counts it as found.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Flags {
    /// A package, a folder, a script or an executable.
    #[arg(required = true, value_name = "PATH")]
    path: Option<PathBuf>,
    /// Write the findings as SARIF 2.1.0 as well.
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Write a CycloneDX 1.6 bill of materials as well, with verdict and findings as properties.
    #[arg(long, value_name = "FILE")]
    cyclonedx: Option<PathBuf>,
    /// What the vendor documents: hosts, facts, switches; see docs/inspect.md.
    #[arg(long, value_name = "FILE.toml")]
    disclosures: Option<PathBuf>,
    /// Exit code 1 also when something stays unknown.
    #[arg(long)]
    strict: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Characters in a prompt or a log that a reader does not see, or takes for others. Exit code 1 when there are some.
    Text(text::Flags),
    /// What a version does that the one before did not: facts, ways out, hosts, findings. Exit code 1 when there is more.
    Diff(diff::Flags),
    /// Runs a client in many environments against a recorder, and compares what it sends.
    Run(run::Flags),
}

pub(crate) fn run(flags: &Flags, json: bool) -> Result<Outcome> {
    match &flags.command {
        Some(Command::Text(flags)) => text::run(flags, json),
        Some(Command::Diff(flags)) => diff::run(flags, json),
        Some(Command::Run(flags)) => run::run(flags, json),
        None => client(flags, json),
    }
}

fn client(flags: &Flags, json: bool) -> Result<Outcome> {
    let path = flags.path.as_deref().ok_or_else(|| anyhow!("name a package, a folder, a script or an executable"))?;
    let said = disclosures(flags.disclosures.as_deref())?;
    let found = findings(path, &said)?;
    let log = flags.sarif.as_deref().map(|file| (file, sarif(&found)));
    let parts = flags.cyclonedx.as_deref().map(|file| (file, bill(&found)));
    for (file, value) in log.into_iter().chain(parts) {
        let text = serde_json::to_string_pretty(&value)?;
        fs::write(file, text + "\n").with_context(|| format!("cannot write `{}`", file.display()))?;
    }
    say::answer(&if json { serde_json::to_string_pretty(&found)? } else { receipt(&found) })?;
    Ok(outcome(&found, flags.strict))
}

/// What the findings come to. Unknown parts are told on standard error, where nobody who reads the exit code alone misses them.
fn outcome(found: &Findings, strict: bool) -> Outcome {
    if found.verdict == Verdict::Inconclusive {
        let places = found.unknown.len();
        say::note(&format!(
            "ringfence: inconclusive: {places} {} not read or not followed to the end, so this is not a pass; each is under `unknown` with why",
            if places == 1 { "place was" } else { "places were" }
        ));
    }
    if found.grave().next().is_some() || (strict && !found.unknown.is_empty()) {
        Outcome::Found
    } else {
        Outcome::Nothing
    }
}

fn disclosures(file: Option<&std::path::Path>) -> Result<Disclosures> {
    let Some(file) = file else { return Ok(Disclosures::default()) };
    let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    Disclosures::parse(&text).with_context(|| format!("`{}`", file.display()))
}

/// Opens and inspects what lies at a path.
fn findings(path: &std::path::Path, said: &Disclosures) -> Result<Findings> {
    let workers = std::thread::available_parallelism().map_or(2, |n| n.get().min(8));
    let limits = Limits { workers, ..Limits::default() };
    let artifact = open::artifact(path, &limits)?;
    let bytes = artifact.files.iter().filter(|f| f.role != inspect::Role::Data).map(|f| f.bytes).sum();
    let bar = progress::bytes("inspect", bytes);
    let found = inspect_told(&artifact, said, &limits, &|bytes| bar.inc(bytes));
    bar.finish_and_clear();
    Ok(found)
}
