//! `ringfence serve`: the gateway, and what it captures into the lake.

pub(crate) mod compact;
pub(crate) mod fleet;
mod standings;
mod trace_log;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use gateway::{Config, EXAMPLE_CONFIG, Gateway};
use serde_json::json;

use crate::{data::DataFolder, interrupt::Interrupt, outcome::Outcome, say};

/// A reverse proxy for model APIs, and decision endpoints for Envoy, nginx, Traefik and AuthZEN clients. Runs until SIGTERM or
/// Ctrl-C, lets answers end, and exits with 0.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The configuration; `ringfence.toml` in the data folder when there is one, else every default.
    #[arg(long, env = "RINGFENCE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read everything, say what is wrong, and stop before anything is bound.
    #[arg(long)]
    check: bool,
    /// Print a commented configuration with every default, and stop.
    #[arg(long)]
    print_config: bool,
}

pub(crate) fn run(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    if flags.print_config {
        say::answer(EXAMPLE_CONFIG)?;
        return Ok(Outcome::Nothing);
    }
    let (config, file) = configuration(flags.config.as_ref(), data)?;
    if flags.check {
        gateway::rules(config.policy.rules.as_deref())?;
        if let Some(folder) = &config.tables {
            let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
            gateway::TableFolder::at(folder).load(today, &origin::Limits::default())?;
        }
        say::answer(if json { "{\"sound\":true}" } else { "the configuration, its rules and its tables are sound" })?;
        return Ok(Outcome::Nothing);
    }
    crate::run(async {
        let telemetry = trace_log::start(config.telemetry.as_ref())?;
        let interrupt = Interrupt::listen("answers that ran were let end")?;
        data.make()?;
        let accounts = config.accounts.accounts.clone();
        let screening = config.screening.clone();
        let fleet_config = config.fleet.clone();
        let gateway = Gateway::start(config, data.path(), file.as_deref()).await?;
        let screening = match &screening {
            Some(config) => Some(standings::start(&gateway, config, data.clone()).await?),
            None => None,
        };
        let fleet = match &fleet_config {
            Some(config) => Some(fleet::start(&gateway, config, data).await?),
            None => None,
        };
        let others =
            [screening.as_ref().map(|screening| screening.server.address), fleet.as_ref().map(fleet::Fleet::address)];
        told(&gateway, others, json)?;
        let compaction = compact::start(&gateway, data.clone(), accounts);
        interrupt.wait().await;
        tracing::info!("no new requests are taken, and what runs is let end");
        if let Some(screening) = screening {
            screening.finish().await;
        }
        if let Some(fleet) = fleet {
            fleet.finish().await;
        }
        gateway.stop().await?;
        if let Some(compaction) = compaction {
            compaction.finish().await;
        }
        telemetry.stop();
        Ok(())
    })?;
    Ok(Outcome::Nothing)
}

/// The configuration, and the file that it is from.
pub(crate) fn configuration(flag: Option<&PathBuf>, data: &DataFolder) -> Result<(Config, Option<PathBuf>)> {
    let usual = data.path().join("ringfence.toml");
    let file = match flag {
        Some(file) => Some(file.clone()),
        None => usual.exists().then_some(usual),
    };
    let Some(file) = file else { return Ok((Config::read("", data.path())?, None)) };
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let folder = file.parent().unwrap_or(data.path());
    let config = Config::read(&text, folder).with_context(|| format!("`{}` cannot be used", file.display()))?;
    Ok((config, Some(file)))
}

fn told(gateway: &Gateway, [screening, fleet]: [Option<std::net::SocketAddr>; 2], json: bool) -> Result<()> {
    let at = gateway.addresses;
    if json {
        let line = json!({"listen": at.public, "admin": at.admin, "decisions": at.decisions, "screening": screening, "fleet": fleet});
        return say::answer(&line.to_string());
    }
    let or_off = |at: Option<std::net::SocketAddr>| at.map_or_else(|| "off".to_owned(), |address| address.to_string());
    let [decisions, screening, fleet] = [at.decisions, screening, fleet].map(or_off);
    say::answer(&format!(
        "model routes and appeals  {}\nhealth and metrics        {}\ndecision endpoints        {decisions}\nscreening                 \
         {screening}\nfleet                     {fleet}",
        at.public, at.admin
    ))
}
