//! How far the threshold could move before a standing changed.

use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Link, View};
use crate::{
    InterestKind, Verdict,
    closure::{Bound, MAJORITY, SEED, position},
};

/// Entities above an unreached one that are looked at; beyond them the direct figure has to do.
const LOOKED_AT: usize = 128;

/// In basis points, or nothing where there is no figure to compare.
pub(super) fn of(view: &View<'_>, bound: Bound, entity: u32, verdict: Verdict, links: &[Link]) -> Option<i32> {
    let rule = &view.closure.rule;
    let level = match verdict {
        Verdict::Seed | Verdict::Unknown => return None,
        Verdict::Caught | Verdict::Possible if view.closure.stale_levels => proven(bound, links)?,
        Verdict::Caught | Verdict::Possible => match view.marks(bound).level(entity) {
            0 => view.weigh(entity, view.marks(bound)).position(rule, bound),
            level => level,
        },
        Verdict::Clear => {
            critical(view, entity).unwrap_or_else(|| view.weigh(entity, view.upper).position(rule, Bound::Upper))
        }
    };
    if level >= MAJORITY {
        return None;
    }
    let twice = level as i32 - 2 * i32::from(rule.threshold.basis_points);
    Some(twice.div_euclid(2))
}

/// The highest threshold position that a proof carries by itself: at least that much margin there is.
fn proven(bound: Bound, links: &[Link]) -> Option<u32> {
    let mut sums: FxHashMap<u32, (u32, bool)> = FxHashMap::default();
    for link in links {
        let figures = link.holding.figures;
        let (points, open) = match (bound, link.holding.kind) {
            (_, kind) if !matches!(kind, InterestKind::Shares | InterestKind::Votes) => continue,
            (Bound::Lower, _) => (figures.min, figures.min_open),
            (Bound::Upper, _) => (figures.max, figures.max_open),
        };
        let sum = sums.entry(link.owned).or_default();
        *sum = (sum.0 + u32::from(points), sum.1 | open);
    }
    let position = |&(sum, open): &(u32, bool)| match bound {
        Bound::Lower => sum * 2 + u32::from(open),
        Bound::Upper => (sum.min(10_000) * 2).saturating_sub(u32::from(open)),
    };
    sums.values().map(position).min()
}

/// The highest threshold position at which an entity would possibly be caught, when all that is above it can be looked at.
///
/// The same search as a run's, from the seeds down, within what lies above the entity.
fn critical(view: &View<'_>, entity: u32) -> Option<u32> {
    let (above, owned) = above(view, entity)?;
    let rule = &view.closure.rule;
    let mut levels: FxHashMap<u32, u32> = FxHashMap::default();
    let mut done = FxHashSet::default();
    let mut waiting = BinaryHeap::new();
    for &seed in above.iter().filter(|&&entity| view.closure.founders.contains(entity)) {
        waiting.push((SEED, seed));
        levels.insert(seed, SEED);
    }
    while let Some((level, next)) = waiting.pop() {
        if !done.insert(next) {
            continue;
        }
        if next == entity {
            return Some(level);
        }
        for &below in owned.get(&next).map_or(&[][..], Vec::as_slice) {
            let reached = position(view.graph, rule, Bound::Upper, below, |owner| done.contains(&owner)).min(level);
            let known = levels.entry(below).or_insert(0);
            if reached > *known && !done.contains(&below) {
                *known = reached;
                waiting.push((reached, below));
            }
        }
    }
    Some(0)
}

/// Everything above an entity, and what of it each owns; nothing when that is too much.
#[expect(clippy::type_complexity, reason = "it is taken apart at once")]
fn above(view: &View<'_>, entity: u32) -> Option<(FxHashSet<u32>, FxHashMap<u32, Vec<u32>>)> {
    let mut seen = FxHashSet::from_iter([entity]);
    let mut owned: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let mut open = vec![entity];
    while let Some(next) = open.pop() {
        if view.closure.founders.contains(next) {
            continue;
        }
        view.graph.holdings(next, view.closure.rule.day, |holding| {
            owned.entry(holding.owner).or_default().push(next);
            if seen.len() <= LOOKED_AT && seen.insert(holding.owner) {
                open.push(holding.owner);
            }
        });
        if seen.len() > LOOKED_AT {
            return None;
        }
    }
    Some((seen, owned))
}
