//! `ringfence simulate`: seeded traffic in log v1, with its truth beside it.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use exchanges::{write_account, write_exchange};
use serde::Serialize;
use simulate::Plan;

use crate::{outcome::Outcome, progress, say};

/// Writes exchanges, accounts and truth/ to a folder. The same flags give the same bytes.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Where to write; made when it is not there.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What to simulate.
    #[arg(long, value_enum, default_value_t = Kind::Demo)]
    plan: Kind,
    /// Honest accounts, for the plans benign, parade and scale.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(20..=1_000_000))]
    accounts: u32,
    /// Exchanges, for the plan scale.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    exchanges: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Look-alikes and a few campaigns.
    Demo,
    /// No campaign at all.
    Benign,
    /// One campaign of every kind.
    Parade,
    /// As many accounts and exchanges as you like.
    Scale,
}

/// What was written.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Written {
    pub(crate) exchanges: PathBuf,
    pub(crate) accounts: PathBuf,
    pub(crate) truth: PathBuf,
    pub(crate) exchange_count: u64,
    pub(crate) account_count: u64,
    pub(crate) campaign_count: u64,
}

pub(crate) fn run(flags: &Flags, json: bool) -> Result<Outcome> {
    let plan = match flags.plan {
        Kind::Demo => Plan::demo(flags.seed),
        Kind::Benign => Plan::benign(flags.seed, flags.accounts),
        Kind::Parade => Plan::parade(flags.seed, flags.accounts),
        Kind::Scale => Plan::scale(flags.seed, flags.accounts, flags.exchanges),
    };
    let written = write(&plan, &flags.folder)?;
    if json {
        say::answer(&serde_json::to_string_pretty(&written)?)?;
    } else {
        say::answer(&format!(
            "wrote {} exchanges of {} accounts with {} campaigns to {}\nhunt in them: ringfence hunt --exchanges {} --accounts {}",
            written.exchange_count,
            written.account_count,
            written.campaign_count,
            flags.folder.display(),
            written.exchanges.display(),
            written.accounts.display()
        ))?;
    }
    Ok(Outcome::Nothing)
}

/// Writes a plan's logs and truth.
pub(crate) fn write(plan: &Plan, folder: &Path) -> Result<Written> {
    let truth = folder.join("truth");
    fs::create_dir_all(&truth).with_context(|| format!("cannot make the folder `{}`", truth.display()))?;
    let accounts = folder.join("accounts.jsonl.zst");
    let mut account_count = 0;
    to_file(&accounts, |out| {
        for account in plan.accounts() {
            write_account(&account, &mut *out)?;
            account_count += 1;
        }
        Ok(())
    })?;
    let exchanges = folder.join("exchanges.jsonl.zst");
    let bar = progress::wheel("simulating exchanges");
    let mut emitted = plan.exchanges();
    let mut exchange_count = 0;
    to_file(&exchanges, |out| {
        for row in emitted.by_ref() {
            write_exchange(&row.exchange, &mut *out)?;
            exchange_count += 1;
            if exchange_count % 10_000 == 0 {
                bar.set_message(format!("simulating exchanges: {exchange_count}"));
            }
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    let campaigns = plan.campaigns(&emitted);
    lines(&truth.join("labels.jsonl"), plan.labels())?;
    lines(&truth.join("campaigns.jsonl"), &campaigns)?;
    let campaign_count = campaigns.len() as u64;
    Ok(Written { exchanges, accounts, truth, exchange_count, account_count, campaign_count })
}

/// A zstd-packed file, complete or an error.
fn to_file(path: &Path, fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let packed = zstd::stream::write::Encoder::new(File::create(path)?, 1)?;
        let mut out = BufWriter::with_capacity(1 << 20, packed);
        fill(&mut out)?;
        out.into_inner().map_err(|e| e.into_error())?.finish()?.sync_all()
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))
}

fn lines<T: Serialize>(path: &Path, rows: impl IntoIterator<Item = T>) -> Result<()> {
    let write = || -> Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        for row in rows {
            serde_json::to_writer(&mut out, &row)?;
            out.write_all(b"\n")?;
        }
        Ok(out.flush()?)
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))
}
