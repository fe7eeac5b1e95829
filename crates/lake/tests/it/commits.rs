//! Versions, conflicts, checkpoints and vacuum.

use std::{fs, path::Path};

use exchanges::Time;
use expect_test::expect;
use lake::{DEFAULT_ID_LIMIT, Lake, LakeError, Table, Vacuumed, Version, WriterLimits};

use crate::rows::{DAY, START, batch, count, import, lake, limits, place, row, session};

/// Later than any file of a test.
fn later() -> Time {
    Time::from_micros(START + 3650 * DAY).expect("a time")
}

fn files_under(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| if path.is_dir() { files_under(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn a_snapshot_does_not_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let old = import(&lake, &[row(1, 1)]).await;
    import(&lake, &[row(2, 1)]).await;
    let session = lake.session(&old, &limits(folder.path(), 64 << 20)).expect("a session");
    assert_eq!(count(&session, "SELECT count(*) FROM exchanges").await, 1);
}

#[tokio::test]
async fn writers_that_began_at_the_same_version_both_commit() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let base = lake.snapshot().await.expect("sound");
    let mut writers = Vec::new();
    for id in 0..5 {
        let mut writer = lake.writer(&base, WriterLimits::default());
        writer.write(batch(&[row(id, 1)])).await.expect("sound");
        writers.push(tokio::spawn(writer.finish(None)));
    }
    for writer in writers {
        writer.await.expect("no panic").expect("committed");
    }
    let snapshot = lake.snapshot().await.expect("sound");
    assert_eq!((snapshot.version(), snapshot.rows(Table::Exchanges)), (Version(5), 5));
}

#[tokio::test]
async fn a_writer_that_looked_for_repeats_notices_that_rows_came_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let base = lake.snapshot().await.expect("sound");
    let mut seen = lake.seen(&base, DEFAULT_ID_LIMIT);
    let mut writer = lake.writer(&base, WriterLimits::default());
    let rows = batch(&[row(1, 1)]);
    seen.judge(&rows).await.expect("sound");
    writer.write(rows).await.expect("sound");
    import(&lake, &[row(1, 1)]).await;
    let error = writer.finish(Some(&seen)).await.expect_err("overtaken");
    expect!["version 1 by another process added rows of 2026-08-01 meanwhile; run the import again, rows that are there are skipped"]
        .assert_eq(&error.to_string());
    assert_eq!(lake.snapshot().await.expect("sound").rows(Table::Exchanges), 1);
}

#[tokio::test]
async fn opening_after_many_commits_starts_from_a_checkpoint() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    for id in 0..70 {
        import(&lake, &[row(id, 1)]).await;
    }
    let log = folder.path().join("lake/log");
    assert!(log.join("checkpoint.json").is_file());
    // Entries before the checkpoint are not read any more.
    fs::write(log.join(format!("{:020}.json", 3)), "garbage").expect("writable");
    let snapshot = Lake::open(place(folder.path())).await.expect("sound").snapshot().await.expect("sound");
    assert_eq!((snapshot.version(), snapshot.rows(Table::Exchanges)), (Version(70), 70));
    fs::write(log.join("checkpoint.json"), "").expect("writable");
    let error = Lake::open(place(folder.path())).await.expect_err("damaged");
    expect!["the lake's checkpoint `log/checkpoint.json` is damaged; delete this file, the next commits make it again from the log"]
        .assert_eq(&error.to_string());
}

#[tokio::test]
async fn vacuum_removes_what_no_version_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    import(&lake, &[row(1, 1)]).await;
    let day = folder.path().join("lake/exchanges/day=2026-08-01");
    fs::write(day.join("part-orphan.parquet"), "half").expect("writable");
    fs::write(day.join("part-killed.parquet#1"), "half of a half").expect("writable");
    let before_all = Time::from_micros(START).expect("a time");
    assert_eq!(lake.vacuum(before_all).await.expect("sound"), Vacuumed::default(), "all files are younger");
    let vacuumed = lake.vacuum(later()).await.expect("sound");
    assert_eq!(vacuumed, Vacuumed { files: 1, bytes: 4, staged: 1 });
    assert_eq!(files_under(&day), 1);
    assert_eq!(count(&session(&lake, folder.path()).await, "SELECT count(*) FROM exchanges").await, 1);
}

#[tokio::test]
async fn a_folder_with_an_odd_name_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let odd = folder.path().join("a b%20c#1?*[x]é {y}");
    let lake = lake(&odd).await;
    import(&lake, &[row(1, 1), row(40, 2)]).await;
    let again = Lake::open(place(&odd)).await.expect("sound");
    assert_eq!(count(&session(&again, folder.path()).await, "SELECT count(*) FROM exchanges").await, 2);
}

#[tokio::test]
async fn too_many_ids_are_refused_before_memory_is_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let base = lake.snapshot().await.expect("sound");
    let mut seen = lake.seen(&base, 2);
    let error = seen.judge(&batch(&[row(1, 1), row(2, 1), row(3, 1)])).await.expect_err("over the limit");
    assert!(matches!(error, LakeError::TooManyIds { limit: 2, .. }));
    expect!["looking for repeated ids needs 3 ids in memory, the limit is 2; import fewer files in one run"]
        .assert_eq(&error.to_string());
}
