//! Take out what no longer stands, let back in what still passes.

use super::Log;
use crate::{
    Closure, Graph,
    closure::{Bound, Dense, Founders, Marks, Rule, Sets, is_certain, position},
};

/// Brings both sets of a closure up to date; gives what each held before, of what changed.
pub(super) fn both(graph: &Graph, closure: &mut Closure, touched: &[u32]) -> (Log, Log) {
    let Closure { rule, founders, sets, stale_levels, .. } = closure;
    let Sets::Together { lower, upper } = sets else { return (Log::default(), Log::default()) };
    *stale_levels = true;
    let low = one(graph, rule, founders, Bound::Lower, lower, touched);
    let high = one(graph, rule, founders, Bound::Upper, upper, touched);
    (low, high)
}

fn one(graph: &Graph, rule: &Rule, founders: &Founders, bound: Bound, marks: &mut Dense, touched: &[u32]) -> Log {
    marks.grow(graph.entities());
    let mut log = Log::default();
    let seed = |entity: u32| match bound {
        Bound::Lower => founders.is_seed(entity) && is_certain(graph, rule, bound, entity),
        Bound::Upper => founders.contains(entity),
    };
    let mut doubted: Vec<u32> = touched.iter().copied().filter(|&entity| marks.holds(entity)).collect();
    let mut open: Vec<u32> = touched.to_vec();
    while let Some(entity) = doubted.pop() {
        let rank = marks.rank(entity);
        if rank == 0 || seed(entity) {
            continue;
        }
        let before = |owner: u32| (1..rank).contains(&marks.rank(owner));
        if position(graph, rule, bound, entity, before) >= rule.position() {
            continue;
        }
        marks.drop_out(entity);
        log.insert(entity, true);
        open.push(entity);
        doubted.extend(graph.owned_by(entity).filter(|&owned| marks.rank(owned) > rank));
    }
    while let Some(entity) = open.pop() {
        if marks.holds(entity) {
            continue;
        }
        let reached = || position(graph, rule, bound, entity, |owner| marks.holds(owner));
        if !seed(entity) && reached() < rule.position() {
            continue;
        }
        marks.let_in(entity);
        log.entry(entity).or_insert(false);
        open.extend(graph.owned_by(entity).filter(|&owned| !marks.holds(owned)));
    }
    log.retain(|&entity, was| marks.holds(entity) != *was);
    log
}
