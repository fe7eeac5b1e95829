//! Small graphs from small texts.

use std::{io::Write, path::PathBuf};

use jiff::civil::{Date, date};
use ownership::{Builder, Graph, Regime, Regimes, plain};

pub(crate) const DAY: Date = date(2026, 1, 1);

/// A graph of `owner, owned, percent` lines.
pub(crate) fn graph(stakes: &str) -> Graph {
    graph_of(stakes, "")
}

/// A graph of stakes, and of `id,name,kind,jurisdiction,hq_country,list` lines.
pub(crate) fn graph_of(stakes: &str, entities: &str) -> Graph {
    let mut builder = Builder::new();
    let refuse = |reject: ownership::Reject| panic!("the fixture is wrong: {reject:?}");
    if !entities.is_empty() {
        let text = format!("id,name,kind,jurisdiction,hq_country,list\n{}", lines(entities));
        plain::entities("entities.csv", text.as_bytes(), &mut builder, refuse).unwrap();
    }
    let text = format!("owner,owned,percent,measure,start_date,end_date,source\n{}", padded(&lines(stakes), 7));
    plain::stakes("stakes.csv", text.as_bytes(), &mut builder, refuse).unwrap();
    builder.build()
}

/// A regime from the keys that matter to a test.
pub(crate) fn regime(keys: &str, seeds: &[&str]) -> Regime {
    let text = format!(
        r#"
        [[regime]]
        id = "test"
        title = "Test"
        source = "here"
        read = 2026-01-01
        explanation = "For a test."
        windows = [{{}}]
        {keys}
        [regime.seeds]
        entities = {seeds:?}
        "#
    );
    let mut regimes = Regimes::shipped();
    regimes.add("test.toml", &text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    regimes.get("test").unwrap().clone()
}

pub(crate) const OFAC: &str = r#"
    threshold_basis_points = 5000
    strict = false
    aggregate = "all_seeds"
    indirect = "cascade"
    measures = ["shares"]
"#;

/// The folder with the shared examples, where it is at hand.
pub(crate) fn shared() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("RINGFENCE_SHARED").map_or(beside, PathBuf::from);
    let found = folder.join("ownership/oracles.json").exists();
    if !found {
        // Not `eprintln!`, which a passing test swallows.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no shared examples at {}; set RINGFENCE_SHARED to run them",
            folder.display()
        );
    }
    found.then_some(folder)
}

fn lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

fn padded(text: &str, columns: usize) -> String {
    let pad = |line: &str| format!("{line}{}\n", ",".repeat(columns - 1 - line.matches(',').count()));
    text.lines().map(pad).collect()
}
