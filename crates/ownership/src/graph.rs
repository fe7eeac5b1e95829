//! Statements as a graph: who holds what of whom, under every date, each stake with its source.
//!
//! Says nothing of rules: which interests count, and for how much, is for a regime. A graph holds all dates; every question names a day.

mod alike;
mod builder;
mod edit;
mod holdings;
mod keys;
mod same;
mod stake;
mod stated;
mod texts;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub use builder::{Builder, EntityRow, StakeRow};
pub use holdings::Problem;
pub use stated::StatedStake;

pub(crate) use alike::Alike;
pub(crate) use holdings::Holding;
pub(crate) use keys::{Keys, Probe, WARMED};
pub(crate) use stake::{Day, Figures, Stake};

use crate::{EntityKind, ListEntry, Place, Source};
use same::Roots;
use texts::{TextAt, Texts};

/// An entity's number within one graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(pub(crate) u32);

/// Entities and the stakes between them, as sources state them.
#[derive(Debug, Clone)]
pub struct Graph {
    keys: Keys,
    texts: Texts,
    entities: Vec<Record>,
    places: Vec<Place>,
    sources: Vec<Arc<str>>,
    lists: Vec<(u32, ListEntry)>,
    alike: Vec<Alike>,
    roots: Roots,
    gaps: Vec<GapRecord>,
    /// By owned entity; `ins[owned]..ins[owned + 1]` are the stakes in it.
    stakes: Vec<Stake>,
    ins: Vec<u32>,
    /// By owner; `outs[owner]..outs[owner + 1]` are its edges.
    edges: Vec<Edge>,
    outs: Vec<u32>,
    /// Entities with a stake in them that sums up a chain.
    summarised: FxHashSet<u32>,
    changes: Changes,
}

/// A stake seen from its owner, with what the closure needs of most stakes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) owned: u32,
    pub(crate) stake: u32,
    pub(crate) min: u16,
    pub(crate) max: u16,
    pub(crate) kind: u8,
    flags: u8,
}

/// What is kept of one entity.
#[derive(Debug, Clone, Copy)]
struct Record {
    name: TextAt,
    /// Numbers of places plus one; 0 is none.
    jurisdiction: u16,
    headquarters: u16,
    kind: EntityKind,
    flags: u8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GapRecord {
    pub(crate) about: u32,
    pub(crate) reason: String,
    pub(crate) from: Day,
    pub(crate) to: Day,
    pub(crate) source: Source,
}

/// What was added or withdrawn since the graph was built.
#[derive(Debug, Clone, Default)]
struct Changes {
    added: Vec<Stake>,
    added_in: FxHashMap<u32, Vec<u32>>,
    added_out: FxHashMap<u32, Vec<u32>>,
    gone: FxHashSet<u32>,
    /// Entities whose owners have changed.
    touched: FxHashSet<u32>,
}

/// Some source describes the entity; without it, it is only referred to.
const DESCRIBED: u8 = 1;
/// Holds for others.
const NOMINEE: u8 = 2;
/// Sources do not say who owns it.
const GAP: u8 = 4;
/// Stands for its members.
const JOINT: u8 = 8;

/// The stakes in the owned entity need to be looked at together.
const TOGETHER: u8 = 1;
const DATED: u8 = 2;
const EDGE_MIN_OPEN: u8 = 4;
const EDGE_MAX_OPEN: u8 = 8;

impl Edge {
    pub(crate) fn is_dated(self) -> bool {
        self.flags & DATED != 0
    }

    pub(crate) fn stands_together(self) -> bool {
        self.flags & TOGETHER != 0
    }

    pub(crate) fn min_open(self) -> bool {
        self.flags & EDGE_MIN_OPEN != 0
    }

    pub(crate) fn max_open(self) -> bool {
        self.flags & EDGE_MAX_OPEN != 0
    }
}

impl Record {
    const UNDESCRIBED: Self = Self { name: 0, jurisdiction: 0, headquarters: 0, kind: EntityKind::Unknown, flags: 0 };
}

impl Graph {
    /// How many entities there are, those included that are only referred to.
    pub fn entities(&self) -> usize {
        self.entities.len()
    }

    /// How many stakes there are, of all dates.
    pub fn stakes(&self) -> usize {
        self.stakes.len() + self.changes.added.len() - self.changes.gone.len()
    }

    pub fn find(&self, key: &str) -> Option<EntityId> {
        self.keys.find(Probe::of(key.as_bytes())).map(|number| EntityId(self.roots.of(number)))
    }

    /// Every entity once, whatever number of keys it has.
    pub fn ids(&self) -> impl Iterator<Item = EntityId> {
        (0..self.entities.len() as u32).map(EntityId).filter(|entity| self.is_root(*entity))
    }

    pub fn key(&self, entity: EntityId) -> &str {
        self.keys.get(entity.0)
    }

    /// The first primary name that a source gives, or the key where none does.
    pub fn name(&self, entity: EntityId) -> &str {
        match self.record(entity.0).name {
            0 => self.key(entity),
            at => self.texts.get(at),
        }
    }

    pub fn kind(&self, entity: EntityId) -> EntityKind {
        self.record(entity.0).kind
    }

    pub fn jurisdiction(&self, entity: EntityId) -> Option<Place> {
        self.place(self.record(entity.0).jurisdiction)
    }

    pub fn headquarters(&self, entity: EntityId) -> Option<Place> {
        self.place(self.record(entity.0).headquarters)
    }

    /// The lists that name the entity.
    pub fn lists(&self, entity: EntityId) -> impl Iterator<Item = &ListEntry> {
        let of = self.lists.partition_point(|(on, _)| *on < entity.0);
        self.lists[of..].iter().take_while(move |(on, _)| *on == entity.0).map(|(_, entry)| entry)
    }

    /// Whether a source describes the entity, rather than only refers to it.
    pub fn is_described(&self, entity: EntityId) -> bool {
        self.record(entity.0).flags & DESCRIBED != 0
    }

    pub(crate) fn listed(&self) -> &[(u32, ListEntry)] {
        &self.lists
    }

    pub(crate) fn gaps(&self, entity: u32, day: Day) -> impl Iterator<Item = &GapRecord> {
        let some = self.record(entity).flags & GAP != 0;
        let from = if some { self.gaps.partition_point(|gap| gap.about < entity) } else { self.gaps.len() };
        let of = self.gaps[from..].iter().take_while(move |gap| gap.about == entity);
        of.filter(move |gap| gap.from <= day && day < gap.to)
    }

    pub(crate) fn is_nominee(&self, entity: u32) -> bool {
        self.record(entity).flags & NOMINEE != 0
    }

    /// A stake by its number: those of the built graph first, then what was added.
    pub(crate) fn stake(&self, number: u32) -> &Stake {
        let built = self.stakes.len();
        let number = number as usize;
        if number < built { &self.stakes[number] } else { &self.changes.added[number - built] }
    }

    pub(crate) fn source(&self, stake: &Stake) -> Source {
        Source { name: self.sources[usize::from(stake.source)].clone(), record: self.texts.record(stake.record).into() }
    }

    /// The edges of the built graph that leave `owner`; none of them may hold any longer when [`Self::is_touched`].
    pub(crate) fn built_edges(&self, owner: u32) -> &[Edge] {
        let (from, to) = match self.outs.get(owner as usize..owner as usize + 2) {
            Some(ends) => (ends[0] as usize, ends[1] as usize),
            None => (0, 0),
        };
        &self.edges[from..to]
    }

    pub(crate) fn added_out(&self, owner: u32) -> impl Iterator<Item = u32> {
        let added = self.changes.added_out.get(&owner).map_or(&[][..], Vec::as_slice);
        added.iter().map(|&number| self.stake(number).owned)
    }

    /// Everything that an entity has ever held a stake in.
    pub(crate) fn owned_by(&self, owner: u32) -> impl Iterator<Item = u32> {
        self.built_edges(owner).iter().map(|edge| edge.owned).chain(self.added_out(owner))
    }

    /// The entities below one of which a stake is stated that sums up a chain; all of them when there is too much below.
    pub(crate) fn summarised_below(&self, entity: u32) -> Vec<u32> {
        const LOOKED_AT: usize = 4096;
        if self.summarised.is_empty() {
            return Vec::new();
        }
        let mut seen = FxHashSet::from_iter([entity]);
        let mut open = vec![entity];
        while let Some(next) = open.pop() {
            open.extend(self.owned_by(next).filter(|&owned| seen.insert(owned)));
            if seen.len() > LOOKED_AT {
                return self.summarised.iter().copied().collect();
            }
        }
        seen.retain(|entity| self.summarised.contains(entity));
        seen.into_iter().collect()
    }

    /// Whether the stakes in an entity have changed since the graph was built.
    pub(crate) fn is_touched(&self, owned: u32) -> bool {
        !self.changes.touched.is_empty() && self.changes.touched.contains(&owned)
    }

    fn record(&self, entity: u32) -> &Record {
        &self.entities[entity as usize]
    }

    fn place(&self, number: u16) -> Option<Place> {
        self.places.get(usize::from(number).checked_sub(1)?).copied()
    }
}
