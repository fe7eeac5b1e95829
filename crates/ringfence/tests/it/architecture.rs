//! The edges between crates are those that ARCHITECTURE.md allows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn metadata() -> Value {
    // What other platforms need was never fetched here.
    let version = Command::new(env!("CARGO")).args(["-vV"]).output().expect("cargo runs").stdout;
    let version = String::from_utf8(version).expect("a version is text");
    let host = version.lines().find_map(|l| l.strip_prefix("host: ")).expect("cargo names its host");
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("cargo metadata is JSON")
}

fn allowed() -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    let list = text.split("```edges\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a list of edges");
    list.lines()
        .map(|line| line.split_once(" -> ").unwrap_or_else(|| panic!("`{line}` is no edge")))
        .filter(|(_, to)| *to != "(none)")
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
        .collect()
}

/// Normal dependencies of each package of the workspace, by name.
fn members(metadata: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    let members: BTreeSet<&str> =
        metadata["workspace_members"].as_array().expect("members").iter().filter_map(Value::as_str).collect();
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .filter(|p| members.contains(p["id"].as_str().expect("an id")))
        .map(|p| {
            let dependencies = p["dependencies"].as_array().expect("dependencies").iter();
            let normal = dependencies.filter(|d| d["kind"].is_null()).filter_map(|d| d["name"].as_str()).collect();
            (p["name"].as_str().expect("a name"), normal)
        })
        .collect()
}

#[test]
fn edges_are_those_of_the_architecture() {
    let metadata = metadata();
    let members = members(&metadata);
    let found: BTreeSet<(String, String)> = members
        .iter()
        .flat_map(|(from, to)| {
            to.iter().filter(|t| members.contains_key(*t)).map(|t| ((*from).to_owned(), (*t).to_owned()))
        })
        .collect();
    assert_eq!(found, allowed(), "change ARCHITECTURE.md and write an ADR, or take the edge out");
}

#[test]
fn only_the_edge_knows_datafusion() {
    let metadata = metadata();
    let nodes = metadata["resolve"]["nodes"].as_array().expect("a resolved graph");
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeMap<&str, &str> =
        packages.iter().map(|p| (p["id"].as_str().expect("an id"), p["name"].as_str().expect("a name"))).collect();
    let graph: BTreeMap<&str, Vec<&str>> = nodes
        .iter()
        .map(|n| {
            let normal =
                n["deps"].as_array().expect("deps").iter().filter(|d| {
                    d["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k["kind"].is_null()))
                });
            (n["id"].as_str().expect("an id"), normal.filter_map(|d| d["pkg"].as_str()).collect())
        })
        .collect();
    let members = metadata["workspace_members"].as_array().expect("members");
    let mut knows = BTreeSet::new();
    for member in members.iter().filter_map(Value::as_str) {
        let mut reached = BTreeSet::from([member]);
        let mut open = vec![member];
        while let Some(id) = open.pop() {
            open.extend(graph[id].iter().copied().filter(|to| reached.insert(to)));
        }
        if reached.iter().any(|id| names[id].starts_with("datafusion")) {
            knows.insert(names[member]);
        }
    }
    assert_eq!(knows, BTreeSet::from(["lake", "ringfence"]));
}

#[test]
fn every_crate_has_its_paragraph() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    let metadata = metadata();
    for name in members(&metadata).keys() {
        assert!(text.contains(&format!("**{name}.**")), "ARCHITECTURE.md says nothing of `{name}`");
        assert!(text.contains(&format!("| `{name}` |")), "the table of crates lacks `{name}`");
    }
}
