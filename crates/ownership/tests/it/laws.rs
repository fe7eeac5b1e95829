//! What must hold of every graph: agreement with trying everything, independence of order, monotony, proofs that carry.

use jiff::civil::Date;
use ownership::{
    Builder, Closure, Disclosure, Entity, Graph, Interest, InterestKind, Link, Period, Regime, Share, Source, Standing,
    Statement, Verdict,
};
use proptest::prelude::*;

use crate::support::{DAY, OFAC, regime};

/// A stake between small numbers: bounds in thousands of basis points.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stake {
    owner: usize,
    owned: usize,
    min: u16,
    max: u16,
    min_open: bool,
    max_open: bool,
}

const NODES: usize = 8;

fn stake() -> impl Strategy<Value = Stake> {
    let width = prop_oneof![5 => Just(0u16), 3 => 1u16..=4];
    (0..NODES, 0..NODES, 0u16..=6, width, any::<[bool; 2]>()).prop_map(|(owner, owned, min, width, open)| Stake {
        owner,
        owned,
        min: min * 1000,
        max: (min + width).min(10) * 1000,
        min_open: open[0] && width > 0,
        max_open: open[1] && width > 0,
    })
}

/// Stakes without repeats, self-ownership or contradiction, of which at most four are uncertain.
fn stakes() -> impl Strategy<Value = Vec<Stake>> {
    prop::collection::vec(stake(), 1..14).prop_map(|stakes| {
        let (mut kept, mut uncertain): (Vec<Stake>, usize) = (Vec::new(), 0);
        for stake in stakes {
            let of = kept.iter().filter(|other| other.owned == stake.owned);
            let (sum, open) = of.fold((u32::from(stake.min), stake.min_open), |(sum, open), other| {
                (sum + u32::from(other.min), open | other.min_open)
            });
            let repeated = kept.iter().any(|other| (other.owner, other.owned) == (stake.owner, stake.owned));
            let wide = stake.min != stake.max;
            if repeated || stake.owner == stake.owned || sum + u32::from(open) > 10_000 || (wide && uncertain == 4) {
                continue;
            }
            uncertain += usize::from(wide);
            kept.push(stake);
        }
        kept
    })
}

pub(crate) fn name(node: usize) -> String {
    format!("N{node}")
}

fn statement(stake: &Stake) -> Statement {
    let mut share = Share::between(stake.min, stake.max).unwrap();
    if stake.min_open {
        share = share.above_min().unwrap();
    }
    if stake.max_open {
        share = share.below_max().unwrap();
    }
    Statement::Interest(Interest {
        owner: name(stake.owner).parse().unwrap(),
        owned: name(stake.owned).parse().unwrap(),
        kind: InterestKind::Shares,
        share: Some(share),
        link: Link::Direct,
        period: Period::default(),
        source: Source { name: "test".into(), record: "1".into() },
    })
}

fn graph(stakes: &[Stake]) -> Graph {
    let mut builder = Builder::new();
    for node in 0..NODES {
        builder.state(&described(node));
    }
    stakes.iter().for_each(|stake| builder.state(&statement(stake)));
    builder.build()
}

pub(crate) fn described(node: usize) -> Statement {
    Statement::Entity(Entity {
        key: name(node).parse().unwrap(),
        kind: ownership::EntityKind::Company,
        names: Vec::new(),
        jurisdiction: None,
        headquarters: None,
        identifiers: Vec::new(),
        lists: Vec::new(),
        period: Period::default(),
        source: Source { name: "test".into(), record: "".into() },
    })
}

fn verdicts(graph: &Graph, regime: &Regime) -> Vec<Verdict> {
    let closure = Closure::of(graph, regime, DAY, Disclosure::Complete);
    (0..NODES).map(|node| closure.verdict(graph, graph.find(&name(node)).unwrap())).collect()
}

/// Who is caught when the stakes are exactly these, in halves of a basis point.
fn caught(stakes: &[Stake], values: &[u32], seeds: &[usize], threshold: u32, strict: bool) -> [bool; NODES] {
    let mut caught = [false; NODES];
    seeds.iter().for_each(|&seed| caught[seed] = true);
    loop {
        let before = caught;
        for (node, caught_node) in caught.iter_mut().enumerate() {
            let held = stakes.iter().zip(values).filter(|(stake, _)| stake.owned == node && before[stake.owner]);
            let sum: u32 = held.map(|(_, value)| value).sum();
            *caught_node |= if strict { sum > threshold * 2 } else { sum >= threshold * 2 };
        }
        if caught == before {
            return caught;
        }
    }
}

/// Tries every choice on a grid that has, beside each thousand, the points just above and just below it.
fn by_trying(stakes: &[Stake], seeds: &[usize], threshold: u32, strict: bool) -> Vec<Verdict> {
    let grids: Vec<Vec<u32>> = stakes.iter().map(grid).collect();
    let mut at = vec![0; stakes.len()];
    let (mut always, mut ever) = ([true; NODES], [false; NODES]);
    loop {
        let values: Vec<u32> = at.iter().zip(&grids).map(|(&at, grid)| grid[at]).collect();
        let fits = (0..NODES).all(|node| {
            let of = stakes.iter().zip(&values).filter(|(stake, _)| stake.owned == node);
            of.map(|(_, value)| value).sum::<u32>() <= 20_000
        });
        if fits {
            for (node, caught) in caught(stakes, &values, seeds, threshold, strict).into_iter().enumerate() {
                always[node] &= caught;
                ever[node] |= caught;
            }
        }
        let Some(next) = (0..at.len()).find(|&index| at[index] + 1 < grids[index].len()) else { break };
        at[next] += 1;
        at[..next].fill(0);
    }
    let verdict = |node: usize| match (seeds.contains(&node), always[node], ever[node]) {
        (true, ..) => Verdict::Seed,
        (_, true, _) => Verdict::Caught,
        (_, _, true) => Verdict::Possible,
        _ => Verdict::Clear,
    };
    (0..NODES).map(verdict).collect()
}

fn grid(stake: &Stake) -> Vec<u32> {
    let (low, high) = (u32::from(stake.min) * 2, u32::from(stake.max) * 2);
    let inside = |value: &u32| {
        let above = if stake.min_open { *value > low } else { *value >= low };
        above && if stake.max_open { *value < high } else { *value <= high }
    };
    let around = |value: u32| [value.saturating_sub(1), value, value + 1];
    let mut grid: Vec<u32> = (low..=high).step_by(2000).flat_map(around).filter(inside).collect();
    grid.dedup();
    grid
}

fn rule(strict: bool, aggregate: &str, threshold: u32) -> String {
    format!(
        "threshold_basis_points = {threshold}\nstrict = {strict}\naggregate = \"{aggregate}\"\nindirect = \"cascade\"\nmeasures = [\"shares\"]"
    )
}

fn regime_of(strict: bool, aggregate: &str, threshold: u32, seeds: &[usize]) -> Regime {
    let names: Vec<String> = seeds.iter().map(|&seed| name(seed)).collect();
    regime(&rule(strict, aggregate, threshold), &names.iter().map(String::as_str).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn verdicts_are_those_of_trying_everything(
        stakes in stakes(), seeds in prop::sample::subsequence((0..NODES).collect::<Vec<_>>(), 1..3),
        strict: bool, threshold in prop_oneof![4 => Just(5000u32), 1 => Just(3000u32)],
    ) {
        let found = verdicts(&graph(&stakes), &regime_of(strict, "all_seeds", threshold, &seeds));
        prop_assert_eq!(found, by_trying(&stakes, &seeds, threshold, strict));
    }

    #[test]
    fn order_and_repeats_do_not_matter(stakes in stakes(), strict: bool, by in 0usize..14) {
        let regime = regime_of(strict, "all_seeds", 5000, &[0, 1]);
        let mut other = stakes.clone();
        other.rotate_left(by % stakes.len().max(1));
        other.reverse();
        other.extend(stakes.iter().copied());
        prop_assert_eq!(verdicts(&graph(&stakes), &regime), verdicts(&graph(&other), &regime));
    }

    #[test]
    fn one_seed_alone_is_all_seeds(stakes in stakes(), seed in 0..NODES, strict: bool) {
        let graph = graph(&stakes);
        let alone = verdicts(&graph, &regime_of(strict, "single_seed", 5000, &[seed]));
        prop_assert_eq!(verdicts(&graph, &regime_of(strict, "all_seeds", 5000, &[seed])), alone);
    }

    #[test]
    fn more_stakes_and_seeds_catch_no_less(stakes in stakes(), left in 0usize..14, strict: bool) {
        // Only exact stakes: what others hold limits what seeds may.
        let exact: Vec<Stake> = stakes.iter().map(|stake| Stake { max: stake.min, min_open: false, max_open: false, ..*stake }).collect();
        let fewer = &exact[..left % (exact.len() + 1)];
        let is_caught = |verdict: &Verdict| matches!(verdict, Verdict::Caught | Verdict::Seed);
        let some = verdicts(&graph(fewer), &regime_of(strict, "all_seeds", 5000, &[0]));
        let all = verdicts(&graph(&exact), &regime_of(strict, "all_seeds", 5000, &[0, 1]));
        prop_assert!(some.iter().zip(&all).all(|(some, all)| !is_caught(some) || is_caught(all)));
    }

    #[test]
    fn a_proof_carries_its_verdict_and_no_stake_is_too_many(stakes in stakes(), strict: bool, alone: bool) {
        let graph = graph(&stakes);
        let regime = regime_of(strict, if alone { "single_seed" } else { "all_seeds" }, 5000, &[0, 1]);
        let closure = Closure::of(&graph, &regime, DAY, Disclosure::Complete);
        for node in 0..NODES {
            let entity = graph.find(&name(node)).unwrap();
            let standing = closure.standing(&graph, &regime, entity);
            if !matches!(standing.standing, Verdict::Caught | Verdict::Possible) {
                prop_assert!(standing.proof.is_empty());
                continue;
            }
            // Where each seed is tested alone, a proof is about the one that it begins with.
            let owned = |id: &str| standing.proof.iter().any(|step| step.owned == id);
            let begins: Vec<&str> = standing.proof.iter().map(|step| step.owner.as_str()).filter(|id| !owned(id)).collect();
            let regime = if alone { self::regime(&rule(strict, "single_seed", 5000), &begins) } else { regime.clone() };
            let all: Vec<usize> = (0..standing.proof.len()).collect();
            prop_assert!(carries(&standing, &all, &regime), "{}", standing.text);
            for dropped in 0..all.len() {
                let rest: Vec<usize> = all.iter().copied().filter(|&at| at != dropped).collect();
                prop_assert!(!carries(&standing, &rest, &regime), "{dropped} in {}", standing.text);
            }
        }
    }

    #[test]
    fn a_margin_is_where_the_verdict_turns(stakes in stakes(), node in 2..NODES) {
        let graph = graph(&stakes);
        let regime = regime_of(false, "all_seeds", 5000, &[0, 1]);
        let closure = Closure::of(&graph, &regime, DAY, Disclosure::Complete);
        let entity = graph.find(&name(node)).unwrap();
        let standing = closure.standing(&graph, &regime, entity);
        if let Some(margin) = standing.margin_bp {
            let turns = u32::try_from(5000 + margin).unwrap();
            let is = |threshold: u32| {
                let verdict = verdicts(&graph, &regime_of(false, "all_seeds", threshold, &[0, 1]))[node];
                if standing.standing == Verdict::Caught { verdict == Verdict::Caught } else { verdict != Verdict::Clear }
            };
            prop_assert!(turns == 0 || is(turns), "{}", standing.text);
            prop_assert!(turns >= 10_000 || !is(turns + 1), "{}", standing.text);
        }
    }
}

/// Whether some of a proof's stakes, and nothing else, lead to its verdict.
fn carries(standing: &Standing, steps: &[usize], regime: &Regime) -> bool {
    let stakes: Vec<Stake> = steps.iter().map(|&at| of_step(&standing.proof[at])).collect();
    let graph = graph(&stakes);
    let closure = Closure::of(&graph, regime, DAY, Disclosure::Complete);
    let verdict = closure.verdict(&graph, graph.find(&standing.entity.id).unwrap());
    match standing.standing {
        Verdict::Caught => verdict == Verdict::Caught,
        _ => matches!(verdict, Verdict::Possible | Verdict::Caught),
    }
}

fn of_step(step: &ownership::Step) -> Stake {
    let number = |id: &str| id[1..].parse().unwrap();
    Stake {
        owner: number(&step.owner),
        owned: number(&step.owned),
        min: step.min_bp,
        max: step.max_bp,
        min_open: step.min_open,
        max_open: step.max_open,
    }
}

#[test]
fn the_day_decides_which_stakes_hold() {
    let graph = crate::support::graph("X,A,60,,2020-01-01,2024-07-03\nX,B,60,,2024-07-03");
    let regime = regime(OFAC, &["X"]);
    let on = |day: &str, entity: &str| {
        let closure = Closure::of(&graph, &regime, day.parse::<Date>().unwrap(), Disclosure::AsStated);
        closure.verdict(&graph, graph.find(entity).unwrap()).name()
    };
    assert_eq!([on("2019-12-31", "A"), on("2020-01-01", "A"), on("2024-07-02", "A")], ["unknown", "caught", "caught"]);
    assert_eq!([on("2024-07-03", "A"), on("2024-07-02", "B"), on("2024-07-03", "B")], ["unknown", "unknown", "caught"]);
}
