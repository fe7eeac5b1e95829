//! Files that are shared beside the repository; where they are not, these tests say so.

use std::{fmt::Write, fs, path::PathBuf};

use expect_test::expect;
use ownership::{Feed, Outcome, Reject, Statement};

use super::support::all;

fn shared(path: &str) -> Option<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    // Beside the repository, or beside the folder of its worktrees.
    let found =
        ["../../../shared/ownership", "../../../../shared/ownership"].map(|beside| here.join(beside).join(path));
    let found = found.into_iter().find(|path| path.exists());
    if found.is_none() {
        eprintln!("SKIPPED: ../shared/ownership/{path} is missing, so nothing was tested on it");
    }
    found
}

fn read(path: &str) -> Option<(Vec<Statement>, Vec<Reject>, Outcome)> {
    let bytes = fs::read(shared(path)?).expect("is a file");
    Some(all(&bytes, &Feed::of(path)))
}

fn summary(outcome: &Outcome) -> String {
    let totals = &outcome.totals;
    format!(
        "{:?}: {} rows, {} entities, {:?}, {} gaps, passed {:?}, rejected {:?}, {:?}",
        outcome.format.expect("was found"),
        totals.rows,
        totals.entities,
        totals.interests,
        totals.gaps,
        totals.passed_over,
        totals.rejects,
        outcome.failure
    )
}

#[test]
fn the_sample_of_follow_the_money_reads_whole() {
    let Some((_, rejects, outcome)) = read("graph_10k.ftm.jsonl.zst") else { return };
    assert!(rejects.is_empty(), "{rejects:?}");
    expect!["Ftm: 27293 rows, 10000 entities, {Shares: 17293}, 0 gaps, passed {}, rejected {}, None"]
        .assert_eq(&summary(&outcome));
}

#[test]
fn the_lists_of_ofac_read_whole() {
    let mut text = String::new();
    for file in ["ofac/sdn.csv", "ofac/alt.csv", "ofac/add.csv"] {
        let Some((_, rejects, outcome)) = read(file) else { return };
        assert!(rejects.is_empty(), "{file}: {rejects:?}");
        writeln!(text, "{}", summary(&outcome)).expect("writes to memory");
    }
    expect![[r#"
        OfacSdn: 8977 rows, 12367 entities, {Other: 3391}, 0 gaps, passed {"mark at the end of the file": 1}, rejected {}, None
        OfacAliases: 11911 rows, 11910 entities, {}, 0 gaps, passed {"mark at the end of the file": 1}, rejected {}, None
        OfacAddresses: 13838 rows, 0 entities, {}, 0 gaps, passed {"address": 13837, "mark at the end of the file": 1}, rejected {}, None
    "#]].assert_eq(&text);
}

#[test]
fn every_example_of_bods_reads_whole() {
    let Some(folder) = shared("bods/examples") else { return };
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("is a folder").map(|entry| entry.expect("is readable").path()).collect();
    files.sort();
    assert_eq!(files.len(), 19);
    let mut text = String::new();
    for file in files {
        let (_, rejects, outcome) = all(&fs::read(&file).expect("is a file"), &Feed::of("f"));
        assert!(rejects.is_empty(), "{}: {rejects:?}", file.display());
        let name = file.file_stem().expect("has a name").display().to_string();
        writeln!(text, "{name} {}", summary(&outcome)).expect("writes to memory");
    }
    expect![[r#"
        bods-package-annotations Bods: 3 rows, 2 entities, {Other: 1}, 1 gaps, passed {}, rejected {}, None
        bods-package-entity-owning-entity Bods: 3 rows, 2 entities, {Shares: 1}, 0 gaps, passed {}, rejected {}, None
        bods-package-fi-soe Bods: 9 rows, 4 entities, {Shares: 4, Influence: 1}, 0 gaps, passed {}, rejected {}, None
        bods-package-linking-annotations Bods: 3 rows, 2 entities, {Shares: 1}, 0 gaps, passed {}, rejected {}, None
        bods-package Bods: 3 rows, 2 entities, {Shares: 1}, 0 gaps, passed {}, rejected {}, None
        fermcat Bods: 23 rows, 4 entities, {Shares: 5, Other: 3}, 0 gaps, passed {"interest that a later statement replaces from its beginning": 9, "statement of a party that a later one replaces": 9}, rejected {}, None
        full-pep-declaration Bods: 3 rows, 2 entities, {Shares: 1, Votes: 1}, 0 gaps, passed {}, rejected {}, None
        indirect-ownership Bods: 6 rows, 3 entities, {Shares: 2, Other: 1}, 1 gaps, passed {}, rejected {}, None
        joint-ownership Bods: 7 rows, 4 entities, {Shares: 3}, 0 gaps, passed {}, rejected {}, None
        levent Bods: 7 rows, 4 entities, {Influence: 3, Other: 1}, 1 gaps, passed {}, rejected {}, None
        listed-company-exempt-from-disclosure Bods: 2 rows, 1 entities, {}, 1 gaps, passed {}, rejected {}, None
        mixed-direct-and-indirect-ownership Bods: 6 rows, 3 entities, {Shares: 3, Other: 1}, 1 gaps, passed {}, rejected {}, None
        multiple-indirect-ownership Bods: 9 rows, 4 entities, {Shares: 3, Other: 2}, 2 gaps, passed {}, rejected {}, None
        multiple-tax-residencies Bods: 3 rows, 2 entities, {Shares: 1}, 0 gaps, passed {}, rejected {}, None
        mutilple-indirect-ownership-2 Bods: 9 rows, 4 entities, {Shares: 3, Other: 2}, 2 gaps, passed {}, rejected {}, None
        nomination Bods: 8 rows, 4 entities, {Influence: 1, Nomination: 1, Other: 2}, 0 gaps, passed {}, rejected {}, None
        plc-entity-statement Bods: 1 rows, 1 entities, {}, 0 gaps, passed {}, rejected {}, None
        simple-pep-declaration Bods: 3 rows, 2 entities, {Shares: 1, Votes: 1}, 0 gaps, passed {}, rejected {}, None
        tecido Bods: 11 rows, 3 entities, {Shares: 7, Votes: 7, Other: 4}, 0 gaps, passed {"statement of a party that a later one replaces": 1}, rejected {}, None
    "#]].assert_eq(&text);
}

#[test]
fn the_history_of_a_record_has_no_overlap() {
    let Some(path) = shared("bods/examples/tecido.json") else { return };
    let text = super::support::told(&fs::read(path).expect("is a file"), &Feed::of("f"));
    let holdings = text.lines().filter(|line| line.contains("Shares")).collect::<Vec<_>>().join("\n");
    expect![[r#"
        018AF6B3EB > 01B68D7633 Shares [10000, 10000] [2002-03-09..2021-09-24) (crxpru407636437638495407739553674232)
        018AF6B3EB > 01B68D7633 Shares [4000, 4000] [2021-09-24..2022-09-21) (crxpru416813764819088416860635744423)
        018AF6B3EB > 01B68D7633 Shares [3000, 3000] [2022-09-21..2023-03-03) (crxpru420235342368543420282213293878)
        018AF6B3EB > 01B68D7633 Shares [3000, 3000] [2022-09-21..2023-03-03) (crxpru421725837794196421988314976072)
        033E84672B > 01B68D7633 Shares [6000, 6000] [2021-09-24..2022-09-21) (crxpru388360356114304388404027438984)
        033E84672B > 01B68D7633 Shares [7000, 7000] [2022-09-21..2023-03-01) (crxpru391548362815944391592034140624)
        033E84672B > 01B68D7633 Shares [8000, 8000] [2023-03-01..) (crxpru392937110940768393181670358976)"#]]
    .assert_eq(&holdings);
}
