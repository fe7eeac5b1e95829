//! What owners hold of one entity on a day, once repeats, summaries and contradictions are seen for what they are.

use super::{Day, EntityId, Figures, Graph, Stake};
use crate::InterestKind;

/// What one owner holds of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) owner: u32,
    pub(crate) kind: InterestKind,
    pub(crate) figures: Figures,
    /// The stake that stands for it: the one with the highest lower bound.
    pub(crate) stake: u32,
    /// Sources state it with different figures.
    pub(crate) disputed: bool,
    /// No source gives a figure.
    pub(crate) without_figure: bool,
}

/// What is wrong with what is stated of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// The lower bounds of what its owners hold of one kind are over the whole.
    OverWhole(InterestKind),
    /// It is stated to own a part of itself.
    OwnsItself,
}

/// How many entities above an owned one are looked at for the chain that a summary repeats.
const CHAIN_LIMIT: usize = 4096;

impl Graph {
    /// The numbers of the stakes in an entity, of all dates, those of one kind and owner together.
    pub(crate) fn stakes_in(&self, owned: u32) -> StakesIn<'_> {
        let built = match self.ins.get(owned as usize..owned as usize + 2) {
            Some(ends) => ends[0]..ends[1],
            None => 0..0,
        };
        if !self.is_touched(owned) {
            return StakesIn { graph: self, built, merged: Vec::new().into_iter() };
        }
        let added = self.changes.added_in.get(&owned).map_or(&[][..], Vec::as_slice);
        let mut merged: Vec<u32> = built.chain(added.iter().copied()).collect();
        merged.retain(|number| !self.changes.gone.contains(number));
        merged.sort_by_key(|&number| self.stake(number).order());
        StakesIn { graph: self, built: 0..0, merged: merged.into_iter() }
    }

    /// What holds on a day, each owner and kind once; a stake of an entity in itself is none.
    pub(crate) fn holdings(&self, owned: u32, day: Day, mut visit: impl FnMut(Holding)) {
        let mut open: Option<Group> = None;
        let mut direct_parent = false;
        let mut give = |group: Group, direct_parent: &mut bool| {
            *direct_parent |= group.kind == InterestKind::Consolidation;
            if group.kind == InterestKind::UltimateConsolidation && *direct_parent {
                return;
            }
            if let Some(holding) = group.settle(self, owned, day) {
                visit(holding);
            }
        };
        for (number, stake) in self.stakes_in(owned) {
            if !stake.holds_on(day) || stake.owner == owned {
                continue;
            }
            match &mut open {
                Some(group) if group.kind == stake.kind() && group.owner == stake.owner => group.add(number, stake),
                _ => {
                    if let Some(group) = open.replace(Group::new(number, stake)) {
                        give(group, &mut direct_parent);
                    }
                }
            }
        }
        if let Some(group) = open {
            give(group, &mut direct_parent);
        }
    }

    /// What is wrong with the statements about an entity on a day.
    pub fn problems(&self, entity: EntityId, on: jiff::civil::Date) -> Vec<Problem> {
        self.problems_on(entity.0, Day::of(on))
    }

    pub(crate) fn problems_on(&self, entity: u32, day: Day) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut sums = [(0u64, false); 2];
        self.holdings(entity, day, |holding| {
            let sum = match holding.kind {
                InterestKind::Shares => &mut sums[0],
                InterestKind::Votes => &mut sums[1],
                _ => return,
            };
            sum.0 += u64::from(holding.figures.min);
            sum.1 |= holding.figures.min_open;
        });
        for (kind, (sum, open)) in [InterestKind::Shares, InterestKind::Votes].into_iter().zip(sums) {
            if sum > 10_000 || (sum == 10_000 && open) {
                problems.push(Problem::OverWhole(kind));
            }
        }
        if self.owns_itself(entity, day) {
            problems.push(Problem::OwnsItself);
        }
        problems
    }

    fn owns_itself(&self, entity: u32, day: Day) -> bool {
        self.stakes_in(entity).any(|(_, stake)| {
            let counted = matches!(stake.kind(), InterestKind::Shares | InterestKind::Votes);
            stake.owner == entity && counted && stake.holds_on(day)
        })
    }

    /// Whether a chain of direct stakes leads from an owner to an entity through others; nothing when too many would have to be looked at.
    fn chain_between(&self, owner: u32, owned: u32, day: Day) -> Option<bool> {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut above = vec![owned];
        seen.insert(owned);
        while let Some(entity) = above.pop() {
            for (_, stake) in self.stakes_in(entity) {
                let carries = matches!(
                    stake.kind(),
                    InterestKind::Shares | InterestKind::Votes | InterestKind::Consolidation | InterestKind::Membership
                );
                if stake.is_indirect() || !carries || !stake.holds_on(day) {
                    continue;
                }
                if stake.owner == owner && entity != owned {
                    return Some(true);
                }
                if stake.owner != owner && seen.insert(stake.owner) {
                    above.push(stake.owner);
                }
            }
            if seen.len() > CHAIN_LIMIT {
                return None;
            }
        }
        Some(false)
    }
}

/// The stakes in one entity with their numbers.
pub(crate) struct StakesIn<'g> {
    graph: &'g Graph,
    built: std::ops::Range<u32>,
    merged: std::vec::IntoIter<u32>,
}

impl<'g> Iterator for StakesIn<'g> {
    type Item = (u32, &'g Stake);

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.built.next().or_else(|| self.merged.next())?;
        Some((number, self.graph.stake(number)))
    }
}

/// Stakes of one owner and kind that hold on the day.
struct Group {
    owner: u32,
    kind: InterestKind,
    direct: Option<Said>,
    summary: Option<Said>,
}

/// What several statements of the same stake come to: at each end the highest, never the sum.
#[derive(Clone, Copy)]
struct Said {
    figures: Figures,
    stake: u32,
    disputed: bool,
    has_figure: bool,
}

impl Group {
    fn new(number: u32, stake: &Stake) -> Self {
        let mut group = Self { owner: stake.owner, kind: stake.kind(), direct: None, summary: None };
        group.add(number, stake);
        group
    }

    fn add(&mut self, number: u32, stake: &Stake) {
        let said = if stake.is_indirect() { &mut self.summary } else { &mut self.direct };
        let new = Said { figures: stake.figures(), stake: number, disputed: false, has_figure: stake.has_figure() };
        *said = Some(said.map_or(new, |said| said.with(new)));
    }

    fn settle(self, graph: &Graph, owned: u32, day: Day) -> Option<Holding> {
        let said = match (self.direct, self.summary) {
            (Some(direct), None) => direct,
            (None, None) => return None,
            (direct, Some(summary)) => match (graph.chain_between(self.owner, owned, day), direct) {
                (Some(true), direct) => direct?,
                (Some(false), Some(direct)) => direct.with(summary),
                (Some(false), None) => summary,
                (None, Some(direct)) => direct.with(summary.at_most()),
                (None, None) => summary.at_most(),
            },
        };
        let Said { figures, stake, disputed, has_figure } = said;
        Some(Holding { owner: self.owner, kind: self.kind, figures, stake, disputed, without_figure: !has_figure })
    }
}

impl Said {
    fn with(self, other: Self) -> Self {
        if self.has_figure != other.has_figure {
            return if self.has_figure { self } else { other };
        }
        let figures = self.figures.higher(other.figures);
        let leads = (other.figures.min, other.figures.min_open) > (self.figures.min, self.figures.min_open);
        let disputed = self.disputed || other.disputed || self.figures != other.figures;
        Self { figures, stake: if leads { other.stake } else { self.stake }, disputed, has_figure: self.has_figure }
    }

    /// The same as an upper bound only.
    fn at_most(self) -> Self {
        Self { figures: Figures { min: 0, min_open: false, ..self.figures }, ..self }
    }
}
