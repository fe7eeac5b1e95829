//! `ringfence hunt` over simulated traffic: exit codes, the shape of the findings, the report.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use expect_test::expect;
use serde_json::Value;

use crate::{
    folder::{Folder, Ran},
    rows::exchanges,
};

/// Traffic with campaigns, a lake of it, and what a hunt in the lake came to. Made once for all tests.
struct Scene {
    folder: Folder,
    hunt: Ran,
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let folder = Folder::new();
        let made = folder.run("simulate sim --plan scale --accounts 300 --exchanges 8000 --seed 3");
        assert_eq!(made.code, 0, "{}", made.shown());
        let imported = folder.run("import sim/exchanges.jsonl.zst --accounts sim/accounts.jsonl.zst --strict");
        assert_eq!(imported.code, 0, "{}", imported.shown());
        let hunt = folder.run("hunt --json --out found.json --report report.html");
        Scene { folder, hunt }
    })
}

fn keys(value: &Value) -> String {
    value.as_object().expect("an object").keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[test]
fn campaigns_are_found_and_the_exit_code_says_so() {
    let Scene { folder, hunt } = scene();
    assert_eq!(hunt.code, 1, "{}", hunt.shown());
    assert_eq!(hunt.err, "", "nothing beside the answer");
    let found = folder.json("found.json");
    assert_eq!(serde_json::from_str::<Value>(&hunt.out).expect("JSON"), found, "--json prints what --out writes");
    let campaigns = found["campaigns"].as_array().expect("a list");
    assert!(campaigns.len() >= 3, "{}", campaigns.len());
    assert_eq!(found["totals"]["campaigns"], campaigns.len());
}

#[test]
fn the_findings_have_the_documented_shape() {
    let found = scene().folder.json("found.json");
    expect!["version generated parameters totals campaigns cleared"].assert_eq(&keys(&found));
    expect![[r#"{"fdr":0.05,"min_accounts":4,"min_uses":2,"seed":1}"#]].assert_eq(&found["parameters"].to_string());
    expect!["exchanges accounts from to templates cohorts_tested campaigns accounts_in_campaigns"]
        .assert_eq(&keys(&found["totals"]));
    assert_eq!(found["version"], 1);
    found["generated"].as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok()).expect("an instant");
    for campaign in found["campaigns"].as_array().expect("a list") {
        assert!(campaign["campaign_id"].is_string() && campaign["score"].is_f64(), "{campaign}");
        assert!((0.0..=0.05).contains(&campaign["q_value"].as_f64().expect("a number")));
        let effect = campaign["effect"].as_str().expect("a text");
        assert!(["observe", "restrict", "throttle", "verify", "deny"].contains(&effect), "{effect}");
        campaign["first_alert"].as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok()).expect("an instant");
        assert!(campaign["accounts"].as_array().expect("a list").iter().all(Value::is_string));
        let evidence = campaign["evidence"].as_array().expect("a list");
        for one in evidence {
            assert!(one["weight"].is_number() && one["text"].is_string(), "{one}");
        }
        let speaking = evidence.iter().filter(|e| e["weight"].as_f64() > Some(0.0));
        let families: BTreeSet<&str> = speaking.filter_map(|e| e["family"].as_str()).collect();
        assert!(families.len() >= 2, "two independent families: {families:?}");
    }
}

#[test]
fn most_of_what_is_found_was_planted() {
    let Scene { folder, .. } = scene();
    let labels = folder.read("sim/truth/labels.jsonl");
    let planted: BTreeMap<String, String> = labels
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter_map(|row| Some((row["account_id"].as_str()?.to_owned(), row["campaign_id"].as_str()?.to_owned())))
        .collect();
    let found = folder.json("found.json");
    let accounts = found["campaigns"].as_array().expect("a list").iter().flat_map(|c| c["accounts"].as_array());
    let accounts: Vec<&str> = accounts.flatten().filter_map(Value::as_str).collect();
    let right = accounts.iter().filter(|a| planted.contains_key(**a)).count();
    assert!(right * 10 >= accounts.len() * 9, "{right} of {}", accounts.len());
}

/// With one secret, that is: under another, hashes fall otherwise and a campaign at the edge may too.
#[test]
fn files_give_what_the_lake_gives() {
    let Scene { folder, .. } = scene();
    let words = "hunt --exchanges sim/exchanges.jsonl.zst --accounts sim/accounts.jsonl.zst --out straight.json";
    let ran = folder.run(words);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert_eq!(folder.json("straight.json")["campaigns"], folder.json("found.json")["campaigns"]);
    let told = ran.out + &ran.err;
    assert!(!told.contains(['\u{1b}', '\r']), "no colours and no bars in a pipe: {told:?}");
}

#[test]
fn the_report_is_one_file_that_asks_for_nothing() {
    let html = scene().folder.read("report.html");
    assert!(html.starts_with("<!DOCTYPE html>"));
    for outside in
        ["src=\"http", "href=\"http", "src=\"//", "href=\"//", "<link", "<script src", "@import", "url(", "<iframe"]
    {
        assert!(!html.contains(outside), "`{outside}` asks another machine");
    }
}

#[test]
fn quiet_traffic_raises_nothing() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..50));
    folder.check(
        "hunt --exchanges x.jsonl --out found.json --report report.html",
        expect![[r#"
        No coordinated harvest campaign was found.
        Searched 50 exchanges of 7 accounts, 2026-08-03 00:00 to 2026-08-03 00:49 UTC; 3 cohorts tested;
        false discovery rate 5 %.

        cleared  public tool 3
        exit code 0
    "#]],
    );
    assert_eq!(folder.json("found.json")["campaigns"], serde_json::json!([]));
    assert!(folder.read("report.html").contains("</html>"));
    assert!(!folder.at("ringfence-data").exists(), "straight from files means beside the data folder");
}

#[test]
fn rows_that_a_hunt_leaves_out_are_told() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..50) + "no row\n");
    folder.check(
        "hunt --exchanges x.jsonl",
        expect![[r#"
        No coordinated harvest campaign was found.
        Searched 50 exchanges of 7 accounts, 2026-08-03 00:00 to 2026-08-03 00:49 UTC; 3 cohorts tested;
        false discovery rate 5 %.

        cleared  public tool 3
        ringfence: 1 rows were rejected: bad-json; see them with `ringfence import`
        exit code 0
    "#]],
    );
    folder.check("hunt --exchanges x.jsonl --strict", expect![[r#"
        ringfence: `x.jsonl` line 51: row is not JSON: it begins with `no row` (bad-json); nothing of this run was imported. Without --strict such rows are set aside
        exit code 2
    "#]]);
}

#[test]
fn flags_that_make_no_sense() {
    let folder = Folder::new();
    folder.check(
        "hunt --fdr 5",
        expect![[r#"
        error: invalid value '5' for '--fdr <FDR>': must be between 0 and 1, such as 0.05

        For more information, try '--help'.
        exit code 2
    "#]],
    );
    folder.check(
        "hunt --nosuch",
        expect![[r#"
        error: unexpected argument '--nosuch' found

        Usage: ringfence hunt [OPTIONS]

        For more information, try '--help'.
        exit code 2
    "#]],
    );
    folder.check(
        "hunt --accounts a.jsonl",
        expect![[r#"
        error: the following required arguments were not provided:
          --exchanges <FILE>...

        Usage: ringfence hunt --exchanges <FILE>... --accounts <FILE>...

        For more information, try '--help'.
        exit code 2
    "#]],
    );
    folder.check(
        "hunt --min-accounts 1",
        expect![[r#"
        error: invalid value '1' for '--min-accounts <MIN_ACCOUNTS>': 1 is not in 3..=1000

        For more information, try '--help'.
        exit code 2
    "#]],
    );
    folder.check(
        "nosuch",
        expect![[r#"
        error: unrecognized subcommand 'nosuch'

        Usage: ringfence [OPTIONS] <COMMAND>

        For more information, try '--help'.
        exit code 2
    "#]],
    );
    assert_eq!(folder.run("").code, 2);
    assert_eq!(folder.run("--help").code, 0);
    assert_eq!(folder.run("hunt --help").code, 0);
    assert_eq!(folder.run("--version").code, 0);
}
