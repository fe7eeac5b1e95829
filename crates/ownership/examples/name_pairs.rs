//! Scores pairs of names: `cargo run --release -p ownership --example name_pairs -- PAIRS.csv [HALF]`.
//!
//! Prints the rows that are judged wrong, then the figures by kind of name at the threshold and at the best one. `HALF`, 0 or 1, takes the rows
//! whose first column has an even or odd last hexadecimal digit.

#![expect(clippy::print_stdout, reason = "a tool for people")]

use std::{collections::BTreeMap, fs::File};

use anyhow::Context;
use ownership::names::{Pairs, THRESHOLD, Tally};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let path = args.next().context("name a file of pairs")?;
    let half: Option<u32> = args.next().map(|half| half.parse()).transpose()?;
    let mut rows = csv::Reader::from_path(&path)?;
    let header = rows.headers()?.clone();
    let schema = header.iter().position(|column| column == "schema");
    let mut groups: BTreeMap<String, Vec<(f32, bool)>> = BTreeMap::new();
    for (row, scored) in rows.records().zip(Pairs::new(File::open(&path)?)?) {
        let (row, scored) = (row?, scored?);
        let digit = row[0].chars().last().and_then(|c| c.to_digit(16)).unwrap_or(0);
        if half.is_some_and(|half| digit % 2 != half) {
            continue;
        }
        if std::env::var("WITHOUT").is_ok_and(|kind| row.iter().any(|field| field == kind)) {
            continue;
        }
        let label = scored.label.context("a row without a label")?;
        if label != scored.is_match {
            let kind = if label { "missed" } else { "false " };
            println!(
                "{kind} {:.3} {} | {}  [{}]",
                scored.score,
                scored.name1,
                scored.name2,
                row.iter().skip(6).collect::<Vec<_>>().join("; ")
            );
            if std::env::var_os("EXPLAIN").is_some() {
                println!("{}", scored.explanation);
            }
        }
        let group = match schema.map(|at| &row[at]) {
            Some("Person") => "persons",
            Some("Vessel") => "vessels",
            _ => "organisations",
        };
        groups.entry(group.to_owned()).or_default().push((scored.score, label));
        groups.entry("all".to_owned()).or_default().push((scored.score, label));
    }
    for (group, scores) in groups {
        let at = |threshold: f32| {
            let mut tally = Tally::default();
            scores.iter().for_each(|&(score, label)| tally.add(Some(label), score >= threshold));
            tally
        };
        let (tally, best) = (
            at(THRESHOLD),
            (30..95)
                .map(|t| t as f32 / 100.0)
                .max_by(|a, b| at(*a).f1().unwrap_or(0.0).total_cmp(&at(*b).f1().unwrap_or(0.0))),
        );
        let best = best.unwrap_or(THRESHOLD);
        let show = |figure: Option<f64>| figure.map_or("-".to_owned(), |figure| format!("{figure:.3}"));
        println!(
            "{group:14} n={:4}  P {} R {} F1 {}   best F1 {} at {best:.2}",
            scores.len(),
            show(tally.precision()),
            show(tally.recall()),
            show(tally.f1()),
            show(at(best).f1())
        );
    }
    Ok(())
}
