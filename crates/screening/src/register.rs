//! Everything that was loaded, in memory: the graph, the names, the regimes; and the closures that were asked for.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use jiff::civil::Date;
use ownership::{
    Closure, Disclosure, EntityId, EntityKey, EntityKind, Graph, Regime, Regimes, Standing, Verdict,
    names::{Bearer, Candidate, Index, NameError, Scratch},
};
use rustc_hash::FxHashMap;

use crate::{
    Dossier,
    dossier::binding,
    linking,
    question::{Hit, spelled},
};

/// A loaded folder, ready to be asked. Immutable; a changed folder makes a new one.
#[derive(Debug)]
pub struct Register {
    graph: Graph,
    alike: usize,
    dossiers: FxHashMap<EntityId, Dossier>,
    /// Binding identifiers, in one spelling.
    identifiers: FxHashMap<String, EntityId>,
    index: OnceLock<Searched>,
    /// Names in small letters in the order of the alphabet, for whoever types the beginning of one.
    beginnings: OnceLock<Vec<(Box<str>, EntityId)>>,
    regimes: Regimes,
    disclosure: Disclosure,
    closures: Mutex<VecDeque<Kept>>,
}

/// The names, and whose they are by the index's numbers.
#[derive(Debug)]
struct Searched {
    index: Index,
    entities: Vec<EntityId>,
}

/// A closure that was asked for, by regime and day.
#[derive(Debug, Clone)]
struct Kept {
    regime: String,
    on: Date,
    closure: Arc<Closure>,
}

/// Closures that are kept; each takes about two bytes an entity.
const MOST_CLOSURES: usize = 16;

/// A regime that nobody has defined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no regime `{asked}`; there are {known}")]
pub struct UnknownRegime {
    asked: String,
    known: String,
}

impl Register {
    pub(crate) fn new(
        mut graph: Graph,
        dossiers: FxHashMap<EntityKey, Dossier>,
        identifiers: FxHashMap<String, EntityKey>,
    ) -> Self {
        let mut by_id: FxHashMap<EntityId, Dossier> = FxHashMap::default();
        for (key, dossier) in dossiers {
            let Some(entity) = graph.find(key.as_str()) else { continue };
            match by_id.get_mut(&entity) {
                Some(known) => known.join(dossier),
                None => {
                    by_id.insert(entity, dossier);
                }
            }
        }
        let alike = linking::link(&mut graph, &by_id);
        let find = |(identifier, key): (String, EntityKey)| Some((identifier, graph.find(key.as_str())?));
        let identifiers = identifiers.into_iter().filter_map(find).collect();
        Self {
            graph,
            alike,
            dossiers: by_id,
            identifiers,
            index: OnceLock::new(),
            beginnings: OnceLock::new(),
            regimes: Regimes::shipped(),
            disclosure: Disclosure::AsStated,
            closures: Mutex::new(VecDeque::new()),
        }
    }

    /// The same with an operator's regimes in place of the shipped ones.
    #[must_use]
    pub fn with_regimes(mut self, regimes: Regimes) -> Self {
        self.regimes = regimes;
        self.closures = Mutex::new(VecDeque::new());
        self
    }

    /// The same with another view of owners that nobody states.
    #[must_use]
    pub fn with_disclosure(mut self, disclosure: Disclosure) -> Self {
        self.disclosure = disclosure;
        self.closures = Mutex::new(VecDeque::new());
        self
    }

    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    pub fn regimes(&self) -> &Regimes {
        &self.regimes
    }

    pub fn regime(&self, id: &str) -> Result<&Regime, UnknownRegime> {
        self.regimes.get(id).ok_or_else(|| UnknownRegime {
            asked: id.chars().take(64).collect::<String>().escape_debug().to_string(),
            known: self.regimes.iter().map(|regime| regime.id.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// What is kept of an entity beside the graph; of one that only plain CSV describes, nothing.
    pub fn dossier(&self, entity: EntityId) -> Option<&Dossier> {
        self.dossiers.get(&entity)
    }

    /// The name that is shown.
    pub fn caption(&self, entity: EntityId) -> &str {
        self.dossier(entity).and_then(Dossier::caption).unwrap_or_else(|| self.graph.name(entity))
    }

    /// An entity by its key, or by an identifier that means one entity: a LEI, or `REGISTER:NUMBER`.
    pub fn by_id(&self, text: &str) -> Option<EntityId> {
        let text = text.trim();
        self.graph.find(text).or_else(|| spelled(text).find_map(|id| self.identifiers.get(&id).copied()))
    }

    /// The entity that an identifier means.
    pub fn by_identifier(&self, identifier: &ownership::Identifier) -> Option<EntityId> {
        self.identifiers.get(&binding(identifier)?).copied()
    }

    /// Entities whose names are most like one, best first. The first search makes the index.
    pub fn search(&self, name: &str, bearer: Bearer, limit: usize) -> Result<Vec<Hit>, NameError> {
        let mut scratch = Scratch::default();
        let Searched { index, entities } = self.searched();
        let found = index.search(name, bearer, limit, &mut scratch)?;
        let hit = |candidate: Candidate| {
            let entity = *entities.get(usize::try_from(candidate.entity).ok()?)?;
            Some(Hit { entity, name: candidate.name, found: candidate.found })
        };
        Ok(found.into_iter().filter_map(hit).collect())
    }

    /// Entities with a name that begins so, in the order of the alphabet. The first question sorts the names.
    pub fn beginning(&self, text: &str, limit: usize) -> Vec<EntityId> {
        let text = text.trim().to_lowercase();
        let names = self.beginnings.get_or_init(|| {
            let searched = self.graph.ids().filter(|entity| self.is_searched(*entity));
            let named = searched.flat_map(|entity| self.names_of(entity, 0).map(move |(_, name, _)| (name, entity)));
            let mut names: Vec<(Box<str>, EntityId)> =
                named.map(|(name, entity)| (name.to_lowercase().into(), entity)).collect();
            names.sort_unstable();
            names
        });
        let from = names.partition_point(|(name, _)| **name < *text);
        let mut found = Vec::new();
        for (_, entity) in names.iter().skip(from).take_while(|(name, _)| name.starts_with(&text)) {
            if found.len() >= limit {
                break;
            }
            if !found.contains(entity) {
                found.push(*entity);
            }
        }
        found
    }

    /// How many parties have a name like one on a list, and may be those.
    pub fn alike(&self) -> usize {
        self.alike
    }

    /// How many names are searched.
    pub fn names(&self) -> usize {
        self.searched().index.len()
    }

    /// Explains an entity's standing under a regime on a day.
    pub fn standing(&self, regime: &str, on: Date, entity: EntityId) -> Result<Standing, UnknownRegime> {
        let closure = self.closure(regime, on)?;
        Ok(closure.standing(&self.graph, self.regime(regime)?, entity))
    }

    /// The verdict alone, which costs far less than the standing.
    pub fn verdict(&self, regime: &str, on: Date, entity: EntityId) -> Result<Verdict, UnknownRegime> {
        Ok(self.closure(regime, on)?.verdict(&self.graph, entity))
    }

    /// The closure of a regime on a day, computed when it is first asked for.
    pub fn closure(&self, regime: &str, on: Date) -> Result<Arc<Closure>, UnknownRegime> {
        let rule = self.regime(regime)?;
        let same = |kept: &&Kept| kept.regime == regime && kept.on == on;
        // Held while one is computed: a second caller would only compute the same.
        let mut closures = self.closures.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = closures.iter().find(same) {
            return Ok(Arc::clone(&kept.closure));
        }
        let closure = Arc::new(Closure::of(&self.graph, rule, on, self.disclosure));
        closures.truncate(MOST_CLOSURES - 1);
        closures.push_front(Kept { regime: regime.to_owned(), on, closure: Arc::clone(&closure) });
        Ok(closure)
    }

    fn searched(&self) -> &Searched {
        self.index.get_or_init(|| {
            let entities: Vec<EntityId> = self.graph.ids().filter(|entity| self.is_searched(*entity)).collect();
            let names = entities.iter().zip(0u32..).flat_map(|(entity, number)| self.names_of(*entity, number));
            let (index, left_out) = Index::build(names);
            if left_out > 0 {
                tracing::warn!(names = left_out, "names that cannot be read are not searched");
            }
            Searched { index, entities }
        })
    }

    /// Every name of an entity, with its number in the index.
    fn names_of(&self, entity: EntityId, number: u32) -> impl Iterator<Item = (u32, &str, Bearer)> {
        let bearer = Bearer::from(self.graph.kind(entity));
        let dossier = self.dossier(entity).map_or(&[][..], |dossier| &dossier.names);
        let own = dossier.is_empty().then(|| self.graph.name(entity));
        let names = dossier.iter().map(|name| name.text.as_str()).chain(own);
        names.map(move |name| (number, name, bearer))
    }

    fn is_searched(&self, entity: EntityId) -> bool {
        self.graph.is_described(entity) && self.graph.kind(entity) != EntityKind::Joint
    }
}
