//! `ringfence inspect diff`: what a version does that the one before did not.

use std::{fmt::Write, path::PathBuf};

use anyhow::Result;
use clap::Args;
use inspect::{Difference, Severity};

use crate::{outcome::Outcome, say};

#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The version before: a package, a folder, a script or an executable.
    #[arg(value_name = "OLD")]
    old: PathBuf,
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// What the vendor documents of the new version.
    #[arg(long, value_name = "FILE.toml")]
    disclosures: Option<PathBuf>,
}

pub(super) fn run(flags: &Flags, json: bool) -> Result<Outcome> {
    let said = super::disclosures(flags.disclosures.as_deref())?;
    let old = super::findings(&flags.old, &said)?;
    let new = super::findings(&flags.new, &said)?;
    let difference = inspect::diff(&old, &new);
    say::answer(&if json { serde_json::to_string_pretty(&difference)? } else { page(&difference) })?;
    if !(old.unknown.is_empty() && new.unknown.is_empty()) {
        say::note(&format!(
            "ringfence: {} places of the old and {} of the new version were not read or not followed to the end; a difference in them is not seen",
            old.unknown.len(),
            new.unknown.len()
        ));
    }
    Ok(if difference.is_more() { Outcome::Found } else { Outcome::Nothing })
}

fn page(d: &Difference) -> String {
    let mut out = format!("{} → {}\n", d.old, d.new);
    let mut list = |title: &str, all: Vec<String>| {
        if !all.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{title}:");
            for line in all {
                let _ = writeln!(out, "  {line}");
            }
        }
    };
    let findings = |all: &[inspect::Finding]| -> Vec<String> {
        all.iter()
            .filter(|f| f.severity > Severity::Info)
            .map(|f| format!("{} {}: {}", f.severity, f.rule, f.text))
            .collect()
    };
    list("new findings", findings(&d.new_findings));
    list("new facts that are read and leave", d.new_sources.iter().map(ToString::to_string).collect());
    list("new ways out", d.new_channels.iter().map(|(source, channel)| format!("{source} in {channel}")).collect());
    list("new hosts", d.new_hosts.clone());
    list("new telemetry keys", d.new_keys.clone());
    list("switches that are gone", d.gone_opt_outs.clone());
    list("could be read before, and cannot now", d.new_unknown.clone());
    list("new switches", d.new_opt_outs.clone());
    list("findings that are gone", findings(&d.gone_findings));
    list("hosts that are gone", d.gone_hosts.clone());
    if !d.is_more() {
        out.push_str("nothing new\n");
    }
    out
}
