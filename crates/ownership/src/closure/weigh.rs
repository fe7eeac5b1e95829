//! What a set of owners holds of one entity, and how far that goes.

use super::rule::{Bound, Effect, MAJORITY, Rule};
use crate::{
    JointHoldings,
    graph::{Graph, Holding},
};

/// What is held of one measure, by the owners in the set and by the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) others_min: u32,
    min_open: bool,
    max_open: bool,
    others_open: bool,
}

/// Everything that owners hold of one entity on a day, seen from a set of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weighed {
    pub(crate) sums: [Sums; 2],
    majority: bool,
    possible: bool,
    members: Part,
    nominators: Part,
}

/// How many there are, and how many of them are in the set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Part {
    all: u32,
    caught: u32,
}

impl Sums {
    fn add(&mut self, holding: &Holding, counts: bool) {
        let figures = holding.figures;
        if counts {
            self.min += u32::from(figures.min);
            self.max += u32::from(figures.max);
            self.min_open |= figures.min_open;
            self.max_open |= figures.max_open;
        } else {
            self.others_min += u32::from(figures.min);
            self.others_open |= figures.min_open;
        }
    }

    /// Whether the lower bounds cannot all be true.
    pub(crate) fn over_whole(&self) -> bool {
        let (stated, open) = (self.min + self.others_min, self.min_open || self.others_open);
        stated > 10_000 || (stated == 10_000 && open)
    }

    fn lower(&self) -> u32 {
        if self.over_whole() { 0 } else { self.min * 2 + u32::from(self.min_open) }
    }

    /// At most what the set's upper bounds come to, and at most what the others leave.
    fn upper(&self) -> u32 {
        if self.max == 0 {
            return 0;
        }
        if self.over_whole() {
            // Nothing follows from a contradiction, so nothing is excluded either.
            return MAJORITY;
        }
        let stated = self.max * 2 - u32::from(self.max_open);
        let left = (20_000 - self.others_min * 2).saturating_sub(u32::from(self.others_open));
        stated.min(left)
    }

    /// What the set can hold at most, in basis points.
    pub(crate) fn most(&self) -> u32 {
        if self.over_whole() { self.max.min(10_000) } else { self.max.min(10_000 - self.others_min) }
    }

    pub(crate) fn position(&self, bound: Bound) -> u32 {
        match bound {
            Bound::Lower => self.lower(),
            Bound::Upper => self.upper(),
        }
    }
}

impl Weighed {
    /// How far the set's ownership of the entity goes, by the measure that goes furthest.
    pub(crate) fn position(&self, rule: &Rule, bound: Bound) -> u32 {
        let control = self.majority || (self.possible && bound == Bound::Upper);
        if control || self.joint(rule, bound) {
            return MAJORITY;
        }
        let [first, second] = self.sums.map(|sums| sums.position(bound));
        first.max(second)
    }

    /// The measure that goes furthest.
    pub(crate) fn leading(&self, bound: Bound) -> usize {
        usize::from(self.sums[1].position(bound) > self.sums[0].position(bound))
    }

    /// Whether the holders that the entity stands for are in the set, by the regime's reading.
    fn joint(&self, rule: &Rule, bound: Bound) -> bool {
        let Part { all, caught } = self.members;
        match (rule.joint, bound) {
            (JointHoldings::AllMembers, Bound::Lower) => all > 0 && caught == all,
            _ => caught > 0,
        }
    }

    /// Whether those that a nominee holds for are in the set.
    fn nominated(&self, bound: Bound) -> bool {
        let Part { all, caught } = self.nominators;
        match bound {
            Bound::Lower => all > 0 && caught == all,
            Bound::Upper => caught > 0,
        }
    }
}

/// Adds up what is held of an entity, by the owners that count and by the others.
pub(crate) fn weigh(graph: &Graph, rule: &Rule, entity: u32, counts: impl Fn(u32) -> bool) -> Weighed {
    let mut weighed = Weighed::default();
    graph.holdings(entity, rule.day, |holding| {
        let caught = counts(holding.owner);
        match (holding.kind, rule.effect(holding.kind)) {
            (crate::InterestKind::Membership, _) => weighed.members.add(caught),
            (crate::InterestKind::Nomination, _) => weighed.nominators.add(caught),
            (_, Effect::Share(measure)) => weighed.sums[measure].add(&holding, caught),
            (_, Effect::Majority) => weighed.majority |= caught,
            (_, Effect::Possible) => weighed.possible |= caught,
            (_, Effect::Nothing) => {}
        }
    });
    weighed
}

impl Part {
    fn add(&mut self, caught: bool) {
        self.all += 1;
        self.caught += u32::from(caught);
    }
}

/// How far an entity is in, as an owner of others: for a nominee, how far those are that it holds for.
pub(crate) fn position(graph: &Graph, rule: &Rule, bound: Bound, entity: u32, counts: impl Fn(u32) -> bool) -> u32 {
    let weighed = weigh(graph, rule, entity, counts);
    let nominee = weighed.nominators.all > 0 || (graph.is_nominee(entity) && holds_for_somebody(graph, rule, entity));
    match (nominee, bound) {
        (true, _) if weighed.nominated(bound) => MAJORITY,
        (true, Bound::Lower) => 0,
        _ => weighed.position(rule, bound),
    }
}

/// Whether an entity holds for others on the day, named or not.
pub(crate) fn holds_for_somebody(graph: &Graph, rule: &Rule, entity: u32) -> bool {
    let mut nominated = graph.gaps(entity, rule.day).any(|gap| gap.reason.to_ascii_lowercase().contains("nominee"));
    graph.holdings(entity, rule.day, |holding| nominated |= holding.kind == crate::InterestKind::Nomination);
    nominated
}
