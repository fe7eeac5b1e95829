//! The closure's budget: 10 M entities and 20 M stakes loaded in 10 s, closed in 1 s, one explained in 1 ms, one edit followed in 1 ms.
//!
//! `cargo bench -p ownership --bench closure [-- ENTITIES]`. The graph is synthetic, of the shape of the shared generator; real registers are
//! sparser and have more chains of single owners. With `RINGFENCE_GRAPH=FOLDER/NAME`, files of that generator are read instead.

#![expect(clippy::print_stdout, reason = "a bench reads the clock and prints figures")]

use std::{fmt::Write, time::Instant};

use jiff::civil::{Date, date};
use ownership::{
    Builder, Closure, Disclosure, Edit, EntityId, Graph, Interest, InterestKind, Link, ListEntry, Live, Period, Regime,
    Regimes, Share, Source, Statement, Verdict, plain,
};

const DAY: Date = date(2026, 1, 1);
const EDITED: usize = 1_000_000;

fn main() {
    if let Some(path) = std::env::var_os("RINGFENCE_GRAPH") {
        return side_by_side(&path.to_string_lossy());
    }
    let entities = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(10_000_000);
    let regimes = Regimes::shipped();
    let regime = regimes.get("ofac-50").expect("is shipped");
    let (graph, load) = {
        let (rows, stakes) = generate(entities);
        let began = Instant::now();
        let graph = load(&rows, &stakes);
        (graph, began.elapsed())
    };
    println!(
        "{} entities, {} stakes: loaded in {:.2} s (budget at 10 M / 20 M: 10 s)",
        graph.entities(),
        graph.stakes(),
        load.as_secs_f64()
    );
    let began = Instant::now();
    let closure = Closure::of(&graph, regime, DAY, Disclosure::AsStated);
    println!("closed, definite and possible, in {:.3} s (budget 1 s)", began.elapsed().as_secs_f64());
    println!("peak memory {}", peak());
    let mut of: Vec<Vec<EntityId>> = vec![Vec::new(); 5];
    for (entity, verdict) in closure.verdicts(&graph) {
        of[verdict as usize].push(entity);
    }
    println!(
        "seed {}, caught {}, possible {}, clear {}, unknown {}",
        of[0].len(),
        of[1].len(),
        of[2].len(),
        of[3].len(),
        of[4].len()
    );
    for (verdict, name) in [(1, "caught"), (2, "possible"), (3, "clear")] {
        explained(&graph, regime, &closure, name, &of[verdict]);
    }
    drop((closure, graph));
    edited(regime);
}

fn explained(graph: &Graph, regime: &Regime, closure: &Closure, name: &str, of: &[EntityId]) {
    let step = (of.len() / 10_000).max(1);
    let times: Vec<f64> = of
        .iter()
        .step_by(step)
        .map(|&entity| {
            let began = Instant::now();
            std::hint::black_box(closure.standing(graph, regime, entity));
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    print_times(&format!("one {name} explained (budget 1 ms)"), times);
}

fn edited(regime: &Regime) {
    let (rows, stakes) = generate(EDITED);
    let graph = load(&rows, &stakes);
    let mut draw = Draw(7);
    let caught = Closure::of(&graph, regime, DAY, Disclosure::AsStated);
    let holders: Vec<String> = caught
        .verdicts(&graph)
        .filter(|(_, verdict)| matches!(verdict, Verdict::Caught | Verdict::Seed))
        .map(|(entity, _)| graph.key(entity).to_owned())
        .collect();
    let mut live = Live::new(graph, vec![regime.clone()], DAY, Disclosure::AsStated);
    let (mut added, mut withdrawn, mut changes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..5_000 {
        let edit = stake(&holders[draw.below(holders.len())], &key(draw.below(EDITED)));
        let began = Instant::now();
        changes += live.apply(&Edit::State(edit.clone())).expect("can be added").len();
        added.push(began.elapsed().as_secs_f64() * 1e3);
        let began = Instant::now();
        changes += live.apply(&Edit::Withdraw(edit)).expect("was added").len();
        withdrawn.push(began.elapsed().as_secs_f64() * 1e3);
    }
    println!("{EDITED} entities, {changes} changes of standing");
    print_times("a stake of a caught party added (budget 1 ms)", added);
    print_times("and withdrawn (budget 1 ms)", withdrawn);
    let mut listed = Vec::new();
    for _ in 0..1_000 {
        let (key, entry): (ownership::EntityKey, _) = (
            key(draw.below(EDITED)).parse().expect("is a key"),
            ListEntry { list: "ofac-sdn".to_owned(), programme: Some("NEW".to_owned()) },
        );
        for edit in [Edit::List(key.clone(), entry.clone()), Edit::Unlist(key, entry)] {
            let began = Instant::now();
            live.apply(&edit).expect("can be made");
            listed.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    print_times("an entity listed or taken off", listed);
}

fn stake(owner: &str, owned: &str) -> Statement {
    Statement::Interest(Interest {
        owner: owner.parse().expect("is a key"),
        owned: owned.parse().expect("is a key"),
        kind: InterestKind::Shares,
        share: Some(Share::exactly(5000).expect("is a share")),
        link: Link::Direct,
        period: Period::default(),
        source: Source { name: "edit".into(), record: "1".into() },
    })
}

fn print_times(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    if let Some(last) = times.len().checked_sub(1) {
        println!(
            "{what}: p50 {:.4} ms, p99 {:.4} ms, most {:.3} ms, {} times",
            times[last / 2],
            times[last * 99 / 100],
            times[last],
            times.len()
        );
    }
}

fn load(entities: &str, stakes: &str) -> Graph {
    let mut builder = Builder::new();
    let refuse = |reject: ownership::Reject| panic!("{reject:?}");
    let began = Instant::now();
    plain::entities("entities.csv", entities.as_bytes(), &mut builder, refuse).expect("is good CSV");
    let named = began.elapsed().as_secs_f64();
    plain::stakes("stakes.csv", stakes.as_bytes(), &mut builder, refuse).expect("is good CSV");
    let read = began.elapsed().as_secs_f64();
    let graph = builder.build();
    println!(
        "  entities {named:.2} s, stakes {:.2} s, sorted {:.2} s",
        read - named,
        began.elapsed().as_secs_f64() - read
    );
    graph
}

/// Times for `peers.py`, and the verdicts as a file beside the graph.
fn side_by_side(path: &str) {
    let file = |end: &str| {
        std::fs::read_to_string(format!("{path}{end}")).unwrap_or_else(|error| panic!("{path}{end}: {error}"))
    };
    let (entities, stakes, seeds) = (file("_entities.csv"), file(".csv"), file(".seeds"));
    let text = "[[regime]]\nid=\"peer\"\ntitle=\"t\"\nsource=\"s\"\nread=2026-01-01\nexplanation=\"e\"\nwindows=[{}]\nthreshold_basis_points=5000\nstrict=false\naggregate=\"all_seeds\"\nindirect=\"cascade\"\nmeasures=[\"shares\"]\n[regime.seeds]\nlists=[{list=\"seeds\"}]";
    let mut regimes = Regimes::shipped();
    regimes.add("peer", text).expect("is a regime");
    let began = Instant::now();
    let mut builder = Builder::new();
    plain::entities("e", entities.as_bytes(), &mut builder, |_| ()).expect("is CSV");
    plain::stakes("s", stakes.as_bytes(), &mut builder, |_| ()).expect("is CSV");
    seeds.lines().for_each(|key| builder.list(key, ListEntry { list: "seeds".to_owned(), programme: None }));
    let graph = builder.build();
    let loaded = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let closure = Closure::of(&graph, regimes.get("peer").expect("was added"), DAY, Disclosure::Complete);
    let closed = began.elapsed().as_secs_f64();
    let mut caught: Vec<&str> = closure
        .verdicts(&graph)
        .filter(|(_, verdict)| *verdict == Verdict::Caught)
        .map(|(entity, _)| graph.key(entity))
        .collect();
    caught.sort_unstable();
    std::fs::write(format!("{path}.caught"), caught.join("\n")).expect("can be written");
    println!("{loaded:.4} {closed:.5} {} {}", caught.len(), peak());
}

/// The most memory that the process has held, as Linux counts it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown");
    line.trim().replace(' ', "_")
}

/// SplitMix64.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }
}

fn key(number: usize) -> String {
    format!("E{number:08}")
}

const SPLITS: [&[&[u16]]; 4] = [
    &[&[10000], &[10000], &[5000], &[5001], &[4999], &[7500]],
    &[&[5000, 5000], &[5001, 4999], &[2500, 2500], &[6000, 4000], &[4999, 1], &[7500, 2500]],
    &[&[3333, 3333, 3334], &[2500, 2500, 5000], &[4000, 1000, 5000], &[2499, 2500, 1]],
    &[&[2500, 2500, 2500, 2500], &[1250, 1250, 2500, 5000], &[1000, 1500, 2500, 4000]],
];

/// Two million stakes for a million entities; two in a hundred are listed.
fn generate(entities: usize) -> (String, String) {
    const PLACES: [&str; 8] = ["us", "gb", "de", "cn", "hk", "sg", "ru", "vg"];
    const WORDS: [&str; 8] = ["Albe", "Corda", "Elfro", "Garin", "Jorka", "Lumar", "Norpra", "Quisol"];
    let mut draw = Draw(42);
    let mut rows = String::from("id,kind,name,jurisdiction,hq_country,list\n");
    let mut stakes = String::from("owner,owned,min_bp,max_bp,start_date,end_date\n");
    for number in 0..entities {
        let person = number < 8 || draw.chance(300);
        let (a, b, place) = (WORDS[draw.below(8)], WORDS[draw.below(8)], PLACES[draw.below(8)]);
        let list = if draw.chance(20) { "ofac-sdn" } else { "" };
        if person {
            let _ = writeln!(rows, "E{number:08},person,{a} {b},,,{list}");
            continue;
        }
        let _ = writeln!(rows, "E{number:08},company,{a}{b} Trading Ltd,{place},{place},{list}");
        company(&mut draw, number, entities, &mut stakes);
    }
    (rows, stakes)
}

fn company(draw: &mut Draw, number: usize, entities: usize, stakes: &mut String) {
    // On average 2.9 owners a company that has any, which makes two stakes an entity.
    let wanted = [1, 2, 3, 4, 4, 4][draw.below(6)];
    if draw.chance(20) {
        return;
    }
    let mut owners: Vec<usize> = Vec::with_capacity(4);
    while owners.len() < wanted {
        let later = draw.chance(30) && number + 1 < entities;
        let owner = if later {
            let span = if draw.chance(500) { (entities - number - 1).min(300) } else { entities - number - 1 };
            number + 1 + draw.below(span)
        } else {
            let span = if draw.chance(500) { number.min(500) } else { number };
            number - 1 - draw.below(span)
        };
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    let shares: Vec<u16> = if draw.chance(500) {
        let splits = SPLITS[wanted - 1];
        splits[draw.below(splits.len())].to_vec()
    } else {
        let total = 6000 + draw.below(4001);
        (0..wanted).map(|at| (total / wanted + if at == 0 { total % wanted } else { 0 }) as u16).collect()
    };
    for (owner, share) in owners.into_iter().zip(shares) {
        let (low, high) =
            if draw.chance(50) { (share.saturating_sub(300), (share + 300).min(10_000)) } else { (share, share) };
        let dates =
            if draw.chance(100) { if draw.chance(500) { "2015-03-01,2027-05-01" } else { "2012-06-01," } } else { "," };
        let _ = writeln!(stakes, "E{owner:08},E{number:08},{low},{high},{dates}");
    }
}
