//! Who is caught by itself: entries of lists, companies by their head office, and entities that the regime names.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Aggregate, EntityId, EntityKind, Graph, ListEntry, Regime, SeedList, Seeds, UnknownHeadquarters};

/// Why an entity is a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Founder {
    Listed(Vec<ListEntry>),
    Headquartered(crate::Place),
    /// No source states its head office; it is incorporated there.
    Incorporated(crate::Place),
    Named,
    /// Its name is like one that lists name; perhaps it is another.
    Alike {
        entries: Vec<ListEntry>,
        listed: EntityId,
    },
}

/// The seeds of a regime in a graph.
#[derive(Debug, Clone, Default)]
pub(crate) struct Founders {
    /// The seeds that count as one, each group tested alone where the regime does not add up.
    pub(crate) groups: Vec<Group>,
    /// Whether each is certainly a seed.
    of: FxHashMap<u32, bool>,
    definite: usize,
}

/// Seeds that are added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) definite: Vec<u32>,
    /// Those that are certainly seeds, and those that may be.
    pub(crate) possible: Vec<u32>,
}

impl Founders {
    pub(crate) fn of(graph: &Graph, regime: &Regime) -> Self {
        let mut of = FxHashMap::default();
        let mut add = |entity: u32, certain: bool| {
            // Who is known by a name only may be somebody else.
            let certain = certain && graph.kind(EntityId(entity)) != EntityKind::Unresolved;
            *of.entry(entity).or_insert(false) |= certain;
        };
        for (entity, entry) in graph.listed() {
            if let Some(certain) = regime.seeds.names(entry) {
                add(*entity, certain);
            }
        }
        for alike in graph.alike() {
            if regime.seeds.names(&alike.entry).is_some() {
                add(alike.entity, false);
            }
        }
        for key in &regime.seeds.entities {
            if let Some(entity) = graph.find(key.as_str()) {
                add(entity.0, true);
            }
        }
        if regime.seeds.by_place() {
            for entity in graph.ids() {
                if let Some((certain, _)) = regime.seeds.place_of(graph, entity) {
                    add(entity.0, certain);
                }
            }
        }
        Self::grouped(graph, regime, of)
    }

    /// Looks again at whether some entities are seeds; says whether anything changed.
    pub(crate) fn restate(&mut self, graph: &Graph, regime: &Regime, entities: &[u32]) -> bool {
        let mut changed = false;
        for &entity in entities {
            let now = status(graph, regime, EntityId(entity));
            if self.of.get(&entity).copied() == now {
                continue;
            }
            changed = true;
            match now {
                Some(certain) => self.of.insert(entity, certain),
                None => self.of.remove(&entity),
            };
        }
        self.definite = if changed { self.of.values().filter(|certain| **certain).count() } else { self.definite };
        if changed && regime.aggregate != Aggregate::AllSeeds {
            *self = Self::grouped(graph, regime, std::mem::take(&mut self.of));
        }
        changed
    }

    fn grouped(graph: &Graph, regime: &Regime, of: FxHashMap<u32, bool>) -> Self {
        let mut seeds: Vec<(u32, bool)> = of.iter().map(|(&entity, &certain)| (entity, certain)).collect();
        seeds.sort_unstable();
        let definite = seeds.iter().filter(|(_, certain)| *certain).count();
        let groups = match regime.aggregate {
            Aggregate::AllSeeds => vec![Group::of(&seeds)],
            Aggregate::SingleSeed => seeds.iter().map(|seed| Group::of(&[*seed])).collect(),
            Aggregate::JointGroups => {
                let mut joint = FxHashSet::default();
                let mut groups = Vec::new();
                for keys in &regime.joint_groups {
                    let ids: FxHashSet<u32> =
                        keys.iter().filter_map(|key| graph.find(key.as_str())).map(|id| id.0).collect();
                    let members: Vec<_> = seeds.iter().copied().filter(|(seed, _)| ids.contains(seed)).collect();
                    if !members.is_empty() {
                        joint.extend(members.iter().map(|(seed, _)| *seed));
                        groups.push(Group::of(&members));
                    }
                }
                let rest = seeds.iter().filter(|(seed, _)| !joint.contains(seed));
                groups.extend(rest.map(|seed| Group::of(&[*seed])));
                groups
            }
        };
        Self { groups, of, definite }
    }

    /// All seeds, with or without those that only may be.
    pub(crate) fn all(&self, possible: bool) -> Vec<u32> {
        let of = |group: &Group| if possible { group.possible.clone() } else { group.definite.clone() };
        self.groups.iter().flat_map(of).collect()
    }

    pub(crate) fn is_seed(&self, entity: u32) -> bool {
        self.of.get(&entity) == Some(&true)
    }

    /// Whether an entity may be a seed, and is not certainly one.
    pub(crate) fn is_possible(&self, entity: u32) -> bool {
        self.of.get(&entity) == Some(&false)
    }

    pub(crate) fn contains(&self, entity: u32) -> bool {
        self.of.contains_key(&entity)
    }

    pub(crate) fn definite(&self) -> usize {
        self.definite
    }
}

impl Group {
    fn of(seeds: &[(u32, bool)]) -> Self {
        let certain = seeds.iter().filter(|(_, certain)| *certain);
        Self {
            definite: certain.map(|(seed, _)| *seed).collect(),
            possible: seeds.iter().map(|(seed, _)| *seed).collect(),
        }
    }
}

impl SeedList {
    /// Whether it names an entry, and for certain: under which programme an entry stands is not always said.
    fn names(&self, entry: &ListEntry) -> Option<bool> {
        if self.list != entry.list {
            return None;
        }
        match &entry.programme {
            _ if self.programmes.is_empty() => Some(true),
            None => Some(false),
            Some(programme) if self.programmes.contains(programme) => Some(true),
            Some(programme) => {
                let other_words = is_compiled(programme) && !self.programmes.iter().any(|known| is_compiled(known));
                other_words.then_some(false)
            }
        }
    }
}

/// Whether a programme is written as compilers of many lists write it, `US-RUSHAR`, which says nothing of the list's own tag for it.
fn is_compiled(programme: &str) -> bool {
    matches!(programme.as_bytes(), [a, b, b'-', ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase())
}

impl Seeds {
    /// Whether a list of the regime names an entry, and for certain.
    pub(crate) fn names(&self, entry: &ListEntry) -> Option<bool> {
        self.lists.iter().filter_map(|list| list.names(entry)).max()
    }

    fn by_place(&self) -> bool {
        !self.headquartered_in.is_empty() || !self.incorporated_in.is_empty()
    }

    /// Whether a company is a seed by where it is; persons and states never are.
    fn place_of(&self, graph: &Graph, entity: EntityId) -> Option<(bool, Founder)> {
        if graph.kind(entity) != EntityKind::Company {
            return None;
        }
        let within =
            |places: &[crate::Place], place: crate::Place| places.contains(&place) || places.contains(&place.country());
        let incorporated = graph.jurisdiction(entity);
        if let Some(place) = incorporated.filter(|&place| within(&self.incorporated_in, place)) {
            return Some((true, Founder::Incorporated(place)));
        }
        match graph.headquarters(entity) {
            Some(place) => within(&self.headquartered_in, place).then_some((true, Founder::Headquartered(place))),
            None => {
                let place = incorporated.filter(|&place| within(&self.headquartered_in, place))?;
                match self.unknown_headquarters {
                    UnknownHeadquarters::ByIncorporation => Some((true, Founder::Incorporated(place))),
                    UnknownHeadquarters::Possible => Some((false, Founder::Incorporated(place))),
                    UnknownHeadquarters::Ignore => None,
                }
            }
        }
    }
}

/// Whether an entity is a seed, and certainly one.
fn status(graph: &Graph, regime: &Regime, entity: EntityId) -> Option<bool> {
    let certain = match founder(graph, regime, entity)? {
        Founder::Listed(entries) => entries.iter().any(|entry| regime.seeds.names(entry) == Some(true)),
        Founder::Named => true,
        Founder::Alike { .. } => false,
        Founder::Headquartered(_) | Founder::Incorporated(_) => regime.seeds.place_of(graph, entity)?.0,
    };
    Some(certain && graph.kind(entity) != EntityKind::Unresolved)
}

/// Why an entity is a seed of a regime, where it is one.
pub(crate) fn founder(graph: &Graph, regime: &Regime, entity: EntityId) -> Option<Founder> {
    let entries: Vec<ListEntry> =
        graph.lists(entity).filter(|entry| regime.seeds.names(entry).is_some()).cloned().collect();
    let certain = entries.iter().any(|entry| regime.seeds.names(entry) == Some(true));
    if certain {
        return Some(Founder::Listed(entries));
    }
    if regime.seeds.entities.iter().any(|key| key.as_str() == graph.key(entity)) {
        return Some(Founder::Named);
    }
    if let Some((_, founder)) = regime.seeds.place_of(graph, entity) {
        return Some(founder);
    }
    if !entries.is_empty() {
        return Some(Founder::Listed(entries));
    }
    let alike = || graph.alike_of(entity.0).filter(|alike| regime.seeds.names(&alike.entry).is_some());
    let listed = EntityId(alike().next()?.listed);
    Some(Founder::Alike { entries: alike().map(|alike| alike.entry.clone()).collect(), listed })
}
