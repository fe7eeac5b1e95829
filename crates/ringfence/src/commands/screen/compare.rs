//! `screen compare`: pairs of names, each with a score and its reasons; how well that went where the pairs are labelled.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use ownership::names::{Pairs, THRESHOLD, Tally, shown};
use serde_json::json;

use crate::{outcome::Outcome, say};

/// One JSON line a pair, with `score`, `match` and `explanation`; where pairs are labelled, a last line with precision, recall and F1.
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// CSV with the columns `name1` and `name2`, and perhaps `is_match` and `schema`; `-` is standard input.
    #[arg(value_name = "PAIRS.csv")]
    pairs: PathBuf,
}

pub(super) fn run(flags: &Flags) -> Result<Outcome> {
    let name = flags.pairs.display().to_string();
    let input: Box<dyn Read> = match name.as_str() {
        "-" => Box::new(io::stdin().lock()),
        _ => Box::new(File::open(&flags.pairs).with_context(|| format!("cannot read `{name}`"))?),
    };
    let pairs = Pairs::new(io::BufReader::new(input)).with_context(|| format!("`{name}` cannot be used"))?;
    let (mut tally, mut refused) = (Tally::default(), 0u64);
    let lines = pairs.filter_map(|pair| match pair {
        Ok(scored) => {
            tally.add(scored.label, scored.is_match);
            Some(serde_json::to_string(&scored).context("cannot write a pair"))
        }
        Err(error) if error.is_of_one_row() => {
            refused += 1;
            let source = std::error::Error::source(&error).map_or_else(String::new, |source| format!(": {source}"));
            say::note(&format!("ringfence: `{name}` {error}{source}"));
            None
        }
        Err(error) => Some(Err(error.into())),
    });
    say::answers(lines)?;
    if let Some(f1) = tally.f1() {
        let Tally { true_matches, false_matches, missed, true_misses, unlabelled } = tally;
        let line = json!({
            "precision": tally.precision(), "recall": tally.recall(), "f1": f1, "threshold": shown(THRESHOLD),
            "true_matches": true_matches, "false_matches": false_matches, "missed": missed, "true_misses": true_misses,
            "unlabelled": unlabelled, "refused": refused,
        });
        say::answer(&line.to_string())?;
    }
    if refused > 0 && tally == Tally::default() {
        bail!("none of the rows of `{name}` could be read");
    }
    Ok(Outcome::Nothing)
}
