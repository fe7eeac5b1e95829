//! A file system that is really full: a small tmpfs in a mount namespace of a child process.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use bytes::Bytes;
use journal::{Capture, CaptureOptions, Ledger, LedgerOptions, NotTaken, State, WhenFull, capture::records};
use ledger::Entry;
use tempfile::tempdir;

use crate::support::{chain, entry, options, until};

const FOLDER: &str = "JOURNAL_TEST_SMALL_FOLDER";
const MOUNT: &str = r#"mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@""#;

/// Runs a test of this binary with one megabyte to write to.
fn on_a_small_disk(test: &str) {
    let folder = tempdir().unwrap();
    let mount = |command: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--map-root-user", "--mount", "sh", "-c", MOUNT]).arg(folder.path()).args(command);
        unshare.env(FOLDER, folder.path()).output()
    };
    if !mount(&["true"]).is_ok_and(|output| output.status.success()) {
        assert!(env::var_os("CI").is_none(), "this test needs `unshare` and leave to mount a tmpfs");
        eprintln!("SKIPPED {test}: needs `unshare` and leave to mount a tmpfs");
        return;
    }
    let this = env::current_exe().unwrap();
    let output = mount(&[this.to_str().unwrap(), test, "--exact", "--nocapture"]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("all of it held"), "{text}");
}

fn child_folder() -> Option<PathBuf> {
    env::var_os(FOLDER).map(PathBuf::from)
}

/// Takes up room until a whole kilobyte finds none.
fn ballast(folder: &Path, bytes: usize) -> PathBuf {
    let path = folder.join("ballast");
    fs::write(&path, vec![0; bytes]).unwrap();
    path
}

#[test]
fn a_ledger_on_a_full_disk() {
    on_a_small_disk("full_disk::child_that_fills_a_ledger");
}

/// Not a test of its own.
#[test]
fn child_that_fills_a_ledger() {
    let Some(folder) = child_folder() else { return };
    let ballast = ballast(&folder, 512 << 10);
    let kept = folder.join("ledger");
    let ledger = Ledger::open(LedgerOptions { segment_bytes: 100_000, ..options(&kept) }).unwrap();
    let long = Entry { body: format!("\"{}\"", "x".repeat(3000)).into_bytes(), ..entry(0) };
    let mut acknowledged = 0;
    let error = loop {
        match ledger.append_synced(&long).unwrap().wait() {
            Ok(index) => {
                assert_eq!(index, acknowledged);
                acknowledged += 1;
            }
            Err(error) => break error,
        }
    };
    let text = chain(&error);
    assert!(text.contains("No space left on device"), "{text}");
    assert!((100..200).contains(&acknowledged), "{acknowledged}");
    assert!(matches!(ledger.status().state, State::Failing { .. }));
    (0..5).for_each(|_| ledger.append_soon(&long).unwrap());
    fs::remove_file(ballast).unwrap();
    until("the recovery", || ledger.status().entries == acknowledged + 5);
    assert_eq!(ledger.append_synced(&entry(1)).unwrap().wait().unwrap(), acknowledged + 5);
    ledger.close().unwrap();
    assert_eq!(ledger.status().lost, 0);
    let verified = journal::verify(&kept, ledger.public_key()).unwrap();
    assert_eq!((verified.entries, verified.signed), (acknowledged + 6, acknowledged + 6));
    println!("all of it held");
}

#[test]
fn a_capture_on_a_full_disk() {
    on_a_small_disk("full_disk::child_that_fills_a_capture");
}

/// Not a test of its own.
#[test]
fn child_that_fills_a_capture() {
    let Some(folder) = child_folder() else { return };
    let ballast = ballast(&folder, 256 << 10);
    let options = CaptureOptions {
        segment_bytes: 100_000,
        when_full: WhenFull::Refuse,
        retry: Duration::from_millis(10),
        ..CaptureOptions::new(folder.join("capture"))
    };
    let capture = Capture::open(options).unwrap();
    let record = Bytes::from(vec![b'x'; 3000]);
    let mut written = 0_usize;
    let reason = loop {
        match capture.offer(record.clone()).map(journal::Written::wait) {
            Ok(Ok(())) => written += 1,
            Ok(Err(lost)) => break lost.0,
            Err(reason) => break reason,
        }
    };
    assert_eq!(reason, NotTaken::DiskFull);
    assert!((100..300).contains(&written), "{written}");
    assert!(!capture.has_room());
    fs::remove_file(ballast).unwrap();
    until("room", || capture.has_room());
    capture.offer(record.clone()).unwrap().wait().unwrap();
    capture.close();
    let sealed = capture.sealed().unwrap();
    let kept: Vec<_> =
        sealed.iter().flat_map(|sealed| records(&sealed.path).unwrap()).map(|found| found.unwrap()).collect();
    assert_eq!(kept.len(), written + 1);
    assert!(kept.iter().all(|kept| *kept == record));
    assert_eq!(capture.status().dropped_disk_full, 1);
    println!("all of it held");
}
