//! `ringfence inspect text`: what a reader of a prompt or a log does not see.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use inspect::text_receipt;

use crate::{outcome::Outcome, say};

/// A text is held in memory several times over.
const TEXT_MAX: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// A text in UTF-8; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(flags: &Flags, json: bool) -> Result<Outcome> {
    let shown =
        if flags.file == Path::new("-") { "standard input".to_owned() } else { format!("`{}`", flags.file.display()) };
    let bytes = read(&flags.file).with_context(|| format!("cannot read {shown}"))?;
    if bytes.len() as u64 > TEXT_MAX {
        bail!("{shown} is longer than {} MiB; split it and look at the parts", TEXT_MAX >> 20);
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        anyhow!(
            "{shown} is not UTF-8: the byte at offset {} fits no character; convert it first",
            error.utf8_error().valid_up_to()
        )
    })?;
    let report = inspect::text(&text);
    say::answer(&if json { serde_json::to_string_pretty(&report)? } else { text_receipt(&report) })?;
    Ok(if report.marks.is_empty() { Outcome::Nothing } else { Outcome::Found })
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin().lock().take(TEXT_MAX + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(TEXT_MAX + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}
