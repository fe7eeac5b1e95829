//! Reading while another one writes, and proofs for third parties.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use expect_test::expect;
use ledger::{ConsistencyProof, InclusionProof};
use tempfile::tempdir;

use crate::support::{chain, entry, numbers, open};

#[test]
fn readers_see_whole_entries_only() {
    let folder = tempdir().unwrap();
    let ledger = open(folder.path());
    ledger.append_synced(&entry(0)).unwrap().wait().unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut seen, mut rounds) = (0, 0);
            while !done.load(Ordering::Acquire) || rounds == 0 {
                let found = numbers(folder.path());
                assert_eq!(found, (0..found.len() as u64).collect::<Vec<_>>());
                assert!(found.len() >= seen, "an entry went away");
                seen = found.len();
                let verified = journal::verify(folder.path(), ledger.public_key()).unwrap();
                assert!(verified.entries >= seen as u64);
                rounds += 1;
            }
        });
        for number in 1..2000 {
            let synced = ledger.append_synced(&entry(number)).unwrap();
            if number % 50 == 0 {
                synced.wait().unwrap();
            }
        }
        done.store(true, Ordering::Release);
        reader.join().unwrap();
    });
    ledger.close().unwrap();
    assert_eq!(numbers(folder.path()).len(), 2000);
}

#[test]
fn proofs_need_the_key_only() {
    let folder = tempdir().unwrap();
    for round in 0..3 {
        let ledger = open(folder.path());
        for number in round * 50..(round + 1) * 50 {
            ledger.append_synced(&entry(number)).unwrap().wait().unwrap();
        }
        ledger.close().unwrap();
    }
    let key = journal::public_key(folder.path()).unwrap();
    for index in [0, 1, 77, 149] {
        let text = journal::prove(folder.path(), index).unwrap().to_string();
        let (leaf, checkpoint) = InclusionProof::parse(&text).unwrap().verify(&key).unwrap();
        assert_eq!((leaf.entry(), checkpoint.size()), (entry(index), 150));
    }
    for (old, new) in [(0, 150), (50, 100), (100, 150), (150, 150)] {
        let text = journal::consistency(folder.path(), old, new).unwrap().to_string();
        let (old_one, new_one) = ConsistencyProof::parse(&text).unwrap().verify(&key).unwrap();
        assert_eq!((old_one.size(), new_one.size()), (old, new));
    }
    let says = |error: &dyn std::error::Error| chain(error).replace(folder.path().to_str().unwrap(), "FOLDER");
    expect!["entry 150 is not signed yet: the newest checkpoint is of 150 entries; wait for the next one"]
        .assert_eq(&says(&journal::prove(folder.path(), 150).unwrap_err()));
    expect!["`FOLDER` has no checkpoint of 151 entries; the newest is of 150"]
        .assert_eq(&says(&journal::consistency(folder.path(), 50, 151).unwrap_err()));
}

#[test]
fn every_flipped_byte_of_every_file_is_noticed() {
    let folder = tempdir().unwrap();
    let ledger = open(folder.path());
    for number in 0..60 {
        ledger.append_synced(&entry(number)).unwrap().wait().unwrap();
    }
    ledger.close().unwrap();
    let key = ledger.public_key();
    let mut files: Vec<_> = journal::segments(folder.path()).unwrap().into_iter().map(|s| s.path).collect();
    files.extend([folder.path().join("checkpoint"), folder.path().join("checkpoints")]);
    for path in files {
        let bytes = fs::read(&path).unwrap();
        // Not every one, or it takes minutes; the core's tests take any.
        for at in (0..bytes.len()).step_by(61) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&path, &changed).unwrap();
            assert!(journal::verify(folder.path(), key).is_err(), "byte {at} of {}", path.display());
        }
        for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(journal::verify(folder.path(), key).is_err(), "{length} bytes of {}", path.display());
        }
        fs::remove_file(&path).unwrap();
        assert!(journal::verify(folder.path(), key).is_err(), "without {}", path.display());
        fs::write(&path, bytes).unwrap();
    }
    journal::verify(folder.path(), key).unwrap();
}
