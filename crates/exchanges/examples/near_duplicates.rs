//! Times the near-duplicate step on an exchange log: sketching, and grouping by MinHash band.
//!
//! `cargo run --release -p exchanges --example near_duplicates -- exchanges.jsonl.zst`; its peer on the same rows is
//! `benches/datasketch_peer.py`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example reads a file and the clock, and prints"
)]

use std::{collections::HashMap, fs::File, time::Instant};

use exchanges::{
    Blocks, Exchange, Format, Limits, Log,
    sketch::{Secret, Sketcher},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name an exchange log")?;
    let blocks = Blocks::open_file(File::open(path)?, Log::Exchanges, Format::Auto, Limits::default())?;
    let mut rows: Vec<Exchange> = Vec::new();
    for block in blocks {
        rows.extend(block?.exchanges().rows);
    }
    let mut sketcher = Sketcher::new(&Secret::from_bytes([7; 32]));
    let start = Instant::now();
    let bands: Vec<Option<[u64; 4]>> = rows.iter().map(|row| sketcher.sketch(row).bands).collect();
    let sketched = start.elapsed();
    let start = Instant::now();
    let mut groups: HashMap<(usize, u64), Vec<u32>> = HashMap::new();
    for (row, bands) in (0..).zip(&bands) {
        for (band, key) in bands.iter().flatten().enumerate() {
            groups.entry((band, *key)).or_default().push(row);
        }
    }
    let near: usize = bands
        .iter()
        .filter(|bands| {
            bands.is_some_and(|keys| keys.iter().enumerate().any(|(band, key)| groups[&(band, *key)].len() > 1))
        })
        .count();
    let grouped = start.elapsed();
    let with = bands.iter().flatten().count();
    println!(
        "{} rows, {with} with enough words: sketched in {:.2} s ({:.0} rows/s), grouped in {:.2} s; {near} rows have a near duplicate",
        rows.len(),
        sketched.as_secs_f64(),
        rows.len() as f64 / sketched.as_secs_f64(),
        grouped.as_secs_f64()
    );
    Ok(())
}
