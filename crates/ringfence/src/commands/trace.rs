//! `ringfence trace`: what the tables say of addresses.

mod ask;
mod list;
mod tell;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use gateway::{Loaded, TableFolder};
use jiff::{Timestamp, tz::TimeZone};
use origin::{Class, Limits, Origin};

use self::ask::Ask;
use crate::{data::DataFolder, outcome::Outcome, say};

/// Where addresses come from: class, countries, network, contradictions, and the table behind each word. Exit code 1 when an
/// address is worth a closer look: it is an exit of Tor, a VPN or a proxy, or its tables contradict each other. A relay is not,
/// and an address that no table names is unknown, not clean.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Addresses; `-` reads them from standard input, one a line.
    #[arg(value_name = "ADDRESS", required_unless_present = "list")]
    addresses: Vec<Ask>,
    /// The folder of tables; by default `tables` in the data folder.
    #[arg(long, env = "RINGFENCE_TABLES", value_name = "DIR")]
    tables: Option<PathBuf>,
    /// Say which tables there are, of which day they are and until when they count, and which files were passed over.
    #[arg(long, conflicts_with = "addresses")]
    list: bool,
}

pub(crate) fn run(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    if flags.addresses.iter().filter(|ask| **ask == Ask::StandardInput).count() > 1 {
        bail!("`-` stands for standard input, which can be read only once; leave one out");
    }
    let folder = TableFolder::at(flags.tables.clone().unwrap_or_else(|| data.tables()));
    if flags.tables.is_none() && !folder.path().exists() {
        bail!("there are no tables in `{}`; put some there, or name a folder with --tables", folder.path().display());
    }
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let loaded = folder.load(today, &Limits::default())?;
    if flags.list {
        say::answers(list::lines(&loaded, json).into_iter().map(Ok))?;
        return Ok(Outcome::Nothing);
    }
    for (table, as_of) in loaded.tables.expired() {
        let table = tell::printable(table);
        say::note(&format!("ringfence: table `{table}` of {as_of} is too old to count; fetch it again"));
    }
    answer(flags, &loaded, json)
}

/// Answers one address after the other, so that a long list needs no memory.
fn answer(flags: &Flags, loaded: &Loaded, json: bool) -> Result<Outcome> {
    let mut outcome = Outcome::Nothing;
    let lines = flags.addresses.iter().flat_map(Ask::addresses).map(|address| {
        let origin = loaded.tables.trace(address?);
        if is_notable(&origin) {
            outcome = Outcome::Found;
        }
        Ok(if json { serde_json::to_string(&origin)? } else { tell::text(&origin, loaded) })
    });
    say::answers(lines)?;
    Ok(outcome)
}

/// Whether an address hides where its user is, or is told differently by different tables.
fn is_notable(origin: &Origin<'_>) -> bool {
    matches!(origin.class(), Class::Tor | Class::Vpn | Class::Proxy) || !origin.contradictions().is_empty()
}
