//! Statements that look like more than they say, and statements that cannot be true.

use ownership::{
    Builder, Closure, Disclosure, Gap, Graph, Interest, InterestKind, Link, Mistakes, Period, Regime, Regimes, Share,
    Source, Statement, plain,
};

use crate::support::{DAY, OFAC, graph, graph_of, regime};

#[track_caller]
fn check(graph: &Graph, regime: &Regime, entity: &str, verdict: &str) {
    let closure = Closure::of(graph, regime, DAY, Disclosure::AsStated);
    let standing = closure.standing(graph, regime, graph.find(entity).unwrap());
    assert_eq!(standing.standing.name(), verdict, "{}", standing.text);
}

fn interest(owner: &str, owned: &str, kind: InterestKind, points: Option<u16>, link: Link) -> Statement {
    Statement::Interest(Interest {
        owner: owner.parse().unwrap(),
        owned: owned.parse().unwrap(),
        kind,
        share: points.map(|points| Share::exactly(points).unwrap()),
        link,
        period: Period::default(),
        source: Source { name: "register".into(), record: "1".into() },
    })
}

fn stated(statements: &[Statement]) -> Graph {
    let mut builder = Builder::new();
    statements.iter().for_each(|statement| builder.state(statement));
    builder.build()
}

#[test]
fn two_sources_of_one_stake_are_not_added() {
    let graph = graph("X,A,30,,,,register\nX,A,25,,,,filing");
    check(&graph, &regime(OFAC, &["X"]), "A", "clear");
    let graph = self::graph("X,A,45,,,,register\nX,A,55,,,,filing");
    let regime = regime(OFAC, &["X"]);
    let closure = Closure::of(&graph, &regime, DAY, Disclosure::AsStated);
    let standing = closure.standing(&graph, &regime, graph.find("A").unwrap());
    assert_eq!((standing.lower_bp, standing.proof[0].disputed), (5500, true));
    assert!(standing.text.contains("45 % (stakes.csv, register), 55 % (stakes.csv, filing)"), "{}", standing.text);
}

#[test]
fn a_summary_counts_only_without_its_chain() {
    let summary = interest("X", "C", InterestKind::Shares, Some(3000), Link::Indirect);
    let chain = [
        interest("X", "B", InterestKind::Shares, Some(10_000), Link::Direct),
        interest("B", "C", InterestKind::Shares, Some(3000), Link::Direct),
    ];
    let rule = regime(OFAC, &["X"]);
    check(&stated(&[summary.clone(), chain[0].clone(), chain[1].clone()]), &rule, "C", "clear");
    let alone = interest("X", "C", InterestKind::Shares, Some(6000), Link::Indirect);
    check(&stated(&[alone]), &rule, "C", "caught");
    // Two summaries that speak of each other's chain.
    let round = [
        interest("X", "B", InterestKind::Shares, Some(6000), Link::Indirect),
        interest("B", "X", InterestKind::Shares, Some(6000), Link::Indirect),
    ];
    check(&stated(&round), &rule, "B", "caught");
}

#[test]
fn shares_are_not_added_to_votes_nor_funds_to_anything() {
    let uk = "threshold_basis_points = 5000\nstrict = true\naggregate = \"all_seeds\"\nindirect = \"cascade\"\nmeasures = [\"shares\", \"votes\"]\nconsolidation = \"possible\"";
    let rule = regime(uk, &["X"]);
    check(&graph("X,A,40,shares\nX,A,40,votes"), &rule, "A", "clear");
    check(&graph("X,A,10,shares\nX,A,60,votes"), &rule, "A", "caught");
    check(&graph("X,A,,fund\nF,A,10"), &rule, "A", "clear");
    check(&graph("X,A,,consolidation"), &rule, "A", "possible");
    check(&graph("X,A,,ultimate-consolidation\nP,A,,consolidation"), &rule, "A", "clear");
}

#[test]
fn a_nominee_holds_for_its_nominator() {
    let rule = regime(OFAC, &["X"]);
    check(&graph("X,N,,nomination\nN,A,60"), &rule, "A", "caught");
    check(&graph("Z,N,,nomination\nN,A,60\nX,N,100"), &rule, "A", "possible");
    let mut builder = Builder::new();
    builder.state(&interest("X", "A", InterestKind::Shares, Some(6000), Link::Direct));
    builder.state(&Statement::Gap(Gap {
        about: "X".parse().unwrap(),
        reason: "nominee".into(),
        period: Period::default(),
        source: Source { name: "register".into(), record: "2".into() },
    }));
    check(&builder.build(), &rule, "A", "possible");
}

#[test]
fn a_joint_stake_counts_once() {
    let rule = |joint: &str| regime(&format!("{OFAC}\njoint_holdings = \"{joint}\""), &["X", "Y"]);
    let both = graph_of("X,J,,membership\nY,J,,membership\nJ,A,30", "J,Jointly,joint,,,");
    check(&both, &rule("all_members"), "A", "clear");
    let one = graph_of("X,J,,membership\nZ,J,,membership\nJ,A,60", "J,Jointly,joint,,,");
    check(&one, &rule("all_members"), "A", "possible");
    check(&one, &rule("any_member"), "A", "caught");
}

#[test]
fn what_cannot_be_true_is_never_clear_and_never_caught() {
    let rule = regime(OFAC, &["X"]);
    check(&graph("X,A,90\nF,A,90"), &rule, "A", "possible");
    check(&graph("G,A,90\nF,A,90"), &rule, "A", "unknown");
    check(&graph("A,A,10\nF,A,90"), &rule, "A", "unknown");
    let text = {
        let graph = graph("G,A,90\nF,A,90");
        Closure::of(&graph, &rule, DAY, Disclosure::AsStated).standing(&graph, &rule, graph.find("A").unwrap()).text
    };
    assert!(text.contains("what is stated of its shares comes to more than the whole"), "{text}");
}

#[test]
fn absent_facts_are_unknown_and_persons_are_owned_by_nobody() {
    let rule = regime(OFAC, &["X"]);
    let graph = graph_of("P,A,100\nF,B,100", "P,Somebody,person,,,\nF,Firm,company,,,");
    check(&graph, &rule, "F", "unknown");
    check(&graph, &rule, "P", "clear");
    check(&graph, &rule, "A", "clear");
    let closure = Closure::of(&graph, &rule, DAY, Disclosure::AsStated);
    let standing = closure.standing(&graph, &rule, graph.find("B").unwrap());
    assert!(standing.text.contains("Firm (F): nobody states who owns it"), "{}", standing.text);
}

#[test]
fn who_is_known_by_a_name_only_makes_nothing_definite() {
    let rule = Regimes::shipped().get("ofac-50").unwrap().clone();
    let entities = |kind: &str| format!("X,Bad,{kind},,,ofac-sdn\nA,Firm,company,,,");
    check(&graph_of("X,A,100", &entities("unresolved")), &rule, "A", "possible");
    check(&graph_of("X,A,100", &entities("company")), &rule, "A", "caught");
}

#[test]
fn a_head_office_counts_and_where_somebody_lives_does_not() {
    let rule = Regimes::shipped().get("model-vendor-2025").unwrap().clone();
    let entities = "C,Cn Co,company,sg,cn,\nP,Person,person,cn,cn,\nI,Inc,company,cn,,\nA,A,company,sg,sg,\nB,B,company,sg,sg,\nD,D,company,sg,sg,";
    let graph = graph_of("C,A,51\nP,B,100\nI,D,100", entities);
    check(&graph, &rule, "A", "caught");
    check(&graph, &rule, "B", "clear");
    check(&graph, &rule, "D", "possible");
}

#[test]
fn bad_rows_are_refused_one_by_one() {
    let text = "owner,owned,percent,start_date\nX,A,101,\n,A,10,\nX,A,-5,\nX,A,half,\nX,A,50,2026-02-30\nX,A\nX,\"A,50,\nX,A\u{7},50,\nX,A,0.5,\n";
    let mut builder = Builder::new();
    let mut rejects = Vec::new();
    let loaded = plain::stakes("bad.csv", text.as_bytes(), &mut builder, |reject| {
        rejects.push(format!("line {}: {}: {}", reject.line, reject.reason, reject.detail));
    })
    .unwrap();
    assert_eq!((loaded.rows, loaded.rejected), (1, 8));
    expect_test::expect![[r#"
        line 2: over-whole: `101` is over the whole, 100 %
        line 3: missing-field: `owner` is empty
        line 4: negative: `-5` is negative, and nobody holds less than nothing
        line 5: bad-percent: `half` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
        line 6: bad-date: `2026-02-30` is no day such as 2026-01-31
        line 7: bad-csv: the row has 2 columns, and the first line names 4
        line 8: bad-csv: a quote is not closed, or stands within a field; rows end with their line
        line 9: bad-id: `owned` holds a control character: `A\u{7}`"#]]
    .assert_eq(&rejects.join("\n"));
    let huge = format!("id,name\nA,{}\nB,Fine\n", "n".repeat(10 << 20));
    let mut rejects = Vec::new();
    let loaded = plain::entities("huge.csv", huge.as_bytes(), &mut builder, |reject| rejects.push(reject)).unwrap();
    assert_eq!((loaded.rows, rejects[0].reason.code(), rejects[0].line), (1, "row-too-long", 2));
}

#[test]
fn a_header_that_says_too_little_is_an_error() {
    let wrong =
        |text: &str| plain::stakes("x.csv", text.as_bytes(), &mut Builder::new(), |_| ()).unwrap_err().to_string();
    expect_test::expect![[r#"
        the first line of `x.csv` does not name the columns: there is no column `owned`
        the first line of `x.csv` does not name the columns: no column says how much; add `percent`, or `percent_min` and `percent_max`, or `min_bp` and `max_bp`
        the first line of `x.csv` does not name the columns: it says how much in more than one way; keep one of them
        `x.csv` is empty; its first line must name the columns"#]].assert_eq(
        &["owner,percent\n", "owner,owned\n", "owner,owned,percent,min_bp,max_bp\n", ""].map(wrong).join("\n"),
    );
}

#[test]
fn all_mistakes_of_a_regime_are_told_at_once() {
    let text = "[[regime]]\nid = \"Bad Id\"\nthreshold_basis_points = 50000\naggregate = \"some\"\nmeasures = [\"wealth\"]\nwindows = [{ from = 2025-02-01, to = 2025-01-01 }]\nnationality = \"xx\"\n[regime.seeds]\nheadquartered_in = [\"china\"]\n";
    let mistakes: Mistakes = Regimes::shipped().add("bad.toml", text).unwrap_err();
    expect_test::expect![[r#"
        the regimes in `bad.toml` cannot be used:
          regime `Bad Id`: `Bad Id` is no id of a regime: 1 to 64 of a-z, 0-9 and hyphens
          regime `Bad Id`: `title` is missing
          regime `Bad Id`: `source` is missing
          regime `Bad Id`: `read` must say on which day the source was read
          regime `Bad Id`: `explanation` is missing
          regime `Bad Id`, window 1: it ends on 2025-01-01, before it begins on 2025-02-01
          regime `Bad Id`: `indirect` is missing; it is one of `cascade`, `multiplied`
          regime `Bad Id`: `aggregate` is `some`; it is one of `all_seeds`, `single_seed`, `joint_groups`
          regime `Bad Id`: `wealth` is no measure; there are `shares` and `votes`, and the keys `consolidation`, `board`, `influence` and `contract`
          regime `Bad Id`: `measures` must name `shares`, `votes` or both
          regime `Bad Id`: `threshold_basis_points` is 50000; basis points go from 0 to 10000
          regime `Bad Id`: `threshold_basis_points` must be a number, such as 5000 for one half
          regime `Bad Id`: `strict` must say whether the threshold is to be passed (true) or reached (false)
          regime `Bad Id`, seeds: `headquartered_in`: `china` is no code of a place: two letters as in ISO 3166-1, with a subdivision after a hyphen where there is one
          regime `Bad Id`, seeds: they name no list, no territory and no entity, so that nobody would be caught
          regime `Bad Id`: there is no key `nationality`"#]].assert_eq(&mistakes.to_string());
}

#[test]
fn a_seed_within_the_reach_of_another_is_an_owner_like_any_other() {
    let alone = "threshold_basis_points = 5000\nstrict = false\naggregate = \"single_seed\"\nindirect = \"cascade\"\nmeasures = [\"shares\"]";
    let (graph, rule) = (graph("X,Y,60\nX,A,20\nY,A,30"), regime(alone, &["X", "Y"]));
    let closure = Closure::of(&graph, &rule, DAY, Disclosure::AsStated);
    let standing = closure.standing(&graph, &rule, graph.find("A").unwrap());
    let steps: Vec<_> = standing.proof.iter().map(|step| format!("{} {}", step.owner, step.owned)).collect();
    assert_eq!(steps, ["X Y", "X A", "Y A"]);
}

/// OFAC blocks whom the SDN list names; its other lists name whom they mean, or carry directives of their own (FAQ 373).
#[test]
fn who_is_on_a_list_that_blocks_nobody_is_no_blocked_owner() {
    let regimes = Regimes::shipped();
    let entities = |list: &str| format!("X,Bad,company,,,{list}\nA,Firm,company,,,");
    for (list, blocked, sectoral) in [
        ("ofac-sdn:RUSSIA-EO14024", "caught", "clear"),
        ("ofac-consolidated:UKRAINE-EO13662", "clear", "caught"),
        ("ofac-consolidated:CMIC-EO13959", "clear", "clear"),
    ] {
        let graph = graph_of("X,A,60\nQ,A,40", &entities(list));
        check(&graph, regimes.get("ofac-50").unwrap(), "A", blocked);
        check(&graph, regimes.get("ofac-ssi").unwrap(), "A", sectoral);
    }
}

/// 15 CFR 744.8(a)(1) names some programmes of the SDN list. Under which one a party stands is not always said.
#[test]
fn a_programme_that_is_not_stated_makes_nothing_definite() {
    let rule = Regimes::shipped().get("bis-affiliates").unwrap().clone();
    let entities = |list: &str| format!("X,Bad,company,,,{list}\nA,Firm,company,,,");
    for (list, verdict) in [
        ("ofac-sdn:NPWMD", "caught"),
        ("ofac-sdn:VENEZUELA;ofac-sdn:SDGT", "caught"),
        ("ofac-sdn:VENEZUELA", "clear"),
        ("ofac-sdn", "possible"),
        ("ofac-sdn:US-RUSHAR", "possible"),
    ] {
        check(&graph_of("X,A,60\nQ,A,40", &entities(list)), &rule, "A", verdict);
    }
    let graph = graph_of("X,A,60", &entities("ofac-sdn"));
    let closure = Closure::of(&graph, &rule, DAY, Disclosure::AsStated);
    let standing = closure.standing(&graph, &rule, graph.find("A").unwrap());
    assert!(standing.text.contains("does not say whether under a programme that counts"), "{}", standing.text);
}

#[test]
fn spreadsheets_part_columns_by_semicolons_and_people_by_blanks() {
    for (stakes, entities) in [
        (
            "\u{feff}owner;owned;percent;source\r\nX;A;50,1 %;reg\r\n",
            "id;name;list\r\nX;\"Müller; Söhne\";ofac-sdn\r\n",
        ),
        ("owner\towned\tpercent\nX\tA\t50,1 %\n", "id\tname\tlist\nX\tMüller, Söhne\tofac-sdn\n"),
        ("owner, owned, percent\nX, A, 50.1\n", "id, name, list\n X , \"Müller, Söhne\" , ofac-sdn\n"),
        ("owner,owned,percent\nX,A,\"50,1\"\n", "id,name,list\nX,Müller,ofac-sdn\n"),
    ] {
        let mut builder = Builder::new();
        let refuse = |reject: ownership::Reject| panic!("{stakes}: {reject:?}");
        plain::entities("e.csv", entities.as_bytes(), &mut builder, refuse).unwrap();
        plain::stakes("s.csv", stakes.as_bytes(), &mut builder, refuse).unwrap();
        let graph = builder.build();
        assert_eq!(graph.entities(), 2, "{stakes}");
        check(&graph, Regimes::shipped().get("ofac-50").unwrap(), "A", "caught");
        assert!(graph.name(graph.find("X").unwrap()).starts_with("Müller"), "{entities}");
    }
}
