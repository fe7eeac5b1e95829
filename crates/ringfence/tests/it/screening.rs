//! `ringfence screen` as a compliance officer runs it.

use std::fs;

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::folder::Folder;

const STAKES: &str =
    "owner,owned,percent,source\nhan,lion,60,register 2026\nlion,falcon,30,filing\nsun,falcon,70,filing\n";
const ENTITIES: &str = "id,name,kind,jurisdiction,hq_country\nhan,Hanlu Data Holding Co Ltd,company,cn,cn\nlion,Lionrock Compute Pte Ltd,company,sg,sg\n\
    falcon,Falconbyte Inc,company,us,us\nsun,Sunny Meadow Partners LLC,company,us,us\n";

fn folder() -> Folder {
    let folder = Folder::new();
    fs::create_dir(folder.at("g")).expect("writable");
    folder.write("g/stakes.csv", STAKES);
    folder.write("g/entities.csv", ENTITIES);
    folder
}

#[track_caller]
fn check(words: &str, expect: Expect) {
    folder().check(&format!("screen --graph g --as-of 2026-03-01 {words}"), expect);
}

#[test]
fn a_standing_is_told_with_its_arithmetic() {
    check(
        "lion",
        expect![[r#"
        Lionrock Compute Pte Ltd (lion) is caught under model-vendor-2025 (Majority-owned from an unsupported region (a model vendor's terms of 2025)) as of 2026-03-01.
        Rule: more than 50 %; all seeds are added up; who is caught counts with all that it holds.

        How it comes to that:
          Hanlu Data Holding Co Ltd (han): its head office is in cn.
          Hanlu Data Holding Co Ltd (han) holds 60 % of the shares of Lionrock Compute Pte Ltd (lion) [stakes.csv, register 2026]
            60 %, which is more than 50 %: Lionrock Compute Pte Ltd (lion) is caught

        Caught parties hold 60 % of its shares; 40 % is not assigned to anybody for certain.
        Margin: it stays caught up to a threshold of 60 %, 10 points above the regime's.

        Missing, the most useful first:
          Lionrock Compute Pte Ltd (lion): who holds 40 % of its shares is not stated; nobody is assumed to

        Beside that:
          The list of territories is an example; state those of your own terms.

        exit code 1
    "#]],
    );
    check(
        "falcon",
        expect![[r#"
        Falconbyte Inc (falcon) is clear on what is stated under model-vendor-2025 (Majority-owned from an unsupported region (a model vendor's terms of 2025)) as of 2026-03-01.
        Rule: more than 50 %; all seeds are added up; who is caught counts with all that it holds.

        Caught parties hold 30 % of its shares; all of it is stated.
        Margin: it may be caught from a threshold of 30 % down, 20 points below the regime's.

        Missing, the most useful first:
          Sunny Meadow Partners LLC (sun): nobody states who owns it, and it holds up to 70 % of the shares

        Beside that:
          Lionrock Compute Pte Ltd (lion), which is or may be caught, holds 30 % of its shares
          The list of territories is an example; state those of your own terms.

        exit code 0
    "#]],
    );
    check(
        "Lionrock",
        expect![[r#"
        Found by name: `Lionrock Compute Pte Ltd` for `Lionrock`, 0.86 alike. Make sure that it is the one that you mean.

        Lionrock Compute Pte Ltd (lion) is caught under model-vendor-2025 (Majority-owned from an unsupported region (a model vendor's terms of 2025)) as of 2026-03-01.
        Rule: more than 50 %; all seeds are added up; who is caught counts with all that it holds.

        How it comes to that:
          Hanlu Data Holding Co Ltd (han): its head office is in cn.
          Hanlu Data Holding Co Ltd (han) holds 60 % of the shares of Lionrock Compute Pte Ltd (lion) [stakes.csv, register 2026]
            60 %, which is more than 50 %: Lionrock Compute Pte Ltd (lion) is caught

        Caught parties hold 60 % of its shares; 40 % is not assigned to anybody for certain.
        Margin: it stays caught up to a threshold of 60 %, 10 points above the regime's.

        Missing, the most useful first:
          Lionrock Compute Pte Ltd (lion): who holds 40 % of its shares is not stated; nobody is assumed to

        Beside that:
          The list of territories is an example; state those of your own terms.

        exit code 1
    "#]],
    );
    check(
        "nobody",
        expect![[r#"
        nobody: unknown. Nothing is stated of anybody by that name or id, which is no clearance; load statements that name it, or ask by identifier.
        exit code 0
    "#]],
    );
}

#[test]
fn what_cannot_be_asked_is_told() {
    check(
        "lion --regime nonsense",
        expect![[r#"
        ringfence: there is no regime `nonsense`; `ringfence screen --regimes` lists them
        exit code 2
    "#]],
    );
    check(
        "",
        expect![[r#"
        ringfence: name an organisation, or ask for --all or --batch FILE.csv
        exit code 2
    "#]],
    );
    folder().check(
        "screen --graph missing lion",
        expect![[r#"
        ringfence: cannot use the statements in `missing`: there is no such folder; name one that holds the files
        exit code 2
    "#]],
    );
    let folder = folder();
    folder.write("g/stakes.csv", "owner,owned,percent\na,b,101\na,a,10\n");
    let ran = folder.run("--json screen --graph g b");
    assert!(ran.err.contains("1 over-whole"), "{}", ran.err);
}

#[test]
fn a_batch_goes_on_where_it_was_stopped() {
    let folder = folder();
    folder.write("asked.csv", "name,country\nLionrock Compute,sg\nFalconbyte,us\n,\nWholly Unknown Bakery,\n");
    let batch = "screen --graph g --as-of 2026-03-01 --batch asked.csv --out out.jsonl";
    assert_eq!(folder.run(batch).code, 1);
    let whole = fs::read_to_string(folder.at("out.jsonl")).expect("lines");
    let standings: Vec<String> = whole
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|line| line["standing"].as_str().or(line["error"].as_str()).unwrap_or_default().to_owned())
        .collect();
    assert_eq!(standings, ["caught", "clear", "the row names nobody", "unknown"]);
    // Cut off in the middle of a line, as a kill leaves it.
    fs::write(folder.at("out.jsonl"), &whole[..whole.len() * 2 / 3]).expect("written");
    assert_eq!(folder.run(batch).code, 1);
    assert_eq!(fs::read_to_string(folder.at("out.jsonl")).expect("lines"), whole);
    folder.write("asked.csv", "name\nSomebody Else\nAnd Another\nThird\nFourth\n");
    let other = folder.run(batch);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("was made from other rows"), "{}", other.err);
}

#[test]
fn pairs_are_compared_and_tallied() {
    let folder = folder();
    folder.write(
        "pairs.csv",
        "name1,name2,is_match\nLionrock Compute Pte Ltd,LIONROCK COMPUTE PTE. LTD.,true\nLionrock Compute,Falconbyte,false\n\
         深圳市比广贸易有限公司,Shenzhen Biguang Trading Co. Ltd.,true\n,x,true\n",
    );
    let ran = folder.run("screen compare pairs.csv");
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let matches: Vec<bool> = lines.iter().filter_map(|line| line["match"].as_bool()).collect();
    assert_eq!(matches, [true, false, true], "{}", ran.out);
    assert_eq!(lines.last().expect("a tally")["f1"], 1.0);
    assert!(ran.err.contains("line 5"), "{}", ran.err);
}

#[test]
fn every_organisation_has_a_line_and_a_picture() {
    let folder = folder();
    let all = folder.run("screen --graph g --as-of 2026-03-01 --all");
    assert_eq!((all.code, all.out.lines().count()), (1, 4));
    assert_eq!(folder.run("screen --graph g --as-of 2026-03-01 lion --svg lion.svg").code, 1);
    let svg = fs::read_to_string(folder.at("lion.svg")).expect("a picture");
    assert!(svg.starts_with("<svg") && svg.contains("Lionrock"), "{svg}");
}
