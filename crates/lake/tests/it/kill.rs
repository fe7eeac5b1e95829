//! A writer that is killed at any moment leaves the old or the new state.
//!
//! The child is this very test binary, told by the environment to import in a loop until it is killed.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use exchanges::Time;
use lake::{Lake, Table, WriterLimits};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::rows::{DAY, START, batch, count, lake, place, row, session};

const FOLDER: &str = "LAKE_KILL_TEST_FOLDER";
const ROWS: u64 = 60;
const ROUNDS: u64 = 40;

/// Imports forever and says so at each step; without the variable it is an ordinary test that does nothing.
#[tokio::test]
async fn child() {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else { return };
    let lake = Lake::create_or_open(place(&folder)).await.expect("the state is old or new");
    for run in 0_u64.. {
        step("begin");
        let base = lake.snapshot().await.expect("sound");
        let limits = WriterLimits { group_rows: 10, file_rows: 20, open_files: 2, ..WriterLimits::default() };
        let mut writer = lake.writer(&base, limits);
        for id in 0..ROWS {
            writer.write(batch(&[row(id, run)])).await.expect("sound");
            step("row");
        }
        writer.finish(None).await.expect("sound");
        step("committed");
    }
}

fn step(name: &str) {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "step {name}").and_then(|()| out.flush());
    written.expect("the parent reads until it kills");
}

/// Lets the child take some steps and then some microseconds, and kills it; gives its commits.
fn run_and_kill(folder: &Path, random: &mut ChaCha8Rng) -> u64 {
    let mut child = Command::new(env::current_exe().expect("this binary"))
        .args(["--exact", "kill::child", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    let (steps, pause) = (random.next_u32() % 200, Duration::from_micros(u64::from(random.next_u32() % 3000)));
    let mut committed = 0;
    let mut line = String::new();
    let mut taken = 0;
    while taken < steps && lines.read_line(&mut line).expect("text") > 0 {
        committed += u64::from(line.contains("step committed"));
        taken += u32::from(line.contains("step "));
        line.clear();
    }
    let until = Instant::now() + pause;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    lines.read_to_string(&mut line).expect("text");
    committed + line.matches("step committed").count() as u64
}

#[tokio::test]
async fn a_killed_writer_leaves_the_old_or_the_new_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = lake(folder.path()).await;
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut version = made.snapshot().await.expect("sound").version().0;
    for round in 0..ROUNDS {
        let said = run_and_kill(folder.path(), &mut random);
        let lake = Lake::open(place(folder.path())).await.expect("it can be opened");
        let snapshot = lake.snapshot().await.expect("sound");
        let commits = snapshot.version().0 - version;
        // The last commit may be there although the child was killed before it could say so.
        assert!((said..=said + 1).contains(&commits), "round {round}: {commits} commits, {said} were reported");
        version = snapshot.version().0;
        assert_eq!(snapshot.rows(Table::Exchanges), version * ROWS);
    }
    let lake = Lake::open(place(folder.path())).await.expect("sound");
    let rows = i64::try_from(version * ROWS).expect("few");
    let check = async |lake: &Lake| {
        let session = session(lake, folder.path()).await;
        assert_eq!(count(&session, "SELECT count(*) FROM exchanges").await, rows);
        let whole = "SELECT CAST(sum(id_key) AS BIGINT) FROM exchanges";
        assert_eq!(count(&session, whole).await, rows / 60 * (59 * 60 / 2));
    };
    check(&lake).await;
    let vacuumed = lake.vacuum(Time::from_micros(START + 3650 * DAY).expect("a time")).await.expect("sound");
    assert!(vacuumed.files + vacuumed.staged > 0, "{ROUNDS} kills leave something: {vacuumed:?}");
    check(&lake).await;
    let named = lake.snapshot().await.expect("sound").files(Table::Exchanges).count();
    assert_eq!(parquet_files(&folder.path().join("lake/exchanges")), named);
}

fn parquet_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| if path.is_dir() { parquet_files(&path) } else { 1 }).sum()
}
