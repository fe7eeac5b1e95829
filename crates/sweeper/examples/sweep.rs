//! The sweep from a command line: scan, plan, quarantine, restore, purge, attest, verify, catalogue, egress.
//!
//! Exit code 0: done, and nothing found; 1: done, and found something; 2: could not.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is what the program is for")]

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, anyhow};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sweep::{
    attest::{self, Period},
    ban::{self, Ban},
    catalogue::Catalogue,
    egress, output,
    plan::{self, Plan},
    scan::Scan,
};
use sweeper::{Confirmed, Order, Outcome, Settings};

#[derive(Parser)]
struct Cli {
    /// Files that add to the catalogue or replace entries of it.
    #[arg(long, global = true)]
    catalogue: Vec<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Place {
    #[arg(long, default_value = "/")]
    root: PathBuf,
    #[arg(long, default_value = "this-machine")]
    machine: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Table,
    Json,
    Cyclonedx,
    Rows,
}

#[derive(Subcommand)]
enum Command {
    Scan {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
        #[arg(long, value_enum, default_value = "table")]
        form: Form,
        /// One home, as `/home/me`.
        #[arg(long)]
        home: Option<String>,
        #[arg(long)]
        cross_file_systems: bool,
        /// Look at every file, however many there are.
        #[arg(long)]
        thorough: bool,
        #[arg(long, default_value_t = 2)]
        threads: usize,
    },
    Plan {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        ban: PathBuf,
        #[arg(long)]
        json: bool,
    },
    Quarantine {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        vault: PathBuf,
        #[arg(long)]
        plan: PathBuf,
        #[arg(long)]
        digest: String,
        #[arg(long, requires = "confirm_bytes")]
        confirm_objects: Option<u64>,
        #[arg(long, requires = "confirm_objects")]
        confirm_bytes: Option<u64>,
        #[arg(long)]
        stop_services: bool,
    },
    Restore {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        vault: PathBuf,
        #[arg(long)]
        digest: String,
    },
    Purge {
        #[arg(long)]
        vault: PathBuf,
        #[arg(long)]
        digest: String,
        #[arg(long, default_value_t = 30)]
        hold_days: i64,
    },
    /// Scans again and signs what was done and what is left. The key is 32 bytes in a file, made when missing.
    Attest {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        ban: PathBuf,
        #[arg(long)]
        plan: PathBuf,
        #[arg(long)]
        vault: PathBuf,
        #[arg(long)]
        key: PathBuf,
    },
    Verify {
        statement: PathBuf,
        /// Base64 of the public key.
        #[arg(long)]
        key: String,
    },
    /// Checks the catalogue, the operator's files in it.
    Catalogue,
    /// Lists for the network, from a ban; or use that logs show.
    Egress {
        #[arg(long)]
        ban: Option<PathBuf>,
        #[arg(long, default_value = "plain")]
        form: String,
        #[arg(long)]
        with_shared: bool,
        /// Logs of Zeek, dnsmasq or squid.
        #[arg(long = "match")]
        logs: Vec<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn catalogue(files: &[PathBuf]) -> anyhow::Result<Catalogue> {
    let read = |path: &PathBuf| {
        Ok((
            path.display().to_string(),
            std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?,
        ))
    };
    let own: Vec<(String, String)> = files.iter().map(read).collect::<anyhow::Result<_>>()?;
    Catalogue::with(&own).map_err(|mistakes| {
        let text: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        anyhow!("the catalogue has {} mistake(s):\n  {}", text.len(), text.join("\n  "))
    })
}

fn read_ban(path: &Path, catalogue: &Catalogue) -> anyhow::Result<Ban> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(ban::parse(&text, catalogue)?)
}

fn read_plan(path: &Path) -> anyhow::Result<Plan> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Plan::parse(&bytes)?)
}

fn today() -> jiff::civil::Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn scanned(place: &Place, catalogue: &Catalogue, thorough: bool) -> anyhow::Result<Scan> {
    let mut settings = Settings::new(&place.root, &place.machine);
    settings.thorough = thorough;
    Ok(sweeper::scan(&settings, catalogue, &Timestamp::now)?)
}

fn run(cli: Cli) -> anyhow::Result<bool> {
    let catalogue = catalogue(&cli.catalogue)?;
    match cli.command {
        Command::Scan { place, json, form, home, cross_file_systems, thorough, threads } => {
            let mut settings = Settings::new(&place.root, &place.machine);
            // Whoever is not root looks at the home that is theirs.
            let own = || {
                (place.root == Path::new("/") && !rustix::process::geteuid().is_root())
                    .then(|| std::env::var("HOME").ok())
                    .flatten()
            };
            settings.home = home.or_else(own).map(|home| home.parse()).transpose()?;
            (settings.cross_file_systems, settings.thorough, settings.threads) =
                (cross_file_systems, thorough, threads);
            let scan = sweeper::scan(&settings, &catalogue, &Timestamp::now)?;
            match if json { Form::Json } else { form } {
                Form::Table => print!("{}", output::table(&scan)),
                Form::Json => println!("{}", serde_json::to_string_pretty(&scan)?),
                Form::Rows => print!("{}", output::rows(&scan)),
                Form::Cyclonedx => println!("{:#}", output::cyclonedx(&scan, &catalogue, &uuid())),
            }
            Ok(!scan.items.is_empty())
        }
        Command::Plan { place, ban, json } => {
            let ban = read_ban(&ban, &catalogue)?;
            let draft = plan::plan(&scanned(&place, &catalogue, false)?, &ban, &catalogue, today());
            let plan = sweeper::seal(&place.root, draft, &ban, &catalogue)?;
            if json {
                println!("{}", plan.to_json())
            } else {
                print!("{plan}")
            }
            Ok(plan.draft().totals.objects > 0)
        }
        Command::Quarantine { place, vault, plan, digest, confirm_objects, confirm_bytes, stop_services } => {
            let plan = read_plan(&plan)?;
            let confirmed = confirm_objects.zip(confirm_bytes).map(|(objects, bytes)| Confirmed { objects, bytes });
            let order = Order {
                root: place.root,
                vault,
                plan: &plan,
                digest,
                catalogue: &catalogue,
                today: today(),
                confirmed,
                stop_services,
                now: &Timestamp::now,
                step: &|_| {},
            };
            Ok(told(&sweeper::quarantine(&order)?))
        }
        Command::Restore { place, vault, digest } => {
            Ok(told(&sweeper::restore(&place.root, &vault, &digest, &catalogue, &Timestamp::now, &|_| {})?))
        }
        Command::Purge { vault, digest, hold_days } => Ok(told(&sweeper::purge(
            &vault,
            &digest,
            SignedDuration::from_hours(24 * hold_days),
            &Timestamp::now,
            &|_| {},
        )?)),
        Command::Attest { place, ban, plan, vault, key } => attested(&place, &ban, &plan, &vault, &key, &catalogue),
        Command::Verify { statement, key } => {
            let statement = attest::verify(&std::fs::read(statement)?, &attest::public_key(&key)?)?;
            println!("{}", serde_json::to_string_pretty(&statement)?);
            Ok(statement.predicate.verdict == attest::Verdict::StillFound)
        }
        Command::Catalogue => {
            println!(
                "{} tools, {} families of models, version {}: no mistake",
                catalogue.tools().count(),
                catalogue.families().len(),
                catalogue.version()
            );
            Ok(false)
        }
        Command::Egress { ban, form, with_shared, logs } => {
            let ban = ban.map(|ban| read_ban(&ban, &catalogue)).transpose()?;
            let list = egress::List::of(&catalogue, ban.as_ref());
            if logs.is_empty() {
                print!("{}", egress::render(&list, form.parse()?, with_shared));
                return Ok(false);
            }
            let mut seen = egress::Seen::new(&list);
            for log in logs {
                seen.read(std::io::BufReader::new(std::fs::File::open(log)?))?;
            }
            let uses = seen.finish();
            println!("{}", serde_json::to_string_pretty(&uses)?);
            Ok(!uses.uses.is_empty())
        }
    }
}

fn attested(
    place: &Place,
    ban: &Path,
    plan: &Path,
    vault: &Path,
    key: &Path,
    catalogue: &Catalogue,
) -> anyhow::Result<bool> {
    let (ban, plan) = (read_ban(ban, catalogue)?, read_plan(plan)?);
    let key = secret(key)?;
    let done = sweeper::done(vault, plan.digest())?;
    let second = scanned(place, catalogue, true)?;
    let made = plan.draft().scanned;
    let planned = Period { started: made.started, finished: made.finished };
    let statement = attest::statement(&plan, &ban, catalogue, planned, &second, done);
    println!("{}", serde_json::to_string_pretty(&attest::sign(&statement, attest::PAYLOAD_TYPE, &key)?)?);
    eprintln!("verify with --key {}", attest::public_text(&key.verifying_key()));
    Ok(statement.predicate.verdict == attest::Verdict::StillFound)
}

fn secret(path: &Path) -> anyhow::Result<ed25519_dalek::SigningKey> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    if !path.exists() {
        let bytes: [u8; 32] = rand::random();
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(&bytes)?;
    }
    let bytes: [u8; 32] =
        std::fs::read(path)?.try_into().map_err(|_| anyhow!("`{}` does not hold 32 bytes", path.display()))?;
    Ok(ed25519_dalek::SigningKey::from_bytes(&bytes))
}

fn told(outcome: &Outcome) -> bool {
    println!("{} object(s), {}", outcome.done, output::size(outcome.bytes));
    for unit in &outcome.stopped {
        println!("stopped {unit}");
    }
    for not in &outcome.not_done {
        println!("not done: {}: {}", not.path, not.why);
    }
    !outcome.not_done.is_empty()
}

fn uuid() -> String {
    let n: u128 = rand::random();
    let n = n & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{n:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default());
    parts.join("-")
}
