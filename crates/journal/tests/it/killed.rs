//! Processes that are killed under load: nothing that was acknowledged is lost.

use std::{
    collections::BTreeSet,
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    thread,
};

use journal::{Capture, CaptureOptions, capture::records};
use tempfile::tempdir;

use crate::support::{entry, numbers, open};

const FOLDER: &str = "JOURNAL_TEST_FOLDER";

/// Runs one test of this binary as a child that works in a folder, kills it once it has acknowledged enough, and gives
/// the lines that it printed.
fn kill(test: &str, folder: &Path, after: usize) -> Vec<u64> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    let mut read = |lines: &mut std::io::Lines<_>, most: usize| {
        while told.len() < most
            && let Some(line) = lines.next()
        {
            let line: String = line.unwrap();
            told.extend(line.strip_prefix("kept ").and_then(|number| number.parse::<u64>().ok()));
        }
        told.len()
    };
    let before = read(&mut lines, after);
    assert_eq!(before, after, "the child ended on its own");
    child.kill().unwrap();
    child.wait().unwrap();
    read(&mut lines, usize::MAX);
    told
}

fn child_folder() -> Option<PathBuf> {
    env::var_os(FOLDER).map(PathBuf::from)
}

/// Not a test of its own: appends for ever when it is started as a child.
#[test]
fn child_that_appends() {
    let Some(folder) = child_folder() else { return };
    let ledger = Arc::new(open(&folder));
    let first = ledger.status().entries;
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let ledger = Arc::clone(&ledger);
            thread::spawn(move || {
                for turn in 0.. {
                    let number = 1_000_000 * (caller + 1) + first + turn;
                    ledger.append_soon(&entry(number)).unwrap();
                    let index = ledger.append_synced(&entry(number)).unwrap().wait().unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "kept {index}").unwrap();
                }
            })
        })
        .collect();
    callers.into_iter().for_each(|caller| caller.join().unwrap());
}

#[test]
fn a_killed_ledger_loses_nothing_that_it_acknowledged() {
    let folder = tempdir().unwrap();
    let mut most = 0;
    for round in 0..6 {
        let told = kill("killed::child_that_appends", folder.path(), 150 + 37 * round);
        most = told.into_iter().max().unwrap().max(most);
        // What was torn is cut by the next opener, and not by readers.
        let ledger = open(folder.path());
        let status = ledger.status();
        assert!(status.entries > most, "entry {most} was acknowledged, {} are there", status.entries);
        ledger.append_synced(&entry(7)).unwrap().wait().unwrap();
        ledger.close().unwrap();
        let verified = journal::verify(folder.path(), ledger.public_key()).unwrap();
        assert_eq!(verified.entries, status.entries + 1);
        assert_eq!(numbers(folder.path()).len() as u64, verified.entries);
    }
    assert!(fs::read_dir(folder.path()).unwrap().count() > 8, "several segments");
}

/// Not a test of its own: captures for ever when it is started as a child.
#[test]
fn child_that_captures() {
    let Some(folder) = child_folder() else { return };
    let capture = Arc::new(open_capture(&folder));
    let first = 10_000_000 * capture.sealed().unwrap().len() as u64;
    let callers: Vec<_> = (0..4)
        .map(|caller| {
            let capture = Arc::clone(&capture);
            thread::spawn(move || {
                for turn in 0.. {
                    let number = first + 1_000_000 * caller + turn;
                    capture.offer(number.to_string().into()).unwrap().wait().unwrap();
                    writeln!(std::io::stdout().lock(), "kept {number}").unwrap();
                }
            })
        })
        .collect();
    callers.into_iter().for_each(|caller| caller.join().unwrap());
}

fn open_capture(folder: &Path) -> Capture {
    Capture::open(CaptureOptions { segment_bytes: 1 << 16, ..CaptureOptions::new(folder) }).unwrap()
}

#[test]
fn a_killed_capture_loses_nothing_that_it_acknowledged() {
    let folder = tempdir().unwrap();
    let mut told = BTreeSet::new();
    for round in 0..6 {
        told.extend(kill("killed::child_that_captures", folder.path(), 1500 + 370 * round));
        let capture = open_capture(folder.path());
        let sealed = capture.sealed().unwrap();
        let kept = sealed.iter().flat_map(|sealed| records(&sealed.path).unwrap()).map(|record| record.unwrap());
        let kept: BTreeSet<u64> = kept.map(|record| String::from_utf8(record).unwrap().parse().unwrap()).collect();
        let lost: Vec<_> = told.difference(&kept).collect();
        assert!(lost.is_empty(), "{lost:?} were acknowledged and are not there");
    }
}
