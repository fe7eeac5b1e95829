//! The folder of statements, with its rejects and its regimes.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use ownership::{Disclosure, Regimes};
use screening::{Loaded, Register, StatementFolder};

use crate::{data::DataFolder, intake::rejects::Rejects, progress, say};

#[derive(Debug, Args)]
pub(super) struct Folder {
    /// The folder of statements and lists; by default `ownership` in the data folder.
    #[arg(long, env = "RINGFENCE_GRAPH", value_name = "DIR")]
    graph: Option<PathBuf>,
    /// Regimes of your own, in TOML; one with the id of a shipped one takes its place.
    #[arg(long = "regime-file", value_name = "FILE.toml")]
    regime_files: Vec<PathBuf>,
    /// Take all owners that matter to be stated: what nobody states belongs to parties that are no seeds.
    #[arg(long)]
    complete: bool,
    /// Stop at the first row that cannot be read, rather than setting it aside.
    #[arg(long)]
    strict: bool,
}

/// The shipped regimes and the operator's.
pub(super) fn regimes(flags: &Folder) -> Result<Regimes> {
    let mut regimes = Regimes::shipped();
    for file in &flags.regime_files {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        regimes.add(&file.display().to_string(), &text)?;
    }
    Ok(regimes)
}

pub(super) fn register(flags: &Folder, data: &DataFolder, json: bool) -> Result<Register> {
    let folder = StatementFolder::at(flags.graph.clone().unwrap_or_else(|| data.ownership()));
    if flags.graph.is_none() && !folder.path().exists() {
        bail!(
            "there are no statements in `{}`; put some there, or name a folder with --graph",
            folder.path().display()
        );
    }
    let Loaded { register, files, skipped: _, .. } = load(&folder, data, flags.strict)?;
    let disclosure = if flags.complete { Disclosure::Complete } else { Disclosure::AsStated };
    if !json {
        for file in &files {
            for column in &file.ignored_columns {
                say::note(&format!("ringfence: `{}`: the column `{}` is not read", file.name, column.escape_debug()));
            }
        }
    }
    Ok(register.with_regimes(regimes(flags)?).with_disclosure(disclosure))
}

/// Loads a folder; rows that cannot be read are told, and written to the rejects file.
fn load(folder: &StatementFolder, data: &DataFolder, strict: bool) -> Result<Loaded> {
    let bar = progress::bytes("reading statements", 0);
    let mut rejects = Rejects::new(data.rejects());
    let mut failed = None;
    let loaded = folder.load(
        &mut |file, reject| {
            let refused =
                rejects.one(file, reject.line, &reject.detail, reject.reason.code(), &reject.to_line(file), strict);
            failed = failed.take().or(refused.err());
        },
        &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        },
    );
    bar.finish_and_clear();
    if let Some(error) = failed {
        return Err(error);
    }
    let loaded = loaded?;
    let (counts, file) = rejects.finish()?;
    if let Some(file) = file {
        let rows: u64 = counts.values().sum();
        let reasons: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        say::note(&format!(
            "ringfence: {rows} rows could not be read and count for nothing ({}); they are in `{}`",
            reasons.join(", "),
            file.display()
        ));
    }
    Ok(loaded)
}
