//! Records on their way to the lake.

use std::{
    fs,
    path::Path,
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use expect_test::expect;
use journal::{Capture, CaptureOptions, Lost, NotTaken, WhenFull, capture::records};
use tempfile::tempdir;

use crate::support::{Faulty, chain, until};

fn options(folder: &Path) -> CaptureOptions {
    CaptureOptions { segment_bytes: 2000, retry: Duration::from_millis(5), ..CaptureOptions::new(folder) }
}

fn record(number: u64) -> Bytes {
    Bytes::from(format!("record {number}"))
}

/// All records of the sealed segments, which must be as many as they say.
fn kept(capture: &Capture) -> Vec<String> {
    let mut kept = Vec::new();
    for sealed in capture.sealed().unwrap() {
        let found: Vec<_> =
            records(&sealed.path).unwrap().map(|record| String::from_utf8(record.unwrap()).unwrap()).collect();
        assert_eq!(found.len() as u64, sealed.records);
        assert_eq!(fs::metadata(&sealed.path).unwrap().len(), sealed.bytes);
        kept.extend(found);
    }
    kept
}

fn names(numbers: impl Iterator<Item = u64>) -> Vec<String> {
    numbers.map(|number| format!("record {number}")).collect()
}

#[tokio::test]
async fn what_is_written_can_be_fetched() {
    let folder = tempdir().unwrap();
    let capture = Capture::open(options(folder.path())).unwrap();
    for number in 0..500 {
        let written = capture.offer(record(number)).unwrap();
        if number % 100 == 0 {
            written.await.unwrap();
        }
    }
    capture.seal_now().await;
    assert_eq!(kept(&capture), names(0..500));
    let sealed = capture.sealed().unwrap();
    assert!(sealed.len() > 4);
    for sealed in &sealed {
        capture.remove(sealed).unwrap();
    }
    assert_eq!(capture.sealed().unwrap(), []);
    let status = capture.status();
    assert_eq!((status.offered, status.written, status.queued_bytes, status.disk_bytes), (500, 500, 0, 0));
    let gone = chain(&capture.remove(&sealed[0]).unwrap_err()).replace(folder.path().to_str().unwrap(), "FOLDER");
    expect!["cannot find the sealed segment `FOLDER/0000000000000000-116.sealed`: entity not found"].assert_eq(&gone);
}

#[test]
fn an_old_segment_is_sealed_though_nothing_comes() {
    let folder = tempdir().unwrap();
    let aged = CaptureOptions { segment_age: Duration::from_millis(5), ..options(folder.path()) };
    let capture = Capture::open(aged).unwrap();
    capture.offer(record(1)).unwrap().wait().unwrap();
    until("the sealed segment", || kept(&capture) == names(1..2));
}

#[test]
fn closing_seals() {
    let folder = tempdir().unwrap();
    let capture = Capture::open(options(folder.path())).unwrap();
    let written = capture.offer(record(0)).unwrap();
    capture.close();
    written.wait().unwrap();
    assert_eq!(capture.offer(record(1)).unwrap_err(), NotTaken::Closed);
    assert_eq!(kept(&capture), names(0..1));
    drop(capture);
    let again = Capture::open(options(folder.path())).unwrap();
    again.offer(record(2)).unwrap().wait().unwrap();
    again.close();
    assert_eq!(kept(&again), ["record 0", "record 2"]);
}

#[test]
fn a_torn_end_is_cut_and_sealed() {
    let folder = tempdir().unwrap();
    let capture = Capture::open(options(folder.path())).unwrap();
    (0..5).for_each(|number| capture.offer(record(number)).unwrap().wait().unwrap());
    let open = folder.path().join("0000000000000000.open");
    let whole = fs::read(&open).unwrap();
    drop(capture);
    for length in 0..=whole.len() {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("0000000000000003.open"), &whole[..length]).unwrap();
        let capture = Capture::open(options(folder.path())).unwrap();
        let count = length.saturating_sub(12) as u64 / 16;
        assert_eq!(kept(&capture), names(0..count));
        let end = if length < 12 { 0 } else { 12 + 16 * count };
        assert_eq!(capture.status().cut, length as u64 - end, "cut at {length}");
        capture.offer(record(9)).unwrap().wait().unwrap();
        capture.close();
        assert_eq!(kept(&capture).len() as u64, count + 1);
    }
}

#[test]
fn garbage_in_the_folder() {
    let folder = tempdir().unwrap();
    for name in ["1.open", "x-1.sealed", "0000000000000001-x.sealed", "y.tmp", "notes.txt"] {
        fs::write(folder.path().join(name), "garbage").unwrap();
    }
    let capture = Capture::open(options(folder.path())).unwrap();
    capture.offer(record(0)).unwrap().wait().unwrap();
    capture.close();
    assert_eq!(kept(&capture), names(0..1));
    drop(capture);
    fs::write(folder.path().join("0000000000000007.open"), "garbage that is no segment").unwrap();
    let error = chain(&Capture::open(options(folder.path())).unwrap_err());
    expect!["`FOLDER/0000000000000007.open` does not begin as a capture segment does; move it out of the folder"]
        .assert_eq(&error.replace(folder.path().to_str().unwrap(), "FOLDER"));
}

#[test]
fn a_second_opener_is_told() {
    let folder = tempdir().unwrap();
    let _capture = Capture::open(options(folder.path())).unwrap();
    let error = chain(&Capture::open(options(folder.path())).unwrap_err());
    assert!(error.ends_with("is in use by another process; stop that one, or name another folder"), "{error}");
}

#[test]
fn a_damaged_record_ends_the_segment_with_a_word() {
    let folder = tempdir().unwrap();
    let capture = Capture::open(options(folder.path())).unwrap();
    (0..5).for_each(|number| capture.offer(record(number)).unwrap().wait().unwrap());
    capture.close();
    let path = capture.sealed().unwrap()[0].path.clone();
    let bytes = fs::read(&path).unwrap();
    for at in 12..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 4;
        fs::write(&path, &changed).unwrap();
        let found: Vec<_> = records(&path).unwrap().collect();
        assert_eq!(found.len(), (at - 12) / 16 + 1, "flipped at {at}");
        assert!(found.last().unwrap().is_err());
    }
    let mut changed = bytes;
    changed[40] ^= 1;
    fs::write(&path, &changed).unwrap();
    let error = chain(&records(&path).unwrap().nth(1).unwrap().unwrap_err());
    expect!["the record at byte 28 of `FOLDER/0000000000000000-5.sealed` is damaged; what was read before it is sound"]
        .assert_eq(&error.replace(folder.path().to_str().unwrap(), "FOLDER"));
}

#[test]
fn limits_are_kept_and_losses_counted() {
    let folder = tempdir().unwrap();
    let disk = Faulty::default();
    let small = CaptureOptions {
        disk_bytes: 10_000,
        when_full: WhenFull::Refuse,
        disk: Arc::new(disk.clone()),
        ..options(folder.path())
    };
    let capture = Capture::open(small).unwrap();
    for bytes in [0, 1981, 5000] {
        assert_eq!(capture.offer(Bytes::from(vec![b'x'; bytes])).unwrap_err(), NotTaken::TooLarge);
    }
    assert!(capture.has_room());
    let mut taken = 0;
    let reason = loop {
        match capture.offer(Bytes::from(vec![b'x'; 492])) {
            Ok(written) => written.wait().unwrap(),
            Err(reason) => break reason,
        }
        taken += 1;
    };
    assert_eq!((reason, taken, capture.has_room()), (NotTaken::DiskFull, 19, false));
    capture.close();
    let sealed = capture.sealed().unwrap();
    assert!(sealed.iter().map(|sealed| sealed.bytes).sum::<u64>() <= 10_000);
    drop(capture);
    let small = CaptureOptions { disk_bytes: 10_000, when_full: WhenFull::Refuse, ..options(folder.path()) };
    let capture = Capture::open(small).unwrap();
    assert!(!capture.has_room(), "what lies there counts");
    capture.remove(&sealed[0]).unwrap();
    capture.remove(&sealed[1]).unwrap();
    assert!(capture.has_room());
    capture.offer(record(0)).unwrap().wait().unwrap();
}

#[test]
fn a_full_queue_does_not_block() {
    let folder = tempdir().unwrap();
    let capture = Capture::open(CaptureOptions { queue_bytes: 100, ..options(folder.path()) }).unwrap();
    let dropped = (0..20_000).filter(|&number| match capture.offer(record(number)) {
        Ok(_) => false,
        Err(reason) => {
            assert_eq!(reason, NotTaken::QueueFull);
            true
        }
    });
    let dropped = dropped.count() as u64;
    assert!(capture.has_room(), "records are dropped, traffic goes on");
    capture.close();
    let status = capture.status();
    assert_eq!((status.offered, status.written, status.dropped_queue_full), (20_000, 20_000 - dropped, dropped));
    assert_eq!(kept(&capture).len() as u64, 20_000 - dropped);
}

#[test]
fn a_full_disk_is_outlived() {
    let folder = tempdir().unwrap();
    let disk = Faulty::default();
    let options =
        CaptureOptions { when_full: WhenFull::Refuse, disk: Arc::new(disk.clone()), ..options(folder.path()) };
    let capture = Capture::open(options).unwrap();
    let mut written = Vec::new();
    for round in 0..5 {
        for number in round * 100..round * 100 + 10 {
            capture.offer(record(number)).unwrap().wait().unwrap();
            written.push(number);
        }
        disk.full.store(true, Ordering::Release);
        let lost = capture.offer(record(99)).unwrap().wait().unwrap_err();
        assert_eq!(lost, Lost(NotTaken::DiskFull));
        assert!(!capture.has_room() && !capture.status().healthy);
        assert_eq!(capture.offer(record(99)).unwrap_err(), NotTaken::DiskFull);
        disk.full.store(false, Ordering::Release);
        until("room", || capture.has_room());
    }
    capture.close();
    assert_eq!(kept(&capture), names(written.into_iter()));
    let status = capture.status();
    assert_eq!((status.offered, status.written, status.dropped_disk_full), (60, 50, 10));
}

#[test]
fn a_failed_sync_is_counted() {
    let folder = tempdir().unwrap();
    let disk = Faulty::default();
    let options =
        CaptureOptions { sync_every: Duration::from_millis(1), disk: Arc::new(disk.clone()), ..options(folder.path()) };
    let capture = Capture::open(options).unwrap();
    disk.unsynced.store(true, Ordering::Release);
    capture.offer(record(0)).unwrap().wait().unwrap();
    until("the failed sync", || capture.status().sync_failures > 0);
}

#[test]
fn a_segment_that_could_not_be_sealed_is_sealed_later() {
    let folder = tempdir().unwrap();
    let disk = Faulty::default();
    let capture = Capture::open(CaptureOptions { disk: Arc::new(disk.clone()), ..options(folder.path()) }).unwrap();
    capture.offer(record(0)).unwrap().wait().unwrap();
    disk.unsynced.store(true, Ordering::Release);
    drop(capture.seal_now());
    until("the failed seal", || capture.status().sync_failures > 1);
    assert_eq!(kept(&capture), [] as [&str; 0], "what is not durable is not sealed");
    capture.offer(record(1)).unwrap().wait().unwrap();
    disk.unsynced.store(false, Ordering::Release);
    until("the seal", || kept(&capture) == names(0..1));
    capture.close();
    assert_eq!(kept(&capture), names(0..2));
}

#[test]
fn many_offer_at_once() {
    let folder = tempdir().unwrap();
    let capture = Capture::open(CaptureOptions { segment_bytes: 1 << 16, ..options(folder.path()) }).unwrap();
    thread::scope(|scope| {
        for caller in 0..8_u64 {
            let capture = &capture;
            scope.spawn(move || {
                (0..500).for_each(|turn| capture.offer(record(caller * 500 + turn)).unwrap().wait().unwrap())
            });
        }
    });
    capture.close();
    let mut found = kept(&capture);
    found.sort();
    let mut all = names(0..4000);
    all.sort();
    assert_eq!(found, all);
}

/// Whoever writes when the disk stops is held up, and nobody else; then the writing is left to the thread.
#[test]
fn a_write_that_hangs_holds_one_caller_up() {
    let folder = tempdir().unwrap();
    let disk = Faulty::default();
    let capture = Capture::open(CaptureOptions { disk: Arc::new(disk.clone()), ..options(folder.path()) }).unwrap();
    capture.offer(record(0)).unwrap().wait().unwrap();
    disk.hanging.store(true, Ordering::Release);
    thread::scope(|scope| {
        let held = scope.spawn(|| capture.offer(record(1)).unwrap().wait());
        until("a write that hangs", || disk.held.load(Ordering::Acquire) == 1);
        let begun = Instant::now();
        let others: Vec<_> = (2..10).map(|number| capture.offer(record(number)).unwrap()).collect();
        until("a while", || begun.elapsed() > Duration::from_millis(5));
        disk.hanging.store(false, Ordering::Release);
        held.join().unwrap().unwrap();
        others.into_iter().for_each(|written| written.wait().unwrap());
    });
    capture.offer(record(10)).unwrap().wait().unwrap();
    assert_eq!(disk.by.lock().unwrap().as_deref(), Some("capture"), "the disk was slow");
    capture.close();
    let mut found = kept(&capture);
    found.sort();
    let mut all = names(0..11);
    all.sort();
    assert_eq!(found, all);
}

/// What a caller wrote itself is synced and sealed in time though no record follows.
#[test]
fn what_callers_write_is_looked_after() {
    let folder = tempdir().unwrap();
    let disk = Faulty::default();
    let options = CaptureOptions {
        sync_every: Duration::from_millis(1),
        segment_age: Duration::from_millis(50),
        disk: Arc::new(disk.clone()),
        ..options(folder.path())
    };
    let capture = Capture::open(options).unwrap();
    let own = thread::current().name().map(str::to_owned);
    let mut sent = 0;
    until("a record that the caller writes", || {
        capture.offer(record(sent)).unwrap().wait().unwrap();
        sent += 1;
        *disk.by.lock().unwrap() == own
    });
    until("the seal", || kept(&capture).len() as u64 == sent);
}
