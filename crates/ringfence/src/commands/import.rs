//! `ringfence import`: logs of this and other gateways into the lake.

use std::{fmt::Write, path::PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use exchanges::{Format, schema::Text};

use crate::{
    data::DataFolder,
    intake::{self, Order, Receipt},
    interrupt::Interrupt,
    outcome::Outcome,
    say,
};

/// Exchange logs are v1 (JSON Lines, .gz, .zst, Parquet), AWS Bedrock invocation logs, OpenTelemetry GenAI spans (OTLP/JSON) or LiteLLM spend logs.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Exchange logs.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// More exchange logs.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    exchanges: Vec<PathBuf>,
    /// Account logs v1.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    accounts: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

/// How logs are read.
#[derive(Debug, Clone, Args)]
pub(crate) struct Reading {
    /// Format of the exchange logs: auto, jsonl, parquet, bedrock, otel, litellm.
    #[arg(long, default_value = "auto")]
    pub(crate) format: Format,
    /// Stop at the first row that cannot be read, and import nothing.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Keep the text of prompts in the lake. By default only keyed hashes of their structure are kept.
    #[arg(long)]
    pub(crate) keep_text: bool,
    /// Longest row, in MiB; a longer one is rejected.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "MIB")]
    pub(crate) max_row: u16,
}

impl Reading {
    pub(crate) fn order(&self, exchanges: Vec<PathBuf>, accounts: Vec<PathBuf>) -> Order {
        Order {
            exchanges,
            accounts,
            format: self.format,
            strict: self.strict,
            text: if self.keep_text { Text::Kept } else { Text::Dropped },
            row_bytes: Some(usize::from(self.max_row) << 20),
        }
    }
}

pub(crate) fn run(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    let exchanges: Vec<PathBuf> = flags.files.iter().chain(&flags.exchanges).cloned().collect();
    if exchanges.is_empty() && flags.accounts.is_empty() {
        bail!("name at least one exchange log, or an account log with --accounts; see `ringfence import --help`");
    }
    let order = flags.reading.order(exchanges, flags.accounts.clone());
    let receipt = crate::run(async {
        let interrupt = Interrupt::listen("nothing of this run was imported, the lake is as it was")?;
        intake::take_in(&order, data, &interrupt).await
    })?;
    if json {
        say::answer(&serde_json::to_string_pretty(&receipt)?)?;
    } else {
        say::answer(&told(&receipt))?;
    }
    Ok(Outcome::Nothing)
}

pub(crate) fn told(receipt: &Receipt) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    let exchanges = receipt.exchanges;
    line(format!("imported {} exchanges and {} accounts", exchanges.imported, receipt.accounts.imported));
    if exchanges.repeated > 0 {
        line(format!("{} exchanges were there already", exchanges.repeated));
    }
    if exchanges.passed_over > 0 {
        line(format!("{} rows are no requests to a model and were passed over", exchanges.passed_over));
    }
    for (reason, count) in &receipt.rejected {
        line(format!("rejected {count}: {reason}"));
    }
    if let Some(file) = &receipt.rejects_file {
        line(format!("rejected rows are in {}", file.display()));
    }
    for message in &receipt.cut_short {
        line(format!("warning: {message}"));
    }
    line(format!("the lake is at version {}", receipt.version));
    out
}
