//! Keys that mean one entity: what is stated of any of them is stated of all.

use super::{EntityId, Graph, Record, builder::Builder, keys::Probe, stake::Stake};
use crate::EntityKind;

/// For each number, the one that stands for the entity; empty where every key is an entity of its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Roots(Vec<u32>);

impl Roots {
    pub(super) fn of(&self, number: u32) -> u32 {
        self.0.get(number as usize).copied().unwrap_or(number)
    }

    fn from_pairs(pairs: &[(u32, u32)], entities: usize) -> Self {
        if pairs.is_empty() {
            return Self::default();
        }
        let mut roots: Vec<u32> = (0..entities as u32).collect();
        for &(a, b) in pairs {
            let (a, b) = (root(&mut roots, a), root(&mut roots, b));
            // The first key that was seen stands for all.
            roots[a.max(b) as usize] = a.min(b);
        }
        for number in 0..entities as u32 {
            root(&mut roots, number);
        }
        Self(roots)
    }
}

/// The root of a number, with the way there shortened.
fn root(roots: &mut [u32], number: u32) -> u32 {
    let mut at = number;
    while roots[at as usize] != at {
        at = roots[at as usize];
    }
    let mut walk = number;
    while roots[walk as usize] != at {
        walk = std::mem::replace(&mut roots[walk as usize], at);
    }
    at
}

impl Builder {
    /// Says that two keys mean one entity, as a shared identifier shows; in any order with the statements.
    pub fn same(&mut self, one: &str, other: &str) {
        let pair = (self.number(Probe::of(one.as_bytes())), self.number(Probe::of(other.as_bytes())));
        if pair.0 != pair.1 {
            self.same.push(pair);
        }
    }

    /// Puts what is stated of several keys of one entity together.
    pub(super) fn unite(&mut self) -> Roots {
        let roots = Roots::from_pairs(&self.same, self.entities.len());
        if roots.0.is_empty() {
            return roots;
        }
        for number in 0..self.entities.len() as u32 {
            let to = roots.of(number);
            if to != number {
                let other = self.entities[number as usize];
                self.entities[to as usize].join(other);
            }
        }
        for Stake { owner, owned, .. } in &mut self.stakes {
            (*owner, *owned) = (roots.of(*owner), roots.of(*owned));
        }
        self.lists.iter_mut().for_each(|(entity, _)| *entity = roots.of(*entity));
        self.gaps.iter_mut().for_each(|gap| gap.about = roots.of(gap.about));
        roots
    }
}

impl Record {
    /// Takes from another record of the same entity what this one does not say.
    fn join(&mut self, other: Self) {
        let Self { name, jurisdiction, headquarters, kind, flags } = other;
        self.flags |= flags;
        if self.kind == EntityKind::Unknown || self.kind == EntityKind::Unresolved {
            self.kind = kind;
        }
        for (own, theirs) in [(&mut self.jurisdiction, jurisdiction), (&mut self.headquarters, headquarters)] {
            if *own == 0 {
                *own = theirs;
            }
        }
        if self.name == 0 {
            self.name = name;
        }
    }
}

impl Graph {
    /// Whether the number stands for its entity, rather than for another key of one.
    pub(super) fn is_root(&self, entity: EntityId) -> bool {
        self.roots.of(entity.0) == entity.0
    }
}
