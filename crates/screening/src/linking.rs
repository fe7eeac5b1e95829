//! Parties of the graph whose names are like one that a list names.
//!
//! Lists and registers seldom share identifiers. A name alone proves nothing, so that what is found here makes a standing possible, never
//! definite; who shares an identifier is one entity already. Whom one source names under two keys, that source holds apart, and so do we.

use ownership::{
    EntityId, Graph, ListEntry,
    names::{Bearer, Parsed, score},
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Dossier;

/// From this score on a name says that it may be the same. Above the usual threshold, since nobody looks at each of these pairs.
const ALIKE: f32 = 0.92;
/// People share names more than organisations do.
const ALIKE_PERSON: f32 = 0.97;
/// A word of more listed names than this finds nobody by itself.
const COMMON: usize = 60;
/// Listed names that one name is compared with.
const COMPARED: usize = 200;

/// A name of somebody on a list, read once.
struct Listed {
    entity: EntityId,
    parsed: Parsed,
}

/// Every name of an entity.
fn names<'a>(
    graph: &'a Graph,
    dossiers: &'a FxHashMap<EntityId, Dossier>,
    entity: EntityId,
) -> impl Iterator<Item = &'a str> {
    let dossier = dossiers.get(&entity).map_or(&[][..], |dossier| &dossier.names);
    let own = dossier.is_empty().then(|| graph.name(entity));
    dossier.iter().map(|name| name.text.as_str()).chain(own)
}

/// Says of every party that may be one on a list that it may be; gives how many there are.
pub(crate) fn link(graph: &mut Graph, dossiers: &FxHashMap<EntityId, Dossier>) -> usize {
    let (listed, words) = listed(graph, dossiers);
    if listed.is_empty() {
        return 0;
    }
    let mut found: Vec<(EntityId, ListEntry, EntityId)> = Vec::new();
    let parties = graph.ids().filter(|entity| graph.is_described(*entity) && graph.lists(*entity).next().is_none());
    for entity in parties {
        let bearer = Bearer::from(graph.kind(entity));
        let mut seen = FxHashSet::default();
        for name in names(graph, dossiers, entity) {
            let near: Vec<u32> = near(name, &words).into_iter().filter(|number| seen.insert(*number)).collect();
            let Some(parsed) = (!near.is_empty()).then(|| Parsed::new(name, bearer).ok()).flatten() else { continue };
            let enough = if bearer == Bearer::Person { ALIKE_PERSON } else { ALIKE };
            for number in near {
                let Some(Listed { entity: other, parsed: theirs }) = listed.get(number as usize) else { continue };
                if !held_apart(dossiers, entity, *other) && score(&parsed, theirs).score >= enough {
                    found.extend(graph.lists(*other).map(|entry| (entity, entry.clone(), *other)));
                }
            }
        }
    }
    let count = found.iter().map(|(entity, ..)| *entity).collect::<FxHashSet<_>>().len();
    for (entity, entry, other) in found {
        graph.list_alike(entity, entry, other);
    }
    count
}

/// Whether a source describes both, each under a key of its own. What only plain CSV describes counts as of one source.
fn held_apart(dossiers: &FxHashMap<EntityId, Dossier>, one: EntityId, other: EntityId) -> bool {
    match (dossiers.get(&one), dossiers.get(&other)) {
        (Some(one), Some(other)) => one.sources.iter().any(|source| other.sources.contains(source)),
        (None, None) => true,
        _ => false,
    }
}

/// The names of those on lists, and by each word that is not common which of them have it.
fn listed(graph: &Graph, dossiers: &FxHashMap<EntityId, Dossier>) -> (Vec<Listed>, FxHashMap<String, Vec<u32>>) {
    let mut listed = Vec::new();
    let mut words: FxHashMap<String, Vec<u32>> = FxHashMap::default();
    for entity in graph.ids().filter(|entity| graph.lists(*entity).next().is_some()) {
        let bearer = Bearer::from(graph.kind(entity));
        for name in names(graph, dossiers, entity) {
            let Ok(parsed) = Parsed::new(name, bearer) else { continue };
            let number = u32::try_from(listed.len()).unwrap_or(u32::MAX);
            for word in split(name) {
                words.entry(word).or_default().push(number);
            }
            listed.push(Listed { entity, parsed });
        }
    }
    words.retain(|_, of| of.len() <= COMMON);
    (listed, words)
}

/// Listed names that share a word which few have.
fn near(name: &str, words: &FxHashMap<String, Vec<u32>>) -> Vec<u32> {
    let mut near: Vec<u32> = split(name).filter_map(|word| words.get(&word)).flatten().copied().collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(COMPARED);
    near
}

/// Words as they stand, in small letters. Names in other scripts meet only names in the same one here.
fn split(name: &str) -> impl Iterator<Item = String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 2);
    words.map(str::to_lowercase)
}
