//! The fixpoint: one pass over the edges that leave what is caught, in order of how surely it is caught.

use rustc_hash::FxHashMap;

use super::{
    rule::{Bound, Effect, MAJORITY, Rule, SEED},
    weigh::{holds_for_somebody, position},
};
use crate::graph::Graph;

/// What a run knows of an entity: its rank (from 1, in the order of being caught), its level, and what is held of it by measure.
type Mark = [u32; 4];

const RANK: usize = 0;
const LEVEL: usize = 1;
const HELD: usize = 2;

/// Where a run keeps its marks.
pub(crate) trait Marks {
    fn get(&self, entity: u32) -> Mark;
    fn at(&mut self, entity: u32) -> &mut Mark;

    fn holds(&self, entity: u32) -> bool {
        self.get(entity)[RANK] != 0
    }

    /// When the entity was caught; only what was caught before can be a reason for it.
    fn rank(&self, entity: u32) -> u32 {
        self.get(entity)[RANK]
    }

    /// The highest threshold position under which the entity is still caught.
    fn level(&self, entity: u32) -> u32 {
        self.get(entity)[LEVEL]
    }
}

/// Marks of all entities.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dense {
    marks: Vec<Mark>,
    /// The last rank that was given.
    last: u32,
}

/// Marks of those that were met.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sparse(FxHashMap<u32, Mark>);

impl Dense {
    pub(crate) fn new(entities: usize) -> Self {
        Self { marks: vec![[0; 4]; entities], last: 0 }
    }

    /// Says which rank the run gave last.
    pub(crate) fn continue_after(&mut self, last: u32) {
        self.last = last;
    }

    /// Makes room for entities that were added.
    pub(crate) fn grow(&mut self, entities: usize) {
        self.marks.resize(entities.max(self.marks.len()), [0; 4]);
    }

    pub(crate) fn drop_out(&mut self, entity: u32) {
        self.marks[entity as usize] = [0; 4];
    }

    /// Catches an entity after everything that is caught so far.
    pub(crate) fn let_in(&mut self, entity: u32) {
        self.last = self.last.checked_add(1).expect("fewer than four billion edits between two loads");
        self.marks[entity as usize][RANK] = self.last;
    }
}

impl Marks for Dense {
    fn get(&self, entity: u32) -> Mark {
        self.marks.get(entity as usize).copied().unwrap_or_default()
    }

    fn at(&mut self, entity: u32) -> &mut Mark {
        &mut self.marks[entity as usize]
    }
}

impl Sparse {
    /// What was caught, in no order.
    pub(crate) fn held(&self) -> impl Iterator<Item = u32> {
        self.0.iter().filter(|(_, mark)| mark[RANK] != 0).map(|(&entity, _)| entity)
    }
}

impl Marks for Sparse {
    fn get(&self, entity: u32) -> Mark {
        self.0.get(&entity).copied().unwrap_or_default()
    }

    fn at(&mut self, entity: u32) -> &mut Mark {
        self.0.entry(entity).or_default()
    }
}

/// Entities that wait to be caught, by level; the highest goes first.
struct Waiting {
    levels: Vec<Vec<u32>>,
}

/// Marks everything that the seeds hold down to `floor`, and ranks it; gives the last rank.
///
/// An entity's level is the least, along the way to it, of what is held: a shortest-path search in which the way is as wide as its
/// narrowest place. So one run gives, besides the set, the threshold up to which each of its members stays caught.
pub(crate) fn run(graph: &Graph, rule: &Rule, bound: Bound, seeds: &[u32], marks: &mut impl Marks, floor: u32) -> u32 {
    let mut waiting = Waiting { levels: vec![Vec::new(); SEED as usize + 1] };
    for &seed in seeds {
        if is_certain(graph, rule, bound, seed) && marks.level(seed) != SEED {
            marks.at(seed)[LEVEL] = SEED;
            waiting.levels[SEED as usize].push(seed);
        }
    }
    let mut rank = 0;
    for level in (floor..=SEED).rev() {
        let mut next = 0;
        while let Some(&entity) = waiting.levels[level as usize].get(next) {
            next += 1;
            let mark = marks.at(entity);
            if mark[RANK] != 0 || mark[LEVEL] != level {
                continue;
            }
            rank += 1;
            mark[RANK] = rank;
            spread(graph, rule, bound, (entity, level), marks, &mut waiting, floor);
        }
        waiting.levels[level as usize] = Vec::new();
    }
    rank
}

/// Follows the edges that leave an entity that has just been caught.
fn spread(
    graph: &Graph,
    rule: &Rule,
    bound: Bound,
    (owner, level): (u32, u32),
    marks: &mut impl Marks,
    waiting: &mut Waiting,
    floor: u32,
) {
    for edge in graph.built_edges(owner) {
        let owned = edge.owned;
        let whole = edge.stands_together() || graph.is_touched(owned);
        let known = marks.get(owned);
        if known[RANK] != 0 || known[LEVEL] >= level {
            continue;
        }
        let mut reached = if whole {
            position(graph, rule, bound, owned, |other| marks.holds(other))
        } else {
            if edge.is_dated() && !graph.stake(edge.stake).holds_on(rule.day) {
                continue;
            }
            match rule.effect_at(edge.kind) {
                Effect::Share(measure) => {
                    let (points, open) = match bound {
                        Bound::Lower => (edge.min, edge.min_open()),
                        Bound::Upper => (edge.max, edge.max_open()),
                    };
                    let held = &mut marks.at(owned)[HELD + measure];
                    *held = (*held + u32::from(points) * 2) | u32::from(open);
                    match bound {
                        Bound::Lower => *held,
                        Bound::Upper => (*held & !1).saturating_sub(*held & 1),
                    }
                }
                Effect::Majority => MAJORITY,
                Effect::Possible if bound == Bound::Upper => MAJORITY,
                Effect::Possible | Effect::Nothing => continue,
            }
        };
        if reached >= floor && bound == Bound::Upper && !whole {
            // The upper bounds would do; what the other owners hold at least may not leave as much.
            reached = position(graph, rule, bound, owned, |other| marks.holds(other));
        }
        raise(owned, reached.min(level), marks, waiting, floor);
    }
    let added: Vec<u32> = graph.added_out(owner).collect();
    for owned in added {
        if !marks.holds(owned) {
            let reached = position(graph, rule, bound, owned, |other| marks.holds(other));
            raise(owned, reached.min(level), marks, waiting, floor);
        }
    }
}

/// Whether what a seed holds is its own: what a nominee holds is its nominator's, also when the nominee is on a list.
pub(crate) fn is_certain(graph: &Graph, rule: &Rule, bound: Bound, seed: u32) -> bool {
    bound == Bound::Upper || !graph.is_nominee(seed) || !holds_for_somebody(graph, rule, seed)
}

fn raise(entity: u32, level: u32, marks: &mut impl Marks, waiting: &mut Waiting, floor: u32) {
    if level < floor {
        return;
    }
    let mark = marks.at(entity);
    if level > mark[LEVEL] {
        mark[LEVEL] = level;
        waiting.levels[level as usize].push(entity);
    }
}
