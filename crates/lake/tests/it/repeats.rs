//! Importing twice is importing once.

use lake::{
    DEFAULT_ID_LIMIT,
    Verdict::{Again, Clash, New},
};

use crate::rows::{Row, batch, import, lake, row};

#[tokio::test]
async fn repeats_are_seen_in_the_lake_in_the_run_and_across_days() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let base = import(&lake, &[row(1, 1), row(50, 1)]).await;
    let mut seen = lake.seen(&base, DEFAULT_ID_LIMIT);
    assert_eq!(seen.held(), 0, "nothing is read before it is needed");
    let edited = Row { content: 99, ..row(1, 1) };
    let moved = Row { content: 98, time: row(1, 1).time, ..row(50, 1) };
    let verdicts = seen.judge(&batch(&[row(1, 1), edited, row(2, 1), row(2, 1), moved])).await.expect("sound");
    assert_eq!(verdicts, [Again, Clash, New, Again, Clash]);
    assert!(seen.looked_everywhere());
}

#[tokio::test]
async fn over_the_limit_only_the_days_of_the_run_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let base = import(&lake, &(0..48).map(|id| row(id, 1)).collect::<Vec<_>>()).await;
    let mut seen = lake.seen(&base, 60);
    assert!(!seen.looked_everywhere());
    assert_eq!(seen.judge(&batch(&[row(3, 1)])).await.expect("sound"), [Again]);
    assert_eq!(seen.held(), 24);
}
