//! How well names are told apart, on labelled pairs. The floors lie a little under the figures in `docs/quality.md`.

use std::fs::File;

use ownership::names::{Pairs, Tally};

/// The tally of the rows that a test of their columns takes.
fn tally(path: &str, takes: impl Fn(&dyn Fn(&str) -> String) -> bool) -> Tally {
    let mut rows = csv::Reader::from_path(path).expect("the file is there");
    let header = rows.headers().expect("a header").clone();
    let pairs = Pairs::new(File::open(path).expect("the file is there")).expect("columns of pairs");
    let mut tally = Tally::default();
    for (row, scored) in rows.records().zip(pairs) {
        let (row, scored) = (row.expect("a row"), scored.expect("a pair"));
        let column =
            |name: &str| header.iter().position(|column| column == name).map_or(String::new(), |at| row[at].to_owned());
        if takes(&column) {
            tally.add(scored.label, scored.is_match);
        }
    }
    tally
}

#[track_caller]
fn holds(tally: Tally, least: f64) {
    let f1 = tally.f1().expect("labelled rows");
    assert!(f1 >= least, "F1 {f1:.3} is under {least}: {tally:?}");
}

const CHINESE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/quality/chinese.csv");
const LANGUAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/quality/languages.csv");

#[test]
fn chinese_names_meet_their_english_ones() {
    holds(tally(CHINESE, |column| column("half") == "tuning" && column("kind") != "renamed"), 0.9);
    holds(tally(CHINESE, |column| column("half") == "held-out" && column("kind") != "renamed"), 0.82);
}

#[test]
fn names_in_other_languages_meet_their_english_ones() {
    holds(tally(LANGUAGES, |column| column("half") == "tuning"), 0.92);
    holds(tally(LANGUAGES, |column| column("half") == "held-out"), 0.82);
}

#[test]
fn the_shared_pairs_are_told_apart() {
    const PAIRS: &str = "/work/shared/ownership/names/pairs_dev.csv";
    if !std::path::Path::new(PAIRS).exists() {
        eprintln!("SKIPPED: {PAIRS} is not here, and the quality on it goes unchecked");
        return;
    }
    holds(tally(PAIRS, |_| true), 0.9);
    holds(tally(PAIRS, |column| matches!(column("schema").as_str(), "Company" | "Organization" | "LegalEntity")), 0.92);
    holds(tally(PAIRS, |column| column("schema") == "Person"), 0.88);
}
