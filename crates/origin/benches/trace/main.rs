//! What loading and a lookup cost. `cargo bench -p origin --bench trace`
//!
//! Beside it, the same stretches in a prefix trie (the crate prefix-trie), which is what ADR 0006 compares.
//!
//! Reads the tables of the folder in `ORIGIN_TABLES`, or of `../shared/origin` beside the workspace; without one it says so.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and files, and prints figures"
)]

mod trie;

use std::{
    env, fs,
    hint::black_box,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    time::Instant,
};

use jiff::civil::date;
use origin::{Kind, Limits, Table, Tables};

const LOOKUPS: usize = 1_000_000;
const BATCH: usize = 2_000;
const TURNS: usize = 25;

fn main() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/origin");
    let folder = env::var_os("ORIGIN_TABLES").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no tables in {}; name a folder in ORIGIN_TABLES", folder.display());
        return;
    }
    let mut files = Vec::new();
    walk(&folder, &folder, &mut files);
    files.sort();

    let start = Instant::now();
    let tables: Vec<Table> = files.iter().filter_map(|(path, bytes)| read(path, bytes)).collect();
    let rows: usize = tables.iter().map(Table::len).sum();
    println!("read {} tables, {rows} rows: {:.0} ms", tables.len(), millis(start));
    let start = Instant::now();
    let tables = Tables::compile(tables, date(2026, 9, 1)).expect("the tables are sane");
    let [v4, v6] = tables.sizes();
    println!("compiled into {v4} IPv4 stretches and {v6} IPv6 stretches: {:.0} ms", millis(start));

    let tries = trie::Tries::of(&tables, &files);
    println!("the same in a trie: {} IPv4 prefixes and {} IPv6 prefixes", tries.v4.len(), tries.v6.len());

    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let numbers: Vec<u64> = (0..LOOKUPS).map(|_| next(&mut random)).collect();
    report("random IPv4", &tables, &tries, numbers.iter().map(|&n| Ipv4Addr::from_bits(n as u32).into()).collect());
    let mapped = |n: &u64| Ipv4Addr::from_bits(*n as u32).to_ipv6_mapped().into();
    report("the same, mapped", &tables, &tries, numbers.iter().map(mapped).collect());
    let v6 = |n: &u64| Ipv6Addr::from_bits(0x2 << 124 | u128::from(*n >> 4) << 64).into();
    report("random IPv6", &tables, &tries, numbers.iter().map(v6).collect());
    // Every stretch as likely as any other: the worst that can be asked of the caches.
    let firsts = |family: &str| -> Vec<IpAddr> {
        files.iter().filter(|(path, _)| path.contains(family)).flat_map(|file| firsts(&file.1)).collect()
    };
    for family in ["IPv4", "IPv6"] {
        let firsts = firsts(&family.to_lowercase());
        let within = |n: &u64| match firsts[*n as usize % firsts.len()] {
            IpAddr::V4(first) => Ipv4Addr::from_bits(first.to_bits() | (*n >> 60) as u32).into(),
            IpAddr::V6(first) => Ipv6Addr::from_bits(first.to_bits() | u128::from(*n >> 40)).into(),
        };
        report(&format!("listed {family}"), &tables, &tries, numbers.iter().map(within).collect());
    }
}

/// Each batch at its best turn, so that other work on the machine does not count; between two turns of a batch lie all
/// the others, so that it finds the caches as real traffic would.
fn report(name: &str, tables: &Tables, tries: &trie::Tries, addresses: Vec<IpAddr>) {
    let (nanos, known) = measure(&addresses, |address| tables.trace(address).asn().is_some());
    let (in_trie, in_the_trie) = measure(&addresses, |address| tries.asn(address).is_some());
    println!("{name:18} {nanos:6.1} ns/lookup, {known:.0} % announced; {in_trie:6.1} ns in the trie");
    assert!((known - in_the_trie).abs() < 0.5, "both hold the same");
}

/// Nanoseconds a lookup, and how many of a hundred were hits.
fn measure(addresses: &[IpAddr], lookup: impl Fn(IpAddr) -> bool) -> (f64, f64) {
    let mut best = vec![f64::MAX; LOOKUPS / BATCH];
    let mut known = 0;
    for _ in 0..TURNS {
        known = 0;
        for (batch, best) in addresses.chunks_exact(BATCH).zip(&mut best) {
            let start = Instant::now();
            known += batch.iter().filter(|&&address| black_box(lookup(address))).count();
            *best = best.min(millis(start) * 1e6);
        }
    }
    (best.iter().sum::<f64>() / LOOKUPS as f64, known as f64 * 100.0 / LOOKUPS as f64)
}

/// The first address of every line.
fn firsts(bytes: &[u8]) -> impl Iterator<Item = IpAddr> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.lines().filter_map(|line| line.split([',', '/']).next()?.parse().ok())
}

fn read(path: &str, bytes: &[u8]) -> Option<Table> {
    let kind = Kind::recognise(path, bytes).ok()?;
    Some(Table::read(path, kind, date(2026, 8, 22), bytes, &Limits::default()).expect("the tables are sound"))
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("can be listed") {
        let path = entry.expect("can be listed").path();
        if path.is_dir() {
            // Test databases with invented records.
            if path.file_name().is_none_or(|name| name != "mmdb") {
                walk(root, &path, files);
            }
            continue;
        }
        let bytes = fs::read(&path).expect("can be read");
        let name = path.strip_prefix(root).expect("lies inside").to_string_lossy().into_owned();
        match name.strip_suffix(".zst") {
            Some(name) => files.push((name.to_owned(), zstd::decode_all(bytes.as_slice()).expect("is Zstandard"))),
            None => files.push((name, bytes)),
        }
    }
}

fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
