//! A gateway from a configuration and a data folder, and nothing else: for measurements, without the console and the lake.
//!
//! `cargo run --release -p gateway --example serve -- CONFIG DATA`. Prints its addresses as one line of JSON; ends on SIGTERM.

#![expect(clippy::print_stdout, reason = "whoever starts it reads its addresses there")]

use std::path::{Path, PathBuf};

use anyhow::Context;
use gateway::{Config, Gateway};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (file, data) = arguments.next().zip(arguments.next()).context("usage: serve CONFIG DATA")?;
    let text = std::fs::read_to_string(&file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let config = Config::read(&text, file.parent().unwrap_or(Path::new("")))?;
    let mut end = signal(SignalKind::terminate())?;
    let gateway = Gateway::start(config, &data, Some(&file)).await?;
    let at = gateway.addresses;
    println!("{}", json!({"public": at.public, "admin": at.admin, "decisions": at.decisions}));
    end.recv().await;
    gateway.stop().await?;
    Ok(())
}
