//! `ringfence sweep`: find a banned AI client or model on a machine, take it off reversibly, prove it.

mod attest;
mod egress;
mod fleet;
mod record;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::json;
use sweep::{
    ban::{self, Ban},
    catalogue::Catalogue,
    output,
    plan::{self, Plan},
    scan::Scan,
};
use sweeper::{Confirmed, Order, Outcome as Done, Settings};

use self::record::Book;
use crate::{data::DataFolder, outcome::Outcome, progress, say};

/// AI clients and models on this machine: find them, plan what a ban takes off, do it reversibly, prove it. Nothing that is found is
/// ever executed, and no secret's value is read into a report.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Files that add to the catalogue, or replace entries of it.
    #[arg(long, global = true, value_name = "FILE.toml")]
    catalogue: Vec<PathBuf>,
    /// A ledger that takes plans, quarantines, restores, purges and attestations; by default that of the data folder, if there is one.
    #[arg(long, global = true, value_name = "DIR")]
    ledger: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Place {
    /// The root of the machine, or of a tree that is looked at as one; it is never left.
    #[arg(long, default_value = "/", value_name = "DIR")]
    root: PathBuf,
    /// What reports call the machine; its host name without it.
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Table,
    Cyclonedx,
    Rows,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What lies on the machine, with evidence and confidence. Exit code 1 when something was found.
    Scan {
        #[command(flatten)]
        place: Place,
        /// A table for people, a CycloneDX ML-BOM, or rows as osquery has them; `--json` for everything.
        #[arg(long, value_enum, default_value = "table")]
        form: Form,
        /// One home, as `/home/me`; by default all of them for root, and one's own for others.
        #[arg(long, value_name = "DIR")]
        home: Option<String>,
        /// Look at other file systems below the root as well.
        #[arg(long)]
        cross_file_systems: bool,
        /// Look at every file, however many there are.
        #[arg(long)]
        thorough: bool,
        #[arg(long, default_value_t = 2, value_name = "N")]
        threads: usize,
    },
    /// What a ban would take off, path by path, and what it leaves alone; changes nothing.
    Plan {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_name = "FILE.toml")]
        ban: PathBuf,
    },
    /// Executes a plan: into a private vault, by rename, with a journal. The same command resumes after a crash.
    Quarantine {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_name = "DIR")]
        vault: PathBuf,
        /// As `sweep plan --json` printed it.
        #[arg(long, value_name = "FILE.json")]
        plan: PathBuf,
        /// The plan's digest: what was read and approved.
        #[arg(long, value_name = "SHA256")]
        digest: String,
        /// Over the ban's limits: how many objects, repeated.
        #[arg(long, requires = "confirm_bytes", value_name = "N")]
        confirm_objects: Option<u64>,
        /// Over the ban's limits: how many bytes, repeated.
        #[arg(long, requires = "confirm_objects", value_name = "N")]
        confirm_bytes: Option<u64>,
        /// Ask the system to stop the services that the plan names.
        #[arg(long)]
        stop_services: bool,
        /// Begin only with leave of the fleet that this spool is enrolled in; without leave nothing is done.
        #[arg(long, value_name = "DIR")]
        spool: Option<PathBuf>,
    },
    /// Brings everything back, byte for byte, and overwrites nothing that is newer.
    Restore {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_name = "DIR")]
        vault: PathBuf,
        #[arg(long, value_name = "SHA256")]
        digest: String,
    },
    /// Deletes what has been in the vault for long enough.
    Purge {
        #[arg(long, value_name = "DIR")]
        vault: PathBuf,
        #[arg(long, value_name = "SHA256")]
        digest: String,
        #[arg(long, default_value_t = 30, value_name = "DAYS")]
        hold_days: i64,
    },
    /// Scans again, and signs what was searched, what was not readable, what was found and what was done.
    Attest(attest::Flags),
    /// Checks an attestation with the public key alone. Exit code 1 when something was still found.
    Verify {
        statement: PathBuf,
        /// The public key, as `sweep attest` told it.
        #[arg(long, value_name = "BASE64")]
        key: String,
    },
    /// Makes this machine one of a fleet, with a token of its operator: a key of its own, and the server's key that it trusts from then on.
    Enrol(fleet::Enrol),
    /// Scans under a ban and sends what is found to the fleet's server, signed; while that is out of reach, reports wait in the spool.
    Report(fleet::Report),
    /// The catalogue of tools, with the files of your own in it.
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Lists for the network, from a ban; or use that logs show.
    Egress(egress::Flags),
}

#[derive(Debug, Subcommand)]
enum CatalogueCommand {
    /// Says every mistake at once.
    Check,
}

pub(crate) fn run(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    let catalogue = catalogue(&flags.catalogue)?;
    let book = || Book::open(flags.ledger.as_deref(), data);
    match &flags.command {
        Command::Scan { place, form, home, cross_file_systems, thorough, threads } => {
            let mut settings = place.settings(home.as_deref())?;
            settings.cross_file_systems = *cross_file_systems;
            settings.thorough = *thorough;
            settings.threads = (*threads).max(1);
            shown(&scanned(&settings, &catalogue)?, *form, json, &catalogue)
        }
        Command::Plan { place, ban, .. } => {
            let ban = read_ban(ban, &catalogue)?;
            let scan = scanned(&place.settings(None)?, &catalogue)?;
            let draft = plan::plan(&scan, &ban, &catalogue, today());
            let plan = sweeper::seal(&place.root, draft, &ban, &catalogue)?;
            book()?.put("sweep-plan", &record::plan(&plan))?;
            say::answer(&if json { plan.to_json() } else { plan.to_string() })?;
            Ok(found(plan.draft().totals.objects > 0))
        }
        Command::Quarantine { place, vault, plan, digest, confirm_objects, confirm_bytes, stop_services, spool } => {
            let plan = read_plan(plan)?;
            // What cannot be recorded is not begun, and neither is what the fleet gives no leave for.
            let book = book()?;
            let leave = fleet::leave(spool.as_deref(), vault, &plan)?;
            book.put(
                "sweep-quarantine-begins",
                &json!({"plan": plan.digest(), "machine": plan.draft().machine, "leave": leave}),
            )?;
            let confirmed = confirm_objects.zip(*confirm_bytes).map(|(objects, bytes)| Confirmed { objects, bytes });
            let order = Order {
                root: place.root.clone(),
                vault: vault.clone(),
                plan: &plan,
                digest: digest.clone(),
                catalogue: &catalogue,
                today: today(),
                confirmed,
                stop_services: *stop_services,
                now: &Timestamp::now,
                step: &|_| {},
            };
            let done = sweeper::quarantine(&order)?;
            book.put("sweep-quarantine", &record::done(plan.digest(), &done))?;
            let running = sweeper::running(&place.root, vault, &plan);
            for one in &running {
                say::note(&format!("ringfence: still running: {}, out of {}; end it, then attest", one.what, one.path));
            }
            told(&done, json)
        }
        Command::Restore { place, vault, digest } => {
            let book = book()?;
            let done = sweeper::restore(&place.root, vault, digest, &catalogue, &Timestamp::now, &|_| {})?;
            book.put("sweep-restore", &record::done(digest, &done))?;
            told(&done, json)
        }
        Command::Purge { vault, digest, hold_days } => {
            let hold = SignedDuration::from_hours(hold_days.saturating_mul(24));
            let book = book()?;
            let done = sweeper::purge(vault, digest, hold, &Timestamp::now, &|_| {})?;
            book.put("sweep-purge", &record::done(digest, &done))?;
            told(&done, json)
        }
        Command::Attest(flags) => attest::run(flags, &catalogue, &book()?),
        Command::Enrol(flags) => fleet::enrol(flags, json),
        Command::Report(flags) => fleet::report(flags, &catalogue, json),
        Command::Verify { statement, key } => attest::verify(statement, key),
        Command::Catalogue { command: CatalogueCommand::Check } => checked(&catalogue, json),
        Command::Egress(flags) => egress::run(flags, &catalogue),
    }
}

impl Place {
    /// Whoever is not root looks at the home that is theirs.
    fn settings(&self, home: Option<&str>) -> Result<Settings> {
        let host = || fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
        let machine = self.machine.clone().or_else(host).unwrap_or_else(|| "this-machine".to_owned());
        let mut settings = Settings::new(&self.root, &machine);
        let own = || if self.root == Path::new("/") && !sweeper::is_root() { env::var("HOME").ok() } else { None };
        settings.home = home.map(str::to_owned).or_else(own).map(|home| home.parse()).transpose()?;
        Ok(settings)
    }
}

fn scanned(settings: &Settings, catalogue: &Catalogue) -> Result<Scan> {
    let wheel = progress::wheel("looking at every file");
    let scan = sweeper::scan(settings, catalogue, &Timestamp::now);
    wheel.finish_and_clear();
    Ok(scan?)
}

fn shown(scan: &Scan, form: Form, json: bool, catalogue: &Catalogue) -> Result<Outcome> {
    let text = match form {
        _ if json => serde_json::to_string_pretty(scan)?,
        Form::Table => output::table(scan),
        Form::Rows => output::rows(scan),
        Form::Cyclonedx => format!("{:#}", output::cyclonedx(scan, catalogue, &uuid())),
    };
    say::answer(&text)?;
    Ok(found(!scan.items.is_empty()))
}

fn checked(catalogue: &Catalogue, json: bool) -> Result<Outcome> {
    let (tools, families, version) = (catalogue.tools().count(), catalogue.families().len(), catalogue.version());
    say::answer(&match json {
        true => json!({"tools": tools, "families": families, "version": version}).to_string(),
        false => format!("{tools} tools and {families} families of models, version {version}: no mistake"),
    })?;
    Ok(Outcome::Nothing)
}

fn catalogue(files: &[PathBuf]) -> Result<Catalogue> {
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        Ok((path.display().to_string(), text))
    };
    let own: Vec<(String, String)> = files.iter().map(read).collect::<Result<_>>()?;
    Catalogue::with(&own).map_err(|mistakes| {
        let text: Vec<String> = mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect();
        anyhow!("the catalogue has {} mistakes:{}", mistakes.len(), text.concat())
    })
}

fn read_ban(path: &Path, catalogue: &Catalogue) -> Result<Ban> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    ban::parse(&text, catalogue).with_context(|| format!("`{}` is no ban", path.display()))
}

fn read_plan(path: &Path) -> Result<Plan> {
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Plan::parse(&bytes).with_context(|| format!("`{}` is no plan", path.display()))
}

fn told(done: &Done, json: bool) -> Result<Outcome> {
    let mut text = format!("{} objects, {}", done.done, output::size(done.bytes));
    if json {
        let not_done: Vec<_> = done.not_done.iter().map(|not| json!({"path": not.path, "why": not.why})).collect();
        text =
            json!({"done": done.done, "bytes": done.bytes, "stopped": done.stopped, "not_done": not_done}).to_string();
    } else {
        done.stopped.iter().for_each(|unit| text.push_str(&format!("\nstopped {unit}")));
        done.not_done.iter().for_each(|not| text.push_str(&format!("\nnot done: {}: {}", not.path, not.why)));
    }
    say::answer(&text)?;
    Ok(found(!done.not_done.is_empty()))
}

fn found(anything: bool) -> Outcome {
    if anything { Outcome::Found } else { Outcome::Nothing }
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// A random one (RFC 9562, version 4).
fn uuid() -> String {
    let bits: u128 = rand::random();
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &hex[range]).join("-")
}
