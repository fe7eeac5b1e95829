//! A writer that is killed at any moment leaves all that was acknowledged, and nothing by half.
//!
//! The child is this very test binary, told by the environment to write in a loop until it is killed.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    process::{Command, Stdio},
};

use store::{Limits, Store};

use crate::support::{Database, account, at, fingerprint, id, on_both};

const DATABASE: &str = "STORE_KILL_TEST_DATABASE";
const ROUNDS: u64 = 12;
/// Accounts in one change.
const GROUP: u64 = 3;

/// Writes forever and says so after each change; without the variable it is an ordinary test that does nothing.
#[tokio::test]
async fn child() {
    let Ok(url) = env::var(DATABASE) else { return };
    let store = Store::open(&url.parse().unwrap(), &Limits::default()).await.unwrap();
    let first = store.book().await.unwrap().len() as u64 / GROUP;
    for number in first.. {
        let group: Vec<_> = (0..GROUP).map(|place| account(&format!("{number}-{place}"))).collect();
        store.put_accounts(&group).await.unwrap();
        say("group");
        store.add_key(&fingerprint(number), &id(&format!("{number}-0")), at(0)).await.unwrap();
        say("key");
    }
}

fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "wrote {what}").and_then(|()| out.flush()).unwrap();
}

/// Lets the child write for some steps, kills it, and gives how many groups and keys it said it wrote.
fn run_and_kill(database: &Database, steps: u64) -> (u64, u64) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--nocapture", "--test-threads=1"])
        .env(DATABASE, &database.raw)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (mut said, mut line, mut taken) = (String::new(), String::new(), 0);
    while taken < steps && lines.read_line(&mut line).unwrap() > 0 {
        taken += u64::from(line.contains("wrote"));
        said.push_str(&line);
        line.clear();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lines.read_to_string(&mut said).unwrap();
    (said.matches("wrote group").count() as u64, said.matches("wrote key").count() as u64)
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_that_was_acknowledged() {
    on_both(async |database| {
        let (mut groups, mut keys) = (0, 0);
        for round in 0..ROUNDS {
            let (new_groups, new_keys) = run_and_kill(&database, 1 + round * 5 % 17);
            let store = database.open().await;
            let mut book = store.book().await.unwrap();
            // PostgreSQL may still be at the last change of a client that is gone; the next writer waits for it.
            store.put_account(&account("0-0")).await.unwrap();
            if let Some(newer) = store.refresh(&book).await.unwrap() {
                book = newer;
            }
            assert_eq!(book.len() as u64 % GROUP, 0, "round {round}: a change is there by half");
            let found = book.len() as u64 / GROUP;
            let said = groups + new_groups;
            assert!((said..=said + 1).contains(&found), "round {round}: {found} groups, {said} were acknowledged");
            let found_keys =
                (0..found).filter(|number| book.account_by_key(&fingerprint(*number)).is_some()).count() as u64;
            let said = keys + new_keys;
            assert!((said..=said + 1).contains(&found_keys), "round {round}: {found_keys} keys, {said} acknowledged");
            (groups, keys) = (found, found_keys);
            store.close().await;
        }
        assert!(groups > ROUNDS, "the children wrote {groups} groups");
    })
    .await;
}
