//! Lakes that cannot be opened or written, and what the user is told.

use std::{error::Error, fs, path::Path};

use expect_test::{Expect, expect};
use lake::{Lake, LakeError, Place, WriterLimits};

use crate::rows::{batch, import, lake, place, row};

/// The chain of messages, with the temporary folder taken out.
fn told(error: &LakeError, folder: &Path) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!("\n- {cause}"));
        next = cause.source();
    }
    text.replace(&folder.display().to_string(), "FOLDER")
}

/// Opens a lake of two commits after its newest log file was replaced.
async fn check_log(content: &str, expect: Expect) {
    let folder = tempfile::tempdir().expect("a folder");
    let made = lake(folder.path()).await;
    import(&made, &[row(1, 1)]).await;
    fs::write(folder.path().join(format!("lake/log/{:020}.json", 1)), content).expect("writable");
    let error = Lake::open(place(folder.path())).await.expect_err("a bad log");
    expect.assert_eq(&told(&error, folder.path()));
}

#[tokio::test]
async fn an_empty_log_file() {
    check_log("", expect![[r#"
        the lake's log file `log/00000000000000000001.json` is damaged; restore it from a backup, or import into a new folder (data files are intact)
        - it is empty"#]]).await;
}

#[tokio::test]
async fn a_log_file_that_ends_in_the_middle() {
    check_log(r#"{"format":1,"version":1,"id":"00","#, expect![[r#"
        the lake's log file `log/00000000000000000001.json` is damaged; restore it from a backup, or import into a new folder (data files are intact)
        - it is not the JSON of a commit
        - EOF while parsing a value at line 1 column 34"#]]).await;
}

#[tokio::test]
async fn a_log_file_of_a_newer_format() {
    check_log(
        r#"{"format":2,"something":"new"}"#,
        expect!["the lake `FOLDER/lake` has log format 2, this ringfence reads up to 1; use a newer ringfence"],
    )
    .await;
}

#[tokio::test]
async fn rows_of_a_newer_schema() {
    check_log(
        r#"{"format":1,"version":1,"id":"00","operation":"import","added":[{"table":"exchanges","path":"exchanges/day=2026-08-01/part-1.parquet",
            "day":20666,"rows":1,"bytes":1,"min_time":null,"max_time":null,"schema":77}],"removed":[]}"#,
        expect!["`exchanges/day=2026-08-01/part-1.parquet` has rows of schema version 77, this ringfence reads up to 1; use a newer ringfence"],
    )
    .await;
}

#[tokio::test]
async fn a_log_that_points_outside_the_lake() {
    check_log(
        r#"{"format":1,"version":1,"id":"00","operation":"import","added":[{"table":"exchanges","path":"exchanges/../../x.parquet",
            "day":20666,"rows":1,"bytes":1,"min_time":null,"max_time":null,"schema":1}],"removed":[]}"#,
        expect![[r#"
            the lake's log file `log/00000000000000000001.json` is damaged; restore it from a backup, or import into a new folder (data files are intact)
            - it names `exchanges/../../x.parquet`, which points outside the lake"#]],
    )
    .await;
}

#[tokio::test]
async fn a_log_file_under_another_name() {
    check_log(r#"{"format":1,"version":9,"id":"00","operation":"import","added":[],"removed":[]}"#, expect![[r#"
        the lake's log file `log/00000000000000000001.json` is damaged; restore it from a backup, or import into a new folder (data files are intact)
        - it says that it is version 9"#]]).await;
}

#[tokio::test]
async fn a_missing_log_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = lake(folder.path()).await;
    import(&made, &[row(1, 1)]).await;
    import(&made, &[row(2, 1)]).await;
    fs::remove_file(folder.path().join(format!("lake/log/{:020}.json", 1))).expect("there");
    let error = Lake::open(place(folder.path())).await.expect_err("a gap");
    expect!["the lake's log file `log/00000000000000000001.json` is missing although a later one is there; restore it from a backup"]
        .assert_eq(&told(&error, folder.path()));
}

#[tokio::test]
async fn no_lake_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = Place::existing_folder(&folder.path().join("none")).expect_err("no folder");
    expect!["there is no lake in `FOLDER/none`; run `ringfence import` first, or check --data"]
        .assert_eq(&told(&error, folder.path()));
    let error = Lake::open(place(folder.path())).await.expect_err("an empty folder");
    expect!["there is no lake in `FOLDER/lake`; run `ringfence import` first, or check --data"]
        .assert_eq(&told(&error, folder.path()));
}

#[tokio::test]
async fn a_file_where_the_folder_should_be() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "x").expect("writable");
    let error = Place::folder(&folder.path().join("file/lake")).expect_err("a file");
    expect![[r#"
        `FOLDER/file/lake` cannot be used as the folder of a lake; give a folder that this user may create and write
        - Not a directory (os error 20)"#]]
    .assert_eq(&told(&error, folder.path()));
}

/// Tests run as root, whom read-only rights do not stop: a file in the way of the day's folder does.
#[tokio::test]
async fn a_folder_that_cannot_be_written_leaves_the_old_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    fs::write(folder.path().join("lake/exchanges"), "x").expect("writable");
    let mut writer = lake.writer(&lake.snapshot().await.expect("sound"), WriterLimits::default());
    writer.write(batch(&[row(1, 1)])).await.expect("still in memory");
    let error = writer.finish(None).await.expect_err("no folder");
    let told = told(&error, folder.path());
    let first = told.lines().next().expect("a line").split('`').collect::<Vec<_>>();
    expect!["cannot write rows to ; a file is where a folder should be: move it away; the lake is as it was before"]
        .assert_eq(&format!("{}{}", first[0], first[2]));
    assert_eq!(lake.snapshot().await.expect("sound").version().0, 0);
}

#[tokio::test]
async fn a_data_file_that_is_gone_or_cut_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let snapshot = import(&lake, &[row(1, 1)]).await;
    let file = snapshot.files(lake::Table::Exchanges).next().expect("one").path.clone();
    let on_disk = folder.path().join("lake").join(&file);
    let bytes = fs::read(&on_disk).expect("there");
    fs::write(&on_disk, &bytes[..bytes.len() / 2]).expect("writable");
    let error = lake.seen(&snapshot, 100).judge(&batch(&[row(1, 1)])).await.expect_err("cut");
    let told = told(&error, folder.path()).replace(&file, "FILE");
    expect!["cannot read `FILE`; restore it from a backup, or import into a new folder"]
        .assert_eq(told.lines().next().expect("a line"));
}
