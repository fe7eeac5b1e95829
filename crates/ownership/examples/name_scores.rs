//! Scores of the pairs in a CSV file, one a line, after a line with the microseconds that a pair took: what `benches/names_peers.py` asks for.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for a script, which reads a file and the clock"
)]

use std::time::Instant;

use anyhow::Context;
use ownership::names::Pairs;

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).context("name a file of pairs")?;
    let bytes = std::fs::read(path)?;
    // The first pass reads the tables.
    Pairs::new(&bytes[..])?.for_each(drop);
    let started = Instant::now();
    let scores = Pairs::new(&bytes[..])?.map(|row| row.map(|scored| scored.score)).collect::<Result<Vec<_>, _>>()?;
    println!("{:.2}", started.elapsed().as_secs_f64() * 1e6 / scores.len().max(1) as f64);
    scores.iter().for_each(|score| println!("{score}"));
    Ok(())
}
