//! A machine's side of its fleet: `sweep enrol`, `sweep report`, and leave for `sweep quarantine --spool`.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use fleet::spool::{Spool, SpoolError};
use jiff::Timestamp;
use serde_json::json;
use sweep::{
    catalogue::Catalogue,
    fleet::{Leave, MachineName, Status, Token},
    plan::Plan,
};
use url::Url;

use super::{Place, read_ban, read_plan, scanned, today};
use crate::{outcome::Outcome, say};

/// Where a machine keeps its key and what waits, unless told otherwise.
const SPOOL: &str = "/var/lib/ringfence/fleet";

#[derive(Debug, Args)]
pub(super) struct Enrol {
    /// The fleet's server.
    #[arg(long, value_name = "URL")]
    to: Url,
    /// A private folder for this machine's key and the reports that wait.
    #[arg(long, default_value = SPOOL, value_name = "DIR")]
    spool: PathBuf,
    /// A file with the token that `ringfence fleet token` made, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    token: PathBuf,
    /// What the fleet calls this machine; its host name without it.
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Report {
    #[command(flatten)]
    place: Place,
    /// What is looked for; without it only what waits is sent.
    #[arg(long, value_name = "FILE.toml")]
    ban: Option<PathBuf>,
    /// The fleet's server, as a check: the machine reports to the one that it is enrolled with.
    #[arg(long, value_name = "URL")]
    to: Option<Url>,
    #[arg(long, default_value = SPOOL, value_name = "DIR")]
    spool: PathBuf,
    /// The plan that was carried out; with the vault it says what was done, and frees the leave.
    #[arg(long, requires = "vault", requires = "ban", value_name = "FILE.json")]
    plan: Option<PathBuf>,
    #[arg(long, requires = "plan", value_name = "DIR")]
    vault: Option<PathBuf>,
    /// Look at every file, however many there are.
    #[arg(long)]
    thorough: bool,
    /// Only put the report into the spool.
    #[arg(long, requires = "ban")]
    later: bool,
}

pub(super) fn enrol(flags: &Enrol, json: bool) -> Result<Outcome> {
    let token = token(&flags.token)?;
    let place = Place { root: "/".into(), machine: flags.machine.clone() };
    let machine: MachineName = place.settings(None)?.machine.parse()?;
    if flags.to.scheme() == "http" && !is_loopback(&flags.to) {
        say::note("ringfence: over http anybody on the way can read what this machine reports, though not change it");
    }
    let spool = Spool::open(&flags.spool)?;
    let membership = crate::run(async { Ok(spool.enrol(&flags.to, &machine, &token).await?) })?;
    say::answer(&match json {
        true => json!({"machine": membership.machine, "server": membership.server, "url": membership.url}).to_string(),
        false => format!(
            "`{}` is enrolled with {} and trusts its key {} from now on",
            membership.machine, membership.url, membership.server
        ),
    })?;
    Ok(Outcome::Nothing)
}

fn token(path: &Path) -> Result<Token> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().take(4096).read_to_string(&mut text).context("cannot read the token")?;
    } else {
        text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    }
    // `--json` has it in an object.
    let object: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let text = object.as_ref().and_then(|object| object.get("token")?.as_str()).unwrap_or(&text);
    Ok(text.parse::<Token>()?)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

pub(super) fn report(flags: &Report, catalogue: &Catalogue, json: bool) -> Result<Outcome> {
    let spool = Spool::open(&flags.spool)?;
    let membership = spool.membership()?;
    if let (Some(to), Some(membership)) = (&flags.to, &membership)
        && to.as_str() != membership.url
    {
        bail!(
            "this machine is enrolled with {}, not with {to}; `sweep enrol` with a new token changes that",
            membership.url
        );
    }
    let mut status = None;
    if let Some(ban) = &flags.ban {
        let ban = read_ban(ban, catalogue)?;
        let mut settings = flags.place.settings(None)?;
        settings.thorough = flags.thorough;
        let machine = match (&flags.place.machine, &membership) {
            (None, Some(membership)) => membership.machine.clone(),
            _ => settings.machine.parse()?,
        };
        let carried_out = match (&flags.plan, &flags.vault) {
            (Some(plan), Some(vault)) => {
                let plan = read_plan(plan)?;
                let done = sweeper::done(vault, plan.digest())?;
                Some((plan.digest().to_owned(), done))
            }
            _ => None,
        };
        let scan = scanned(&settings, catalogue)?;
        let quarantine = carried_out.as_ref().map(|(digest, done)| (digest.as_str(), done));
        let report = sweep::fleet::observe(machine, &scan, &ban, catalogue, today(), quarantine);
        status = Some(report.status);
        let waiting = spool.queue(&report)?;
        if waiting.dropped > 0 {
            say::note(&format!(
                "ringfence: {} report(s) had to give way to newer ones; the server is told",
                waiting.dropped
            ));
        }
    }
    let mut sent = 0;
    if !flags.later {
        let done = crate::run(async { Ok(spool.send(|_| {}).await) })?;
        match done {
            Ok(count) => sent = count,
            Err(error @ (SpoolError::Unsent(_) | SpoolError::NotEnrolled)) => {
                let waiting = spool.waiting()?;
                return Err(anyhow::Error::from(error)
                    .context(format!("{waiting} report(s) wait in `{}`, and nothing is lost", flags.spool.display())));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let waiting = spool.waiting()?;
    say::answer(&match json {
        true => json!({"status": status, "sent": sent, "waiting": waiting}).to_string(),
        false => {
            let found = status.map(|status| format!("{}; ", status.as_str())).unwrap_or_default();
            format!("{found}{sent} report(s) confirmed by the server, {waiting} waiting")
        }
    })?;
    Ok(if status.is_none_or(|status| status == Status::Clean) { Outcome::Nothing } else { Outcome::Found })
}

/// Leave of the fleet, where one is asked for. One that was begun goes on without: it had leave, and half done is worse than done.
pub(super) fn leave(spool: Option<&Path>, vault: &Path, plan: &Plan) -> Result<Option<Leave>> {
    let Some(spool) = spool.filter(|_| !sweeper::begun(vault, plan.digest())) else { return Ok(None) };
    let spool = Spool::open(spool)?;
    let leave = crate::run(async { Ok(spool.leave(plan, Timestamp::now()).await) })?;
    let leave = leave.context("the fleet gives no leave, so nothing was done")?;
    say::note(&format!(
        "ringfence: {} of {} machines hold leave under this ban; `sweep report --plan --vault` ends this one's",
        leave.held, leave.hosts
    ));
    Ok(Some(leave))
}
