//! Folders: what is taken, what is set aside, what refuses the whole.

use std::{fs, io::Write};

use expect_test::{Expect, expect};
use ownership::Verdict;
use screening::{Answer, Question};

use super::support::{DAY, folder, load, register};

#[track_caller]
fn check_refused(files: &[(&str, &str)], expected: Expect) {
    let (loaded, _) = load(&folder(files));
    expected.assert_eq(&loaded.expect_err("the folder is refused"));
}

#[test]
fn names_and_identifiers_lead_to_an_entity() {
    let register = register();
    let found = |text: &str| match register.answer(&Question::typed(text), "model-vendor-2025", DAY).unwrap() {
        Answer::Found { standing, by, .. } => format!("{} {:?} by {by:?}", standing.entity.id, standing.standing),
        Answer::NotFound { nearest } => format!("nobody; {} near", nearest.len()),
    };
    assert_eq!(found("lion"), "lion Caught by Id");
    assert_eq!(found("529900T8BM49AURSDO55"), "listed Unknown by Id");
    let by_name = found("LIONROCK COMPUTE PTE. LTD.");
    assert!(by_name.starts_with("lion Caught by Name"), "{by_name}");
    assert!(found("Vth").starts_with("listed"), "{}", found("Vth"));
    assert!(found("Utterly Different Ventures").starts_with("nobody"));
}

#[test]
fn absent_facts_are_unknown_and_never_clear() {
    let register = register();
    let of = |key: &str| register.verdict("model-vendor-2025", DAY, register.by_id(key).unwrap()).unwrap();
    assert_eq!(of("lonely"), Verdict::Unknown);
    assert_eq!(of("falcon"), Verdict::Clear);
}

#[test]
fn a_name_like_a_listed_one_makes_possible_and_never_caught() {
    let register = register();
    let of = |key: &str| register.standing("ofac-50", DAY, register.by_id(key).unwrap()).unwrap();
    assert_eq!(of("heron").standing, Verdict::Caught);
    let crane = of("crane");
    assert_eq!(crane.standing, Verdict::Possible, "{}", crane.text);
    assert!(crane.text.contains("its name is like that of"), "{}", crane.text);
    assert_eq!(register.alike(), 1);
}

#[test]
fn keys_that_share_an_identifier_are_one_entity() {
    let files = [
        ("a.csv", "name,id,identifier\nAlder Works Ltd,a,LEI:529900T8BM49AURSDO55\n"),
        ("b.csv", "name,id,identifier,list\nAlder Works Limited,b,LEI:529900T8BM49AURSDO55,ofac-sdn\n"),
        ("stakes.csv", "owner,owned,percent\na,c,51\n"),
    ];
    let (loaded, refused) = load(&folder(&files));
    assert!(refused.is_empty(), "{refused:?}");
    let register = loaded.unwrap().register;
    assert_eq!(register.by_id("a"), register.by_id("b"));
    let c = register.by_id("c").unwrap();
    assert_eq!(register.verdict("ofac-50", DAY, c).unwrap(), Verdict::Caught);
}

#[test]
fn rows_that_cannot_be_read_are_told_and_the_rest_counts() {
    let files = [("stakes.csv", "owner,owned,percent\na,b,140\na,c,-1\na,d,half\na,e,60\n,f,10\n")];
    let (loaded, refused) = load(&folder(&files));
    let expected = expect![[r#"
        stakes.csv:2 over-whole: `140` is over the whole, 100 %
        stakes.csv:3 negative: `-1` is negative, and nobody holds less than nothing
        stakes.csv:4 bad-percent: `half` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
        stakes.csv:6 missing-field: `owner` is empty"#]];
    expected.assert_eq(&refused.join("\n"));
    let report = &loaded.unwrap().files[0];
    assert_eq!((report.statements, report.rejected), (1, 4));
}

#[test]
fn a_file_that_cannot_be_read_refuses_the_folder_with_every_problem() {
    check_refused(
        &[("good.csv", "owner,owned,percent\na,b,60\n"), ("what.txt", "just words\n"), ("zero.json", "")],
        expect![[r#"
            cannot use the statements in `FOLDER`, for 2 reasons:
              `what.txt` cannot be read: input is of no format that we know: it begins with `just words`. Understood are FollowTheMoney JSON Lines, BODS 0.4, GLEIF Level 1, Level 2 and reporting exceptions (XML, CSV, JSON), the Companies House PSC snapshot, OFAC CSV and CSV of names, each plain, .gz or .zst; name one with --format if it is
              `zero.json` cannot be read: input is empty: it has no bytes; is the export finished?"#]],
    );
    check_refused(
        &[("readme.md", "nothing")],
        expect![
            "cannot use the statements in `FOLDER`: there are no statements in it, and 1 files were passed over; put files of statements into it"
        ],
    );
    check_refused(
        &[("ownership.toml", "[files.'gone.csv']\nlist = 'x'\n"), ("a.csv", "owner,owned\na,b\n")],
        expect![[r#"
        cannot use the statements in `FOLDER`, for 2 reasons:
          the first line of `a.csv` does not name the columns: no column says how much; add `percent`, or `percent_min` and `percent_max`, or `min_bp` and `max_bp`
          `ownership.toml` has an entry for `gone.csv`, and there is no such file; correct it or remove it"#]],
    );
}

#[test]
fn a_file_that_was_cut_is_never_taken_for_a_whole_one() {
    let stakes: String = (0..5_000).map(|n| format!("a{n},b{n},60\n")).collect();
    let packed = |text: &str| {
        let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        to.write_all(text.as_bytes()).unwrap();
        to.finish().unwrap()
    };
    for text in [
        format!("owner,owned,percent\n{stakes}"),
        "owner,owned,percent\na,b,60\n".to_owned(),
        "name,alias\nX,Y\n".to_owned(),
    ] {
        let whole = packed(&text);
        let folder = folder(&[]);
        for end in [whole.len() - 1, whole.len() - 9, whole.len() / 2] {
            fs::write(folder.path().join("cut.csv.gz"), &whole[..end]).unwrap();
            let (loaded, _) = load(&folder);
            assert!(loaded.is_err(), "{} of {} bytes", end, whole.len());
        }
        fs::write(folder.path().join("cut.csv.gz"), &whole).unwrap();
        assert!(load(&folder).0.is_ok());
    }
}

/// A list in a file of its own may mean either; a register that has both under keys of their own says that they are two.
#[test]
fn whom_one_source_holds_apart_is_not_tied_by_a_likeness() {
    let party = |id: &str, name: &str, topics: &str| {
        format!(r#"{{"id":"{id}","schema":"Company","properties":{{"name":["{name}"]{topics}}}}}"#)
    };
    let register = [party("one", "Jormar Trading K.K.", ""), party("two", "Jormar Trading Limited", "")].join("\n");
    let sanctioned = party("three", "Jormar Trading Limited", r#","topics":["sanction"]"#);
    let alike = |files: &[(&str, &str)]| load(&folder(files)).0.unwrap().register.alike();
    assert_eq!(alike(&[("register.jsonl", &register), ("list.jsonl", &sanctioned)]), 2);
    assert_eq!(alike(&[("both.jsonl", &format!("{register}\n{sanctioned}"))]), 0);
}

/// `cons_prim.csv` has the shape of `sdn.csv`, and its parties are not blocked.
#[test]
fn the_consolidated_list_is_known_by_its_name() {
    let nothing = ",-0- ".repeat(8);
    let row = |programme: &str| format!("36,\"TOP MILITARY CO\",-0- ,\"{programme}\"{nothing}\r\n\u{1a}\r\n");
    let stakes = ("stakes.csv", "owner,owned,percent\nofac-36,a,80\nq,a,20\n");
    let verdict = |name: &str, row: &str| {
        let register = load(&folder(&[(name, row), stakes])).0.unwrap().register;
        register.verdict("ofac-50", DAY, register.by_id("a").unwrap()).unwrap()
    };
    assert_eq!(verdict("CONS_PRIM.CSV", &row("CMIC-EO13959")), Verdict::Clear);
    assert_eq!(verdict("SDN.CSV", &row("CUBA")), Verdict::Caught);
}

#[test]
fn a_table_that_leaves_out_what_counts_is_refused() {
    check_refused(
        &[("targets.simple.csv", "id,schema,name,aliases,countries,sanctions,dataset\nNK-1,Company,Rom,,ru,Block,x\n")],
        expect![
            "cannot use the statements in `FOLDER`: `targets.simple.csv` is OpenSanctions' simplified table, which says neither the lists in the words of regimes nor who owns whom; load `entities.ftm.json` of the same dataset"
        ],
    );
}

/// A column that only lists of names have is not passed over because the others suit a file of entities as well.
#[test]
fn a_list_with_programmes_is_read_with_them() {
    let stakes = ("stakes.csv", "owner,owned,percent\nx,a,80\nq,a,20\n");
    for (list, expected) in [
        ("id,name,list,programme\nx,Bad,ofac-sdn,VENEZUELA\n", Verdict::Clear),
        ("id,name,list,programme\nx,Bad,ofac-sdn,NPWMD\n", Verdict::Caught),
        ("id,name,list\nx,Bad,ofac-sdn:VENEZUELA\n", Verdict::Clear),
        ("id;name;alias;list\nx;Bad;Worse;ofac-sdn:NPWMD\n", Verdict::Caught),
    ] {
        let register = load(&folder(&[("list.csv", list), stakes])).0.unwrap().register;
        assert_eq!(register.verdict("bis-affiliates", DAY, register.by_id("a").unwrap()).unwrap(), expected, "{list}");
    }
}
