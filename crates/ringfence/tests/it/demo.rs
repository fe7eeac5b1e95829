//! `ringfence demo`: from nothing to a report.

use crate::folder::Folder;

#[test]
fn the_demo_finds_what_it_planted_and_says_where_the_report_is() {
    let folder = Folder::new();
    let ran = folder.run("demo --dir shown --json");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.shown());
    let shown: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((&shown["report"], &shown["findings"]), (&"shown/report.html".into(), &"shown/found.json".into()));
    assert!(folder.read("shown/report.html").starts_with("<!DOCTYPE html>"));
    assert_eq!(folder.json("shown/found.json")["totals"]["campaigns"], shown["found"]);
    let (planted, found) = (shown["planted"].as_u64().expect("a count"), shown["found"].as_u64().expect("a count"));
    assert!(planted >= 3 && found * 2 > planted && found <= planted + 1, "{found} of {planted}");
}
