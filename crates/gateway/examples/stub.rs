//! The model stub as a process of its own. `cargo run --release -p gateway --example stub -- [ADDRESS]`
//!
//! Prints its address as one line of JSON; ends on SIGTERM.

#![expect(clippy::print_stdout, reason = "whoever starts it reads its address there")]

use std::net::SocketAddr;

use gateway::stub::Stub;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address: SocketAddr = std::env::args().nth(1).as_deref().unwrap_or("127.0.0.1:0").parse()?;
    let mut end = signal(SignalKind::terminate())?;
    let stub = Stub::start_at(address).await?;
    println!("{}", json!({"address": stub.address}));
    end.recv().await;
    stub.stop().await;
    Ok(())
}
