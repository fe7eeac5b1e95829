//! Names: time per pair, and searches per second with recall, against a growing number of names.
//!
//! `cargo bench -p ownership --bench names [-- SIZE…]`. The names to find are those of OFAC's list (where the shared data is at hand) among
//! made-up company names; the queries are aliases, which are not in the index, and names with a slip, a word in another place or another form.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench stops where its data is broken")]

mod made_up;

use std::{collections::HashMap, hint::black_box, time::Instant};

use ownership::names::{Bearer, Index, Parsed, Scratch, score};

const OFAC: &str = "/work/shared/ownership/ofac";

struct Query {
    entity: u32,
    text: String,
}

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![10_000, 100_000, 1_000_000] } else { sizes };
    let started = Instant::now();
    black_box(Parsed::new("a name", Bearer::Organisation).unwrap());
    println!("the first name, with which the tables are read: {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
    pairs();
    let (listed, aliases) = ofac();
    if listed.is_empty() {
        println!("OFAC's list is not at {OFAC}: searches run on made-up names alone");
    }
    for size in sizes {
        searches(size, &listed, &aliases);
    }
}

/// Microseconds to score one pair, with and without reading the names.
fn pairs() {
    let names: Vec<String> = made_up::names(7).take(400).collect();
    let chinese = ["深圳市比广贸易有限公司", "中国电子科技集团公司第十四研究所", "北京航天自动控制研究所"];
    let mut count = 0;
    let started = Instant::now();
    for a in &names {
        for b in names.iter().take(40) {
            let (a, b) = (Parsed::new(a, Bearer::Organisation).unwrap(), Parsed::new(b, Bearer::Organisation).unwrap());
            black_box(score(&a, &b));
            count += 1;
        }
    }
    println!(
        "pair, read and scored with its explanation: {:.1} us",
        started.elapsed().as_secs_f64() * 1e6 / f64::from(count)
    );
    let parsed: Vec<Parsed> = names.iter().map(|name| Parsed::new(name, Bearer::Organisation).unwrap()).collect();
    let started = Instant::now();
    for a in &parsed {
        for b in parsed.iter().take(40) {
            black_box(score(a, b).score);
        }
    }
    println!("pair, read before: {:.1} us", started.elapsed().as_secs_f64() * 1e6 / f64::from(count));
    let started = Instant::now();
    for _ in 0..2000 {
        for name in chinese {
            black_box(Parsed::new(name, Bearer::Organisation).unwrap());
        }
    }
    println!("a Chinese name read: {:.1} us", started.elapsed().as_secs_f64() * 1e6 / 6000.0);
}

fn searches(size: usize, listed: &[(u32, String)], aliases: &[Query]) {
    let made_up: Vec<String> = made_up::names(1).take(size.saturating_sub(listed.len())).collect();
    let all = listed
        .iter()
        .map(|(entity, name)| (*entity, name.as_str()))
        .chain(made_up.iter().enumerate().map(|(at, name)| (1_000_000 + at as u32, name.as_str())));
    let started = Instant::now();
    let (index, left_out) = Index::build(all.map(|(entity, name)| (entity, name, Bearer::Organisation)));
    println!(
        "\n{} names: built in {:.2} s, {:.0} MB, {left_out} left out",
        index.len(),
        started.elapsed().as_secs_f64(),
        index.bytes() as f64 / 1e6
    );
    println!("  most memory so far, names and queries of the bench included: {} MB", peak_megabytes());
    let slipped: Vec<Query> = made_up
        .iter()
        .enumerate()
        .step_by((made_up.len() / 1500).max(1))
        .map(|(at, name)| Query { entity: 1_000_000 + at as u32, text: made_up::slipped(name, at as u64) })
        .collect();
    measure("names with a slip", &index, &slipped);
    if !aliases.is_empty() {
        measure("aliases of OFAC's entities", &index, aliases);
    }
}

fn measure(what: &str, index: &Index, queries: &[Query]) {
    let mut scratch = Scratch::default();
    let (mut first, mut five) = (0, 0);
    let mut times = Vec::with_capacity(queries.len());
    for query in queries {
        let started = Instant::now();
        let found = index.search(&query.text, Bearer::Organisation, 5, &mut scratch).unwrap();
        times.push(started.elapsed().as_secs_f64());
        let rank = found.iter().position(|candidate| candidate.entity == query.entity);
        first += usize::from(rank == Some(0));
        five += usize::from(rank.is_some());
    }
    let total: f64 = times.iter().sum();
    times.sort_by(f64::total_cmp);
    let count = queries.len() as f64;
    println!(
        "  {what}: {} queries, {:.0} queries/s on one core, p50 {:.2} ms, p99 {:.2} ms, recall@1 {:.3}, recall@5 {:.3}",
        queries.len(),
        count / total,
        times[times.len() / 2] * 1e3,
        times[times.len() * 99 / 100] * 1e3,
        first as f64 / count,
        five as f64 / count
    );
}

/// The entities of OFAC's list, and aliases of them that share a word of four letters with the name; the others only alias data finds.
fn ofac() -> (Vec<(u32, String)>, Vec<Query>) {
    let read = |file: &str| std::fs::read_to_string(format!("{OFAC}/{file}")).unwrap_or_default();
    let rows = |text: String| {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(std::io::Cursor::new(text));
        reader.records().filter_map(Result::ok).filter(|row| row.len() > 3).collect::<Vec<_>>()
    };
    let listed: Vec<(u32, String)> = rows(read("sdn.csv"))
        .iter()
        .filter(|row| row[2].trim() == "-0-")
        .filter_map(|row| Some((row[0].parse().ok()?, row[1].to_owned())))
        .collect();
    let names: HashMap<u32, &str> = listed.iter().map(|(entity, name)| (*entity, name.as_str())).collect();
    let shares_word =
        |a: &str, b: &str| a.split(|c: char| !c.is_alphanumeric()).any(|word| word.len() >= 4 && b.contains(word));
    let aliases = rows(read("alt.csv"))
        .iter()
        .filter_map(|row| Some(Query { entity: row[0].parse().ok()?, text: row[3].to_owned() }))
        .filter(|query| names.get(&query.entity).is_some_and(|name| shares_word(name, &query.text)))
        .step_by(4)
        .collect();
    (listed, aliases)
}

/// The most memory that the process has held, where Linux tells.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
