//! Where each seed is tested alone: only the groups that an edit can reach are run again.

use rustc_hash::FxHashMap;

use crate::{
    Closure, Graph,
    closure::{Founders, Marks, Membership, Rule, alone},
};

type Memberships = FxHashMap<u32, Vec<Membership>>;

/// The groups that hold one of the entities met, or one of its owners, with all that each holds.
pub(super) fn affected(graph: &Graph, closure: &Closure, of: &Memberships, met: &[u32]) -> FxHashMap<u32, Vec<u32>> {
    let owners = met.iter().flat_map(|&entity| graph.stakes_in(entity).map(|(_, stake)| stake.owner));
    let mut groups: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for entity in met.iter().copied().chain(owners) {
        for membership in of.get(&entity).map_or(&[][..], Vec::as_slice) {
            groups.entry(membership.group).or_insert_with(|| {
                alone(graph, &closure.rule, &closure.founders.groups[membership.group as usize]).1.held().collect()
            });
        }
    }
    groups
}

/// Runs the affected groups again; gives, for every entity in one of them, whether it was definitely and possibly caught before.
pub(super) fn follow(
    graph: &Graph,
    rule: &Rule,
    founders: &Founders,
    of: &mut Memberships,
    groups: &FxHashMap<u32, Vec<u32>>,
) -> FxHashMap<u32, (bool, bool)> {
    let mut before: FxHashMap<u32, (bool, bool)> = FxHashMap::default();
    let was = |of: &Memberships, entity: u32| {
        let of = of.get(&entity).map_or(&[][..], Vec::as_slice);
        (of.iter().any(|membership| membership.definite), !of.is_empty())
    };
    let runs: Vec<_> =
        groups.keys().map(|&group| (group, alone(graph, rule, &founders.groups[group as usize]))).collect();
    let now = runs.iter().flat_map(|(_, (_, upper))| upper.held());
    for entity in groups.values().flatten().copied().chain(now) {
        before.entry(entity).or_insert_with(|| was(of, entity));
    }
    for (&group, members) in groups {
        for entity in members {
            if let Some(memberships) = of.get_mut(entity) {
                memberships.retain(|membership| membership.group != group);
            }
        }
    }
    for (group, (lower, upper)) in runs {
        for entity in upper.held() {
            of.entry(entity).or_default().push(Membership { group, definite: lower.holds(entity) });
        }
    }
    for entity in before.keys() {
        if of.get(entity).is_some_and(Vec::is_empty) {
            of.remove(entity);
        }
    }
    before
}
