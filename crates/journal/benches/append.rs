//! What keeping an entry costs. `cargo bench -p journal --bench append`
//!
//! Writes under the folder in `JOURNAL_BENCH`, or under the target folder: a disk, rather than memory.

#![expect(clippy::print_stdout, reason = "a bench prints figures")]

use std::{
    env,
    hint::black_box,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use jiff::Timestamp;
use journal::{Capture, CaptureOptions, Ledger, LedgerOptions};
use ledger::Entry;

const CALLERS: usize = 64;
const EACH: usize = 300;
const SOON: usize = 200_000;

fn main() {
    let folder = env::var_os("JOURNAL_BENCH").map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let folder = tempfile::tempdir_in(folder).expect("a folder to write to");
    println!("an entry has {} bytes", entry(0).to_leaf().expect("a sound entry").as_bytes().len());
    encode();
    synced(&folder.path().join("synced"));
    soon(&folder.path().join("soon"));
    read(&folder.path().join("soon"));
    capture(&folder.path().join("capture"));
}

/// A decision as the gateway keeps it, about 700 bytes.
fn entry(number: usize) -> Entry {
    let body = format!(
        r#"{{"decision_id":"dec_01K5Q{number:021}","effect":"deny","reasons":[{{"rule":"regions.supported","text":"requests from this region are not served","basis":"legal"}}],"evidence":[{{"signal":"origin.registered_country","value":"XX"}},{{"signal":"origin.located_country","value":"XX"}},{{"signal":"origin.class","value":"hosting"}}],"account":"hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","address":"hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","policy":"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","appeal":"https://example.com/appeals/dec_01K5Q{number:021}"}}"#
    );
    Entry { time: Timestamp::UNIX_EPOCH, kind: "decision".parse().expect("a kind"), body: body.into_bytes() }
}

fn open(folder: &Path) -> Ledger {
    let name = "example.com/bench".parse().expect("a name");
    Ledger::open(LedgerOptions { queue: 1 << 20, queue_bytes: 1 << 30, ..LedgerOptions::new(folder, name) })
        .expect("a new ledger")
}

/// Medians, so that other work on the machine does not count.
fn encode() {
    let entries: Vec<Entry> = (0..20_000).map(entry).collect();
    let start = Instant::now();
    let took = entries.iter().map(|entry| {
        let start = Instant::now();
        black_box(entry.to_leaf().expect("a sound entry"));
        start.elapsed()
    });
    let took = took.collect();
    report("check and encode an entry", start, took);
    let leaves: Vec<_> = entries.iter().map(|entry| entry.to_leaf().expect("a sound entry")).collect();
    let mut appender = ledger::Appender::new(64 << 20);
    let start = Instant::now();
    let took = leaves.iter().map(|leaf| {
        let start = Instant::now();
        black_box(appender.append([leaf]));
        start.elapsed()
    });
    let took = took.collect();
    report("hash and frame an entry", start, took);
}

fn synced(folder: &Path) {
    let ledger = Arc::new(open(folder));
    let start = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let ledger = Arc::clone(&ledger);
            thread::spawn(move || {
                let one = |number| {
                    let entry = entry(number);
                    let start = Instant::now();
                    ledger.append_synced(&entry).expect("room").wait().expect("a sound disk");
                    start.elapsed()
                };
                (0..EACH).map(one).collect::<Vec<_>>()
            })
        })
        .collect();
    let took: Vec<Duration> = callers.into_iter().flat_map(|caller| caller.join().expect("no panic")).collect();
    report("synced, 64 callers that wait", start, took);
    ledger.close().expect("a sound disk");
}

fn soon(folder: &Path) {
    let ledger = open(folder);
    let entries: Vec<Entry> = (0..SOON).map(entry).collect();
    let start = Instant::now();
    let took = entries.iter().map(|entry| {
        let start = Instant::now();
        ledger.append_soon(entry).expect("room");
        start.elapsed()
    });
    let took = took.collect();
    report("soon, one caller", start, took);
    ledger.close().expect("a sound disk");
    println!("  all durable after {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
}

fn read(folder: &Path) {
    let key = journal::public_key(folder).expect("a key");
    let start = Instant::now();
    let verified = journal::verify(folder, &key).expect("a sound ledger");
    let took = start.elapsed().as_secs_f64();
    println!("verify: {:.0} entries/s", verified.entries as f64 / took);
    let start = Instant::now();
    open(folder).close().expect("a sound ledger");
    println!("open and close with {} entries: {:.0} ms", verified.entries, start.elapsed().as_secs_f64() * 1e3);
}

fn capture(folder: &Path) {
    let capture =
        Capture::open(CaptureOptions { queue_bytes: 1 << 30, ..CaptureOptions::new(folder) }).expect("a new capture");
    let record = Bytes::from(vec![b'x'; 2000]);
    let start = Instant::now();
    let (mut took, mut written) = (Vec::new(), Vec::new());
    for _ in 0..100_000 {
        let start = Instant::now();
        written.push(capture.offer(record.clone()).expect("room"));
        took.push(start.elapsed());
    }
    report("capture of 2,000 bytes, offers", start, took);
    written.into_iter().for_each(|written| written.wait().expect("a sound disk"));
    println!("  all written after {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    let waits = (0..20_000).map(|_| {
        let start = Instant::now();
        capture.offer(record.clone()).expect("room").wait().expect("a sound disk");
        start.elapsed()
    });
    let waits = waits.collect();
    report("capture of 2,000 bytes, one caller that waits", start, waits);
}

fn report(what: &str, start: Instant, mut took: Vec<Duration>) {
    let rate = took.len() as f64 / start.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |share: f64| micros(took[(took.len() as f64 * share) as usize]);
    println!("{what}: {rate:.0}/s, p50 {:.2} us, p99 {:.2} us, p99.9 {:.2} us", at(0.5), at(0.99), at(0.999));
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
