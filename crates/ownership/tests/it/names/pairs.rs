//! Pairs of names from CSV.

use expect_test::{Expect, expect};
use ownership::names::{Pairs, PairsError, Tally};

/// One line a row: its verdict, or what is wrong with it and why.
fn verdicts(csv: &str) -> String {
    let pairs = match Pairs::new(csv.as_bytes()) {
        Ok(pairs) => pairs,
        Err(error) => return error.to_string(),
    };
    let line = |row: Result<ownership::names::Scored, PairsError>| match row {
        Ok(scored) => format!("{:.3} {} {:?}", scored.score, scored.is_match, scored.label),
        Err(error) => {
            format!("{error}: {}", std::error::Error::source(&error).map_or(String::new(), ToString::to_string))
        }
    };
    pairs.map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(csv: &str, expected: Expect) {
    expected.assert_eq(&verdicts(csv));
}

#[test]
fn rows_are_scored_one_by_one() {
    check(
        "id,name1,name2,is_match,schema\n1,Kessler Ltd,Kessler Limited,true,Company\n2,\"Lavrov, Sergey\",Sergey Lavrov,,Person\n3,Alpha,Omega,false,\n",
        expect![[r#"
            1.000 true Some(true)
            1.000 true None
            0.000 false Some(false)"#]],
    );
}

#[test]
fn a_bad_row_is_told_and_the_rest_is_read() {
    check(
        "name1,name2,is_match\n???,Kessler,true\nKessler,Kessler,maybe\nKessler,Kessler,true\n",
        expect![[r#"
        line 2: `name1` is no name: the name `???` has no letter and no digit
        line 3: `maybe` is no label; write `true` or `false`, or leave it empty: 
        1.000 true Some(true)"#]],
    );
    check(
        &format!("name1,name2\n{},Kessler\nKessler,Kessler\n", "x".repeat(5000)),
        expect![[r#"
        line 2: `name1` is no name: a name of 5000 bytes is over the limit of 4096; look for rows that ran together
        1.000 true None"#]],
    );
    check(
        "name1,name2,schema\nKessler,Kessler,Spaceship\n",
        expect![
            "line 2: `Spaceship` is no schema; write Person, Company, Organization, LegalEntity, PublicBody or Vessel: "
        ],
    );
    check("name1,name2\nKessler\n", expect!["line 2: `name2` is no name: the name `` has no letter and no digit"]);
}

#[test]
fn columns_must_be_there() {
    check(
        "left,right\na,b\n",
        expect!["the file of pairs has no column `name1`; its first line must name `name1` and `name2`"],
    );
    check("", expect!["the file of pairs has no column `name1`; its first line must name `name1` and `name2`"]);
}

#[test]
fn one_row_as_json() {
    let row = Pairs::new("name1,name2\nZarya Shipping LLC,Zarya Shiping\n".as_bytes())
        .expect("a header")
        .next()
        .expect("a row")
        .expect("names");
    expect![[r#"
        {
          "name1": "Zarya Shipping LLC",
          "name2": "Zarya Shiping",
          "score": 0.993,
          "match": true,
          "explanation": {
            "scripts": [
              "latin",
              "latin"
            ],
            "met": [
              {
                "query": "zarya",
                "candidate": "zarya",
                "rule": "same",
                "alike": 1.0,
                "weight": 1.0
              },
              {
                "query": "shipping",
                "candidate": "shiping",
                "rule": "sound",
                "alike": 0.97,
                "weight": 0.675
              }
            ],
            "only_query": [],
            "only_candidate": [],
            "forms": [
              [
                "llc"
              ],
              []
            ],
            "notes": []
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&row).expect("plain data"));
}

#[test]
fn the_tally_counts_and_says_nothing_of_nothing() {
    let mut tally = Tally::default();
    assert_eq!((tally.precision(), tally.recall(), tally.f1()), (None, None, None));
    for (label, is_match) in
        [(Some(true), true), (Some(true), false), (Some(false), true), (Some(false), false), (None, true)]
    {
        tally.add(label, is_match);
    }
    assert_eq!((tally.precision(), tally.recall(), tally.f1()), (Some(0.5), Some(0.5), Some(0.5)));
    assert_eq!(tally.unlabelled, 1);
}
