//! Rows in any order become files by day, all at once.

use arrow::array::Int64Array;
use exchanges::Time;
use expect_test::{Expect, expect};
use lake::{LakeError, Snapshot, Table, WriterLimits};
use proptest::prelude::*;

use crate::rows::{self, DAY, START, batch, count, import, lake, row, session};

#[track_caller]
fn check(snapshot: &Snapshot, expect: Expect) {
    let lines = snapshot.days().into_iter().map(|(day, files)| {
        let rows: Vec<u64> = files.iter().map(|file| file.rows).collect();
        format!("{day} {rows:?}\n")
    });
    expect.assert_eq(&format!("version {}\n{}", snapshot.version(), lines.collect::<String>()));
}

#[tokio::test]
async fn a_new_lake_is_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let snapshot = lake.snapshot().await.expect("sound");
    check(
        &snapshot,
        expect![[r#"
        version 0
    "#]],
    );
    assert_eq!(snapshot.span(), None);
    let session = session(&lake, folder.path()).await;
    assert_eq!(count(&session, "SELECT count(*) FROM exchanges").await, 0);
    assert_eq!(count(&session, "SELECT count(*) FROM accounts").await, 0);
}

#[tokio::test]
async fn rows_are_kept_by_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let rows: Vec<_> = (0..60).rev().map(|id| row(id, id % 5)).collect();
    let snapshot = import(&lake, &rows).await;
    check(
        &snapshot,
        expect![[r#"
        version 1
        2026-08-01 [24]
        2026-08-02 [24]
        2026-08-03 [12]
    "#]],
    );
    assert_eq!(snapshot.span(), Some((START, START + 59 * rows::HOUR)));
    let session = session(&lake, folder.path()).await;
    assert_eq!(count(&session, "SELECT count(*) FROM exchanges").await, 60);
    assert_eq!(count(&session, "SELECT count(*) FROM exchanges WHERE account_key = 3").await, 12);
}

#[tokio::test]
async fn nothing_is_visible_before_finish_nor_after_abort() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let base = lake.snapshot().await.expect("sound");
    let small = WriterLimits { group_rows: 1, file_rows: 1, ..WriterLimits::default() };
    let mut writer = lake.writer(&base, small);
    writer.write(batch(&[row(1, 1), row(30, 1)])).await.expect("sound");
    assert_eq!(writer.rows(), 2);
    assert_eq!(lake.snapshot().await.expect("sound").rows(Table::Exchanges), 0);
    writer.abort().await;
    assert_eq!(lake.snapshot().await.expect("sound").version(), base.version());
    let later = Time::from_micros(START + 3650 * DAY).expect("a time");
    assert_eq!(lake.vacuum(later).await.expect("sound").files, 0, "abort removed its files");
}

#[tokio::test]
async fn nothing_written_is_nothing_committed() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let snapshot = import(&lake, &[]).await;
    check(
        &snapshot,
        expect![[r#"
        version 0
    "#]],
    );
}

#[tokio::test]
async fn large_days_are_rolled_and_few_files_are_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let limits =
        WriterLimits { group_rows: 4, file_rows: 8, open_files: 1, waiting_bytes: 1 << 20, ..WriterLimits::default() };
    let mut writer = lake.writer(&lake.snapshot().await.expect("sound"), limits);
    for id in 0..48 {
        writer.write(batch(&[row(id, 1)])).await.expect("sound");
    }
    let snapshot = writer.finish(None).await.expect("sound");
    check(
        &snapshot,
        expect![[r#"
        version 1
        2026-08-01 [8, 8, 8]
        2026-08-02 [8, 8, 8]
    "#]],
    );
}

#[tokio::test]
async fn rows_of_another_shape_are_refused_and_poison_the_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let mut writer = lake.writer(&lake.snapshot().await.expect("sound"), WriterLimits::default());
    let narrow = batch(&[row(1, 1)]).project(&[0, 1]).expect("two columns");
    let error = writer.write(narrow).await.expect_err("too few columns");
    expect!["rows do not have the lake's schema: column `account_id` is missing or of another type"]
        .assert_eq(&error.to_string());
    let error = writer.finish(None).await.expect_err("poisoned");
    assert!(matches!(error, LakeError::Poisoned), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever the order, the batches and the limits: what goes in comes out, each row on its day.
    #[test]
    fn what_goes_in_comes_out(
        hours in prop::collection::vec(0_u64..200, 1..120),
        batch_rows in 1_usize..40,
        group_rows in 1_usize..20,
        file_rows in 1_u64..30,
        open_files in 0_usize..4,
        waiting_bytes in 0_usize..200_000,
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let (ids, sum) = runtime.block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let lake = lake(folder.path()).await;
            let limits = WriterLimits { group_rows, file_rows, open_files, waiting_bytes, ..WriterLimits::default() };
            let mut writer = lake.writer(&lake.snapshot().await.expect("sound"), limits);
            let rows: Vec<_> = hours.iter().map(|hour| row(*hour, 1)).collect();
            for rows in rows.chunks(batch_rows) {
                writer.write(batch(rows)).await.expect("sound");
            }
            let snapshot = writer.finish(None).await.expect("sound");
            for (day, files) in snapshot.days() {
                for file in files {
                    assert_eq!(file.min_time.expect("times").div_euclid(DAY), i64::from(day.0));
                    assert_eq!(file.max_time.expect("times").div_euclid(DAY), i64::from(day.0));
                }
            }
            let session = session(&lake, folder.path()).await;
            let sql = "SELECT count(*), CAST(sum(id_key) AS BIGINT) FROM exchanges";
            let batches = session.sql(sql).await.expect("sql").collect().await.expect("sound");
            let number = |column: usize| {
                batches[0].column(column).as_any().downcast_ref::<Int64Array>().expect("a number").value(0)
            };
            (number(0), number(1))
        });
        prop_assert_eq!(ids, i64::try_from(hours.len()).expect("small"));
        prop_assert_eq!(sum, i64::try_from(hours.iter().sum::<u64>()).expect("small"));
    }
}
