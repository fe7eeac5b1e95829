//! A graph whose verdicts follow each statement that is added or withdrawn.
//!
//! Where all seeds are added up, a withdrawal takes out of the set whatever no longer stands on owners that were caught before it, and then
//! lets back in what still passes. Ranks make that safe in cycles: companies that only hold each other have nobody before them to stand on.

mod apart;
mod update;

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Closure, Disclosure, EntityId, EntityKey, Graph, ListEntry, Party, Regime, RegimeId, Standing, Statement, Verdict,
    closure::{Marks, Sets},
};

/// A graph with the closures of some regimes, kept up to date.
#[derive(Debug, Clone)]
pub struct Live {
    graph: Graph,
    kept: Vec<Kept>,
}

/// A regime with its closure.
#[derive(Debug, Clone)]
struct Kept {
    regime: Regime,
    closure: Closure,
}

/// One edit of what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    State(Statement),
    /// Takes back an interest or a gap that was stated in exactly these words.
    Withdraw(Statement),
    List(EntityKey, ListEntry),
    Unlist(EntityKey, ListEntry),
}

/// That an entity's standing has changed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    pub entity: Party,
    pub regime: RegimeId,
    pub before: Verdict,
    pub after: Verdict,
    pub why: String,
}

/// Why an edit was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("nothing was stated about `{about}` in exactly these words, so nothing can be withdrawn")]
    NotStated { about: String },
    #[error("the description of `{key}` cannot be withdrawn by itself; load the statements anew")]
    Description { key: String },
}

/// What a run's set held before an edit, of what changed.
pub(crate) type Log = FxHashMap<u32, bool>;

impl Live {
    /// Closes a graph under each regime.
    pub fn new(graph: Graph, regimes: Vec<Regime>, on: Date, disclosure: Disclosure) -> Self {
        let kept = regimes.into_iter().map(|regime| {
            let closure = Closure::of(&graph, &regime, on, disclosure);
            Kept { regime, closure }
        });
        let kept = kept.collect();
        Self { graph, kept }
    }

    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    pub fn regimes(&self) -> impl Iterator<Item = &Regime> {
        self.kept.iter().map(|kept| &kept.regime)
    }

    pub fn closure(&self, regime: &str) -> Option<&Closure> {
        self.kept(regime).map(|kept| &kept.closure)
    }

    pub fn standing(&self, regime: &str, entity: EntityId) -> Option<Standing> {
        self.kept(regime).map(|kept| kept.closure.standing(&self.graph, &kept.regime, entity))
    }

    /// Makes an edit; gives every entity whose verdict it changed. An edit that cannot be made changes nothing.
    pub fn apply(&mut self, edit: &Edit) -> Result<Vec<Change>, EditError> {
        self.refuse(edit)?;
        let met = self.touched(edit);
        let before: Vec<Before> = self.kept.iter().map(|kept| kept.before(&self.graph, &met)).collect();
        self.make(edit)?;
        // Once more: entities may be new.
        let touched = self.touched(edit);
        let why = edit.to_string();
        let mut changes = Vec::new();
        for (kept, before) in self.kept.iter_mut().zip(before) {
            changes.extend(kept.follow(&self.graph, &touched, before, &why));
        }
        Ok(changes)
    }

    fn kept(&self, regime: &str) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.regime.id.as_str() == regime)
    }

    fn refuse(&self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::Withdraw(Statement::Entity(entity)) => {
                Err(EditError::Description { key: entity.key.as_str().escape_debug().to_string() })
            }
            _ => Ok(()),
        }
    }

    fn make(&mut self, edit: &Edit) -> Result<(), EditError> {
        let graph = &mut self.graph;
        let made = match edit {
            Edit::State(Statement::Entity(entity)) => Some(graph.add_entity(entity)),
            Edit::State(Statement::Interest(interest)) => Some(graph.add_interest(interest)),
            Edit::State(Statement::Gap(gap)) => Some(graph.add_gap(gap)),
            Edit::Withdraw(Statement::Interest(interest)) => graph.withdraw_interest(interest),
            Edit::Withdraw(Statement::Gap(gap)) => graph.withdraw_gap(gap),
            Edit::Withdraw(Statement::Entity(_)) => None,
            Edit::List(key, entry) => Some(graph.add_list_entry(key, entry)),
            Edit::Unlist(key, entry) => graph.withdraw_list_entry(key, entry),
        };
        made.map(|_| ()).ok_or_else(|| {
            let about = edit.keys().last().map_or_else(String::new, |key| key.as_str().escape_debug().to_string());
            EditError::NotStated { about }
        })
    }

    /// The entities whose own facts an edit changed, and those of which it may have made or broken the chain behind a summary.
    fn touched(&self, edit: &Edit) -> Vec<u32> {
        let mut touched: Vec<u32> =
            edit.keys().iter().filter_map(|key| self.graph.find(key.as_str())).map(|id| id.0).collect();
        if let Edit::State(Statement::Interest(interest)) | Edit::Withdraw(Statement::Interest(interest)) = edit
            && let Some(owned) = self.graph.find(interest.owned.as_str())
        {
            touched.extend(self.graph.summarised_below(owned.0));
        }
        touched.sort_unstable();
        touched.dedup();
        touched
    }
}

/// What a closure said before an edit of the entities that it meets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Before {
    verdicts: FxHashMap<u32, Verdict>,
    /// Where each seed is tested alone: the groups that the edit may reach, with their members.
    groups: FxHashMap<u32, Vec<u32>>,
    /// Where everything is computed anew.
    all: Vec<Verdict>,
}

impl Kept {
    fn before(&self, graph: &Graph, met: &[u32]) -> Before {
        let verdicts = met.iter().map(|&entity| (entity, self.closure.verdict(graph, EntityId(entity)))).collect();
        let (mut groups, mut all) = (FxHashMap::default(), Vec::new());
        match &self.closure.sets {
            Sets::Together { .. } => {}
            Sets::Apart(of) => groups = apart::affected(graph, &self.closure, of, met),
            Sets::Multiplied(_) => all = self.closure.verdicts(graph).map(|(_, verdict)| verdict).collect(),
        }
        Before { verdicts, groups, all }
    }

    fn follow(&mut self, graph: &Graph, touched: &[u32], before: Before, why: &str) -> Vec<Change> {
        let founders_changed = self.closure.founders.restate(graph, &self.regime, touched);
        let changed = match &mut self.closure.sets {
            Sets::Together { .. } => return self.follow_together(graph, touched, &before, why),
            Sets::Apart(of) if !founders_changed => {
                apart::follow(graph, &self.closure.rule, &self.closure.founders, of, &before.groups)
            }
            Sets::Apart(_) | Sets::Multiplied(_) => return self.anew(graph, before, why),
        };
        let absent = self.closure.absent_verdicts(graph);
        let candidates: FxHashSet<u32> = changed.keys().copied().chain(touched.iter().copied()).collect();
        self.changes(graph, candidates, why, |kept, entity| {
            before.verdicts.get(&entity).copied().unwrap_or_else(|| match changed.get(&entity) {
                _ if kept.closure.founders.is_seed(entity) => Verdict::Seed,
                Some((true, _)) => Verdict::Caught,
                Some((false, true)) => Verdict::Possible,
                _ => absent(entity),
            })
        })
    }

    fn follow_together(&mut self, graph: &Graph, touched: &[u32], before: &Before, why: &str) -> Vec<Change> {
        let (low, high) = update::both(graph, &mut self.closure, touched);
        let mut candidates: FxHashSet<u32> = low.keys().chain(high.keys()).copied().collect();
        let nominees: Vec<u32> =
            candidates.iter().flat_map(|&owner| graph.owned_by(owner)).filter(|&e| graph.is_nominee(e)).collect();
        candidates.extend(nominees);
        candidates.extend(touched);
        self.changes(graph, candidates, why, |kept, entity| {
            before
                .verdicts
                .get(&entity)
                .copied()
                .unwrap_or_else(|| kept.closure.verdict_with(graph, entity, &low, &high))
        })
    }

    /// Computes everything again and compares.
    fn anew(&mut self, graph: &Graph, before: Before, why: &str) -> Vec<Change> {
        let new = Closure::of(graph, &self.regime, self.closure.on(), self.closure.disclosure());
        let old = std::mem::replace(&mut self.closure, new);
        let all = graph.ids().map(|id| id.0).collect();
        self.changes(graph, all, why, |kept, entity| {
            let known = before.verdicts.get(&entity).or_else(|| before.all.get(entity as usize));
            known.copied().unwrap_or_else(|| match &old.sets {
                Sets::Apart(of) => old.verdict_apart(graph, entity, of),
                _ => crate::closure::absent(graph, &kept.closure.rule, entity, kept.closure.disclosure()),
            })
        })
    }

    fn changes(
        &self,
        graph: &Graph,
        candidates: FxHashSet<u32>,
        why: &str,
        before: impl Fn(&Self, u32) -> Verdict,
    ) -> Vec<Change> {
        let mut candidates: Vec<u32> = candidates.into_iter().collect();
        candidates.sort_unstable();
        let change = |entity: u32| {
            let (before, after) = (before(self, entity), self.closure.verdict(graph, EntityId(entity)));
            (before != after).then(|| Change {
                entity: Party {
                    id: graph.key(EntityId(entity)).to_owned(),
                    name: graph.name(EntityId(entity)).to_owned(),
                },
                regime: self.regime.id.clone(),
                before,
                after,
                why: why.to_owned(),
            })
        };
        candidates.into_iter().filter_map(change).collect()
    }
}

impl Edit {
    /// The entities that it names, the one that it is about last.
    fn keys(&self) -> Vec<&EntityKey> {
        match self {
            Self::State(statement) | Self::Withdraw(statement) => match statement {
                Statement::Entity(entity) => vec![&entity.key],
                Statement::Interest(interest) => vec![&interest.owner, &interest.owned],
                Statement::Gap(gap) => vec![&gap.about],
            },
            Self::List(key, _) | Self::Unlist(key, _) => vec![key],
        }
    }
}

impl std::fmt::Display for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (verb, statement) = match self {
            Self::State(statement) => ("stated", statement),
            Self::Withdraw(statement) => ("withdrawn", statement),
            Self::List(key, entry) => return write!(f, "{key} was put on the list {}", entry.list),
            Self::Unlist(key, entry) => return write!(f, "{key} was taken off the list {}", entry.list),
        };
        match statement {
            Statement::Entity(entity) => write!(f, "{verb}: a description of {} ({})", entity.key, entity.source),
            Statement::Gap(gap) => {
                write!(f, "{verb}: the owners of {} are not known, {} ({})", gap.about, gap.reason, gap.source)
            }
            Statement::Interest(interest) => {
                let share =
                    interest.share.map_or_else(|| "a share without a figure".to_owned(), |share| share.to_string());
                let kind = interest.kind.name();
                write!(
                    f,
                    "{verb}: {} holds {share} of {}, {kind} ({})",
                    interest.owner, interest.owned, interest.source
                )
            }
        }
    }
}

impl Closure {
    /// The verdict as it was before the sets changed as logged.
    fn verdict_with(&self, graph: &Graph, entity: u32, low: &Log, high: &Log) -> Verdict {
        let Sets::Together { lower, upper } = &self.sets else { return self.verdict(graph, EntityId(entity)) };
        let was = |log: &Log, marks: &dyn Marks, entity: u32| {
            log.get(&entity).copied().unwrap_or_else(|| marks.holds(entity))
        };
        let (definite, possible) =
            self.together(graph, entity, &|owner| was(low, lower, owner), &|owner| was(high, upper, owner));
        self.judge(graph, entity, definite, possible)
    }

    fn absent_verdicts<'c>(&'c self, graph: &'c Graph) -> impl Fn(u32) -> Verdict + 'c {
        move |entity| crate::closure::absent(graph, &self.rule, entity, self.disclosure())
    }
}
