//! Shares multiplied along each path and added over all paths: the arithmetic of beneficial ownership.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    rule::{Effect, Rule},
    seeds::{Founders, Group},
};
use crate::graph::{Graph, Holding};

/// What a group of seeds holds of an entity, at least and at most, as a fraction of the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Effective {
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    /// The group that holds the most.
    pub(crate) group: u32,
}

/// A change smaller than this is not followed any further.
const SETTLED: f64 = 1e-13;
/// Rounds after which a loop that hardly loses anything is left where it is: it is then below its limit by less than one part in a million.
const ROUNDS: usize = 20_000;

/// The largest effective share in every entity that some group of seeds reaches.
pub(crate) fn all(graph: &Graph, rule: &Rule, founders: &Founders) -> FxHashMap<u32, Effective> {
    let mut of: FxHashMap<u32, Effective> = FxHashMap::default();
    for (number, group) in founders.groups.iter().enumerate() {
        for (entity, (lower, upper)) in of_group(graph, rule, group) {
            let best = of.entry(entity).or_insert(Effective { group: number as u32, ..Effective::default() });
            if (lower, upper) > (best.lower, best.upper) {
                best.group = number as u32;
            }
            best.lower = best.lower.max(lower);
            best.upper = best.upper.max(upper);
        }
    }
    of
}

/// The effective shares of one group, its own members left out.
///
/// The stakes in the seeds themselves are removed: otherwise a holding that comes back round to its owner would be counted again and again.
pub(crate) fn of_group(graph: &Graph, rule: &Rule, group: &Group) -> FxHashMap<u32, (f64, f64)> {
    let seeds: FxHashSet<u32> = group.possible.iter().copied().collect();
    let certain: FxHashSet<u32> = group.definite.iter().copied().collect();
    let reach = reach(graph, rule, &group.possible, &seeds);
    let owners: Vec<Vec<Holding>> = reach.iter().map(|&entity| shares(graph, rule, entity)).collect();
    let place: FxHashMap<u32, usize> = reach.iter().enumerate().map(|(at, &entity)| (entity, at)).collect();
    let mut values = vec![(0.0f64, 0.0f64); reach.len()];
    for _ in 0..ROUNDS {
        let mut moved = 0.0f64;
        for (at, holdings) in owners.iter().enumerate() {
            let of = |owner: u32| match place.get(&owner) {
                _ if seeds.contains(&owner) => (f64::from(u8::from(certain.contains(&owner))), 1.0),
                Some(&at) => values[at],
                None => (0.0, 0.0),
            };
            let new = (least(holdings, &of), most(holdings, &of));
            moved = moved.max(new.0 - values[at].0).max(new.1 - values[at].1);
            values[at] = new;
        }
        if moved < SETTLED {
            break;
        }
    }
    reach.into_iter().zip(values).filter(|(_, value)| value.1 > 0.0).collect()
}

/// What the seeds can reach through stakes that hold on the day, nearest first.
fn reach(graph: &Graph, rule: &Rule, seeds: &[u32], except: &FxHashSet<u32>) -> Vec<u32> {
    let mut seen = FxHashSet::default();
    let mut found: Vec<u32> = Vec::new();
    let follow = |owner: u32, seen: &mut FxHashSet<u32>, found: &mut Vec<u32>| {
        let built = graph.built_edges(owner).iter().map(|edge| edge.owned);
        for owned in built.chain(graph.added_out(owner)) {
            if !except.contains(&owned) && seen.insert(owned) {
                found.push(owned);
            }
        }
    };
    for &seed in seeds {
        follow(seed, &mut seen, &mut found);
    }
    let mut next = 0;
    while let Some(&entity) = found.get(next) {
        next += 1;
        if !shares(graph, rule, entity).is_empty() {
            follow(entity, &mut seen, &mut found);
        }
    }
    found
}

/// The stakes of an entity's owners in the first measure that the regime reads.
pub(crate) fn shares(graph: &Graph, rule: &Rule, entity: u32) -> Vec<Holding> {
    let mut holdings = Vec::new();
    graph.holdings(entity, rule.day, |holding| {
        if matches!(rule.effect(holding.kind), Effect::Share(_)) {
            holdings.push(holding);
        }
    });
    if let Some(first) = holdings.first().map(|holding| holding.kind) {
        holdings.retain(|holding| holding.kind == first);
    }
    holdings
}

fn least(holdings: &[Holding], of: &impl Fn(u32) -> (f64, f64)) -> f64 {
    holdings.iter().map(|holding| fraction(holding.figures.min) * of(holding.owner).0).sum()
}

/// The stakes chosen within their bounds, and within the whole, so that as much as possible comes through.
fn most(holdings: &[Holding], of: &impl Fn(u32) -> (f64, f64)) -> f64 {
    let exact = holdings.iter().all(|holding| holding.figures.min == holding.figures.max);
    if exact {
        return holdings.iter().map(|holding| fraction(holding.figures.max) * of(holding.owner).1).sum();
    }
    let mut through: Vec<(f64, u16, u16)> =
        holdings.iter().map(|h| (of(h.owner).1, h.figures.min, h.figures.max)).collect();
    through.sort_by(|a, b| b.0.total_cmp(&a.0));
    let stated: u32 = through.iter().map(|(_, min, _)| u32::from(*min)).sum();
    let mut left = 10_000u32.saturating_sub(stated);
    let mut sum = 0.0;
    for (share, min, max) in through {
        let more = u32::from(max - min).min(left);
        left -= more;
        sum += share * f64::from(u32::from(min) + more) / 10_000.0;
    }
    sum
}

fn fraction(basis_points: u16) -> f64 {
    f64::from(basis_points) / 10_000.0
}
