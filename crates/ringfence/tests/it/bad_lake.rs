//! Lakes and secrets that are newer, damaged, lost or half written.

use std::{fs, path::PathBuf};

use expect_test::expect;

use crate::{
    folder::Folder,
    lake_files::{self, newest_log},
    rows::{account, exchanges},
};

/// A folder with a log of 20 exchanges and a lake of it.
fn imported() -> Folder {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..20));
    assert_eq!(folder.run("import x.jsonl").code, 0);
    folder
}

fn lake(folder: &Folder) -> PathBuf {
    folder.at("ringfence-data/lake")
}

/// Replaces a part of the newest log entry.
fn edit_log(folder: &Folder, from: &str, to: &str) {
    let path = newest_log(&lake(folder));
    let text = fs::read_to_string(&path).expect("text");
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).expect("writable");
}

#[test]
fn a_lake_of_a_newer_schema() {
    let folder = imported();
    edit_log(&folder, r#""schema":1"#, r#""schema":9"#);
    folder.check("hunt", expect![[r#"
        ringfence: `exemplars/part-ID.parquet` has rows of schema version 9, this ringfence reads up to 1; use a newer ringfence
        exit code 2
    "#]]);
    folder.check("import x.jsonl", expect![[r#"
        ringfence: `exemplars/part-ID.parquet` has rows of schema version 9, this ringfence reads up to 1; use a newer ringfence
        exit code 2
    "#]]);
}

#[test]
fn a_lake_of_a_newer_log_format() {
    let folder = imported();
    edit_log(&folder, r#"{"format":1,"#, r#"{"format":2,"new":true,"#);
    folder.check(
        "hunt",
        expect![[r#"
        ringfence: the lake `ringfence-data/lake` has log format 2, this ringfence reads up to 1; use a newer ringfence
        exit code 2
    "#]],
    );
    folder.check(
        "import x.jsonl",
        expect![[r#"
        ringfence: the lake `ringfence-data/lake` has log format 2, this ringfence reads up to 1; use a newer ringfence
        exit code 2
    "#]],
    );
}

#[test]
fn a_torn_log_entry() {
    let folder = imported();
    let path = newest_log(&lake(&folder));
    let bytes = fs::read(&path).expect("there");
    fs::write(&path, &bytes[..bytes.len() / 2]).expect("writable");
    let told = folder.run("hunt").shown();
    expect!["ringfence: the lake's log file `log/00000000000000000002.json` is damaged; restore it from a backup, or import into a new folder (data files are intact): it is not the JSON of a commit"].assert_eq(told.split(": EOF").next().unwrap_or(&told));
    assert_eq!(folder.run("import x.jsonl").code, 2);
}

/// A hunt must not find nothing because it has read nothing.
#[test]
fn a_data_file_that_is_gone() {
    let folder = imported();
    fs::remove_dir_all(lake(&folder).join("exchanges")).expect("there");
    let told = folder.run("hunt");
    let says = told.err.contains("` has no file by now, the lake's log says ") && told.err.contains("restore it");
    assert_eq!((told.code, says), (2, true), "{}", told.shown());
    let told = folder.run("import x.jsonl");
    assert_eq!((told.code, told.err.contains("cannot read `exchanges/")), (2, true), "{}", told.shown());
}

#[test]
fn a_log_that_counts_other_rows() {
    let folder = imported();
    let entry = lake(&folder).join(format!("log/{:020}.json", 1));
    let text = fs::read_to_string(&entry).expect("text");
    assert!(text.contains(r#""rows":20"#), "{text}");
    fs::write(entry, text.replace(r#""rows":20"#, r#""rows":21"#)).expect("writable");
    folder.check("hunt", expect![[r#"
        ringfence: the lake has 21 exchanges by its log, but its files hold 20; restore them from a backup, or import into a new folder
        exit code 2
    "#]]);
}

/// Without the facts of the accounts the hunt would find less and not know it.
#[test]
fn accounts_that_were_cut_or_are_gone() {
    let folder = imported();
    folder.write("a.jsonl", account("a1"));
    folder.run("import --accounts a.jsonl");
    let accounts = lake(&folder).join("accounts");
    let file = lake_files::tree(&accounts).into_keys().next().expect("one");
    fs::write(&file, b"PAR1").expect("writable");
    let told = folder.run("hunt");
    assert_eq!((told.code, told.err.contains("` has 4 bytes by now")), (2, true), "{}", told.shown());
    fs::remove_file(&file).expect("there");
    let told = folder.run("hunt");
    assert_eq!((told.code, told.err.contains("` has no file by now")), (2, true), "{}", told.shown());
}

/// What a writer that was killed leaves: parts that no log entry names, and files that have no name yet.
#[test]
fn files_that_a_killed_writer_left() {
    let folder = imported();
    let lake = lake(&folder);
    let part = lake_files::tree(&lake.join("exchanges")).into_keys().next().expect("one");
    let day = part.parent().expect("a day");
    fs::copy(&part, day.join(format!("part-{}.parquet", "0".repeat(32)))).expect("writable");
    fs::write(day.join("part-1.parquet#77"), b"PAR1 half").expect("writable");
    fs::write(lake.join("log").join(format!("{:020}.json#78", 2)), b"{\"format\"").expect("writable");
    folder.check(
        "import x.jsonl",
        expect![[r#"
        imported 0 exchanges and 0 accounts
        20 exchanges were there already
        the lake is at version 2
        exit code 0
    "#]],
    );
    assert_eq!(folder.answer("hunt")["totals"]["exchanges"], 20);
}

#[test]
fn no_lake() {
    let folder = Folder::new();
    folder.check("hunt", expect![[r#"
        ringfence: there is no lake in `ringfence-data/lake`; run `ringfence import` first, or name files with --exchanges
        exit code 2
    "#]]);
    folder.check(
        "hunt --data elsewhere",
        expect![[r#"
        ringfence: there is no lake in `elsewhere/lake`; run `ringfence import` first, or name files with --exchanges
        exit code 2
    "#]],
    );
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "looking makes nothing");
}

#[test]
fn a_folder_without_a_lake() {
    let folder = Folder::new();
    fs::create_dir_all(folder.at("ringfence-data/lake")).expect("writable");
    folder.check(
        "hunt",
        expect![[r#"
        ringfence: there is no lake in `ringfence-data/lake`; run `ringfence import` first, or check --data
        exit code 2
    "#]],
    );
}

#[test]
fn a_lost_secret() {
    let folder = imported();
    fs::remove_file(folder.at("ringfence-data/secret")).expect("there");
    folder.check("import x.jsonl", expect![[r#"
        ringfence: the lake in `ringfence-data/lake` has lost its secret `ringfence-data/secret`; restore it from a backup, since a new one would match nothing
        exit code 2
    "#]]);
    assert!(!folder.at("ringfence-data/secret").exists(), "no new one is made");
}

#[test]
fn a_damaged_secret() {
    let folder = imported();
    folder.write("ringfence-data/secret", "abc\n");
    folder.check("import x.jsonl", expect![[r#"
        ringfence: `ringfence-data/secret` is no secret; restore it from a backup, since the lake cannot be used without it: secret has 3 characters; it is 64 hexadecimal digits
        exit code 2
    "#]]);
}

#[test]
fn a_damaged_table_of_exemplars() {
    let folder = imported();
    folder.write("ringfence-data/exemplars.state", "abc");
    folder.check("import x.jsonl", expect![[r#"
        ringfence: `ringfence-data/exemplars.state` is damaged; remove it, and templates are counted anew: exemplar state does not begin as one; delete the file to begin anew
        exit code 2
    "#]]);
}
