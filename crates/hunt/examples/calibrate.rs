//! Writes the calibration that ships: the scores of every cohort that the hunt tests on campaign-free traffic.
//!
//! `cargo run --release -p hunt --example calibrate -- FIRST_SEED LAST_SEED ACCOUNTS… > crates/hunt/src/calibration.rs`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints its figures and its progress")]

use std::{
    ops::RangeInclusive,
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use hunt::{Scored, Settings, calibrate::CANDIDATE};
use simulate::Plan;

#[path = "../tests/it/traffic.rs"]
mod traffic;

/// Scores kept of each kind.
const KEPT: usize = 200;
/// Columns of a line of source.
const WIDTH: usize = 120;

fn main() -> ExitCode {
    let arguments: Vec<u64> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let runs: Vec<(RangeInclusive<u64>, u32)> =
        arguments.chunks_exact(3).filter_map(|run| Some((run[0]..=run[1], u32::try_from(run[2]).ok()?))).collect();
    if runs.is_empty() || runs.len() * 3 != arguments.len() {
        eprintln!("usage: calibrate FIRST_SEED LAST_SEED ACCOUNTS…");
        return ExitCode::FAILURE;
    }
    let scored: Vec<Scored> = runs.iter().flat_map(|(seeds, accounts)| run(seeds, *accounts)).collect();
    let highest = |standing: bool| -> Vec<f64> {
        let mut scores: Vec<f64> = scored.iter().filter(|s| s.standing || !standing).map(|s| s.score).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        scores.truncate(KEPT);
        scores
    };
    println!("//! The calibration that ships: written by `examples/calibrate.rs`, not by hand.");
    println!("//!");
    println!("//! Campaign-free simulated traffic:");
    for (seeds, accounts) in &runs {
        println!("//! seeds {} to {} with {accounts} accounts each.", seeds.start(), seeds.end());
    }
    println!();
    let candidates = scored.iter().filter(|s| s.score >= CANDIDATE).count();
    println!("/// Candidates on campaign-free simulated traffic.");
    println!("pub(crate) const TOTAL: u64 = {};", grouped(candidates));
    println!("/// The highest scores of those that had evidence enough to be raised.");
    print_list("STANDING", &highest(true));
    println!("/// The highest scores of all.");
    print_list("TOP", &highest(false));
    ExitCode::SUCCESS
}

/// Seeds are taken from a common counter by as many threads as there are cores.
fn run(seeds: &RangeInclusive<u64>, accounts: u32) -> Vec<Scored> {
    let next = AtomicU64::new(*seeds.start());
    let work = || {
        let mut scored = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return scored;
            }
            let tables = traffic::Tables::of_plan(&Plan::benign(seed, accounts));
            let found = hunt::scores(&tables.case(Settings::default()));
            let top = found.first().map_or(f64::NAN, |s| s.score);
            eprintln!(
                "seed {seed}: {} exchanges, {} templates, {} with events, {} cohorts, highest score {top:.1}",
                tables.traffic.exchanges,
                tables.templates.len(),
                tables.events.rows.len(),
                found.len()
            );
            scored.extend(found);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|w| w.join().expect("a worker only computes")).collect()
    })
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

/// Rows as long as rustfmt makes them.
fn print_list(name: &str, scores: &[f64]) {
    let texts: Vec<String> = scores.iter().map(|s| format!("{s:.3}")).collect();
    let whole = format!("pub(crate) const {name}: &[f64] = &[{}];", texts.join(", "));
    if whole.len() <= WIDTH {
        println!("{whole}");
        return;
    }
    println!("pub(crate) const {name}: &[f64] = &[");
    let mut row = String::new();
    for text in texts {
        if !row.is_empty() && row.len() + text.len() + 6 >= WIDTH {
            println!("    {row}");
            row.clear();
        }
        let gap = if row.is_empty() { "" } else { " " };
        row.push_str(&format!("{gap}{text},"));
    }
    println!("    {row}\n];");
}
