//! `ringfence fleet`: what an operator does with the machines that report here, straight in the store.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use exchanges::Time;
use gateway::Config;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{
    Line, Store,
    fleet::{MachineFilter, MachineState, NewToken},
};
use sweep::fleet::{MachineName, Token, TokenKey};

use super::serve;
use crate::{data::DataFolder, outcome::Outcome, say};

/// The machines that report to this server: tokens that enrol them, their state, leave to quarantine.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The configuration that names the store.
    #[arg(long, global = true, env = "RINGFENCE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Makes a token that enrols machines; it is shown this once.
    Token {
        /// What it is for, for the record.
        #[arg(long, default_value = "enrolment")]
        label: Line,
        /// The one machine that it enrols; any without it.
        #[arg(long, value_name = "NAME")]
        machine: Option<MachineName>,
        /// How many machines it enrols.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        uses: u32,
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=365))]
        days: u16,
    },
    /// Tokens, newest first: their digests, never the tokens.
    Tokens,
    /// Takes a token back; machines that it enrolled stay.
    Untoken {
        /// Its digest, as `tokens` shows it.
        digest: String,
    },
    /// Machines and their states. Exit code 1 when one is pending, failing or silent.
    Machines {
        #[arg(long, value_enum)]
        state: Option<State>,
        #[arg(long, value_name = "NAME")]
        ban: Option<String>,
        /// Those after this one.
        #[arg(long, value_name = "NAME")]
        after: Option<MachineName>,
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Refuses all that a machine's key signs from now on.
    Revoke { machine: MachineName },
    /// Frees the leave to quarantine that a machine holds.
    Free {
        machine: MachineName,
        #[arg(long, value_name = "NAME")]
        ban: Line,
    },
    /// The fleet as an HTML page.
    Page {
        #[arg(long, value_name = "FILE.html")]
        out: PathBuf,
    },
    /// What machines last found, as lines of osquery's results log.
    Findings {
        #[arg(long, value_name = "NAME")]
        ban: Option<String>,
    },
    /// Configuration that shows a SQLite store to osquery as tables (ATC).
    Atc,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Clean,
    Pending,
    Failing,
    Silent,
    Revoked,
}

impl From<State> for MachineState {
    fn from(state: State) -> Self {
        match state {
            State::Clean => Self::Clean,
            State::Pending => Self::Pending,
            State::Failing => Self::Failing,
            State::Silent => Self::Silent,
            State::Revoked => Self::Revoked,
        }
    }
}

pub(crate) fn run(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    let (config, _) = serve::configuration(flags.config.as_ref(), data)?;
    if let What::Atc = flags.what {
        say::answer(&format!("{:#}", fleet::atc(&sqlite(&config, data)?)))?;
        return Ok(Outcome::Nothing);
    }
    crate::run(async {
        data.make()?;
        let store = gateway::store_of(&config, data.path()).await?;
        let done = what(&flags.what, &store, &config, data, json).await;
        store.close().await;
        done
    })
}

async fn what(what: &What, store: &Store, config: &Config, data: &DataFolder, json: bool) -> Result<Outcome> {
    match what {
        What::Token { label, machine, uses, days } => {
            let server = fleet::server_key(&serve::fleet::key_file(config.fleet.as_ref(), data))?;
            let token = Token::new(&rand::random(), server.verifying_key());
            let expires = time(SignedDuration::from_hours(i64::from(*days) * 24))?;
            let (digest, machine) = (token.digest(), machine.clone());
            let new = NewToken { digest, label: label.clone(), machine, uses: *uses, expires };
            store.put_fleet_token(&new, time(SignedDuration::ZERO)?).await?;
            if json {
                let token = json!({"token": token.reveal(), "digest": digest.to_string(), "uses": uses, "expires": shown(expires)});
                say::answer(&token.to_string())?;
            } else {
                say::answer(&token.reveal())?;
                say::note(&format!(
                    "ringfence: enrols {uses} machine(s) until {}; on each: ringfence sweep enrol --to URL --spool DIR --token FILE",
                    shown(expires)
                ));
            }
            Ok(Outcome::Nothing)
        }
        What::Tokens => {
            let tokens = store.fleet_tokens().await?;
            let rows = tokens.iter().map(|token| {
                json!({
                    "digest": token.digest.to_string(), "label": token.label.as_str(), "machine": token.machine, "uses": token.uses,
                    "used": token.used, "made": shown(token.made), "expires": shown(token.expires),
                    "revoked": token.revoked.map(shown),
                })
            });
            rows_told(rows.collect(), json)
        }
        What::Untoken { digest } => {
            let bytes = digest.parse::<store::Fingerprint>();
            let bytes = bytes.map_err(|_| anyhow::anyhow!("a digest is 64 hexadecimal digits; `tokens` lists them"))?;
            store.revoke_fleet_token(&TokenKey::new(*bytes.as_bytes()), time(SignedDuration::ZERO)?).await?;
            Ok(Outcome::Nothing)
        }
        What::Machines { state, ban, after, limit } => {
            let filter = MachineFilter { state: state.map(Into::into), ban: ban.clone(), after: after.clone() };
            let rows = store.fleet_machines(&filter, *limit, silent(config)?).await?;
            let told = rows.iter().map(|row| {
                json!({
                    "machine": row.machine, "state": row.state.as_str(), "enrolled": shown(row.enrolled), "seen": row.seen.map(shown),
                    "bans": row.bans, "objects": row.objects, "bytes": row.bytes, "unreadable": row.unreadable,
                })
            });
            rows_told(told.collect(), json)?;
            let sound = |state| matches!(state, MachineState::Clean | MachineState::Revoked);
            Ok(if rows.iter().all(|row| sound(row.state)) { Outcome::Nothing } else { Outcome::Found })
        }
        What::Revoke { machine } => {
            store.revoke_machine(machine, time(SignedDuration::ZERO)?).await?;
            Ok(Outcome::Nothing)
        }
        What::Free { machine, ban } => {
            if !store.free_leave(machine, ban, time(SignedDuration::ZERO)?).await? {
                bail!("`{machine}` holds no leave under `{ban}`");
            }
            Ok(Outcome::Nothing)
        }
        What::Page { out } => {
            let now = Timestamp::now();
            let overview = fleet::overview(store, MachineFilter::default(), silent(config)?, now).await?;
            fs::write(out, fleet::html(&overview)).with_context(|| format!("cannot write `{}`", out.display()))?;
            Ok(Outcome::Nothing)
        }
        What::Findings { ban } => findings(store, ban.as_deref()).await,
        What::Atc => Ok(Outcome::Nothing),
    }
}

/// All of them, a page at a time.
async fn findings(store: &Store, ban: Option<&str>) -> Result<Outcome> {
    const PAGE: u32 = 1_000;
    let mut after: Option<(String, String, u64)> = None;
    let mut any = false;
    loop {
        let from = after.as_ref().map(|(machine, ban, place)| (machine.as_str(), ban.as_str(), *place));
        let rows = store.fleet_items(ban, from, PAGE).await?;
        let Some(last) = rows.last() else { break };
        any = true;
        after = Some((last.machine.to_string(), last.ban.clone(), last.place));
        say::answer(&fleet::osquery(&rows))?;
    }
    Ok(if any { Outcome::Found } else { Outcome::Nothing })
}

fn rows_told(rows: Vec<serde_json::Value>, json: bool) -> Result<Outcome> {
    let any = !rows.is_empty();
    if json {
        say::answer(&serde_json::Value::Array(rows).to_string())?;
    } else {
        let line = |row: &serde_json::Value| {
            let cells = row.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
            let cell = |(name, value): (&String, &serde_json::Value)| match value.as_str() {
                Some(text) => format!("{name} {text}"),
                None => format!("{name} {value}"),
            };
            cells.map(cell).collect::<Vec<_>>().join("  ")
        };
        let lines: Vec<String> = rows.iter().map(line).collect();
        say::answer(if any { lines.join("\n") } else { "there is none".to_owned() }.as_str())?;
    }
    Ok(if any { Outcome::Found } else { Outcome::Nothing })
}

fn time(after: SignedDuration) -> Result<Time> {
    let at = Timestamp::now().checked_add(after).context("the clock of this machine is absurd")?;
    Ok(Time::from_micros(at.as_microsecond())?)
}

/// Who was not seen since then is silent.
fn silent(config: &Config) -> Result<Time> {
    let days = config.fleet.as_ref().map_or(7, |fleet| fleet.silent_days);
    time(SignedDuration::from_hours(-24 * i64::try_from(days)?))
}

fn shown(time: Time) -> String {
    Timestamp::from_microsecond(time.micros()).map(|at| at.to_string()).unwrap_or_default()
}

/// The file of a SQLite store.
fn sqlite(config: &Config, data: &DataFolder) -> Result<String> {
    let path = match &config.store {
        None => data.path().join("store.db"),
        Some(url) => match url.0.strip_prefix("sqlite://") {
            Some(path) => PathBuf::from(path),
            None => {
                bail!("osquery reads SQLite files alone, and the store is another database; export findings instead")
            }
        },
    };
    let path = fs::canonicalize(&path).unwrap_or(path);
    Ok(path.display().to_string())
}
