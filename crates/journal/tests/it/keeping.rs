//! Appending, closing, opening again.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

use expect_test::{Expect, expect};
use journal::{Ledger, LedgerOptions, Refused, State};
use ledger::Entry;
use tempfile::tempdir;

use crate::support::{Faulty, chain, entry, number, numbers, open, options, until};

#[test]
fn entries_are_there_after_opening_again() {
    let folder = tempdir().unwrap();
    for round in 0..4 {
        let ledger = open(folder.path());
        for number in round * 100..(round + 1) * 100 {
            assert_eq!(ledger.append_synced(&entry(number)).unwrap().wait().unwrap(), number);
        }
        ledger.close().unwrap();
        let status = ledger.status();
        assert_eq!(
            (status.state, status.entries, status.signed, status.lost),
            (State::Closed, (round + 1) * 100, (round + 1) * 100, 0)
        );
    }
    assert_eq!(numbers(folder.path()), (0..400).collect::<Vec<_>>());
    let key = journal::public_key(folder.path()).unwrap();
    let verified = journal::verify(folder.path(), &key).unwrap();
    assert_eq!((verified.entries, verified.signed), (400, 400));
    assert!(verified.segments >= 5, "{verified:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_callers_share_syncs() {
    let folder = tempdir().unwrap();
    let disk = Faulty::default();
    let slow = LedgerOptions { segment_bytes: 1 << 20, disk: Arc::new(disk.clone()), ..options(folder.path()) };
    let ledger = Arc::new(Ledger::open(slow).unwrap());
    let callers = (0..64_u64).map(|caller| {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move {
            let mut indexes = Vec::new();
            for turn in 0..20 {
                indexes.push((
                    ledger.append_synced(&entry(caller * 20 + turn)).unwrap().await.unwrap(),
                    caller * 20 + turn,
                ));
            }
            indexes
        })
    });
    let mut told = BTreeSet::new();
    for caller in callers.collect::<Vec<_>>() {
        told.extend(caller.await.unwrap());
    }
    ledger.close().unwrap();
    let kept = journal::entries(folder.path(), None).unwrap().map(|record| record.unwrap());
    let kept: BTreeSet<_> = kept.map(|record| (record.index, number(&record.leaf.entry()))).collect();
    assert_eq!(told, kept, "each caller was told the index that its entry has");
    let syncs = disk.syncs.load(std::sync::atomic::Ordering::Acquire);
    assert!(syncs < 1280, "{syncs} syncs for 1280 entries");
}

#[test]
fn an_empty_ledger_is_signed_as_well() {
    let folder = tempdir().unwrap();
    let ledger = open(folder.path());
    let verified = journal::verify(folder.path(), ledger.public_key()).unwrap();
    assert_eq!((verified.entries, verified.checkpoints, verified.times), (0, 1, None));
}

#[test]
fn soon_needs_no_waiting() {
    let folder = tempdir().unwrap();
    let ledger = open(folder.path());
    (0..100).for_each(|number| ledger.append_soon(&entry(number)).unwrap());
    until("the entries", || ledger.status().entries == 100);
    until("the checkpoint", || ledger.status().signed == 100);
    assert_eq!(numbers(folder.path()), (0..100).collect::<Vec<_>>(), "while the ledger is open");
}

#[test]
fn closing_keeps_what_was_taken() {
    let folder = tempdir().unwrap();
    let ledger = open(folder.path());
    (0..50).for_each(|number| ledger.append_soon(&entry(number)).unwrap());
    let synced = ledger.append_synced(&entry(50)).unwrap();
    ledger.close().unwrap();
    assert_eq!(synced.wait().unwrap(), 50);
    assert_eq!(numbers(folder.path()).len(), 51);
    assert!(matches!(ledger.append_soon(&entry(51)), Err(Refused::Closed)));
    ledger.close().unwrap();
}

#[test]
fn a_full_queue_refuses_at_once() {
    let folder = tempdir().unwrap();
    let small = LedgerOptions { queue: 8, soon: Duration::from_secs(3600), ..options(folder.path()) };
    let ledger = Ledger::open(small).unwrap();
    let refused = (0..10_000)
        .filter(|&number| matches!(ledger.append_soon(&entry(number)), Err(Refused::QueueFull)))
        .count() as u64;
    ledger.close().unwrap();
    assert_eq!(ledger.status().refused, refused);
    assert_eq!(numbers(folder.path()).len() as u64, 10_000 - refused);
    let bytes = LedgerOptions { queue_bytes: 100, soon: Duration::from_secs(3600), ..options(folder.path()) };
    let ledger = Ledger::open(bytes).unwrap();
    let long = Entry { body: format!("\"{}\"", "x".repeat(200)).into_bytes(), ..entry(0) };
    expect!["the queue of the ledger is full: the disk is too slow or failing"]
        .assert_eq(&chain(&ledger.append_soon(&long).unwrap_err()));
}

#[test]
fn a_bad_entry_is_refused() {
    let folder = tempdir().unwrap();
    let ledger = open(folder.path());
    let bad = Entry { body: b"{".to_vec(), ..entry(0) };
    expect!["the entry cannot be kept: the body is not one JSON value: EOF while parsing an object at line 1 column 1"]
        .assert_eq(&chain(&ledger.append_synced(&bad).unwrap_err()));
}

#[test]
fn a_clock_that_goes_back_changes_nothing() {
    let folder = tempdir().unwrap();
    let ledger = open(folder.path());
    for number in (0..40).rev() {
        ledger.append_synced(&entry(number)).unwrap().wait().unwrap();
    }
    ledger.close().unwrap();
    assert_eq!(numbers(folder.path()), (0..40).rev().collect::<Vec<_>>());
    let from = entry(25).time;
    let later =
        journal::entries(folder.path(), Some(from)).unwrap().map(|record| number(&record.unwrap().leaf.entry()));
    assert_eq!(later.collect::<Vec<_>>(), (25..40).rev().collect::<Vec<_>>());
    journal::verify(folder.path(), ledger.public_key()).unwrap();
}

#[test]
fn the_key_is_the_owners_alone() {
    let folder = tempdir().unwrap();
    open(folder.path()).append_soon(&entry(0)).unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("key"), 0o600);
    assert_eq!(mode("00000000000000000000.segment") & 0o077, 0, "entries are nobody else's business");
}

#[track_caller]
fn unopened(spoil: impl FnOnce(&std::path::Path), says: Expect) {
    let folder = tempdir().unwrap();
    let ledger = open(folder.path());
    for number in 0..80 {
        ledger.append_synced(&entry(number)).unwrap().wait().unwrap();
    }
    ledger.close().unwrap();
    spoil(folder.path());
    let error = chain(&Ledger::open(options(folder.path())).unwrap_err());
    says.assert_eq(&error.replace(folder.path().to_str().unwrap(), "FOLDER"));
}

#[test]
fn what_cannot_be_opened() {
    let last = |folder: &std::path::Path| journal::segments(folder).unwrap().pop().unwrap().path;
    unopened(
        |f| fs::remove_file(f.join("key")).unwrap(),
        expect![
            "the key `FOLDER/key` is missing though the ledger has entries; put it back, for no other key can go on with them"
        ],
    );
    unopened(
        |f| fs::write(f.join("key"), "garbage").unwrap(),
        expect![
            "the key in `FOLDER/key` is not sound; put the right one back, for a new key makes a new ledger: this is no key; a public key reads `name+hash+base64`, a secret one `PRIVATE+KEY+name+hash+base64`"
        ],
    );
    unopened(
        |f| fs::set_permissions(f.join("key"), fs::Permissions::from_mode(0o644)).unwrap(),
        expect!["others can read the key in `FOLDER/key`; run `chmod 600` on it, and think of the key as known"],
    );
    unopened(
        |f| {
            let other = ledger::SecretKey::new("example.com/other".parse().unwrap(), [1; 32]);
            fs::write(f.join("key"), other.secret_text()).unwrap();
        },
        expect![
            "the key in `FOLDER/key` is of `example.com/other`, but the ledger is named `example.com/ledger`; use the name that it was begun with"
        ],
    );
    unopened(
        |f| fs::write(last(f), "garbage, and long enough for a header").unwrap(),
        expect![
            "the segment `FOLDER/00000000000000000000.segment` is damaged; keep a copy, then put back a sound one: at byte 0: this is no segment of a ledger"
        ],
    );
    unopened(
        |f| fs::remove_file(last(f)).unwrap(),
        expect![
            "a checkpoint was signed over 80 entries, but `FOLDER` has 0: the ledger was cut; put back a copy of it"
        ],
    );
    unopened(
        |f| fs::write(f.join("checkpoint"), "garbage").unwrap(),
        expect![
            "the checkpoint in `FOLDER/checkpoint` is not sound; put back a copy of the folder: the checkpoint is not to be believed: the note does not end in an empty line and signatures"
        ],
    );
    unopened(
        |f| fs::write(f.join("checkpoints"), "garbage\n1\n\nx\n\n").unwrap(),
        expect![
            "the checkpoint in `FOLDER/checkpoints` is not sound; put back a copy of the folder: the checkpoint is not to be believed: line 1 of the signatures is not `— name base64`"
        ],
    );
    unopened(
        |f| {
            let path = last(f);
            let mut bytes = fs::read(&path).unwrap();
            let at = bytes.len() - 150;
            bytes[at] ^= 1;
            fs::write(path, bytes).unwrap();
        },
        expect![
            "the segment `FOLDER/00000000000000000000.segment` is damaged; keep a copy, then put back a sound one: at byte 3282: the record is damaged, and sound ones follow it, so that it was not cut off by a crash"
        ],
    );
    unopened(
        |f| {
            let path = last(f);
            let bytes = fs::read(&path).unwrap();
            fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
        },
        expect![
            "a checkpoint was signed over 80 entries, but `FOLDER` has 79: the ledger was cut; put back a copy of it"
        ],
    );
}

#[test]
fn checkpoints_that_are_gone_or_garbage() {
    unopened(
        |f| ["checkpoint", "checkpoints"].iter().for_each(|name| fs::remove_file(f.join(name)).unwrap()),
        expect![
            "the ledger in `FOLDER` has entries and no checkpoint; put back a copy of `checkpoint` and `checkpoints`"
        ],
    );
    for garbage in ["garbage", &"garbage ".repeat(2000), &"example.com/ledger\n".repeat(2000)] {
        unopened(
            |f| fs::write(f.join("checkpoints"), garbage).unwrap(),
            expect![
                "the checkpoint in `FOLDER/checkpoints` is not sound; put back a copy of the folder: the checkpoint does not read name, size, root"
            ],
        );
    }
}

#[test]
fn a_torn_checkpoint_is_written_again() {
    let folder = tempdir().unwrap();
    let ledger = open(folder.path());
    for number in 0..3 {
        ledger.append_synced(&entry(number)).unwrap().wait().unwrap();
        until("the checkpoint", || ledger.status().signed == number + 1);
    }
    ledger.close().unwrap();
    let path = folder.path().join("checkpoints");
    let log = fs::read_to_string(&path).unwrap();
    let last = log.rfind("\n\nexample.com/ledger\n").unwrap() + 2;
    let before = ledger::notes(&log[..last]).last().unwrap();
    let torn = (last..log.len()).step_by(11).map(|length| log.as_bytes()[..length].to_vec());
    let zeros = [&log.as_bytes()[..last], &[0; 100]].concat();
    for torn in torn.chain([zeros]) {
        fs::write(&path, torn).unwrap();
        // The torn one is the newest of both files.
        fs::write(folder.path().join("checkpoint"), before).unwrap();
        let ledger = open(folder.path());
        assert_eq!(ledger.status().signed, ledger.status().entries);
        ledger.append_synced(&entry(9)).unwrap().wait().unwrap();
        ledger.close().unwrap();
        journal::verify(folder.path(), ledger.public_key()).unwrap();
    }
}

#[test]
fn a_second_opener_is_told() {
    let folder = tempdir().unwrap();
    let _ledger = open(folder.path());
    let error = chain(&Ledger::open(options(folder.path())).unwrap_err());
    expect!["the folder `FOLDER` is in use by another process; stop that one, or name another folder"]
        .assert_eq(&error.replace(folder.path().to_str().unwrap(), "FOLDER"));
}

#[test]
fn other_files_do_not_matter() {
    let folder = tempdir().unwrap();
    for name in ["1.segment", "x.segment", "00000000000000000000.segment.tmp", "notes.txt", "-1.segment"] {
        fs::write(folder.path().join(name), "garbage").unwrap();
    }
    let ledger = open(folder.path());
    assert_eq!(ledger.append_synced(&entry(0)).unwrap().wait().unwrap(), 0);
    ledger.close().unwrap();
    assert_eq!(numbers(folder.path()), [0]);
}
