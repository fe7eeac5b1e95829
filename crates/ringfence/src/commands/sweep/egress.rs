//! `sweep egress`: what the network blocks, and what its logs show.

use std::{fs::File, io::BufReader, path::PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use sweep::{catalogue::Catalogue, egress};

use super::{found, read_ban};
use crate::{outcome::Outcome, say};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Flags {
    /// What is banned; every tool of the catalogue without it.
    #[arg(long, global = true, value_name = "FILE.toml")]
    ban: Option<PathBuf>,
    /// For whom: nftables, dnsmasq, rpz, squid, pac, envoy-json, envoy-yaml, windows-firewall, hosts or plain.
    #[arg(long, default_value = "plain", value_name = "FORM")]
    form: String,
    /// Domains that others use as well, which are only reported otherwise.
    #[arg(long)]
    with_shared: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Use in logs of Zeek, dnsmasq or squid: tools, hosts, first and last; no person.
    Match {
        #[arg(required = true, value_name = "LOG")]
        logs: Vec<PathBuf>,
    },
}

pub(super) fn run(flags: &Flags, catalogue: &Catalogue) -> Result<Outcome> {
    let ban = flags.ban.as_ref().map(|ban| read_ban(ban, catalogue)).transpose()?;
    let list = egress::List::of(catalogue, ban.as_ref());
    let Some(Command::Match { logs }) = &flags.command else {
        say::answer(&egress::render(&list, flags.form.parse()?, flags.with_shared))?;
        return Ok(Outcome::Nothing);
    };
    let mut seen = egress::Seen::new(&list);
    for log in logs {
        let cannot = || format!("cannot read `{}`", log.display());
        seen.read(BufReader::new(File::open(log).with_context(cannot)?)).with_context(cannot)?;
    }
    let uses = seen.finish();
    say::answer(&serde_json::to_string_pretty(&uses)?)?;
    Ok(found(!uses.uses.is_empty()))
}
