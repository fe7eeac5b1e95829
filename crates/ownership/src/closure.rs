//! Who is caught under a regime on a day: the least set that holds the seeds and everything that its members own by enough.
//!
//! Run twice, once with the lower bounds and once with the upper ones. What the first holds is caught under every reading of what is stated;
//! what only the second holds, under at least one. Both are exact: the step is monotone, and the stakes in one entity vary independently of
//! those in another.

mod multiplied;
mod rule;
mod run;
mod seeds;
mod weigh;

use jiff::civil::Date;
use rustc_hash::FxHashMap;

pub use seeds::Founder;

pub(crate) use multiplied::{Effective, of_group, shares as shares_of};
pub(crate) use rule::{Bound, Effect, MAJORITY, Rule, SEED};
pub(crate) use run::{Dense, Marks, Sparse, is_certain, run};
pub(crate) use seeds::{Founders, Group, founder};
pub(crate) use weigh::{Weighed, position, weigh};

use crate::{Aggregate, EntityId, EntityKind, Force, Graph, Indirect, Problem, Regime, graph::Day};

/// What ownership says of an entity under a regime on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Caught by itself: on a list, or by its head office.
    Seed,
    /// Under every reading of what is stated.
    Caught,
    /// Under at least one reading, and not under every one.
    Possible,
    /// Under none.
    Clear,
    /// Nothing usable is stated about its owners, or what is stated contradicts itself.
    Unknown,
}

/// What to think of owners that nobody states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Disclosure {
    /// An entity about whose owners nothing is stated is unknown.
    #[default]
    AsStated,
    /// All owners that matter are stated; what is not stated belongs to parties that are no seeds.
    Complete,
}

/// The verdicts of one regime on one day.
#[derive(Debug, Clone)]
pub struct Closure {
    pub(crate) rule: Rule,
    pub(crate) founders: Founders,
    pub(crate) sets: Sets,
    /// Edits have changed the sets since their levels were computed.
    pub(crate) stale_levels: bool,
    force: Force,
    on: Date,
    disclosure: Disclosure,
}

#[derive(Debug, Clone)]
pub(crate) enum Sets {
    Together { lower: Dense, upper: Dense },
    Apart(FxHashMap<u32, Vec<Membership>>),
    Multiplied(FxHashMap<u32, Effective>),
}

/// That an entity is in the set of one group of seeds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Membership {
    pub(crate) group: u32,
    /// In the lower run's set as well.
    pub(crate) definite: bool,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Caught => "caught",
            Self::Possible => "possible",
            Self::Clear => "clear",
            Self::Unknown => "unknown",
        }
    }
}

impl Closure {
    /// Computes who is caught. Uses two threads where all seeds are added up.
    pub fn of(graph: &Graph, regime: &Regime, on: Date, disclosure: Disclosure) -> Self {
        let rule = Rule::of(regime, on);
        let founders = Founders::of(graph, regime);
        let sets = match (regime.indirect, regime.aggregate) {
            (Indirect::Multiplied, _) => Sets::Multiplied(multiplied::all(graph, &rule, &founders)),
            (Indirect::Cascade, Aggregate::AllSeeds) => together(graph, &rule, &founders),
            (Indirect::Cascade, _) => apart(graph, &rule, &founders),
        };
        Self { rule, founders, sets, stale_levels: false, force: regime.force(on), on, disclosure }
    }

    pub fn verdict(&self, graph: &Graph, entity: EntityId) -> Verdict {
        let entity = entity.0;
        let (definite, possible) = match &self.sets {
            Sets::Together { lower, upper } => {
                self.together(graph, entity, &|owner| lower.holds(owner), &|owner| upper.holds(owner))
            }
            Sets::Apart(of) => return self.verdict_apart(graph, entity, of),
            Sets::Multiplied(of) => {
                let effective = of.get(&entity).copied().unwrap_or_default();
                (self.rule.reached(effective.lower), self.rule.reached(effective.upper))
            }
        };
        self.judge(graph, entity, definite, possible)
    }

    /// Every entity with its verdict.
    pub fn verdicts<'c>(&'c self, graph: &'c Graph) -> impl Iterator<Item = (EntityId, Verdict)> + 'c {
        graph.ids().map(|entity| (entity, self.verdict(graph, entity)))
    }

    pub fn force(&self) -> &Force {
        &self.force
    }

    pub fn on(&self) -> Date {
        self.on
    }

    pub fn disclosure(&self) -> Disclosure {
        self.disclosure
    }

    /// How many entities are caught by themselves.
    pub fn seeds(&self) -> usize {
        self.founders.definite()
    }

    pub(crate) fn verdict_apart(&self, graph: &Graph, entity: u32, of: &FxHashMap<u32, Vec<Membership>>) -> Verdict {
        let of = of.get(&entity).map_or(&[][..], Vec::as_slice);
        self.judge(graph, entity, of.iter().any(|membership| membership.definite), !of.is_empty())
    }

    /// Whether an entity is definitely and possibly caught, by the sets of the two runs.
    pub(crate) fn together(
        &self,
        graph: &Graph,
        entity: u32,
        lower: &dyn Fn(u32) -> bool,
        upper: &dyn Fn(u32) -> bool,
    ) -> (bool, bool) {
        if !graph.is_nominee(entity) {
            return (lower(entity), upper(entity));
        }
        // What a nominee holds counts for its nominators; whether it is caught itself is another question.
        let own = |bound, counts: &dyn Fn(u32) -> bool| {
            weigh(graph, &self.rule, entity, counts).position(&self.rule, bound) >= self.rule.position()
        };
        let possible = self.founders.is_possible(entity) || own(Bound::Upper, upper);
        (own(Bound::Lower, lower), possible)
    }

    pub(crate) fn judge(&self, graph: &Graph, entity: u32, definite: bool, possible: bool) -> Verdict {
        if self.founders.is_seed(entity) {
            Verdict::Seed
        } else if definite {
            Verdict::Caught
        } else if possible {
            Verdict::Possible
        } else {
            absent(graph, &self.rule, entity, self.disclosure)
        }
    }
}

/// The verdict on an entity that no run has caught.
pub(crate) fn absent(graph: &Graph, rule: &Rule, entity: u32, disclosure: Disclosure) -> Verdict {
    if contradicts(graph, entity, rule.day) {
        return Verdict::Unknown;
    }
    let nobody_owns_it = matches!(graph.kind(EntityId(entity)), EntityKind::Person | EntityKind::State);
    if disclosure == Disclosure::Complete || nobody_owns_it {
        return Verdict::Clear;
    }
    let mut usable = false;
    graph.holdings(entity, rule.day, |holding| usable |= rule.reads(holding.kind));
    if usable { Verdict::Clear } else { Verdict::Unknown }
}

/// Whether what is stated of an entity cannot all be true, or says that it owns itself.
pub(crate) fn contradicts(graph: &Graph, entity: u32, day: Day) -> bool {
    let problems = graph.problems_on(entity, day);
    problems.iter().any(|problem| matches!(problem, Problem::OverWhole(_) | Problem::OwnsItself))
}

fn together(graph: &Graph, rule: &Rule, founders: &Founders) -> Sets {
    let floor = rule.position();
    let (certain, any) = (founders.all(false), founders.all(true));
    let (mut lower, mut upper) = (Dense::default(), Dense::default());
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            upper = Dense::new(graph.entities());
            let last = run(graph, rule, Bound::Upper, &any, &mut upper, floor);
            upper.continue_after(last);
        });
        lower = Dense::new(graph.entities());
        let last = run(graph, rule, Bound::Lower, &certain, &mut lower, floor);
        lower.continue_after(last);
        other.join().expect("a run does not panic");
    });
    Sets::Together { lower, upper }
}

fn apart(graph: &Graph, rule: &Rule, founders: &Founders) -> Sets {
    let mut of: FxHashMap<u32, Vec<Membership>> = FxHashMap::default();
    for (number, group) in founders.groups.iter().enumerate() {
        let (lower, upper) = alone(graph, rule, group);
        for entity in upper.held() {
            let definite = lower.holds(entity);
            of.entry(entity).or_default().push(Membership { group: number as u32, definite });
        }
    }
    Sets::Apart(of)
}

/// Both runs for one group of seeds.
pub(crate) fn alone(graph: &Graph, rule: &Rule, group: &Group) -> (Sparse, Sparse) {
    let (mut lower, mut upper) = (Sparse::default(), Sparse::default());
    run(graph, rule, Bound::Lower, &group.definite, &mut lower, rule.position());
    run(graph, rule, Bound::Upper, &group.possible, &mut upper, rule.position());
    (lower, upper)
}
