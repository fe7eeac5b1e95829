//! `ringfence simulate`: seeded bytes.

use expect_test::expect;

use crate::{folder::Folder, lake_files::tree};

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = Folder::new();
    let words = |to: &str, seed: u32| format!("simulate {to} --plan benign --accounts 40 --seed {seed}");
    folder.check(
        &words("one", 5),
        expect![[r#"
        wrote 9301 exchanges of 40 accounts with 0 campaigns to one
        hunt in them: ringfence hunt --exchanges one/exchanges.jsonl.zst --accounts one/accounts.jsonl.zst
        exit code 0
    "#]],
    );
    assert_eq!(folder.run(&words("two", 5)).code, 0);
    assert_eq!(folder.run(&words("three", 6)).code, 0);
    let bytes = |name: &str| tree(&folder.at(name)).into_values().collect::<Vec<_>>();
    assert_eq!(bytes("one").len(), 4);
    assert!(bytes("one") == bytes("two"));
    assert!(bytes("one") != bytes("three"));
}

#[test]
fn what_was_written_as_json() {
    Folder::new().check(
        "simulate sim --plan benign --accounts 20 --json",
        expect![[r#"
        {
          "exchanges": "sim/exchanges.jsonl.zst",
          "accounts": "sim/accounts.jsonl.zst",
          "truth": "sim/truth",
          "exchange_count": 7732,
          "account_count": 30,
          "campaign_count": 0
        }
        exit code 0
    "#]],
    );
}

#[test]
fn a_folder_that_cannot_be_made() {
    let folder = Folder::new();
    folder.write("file", "");
    folder.check(
        "simulate file/sim",
        expect![[r#"
        ringfence: cannot make the folder `file/sim/truth`: Not a directory (os error 20)
        exit code 2
    "#]],
    );
    folder.check(
        "simulate sim --accounts 1",
        expect![[r#"
        error: invalid value '1' for '--accounts <ACCOUNTS>': 1 is not in 20..=1000000

        For more information, try '--help'.
        exit code 2
    "#]],
    );
}
