//! Folders, entries, and a disk that fails on demand.

use std::{
    error::Error,
    fs::File,
    io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use journal::{Disk, Ledger, LedgerOptions, OsDisk};
use ledger::Entry;

pub(crate) fn entry(number: u64) -> Entry {
    let time = Timestamp::new(1_790_000_000 + number as i64, 0).unwrap();
    Entry { time, kind: "decision".parse().unwrap(), body: format!(r#"{{"number":{number}}}"#).into_bytes() }
}

pub(crate) fn number(entry: &Entry) -> u64 {
    let body = std::str::from_utf8(&entry.body).unwrap();
    body.strip_prefix(r#"{"number":"#).unwrap().strip_suffix('}').unwrap().parse().unwrap()
}

pub(crate) fn options(folder: &Path) -> LedgerOptions {
    let name = "example.com/ledger".parse().unwrap();
    LedgerOptions {
        segment_bytes: 4000,
        soon: Duration::from_millis(20),
        checkpoint_every: Duration::from_millis(20),
        retry: Duration::from_millis(10),
        ..LedgerOptions::new(folder, name)
    }
}

pub(crate) fn open(folder: &Path) -> Ledger {
    Ledger::open(options(folder)).unwrap()
}

/// The numbers of all entries of a folder.
pub(crate) fn numbers(folder: &Path) -> Vec<u64> {
    journal::entries(folder, None).unwrap().map(|record| number(&record.unwrap().leaf.entry())).collect()
}

#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} does not come");
        std::thread::yield_now();
    }
}

/// An error with its sources.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// A disk that is full, hangs, or fails to sync, while a test wants it to.
#[derive(Debug, Default, Clone)]
pub(crate) struct Faulty {
    pub(crate) full: Arc<AtomicBool>,
    pub(crate) hanging: Arc<AtomicBool>,
    /// Writes that hang.
    pub(crate) held: Arc<AtomicU64>,
    /// The name of the thread that wrote last.
    pub(crate) by: Arc<Mutex<Option<String>>>,
    pub(crate) unsynced: Arc<AtomicBool>,
    pub(crate) syncs: Arc<AtomicU64>,
}

impl Disk for Faulty {
    /// A full disk takes the first half.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        if self.full.load(Ordering::Acquire) {
            OsDisk.write(file, &bytes[..bytes.len() / 2])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.held.fetch_add(1, Ordering::AcqRel);
        while self.hanging.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        self.held.fetch_sub(1, Ordering::AcqRel);
        *self.by.lock().unwrap() = std::thread::current().name().map(str::to_owned);
        OsDisk.write(file, bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::AcqRel);
        if self.unsynced.load(Ordering::Acquire) {
            return Err(io::Error::other("injected"));
        }
        OsDisk.sync(file)
    }
}
