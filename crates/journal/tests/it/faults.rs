//! Disks that fail.

use std::sync::{Arc, atomic::Ordering};

use expect_test::expect;
use journal::{AppendError, JournalError, Ledger, LedgerOptions, State};
use tempfile::tempdir;

use crate::support::{Faulty, chain, entry, numbers, options, until};

#[derive(Clone, Copy)]
enum Fault {
    Full,
    Unsynced,
}

fn set(disk: &Faulty, fault: Fault, on: bool) {
    match fault {
        Fault::Full => disk.full.store(on, Ordering::Release),
        Fault::Unsynced => disk.unsynced.store(on, Ordering::Release),
    }
}

fn outlives(fault: Fault, segment_bytes: u64) {
    let folder = tempdir().unwrap();
    let disk = Faulty::default();
    let ledger =
        Ledger::open(LedgerOptions { segment_bytes, disk: Arc::new(disk.clone()), ..options(folder.path()) }).unwrap();
    let mut kept = Vec::new();
    for round in 0..5 {
        let number = round * 100;
        ledger.append_synced(&entry(number)).unwrap().wait().unwrap();
        kept.push(number);
        set(&disk, fault, true);
        // Who waits is told; what nobody waits for is kept for later.
        let error = ledger.append_synced(&entry(number + 1)).unwrap().wait().unwrap_err();
        assert!(matches!(error, AppendError::Disk(_)), "{error}");
        ledger.append_soon(&entry(number + 2)).unwrap();
        ledger.append_synced(&entry(number + 3)).unwrap().wait().unwrap_err();
        kept.push(number + 2);
        let status = ledger.status();
        assert!(matches!(status.state, State::Failing { .. }), "{status:?}");
        assert_eq!(status.entries, kept.len() as u64 - 1, "nothing counts as durable that is not");
        assert!(status.failures > round);
        set(&disk, fault, false);
        until("the recovery", || ledger.status().state == State::Healthy);
    }
    ledger.close().unwrap();
    assert_eq!(ledger.status().lost, 0);
    assert_eq!(numbers(folder.path()), kept);
    journal::verify(folder.path(), ledger.public_key()).unwrap();
}

#[test]
fn a_full_disk_is_outlived() {
    outlives(Fault::Full, 1 << 20);
}

#[test]
fn a_disk_that_is_full_when_a_segment_begins_is_outlived() {
    outlives(Fault::Full, 100);
}

#[test]
fn a_failed_sync_is_never_believed() {
    outlives(Fault::Unsynced, 1 << 20);
    outlives(Fault::Unsynced, 100);
}

#[test]
fn what_cannot_be_kept_is_counted() {
    let folder = tempdir().unwrap();
    let disk = Faulty::default();
    let ledger =
        Ledger::open(LedgerOptions { queue: 10, disk: Arc::new(disk.clone()), ..options(folder.path()) }).unwrap();
    disk.full.store(true, Ordering::Release);
    ledger.append_synced(&entry(0)).unwrap().wait().unwrap_err();
    let (mut taken, mut number) = (0, 0);
    until("a loss", || {
        number += 1;
        taken += u64::from(ledger.append_soon(&entry(number)).is_ok());
        ledger.status().lost > 0
    });
    let error = ledger.close().unwrap_err();
    assert!(matches!(error, JournalError::Lost(_)), "{error}");
    let status = ledger.status();
    assert_eq!((status.lost, status.entries, status.queued), (taken, 0, 0));
    assert_eq!(numbers(folder.path()), [] as [u64; 0]);
}

#[test]
fn the_reason_is_told() {
    let folder = tempdir().unwrap();
    let disk = Faulty::default();
    let ledger = Ledger::open(LedgerOptions { disk: Arc::new(disk.clone()), ..options(folder.path()) }).unwrap();
    ledger.append_synced(&entry(0)).unwrap().wait().unwrap();
    disk.full.store(true, Ordering::Release);
    let error = chain(&ledger.append_synced(&entry(1)).unwrap().wait().unwrap_err());
    expect!["the ledger cannot write to its disk; nothing of the entry counts as kept: cannot append to `FOLDER/00000000000000000000.segment`: no storage space"]
        .assert_eq(&error.replace(folder.path().to_str().unwrap(), "FOLDER"));
}
