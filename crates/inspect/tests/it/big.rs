//! Artefacts so big that neighbours are followed in one run.

use std::collections::BTreeSet;

use inspect::{Artifact, Disclosures, Findings, Limits, Severity, inspect};

use crate::artifacts::{gzip, tar};
use crate::support::{fixtures, lines};

const ROOM: &str = "// nothing but a comment that takes room\n";

/// The files and so much beside them that the artefact counts as big.
fn inspected(files: &[(&str, &str)]) -> Findings {
    let room = ROOM.repeat((5 << 20) / ROOM.len());
    let files = files.iter().copied().chain([("room.js", room.as_str())]).map(|(name, text)| (name, text.as_bytes()));
    let limits = Limits::default();
    let artifact = Artifact::open("big.tgz", gzip(&tar(&files.collect::<Vec<_>>())), &limits);
    inspect(&artifact, &Disclosures::default(), &limits)
}

fn accused(f: &Findings) -> Vec<&inspect::Finding> {
    f.findings.iter().filter(|x| x.severity >= Severity::Medium).collect()
}

#[test]
fn all_fixtures_in_one_artefact_are_found_and_none_of_their_twins() {
    let (covert, twins) = (fixtures("covert"), fixtures("twin"));
    let named = |kind: &str, all: &[(String, String)]| -> Vec<(String, String)> {
        all.iter().map(|(name, text)| (format!("{kind}/{name}"), text.clone())).collect()
    };
    let all: Vec<(String, String)> = named("covert", &covert).into_iter().chain(named("twin", &twins)).collect();
    let files: Vec<(&str, &str)> = all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let f = inspected(&files);
    let reached: BTreeSet<&str> = accused(&f).iter().flat_map(|x| &x.path).map(|step| step.file.as_str()).collect();
    let missed: Vec<&str> = files.iter().map(|(name, _)| *name).filter(|n| n.starts_with("covert/")).collect();
    let missed: Vec<&str> = missed.into_iter().filter(|name| !reached.contains(name)).collect();
    assert_eq!(missed, Vec::<&str>::new());
    let wrong: Vec<&&str> = reached.iter().filter(|name| name.starts_with("twin/")).collect();
    assert_eq!(wrong, Vec::<&&str>::new());
}

const READS: &str = "export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;";
const HOLDS: &str = r#"import { zone } from "./reads.js"; const listed = ["Asia/Shanghai", "Asia/Urumqi"];
    export const mark = () => listed.includes(zone()) ? "\u2019" : "'";"#;
const SENDS: &str = r#"import { mark } from "./holds.js"; export const ask = (client, text) =>
    client.messages.create({ system: "You are a helper. Don" + mark() + "t guess.", messages: [{ role: "user", content: text }] });"#;

#[test]
fn a_mark_is_followed_through_files_in_whatever_order_they_come() {
    let files = [("reads.js", READS), ("holds.js", HOLDS), ("sends.js", SENDS)];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]] {
        let f = inspected(&order.map(|at| files[at]));
        assert!(
            lines(&f).contains("timezone | membership in a small set | system prompt | punctuation"),
            "{}",
            lines(&f)
        );
    }
}

#[test]
fn a_file_that_takes_all_steps_does_not_hide_its_neighbours() {
    let endless = r#"import { zone } from "./reads.js"; let n = 0; let all = []; while (n < 1e9) { n += 1; all.push(zone() + n); }
        export const late = all;"#;
    let f = inspected(&[
        ("a.js", endless),
        ("reads.js", READS),
        ("holds.js", HOLDS),
        ("sends.js", SENDS),
        ("z.js", endless),
    ]);
    assert!(lines(&f).contains("timezone | membership in a small set | system prompt | punctuation"), "{}", lines(&f));
}

#[test]
fn an_import_that_the_budget_cut_is_gone_on_with_by_the_next_file() {
    let long: String = (0..3).map(|i| format!("let n{i} = 0; while (n{i} < 1e9) {{ n{i} += 1; }}\n")).collect();
    let holds = format!("{long}{HOLDS}");
    let first = r#"import { mark } from "./holds.js"; export const other = mark() + process.env.TZ;"#;
    let files = [
        ("a1.js", first),
        ("a2.js", first),
        ("a3.js", first),
        ("holds.js", &holds),
        ("reads.js", READS),
        ("sends.js", SENDS),
    ];
    let f = inspected(&files);
    assert!(lines(&f).contains("timezone | membership in a small set | system prompt | punctuation"), "{}", lines(&f));
}

#[test]
fn the_same_artefact_gives_the_same_receipt() {
    let files = fixtures("covert");
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let [one, two] = [0, 1].map(|_| serde_json::to_string(&inspected(&files)).expect("JSON"));
    assert_eq!(one, two);
}
