//! Published and worked examples, and a graph of ten thousand entities whose verdicts an independent solver computed.

use std::collections::BTreeMap;

use ownership::{Builder, Closure, Disclosure, Graph, Regime, Regimes, Verdict, plain};
use serde_json::Value;

use crate::support::{DAY, OFAC, regime, shared};

/// Cases from public rules and registers, figures with their sources, in the form of the shared ones.
const OWN: &str = include_str!("fixtures/examples.json");

#[test]
fn every_example_of_our_own() {
    check_all(&serde_json::from_str(OWN).unwrap());
}

#[test]
fn every_shared_example() {
    let Some(folder) = shared() else { return };
    let text = std::fs::read_to_string(folder.join("ownership/oracles.json")).unwrap();
    let count = check_all(&serde_json::from_str(&text).unwrap());
    assert!(count >= 47, "{count} cases");
}

fn check_all(oracles: &Value) -> usize {
    let cases = oracles["cases"].as_array().unwrap();
    let wrong: Vec<String> = cases.iter().flat_map(|case| wrong(&oracles["regimes"], case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    cases.len()
}

fn wrong(regimes: &Value, case: &Value) -> Vec<String> {
    let stakes = case["stakes"].as_array().unwrap().iter().map(|stake| {
        let text = |key: &str| stake[key].as_str().unwrap().to_owned();
        let row = [text("owner"), text("owned"), stake["min_bp"].to_string(), stake["max_bp"].to_string()];
        row.join(",") + "\n"
    });
    let mut builder = Builder::new();
    let csv = format!("owner,owned,min_bp,max_bp\n{}", stakes.collect::<String>());
    plain::stakes("case", csv.as_bytes(), &mut builder, |reject| panic!("{reject:?}")).unwrap();
    let graph = builder.build();
    let closure = Closure::of(&graph, &of_oracle(regimes, case), DAY, Disclosure::Complete);
    let expected = case["expected"].as_object().unwrap();
    let found = |entity: &str| closure.verdict(&graph, graph.find(entity).unwrap()).name();
    let differs = expected.iter().filter(|(entity, verdict)| found(entity) != verdict.as_str().unwrap());
    differs.map(|(entity, verdict)| format!("{}: {entity} is {}, not {verdict}", case["id"], found(entity))).collect()
}

fn of_oracle(regimes: &Value, case: &Value) -> Regime {
    let rule = &regimes[case["regime"].as_str().unwrap()];
    let aggregate = match (rule["aggregate"].as_bool().unwrap(), case.get("joint_groups")) {
        (true, _) => "all_seeds",
        (false, None) => "single_seed",
        (false, Some(_)) => "joint_groups",
    };
    let groups = case.get("joint_groups").map(|groups| format!("joint_groups = {groups}")).unwrap_or_default();
    let keys = format!(
        "threshold_basis_points = {}\nstrict = {}\naggregate = {aggregate:?}\nindirect = {}\nmeasures = [\"shares\"]\n{groups}",
        rule["threshold_bp"],
        rule["operator"] == ">",
        rule["method"],
    );
    let seeds: Vec<&str> = case["seeds"].as_array().unwrap().iter().map(|seed| seed.as_str().unwrap()).collect();
    regime(&keys, &seeds)
}

#[test]
fn the_shared_graph_of_ten_thousand() {
    let Some(folder) = shared() else { return };
    let unpacked = |file: &str| {
        let packed = std::fs::read(folder.join("ownership").join(file)).unwrap();
        zstd::decode_all(packed.as_slice()).unwrap()
    };
    let mut builder = Builder::new();
    let entities = unpacked("graph_10k_entities.csv.zst");
    plain::entities("entities", entities.as_slice(), &mut builder, |reject| panic!("{reject:?}")).unwrap();
    let stakes = unpacked("graph_10k.csv.zst");
    plain::stakes("stakes", stakes.as_slice(), &mut builder, |reject| panic!("{reject:?}")).unwrap();
    let graph = builder.build();
    let expected = String::from_utf8(unpacked("graph_10k_expected.csv.zst")).unwrap();
    let rows: Vec<Vec<&str>> = expected.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let seeds: Vec<&str> = rows.iter().filter(|row| row[1] == "seed").map(|row| row[0]).collect();
    assert_eq!(agree(&graph, &rows, 1, &regime(OFAC, &seeds)), "caught 122 clear 9663 possible 11 seed 204");
    let regimes = Regimes::shipped();
    let vendor = regimes.get("model-vendor-2025").unwrap();
    assert_eq!(agree(&graph, &rows, 2, vendor), "caught 614 clear 7923 possible 22 seed 1441");
}

/// The counts of the verdicts, once each is the expected one.
fn agree(graph: &Graph, rows: &[Vec<&str>], column: usize, regime: &Regime) -> String {
    let closure = Closure::of(graph, regime, DAY, Disclosure::Complete);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let verdict: Verdict = closure.verdict(graph, graph.find(row[0]).unwrap());
        assert_eq!(verdict.name(), row[column], "{}", row[0]);
        *counts.entry(verdict.name()).or_default() += 1;
    }
    counts.iter().map(|(verdict, count)| format!("{verdict} {count}")).collect::<Vec<_>>().join(" ")
}
