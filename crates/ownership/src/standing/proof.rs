//! The smallest set of stakes that carries a verdict.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Standing, View};
use crate::{
    EntityId, InterestKind, JointHoldings,
    closure::{Bound, Effect, Effective, Rule, SEED, Sets, is_certain, shares_of},
    graph::Holding,
};

/// A stake of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) owned: u32,
    pub(crate) holding: Holding,
}

/// The most stakes that a proof shows of a multiplied share.
const MOST_PATHS: usize = 1000;

/// The stakes that carry an entity, owners before what they own.
///
/// Of the stakes that owners held who were caught before the entity, as few as pass the threshold, the largest first; then the same for each
/// of those owners. Ranks only fall on the way up, so it ends at seeds; no stake can be dropped, since each is needed where it is.
pub(crate) fn links(view: &View<'_>, bound: Bound, entity: u32) -> Vec<Link> {
    let marks = view.marks(bound);
    let mut links = Vec::new();
    let mut open = vec![entity];
    let mut seen = FxHashSet::from_iter([entity]);
    while let Some(owned) = open.pop() {
        let before = match marks.rank(owned) {
            0 => u32::MAX,
            rank => rank,
        };
        if owned != entity && begins(view, bound, owned) {
            continue;
        }
        for holding in carrying(view, bound, owned, before) {
            links.push(Link { owned, holding });
            if seen.insert(holding.owner) {
                open.push(holding.owner);
            }
        }
    }
    let rank = |entity: u32| if marks.rank(entity) == 0 { u32::MAX } else { marks.rank(entity) };
    links.sort_by_key(|link| (rank(link.owned), link.holding.kind, rank(link.holding.owner)));
    links
}

/// Whether a proof begins with an entity: it is a seed of the run. Where each seed is tested alone, another seed is an owner like any other.
fn begins(view: &View<'_>, bound: Bound, entity: u32) -> bool {
    let together = matches!(view.closure.sets, Sets::Together { .. });
    let added = together && view.closure.founders.contains(entity);
    // A seed that was added by an edit has a rank and no level.
    let certain = || is_certain(view.graph, &view.closure.rule, bound, entity);
    view.marks(bound).level(entity) == SEED || (added && certain())
}

/// As few stakes in an entity as pass, of owners that were caught before it.
fn carrying(view: &View<'_>, bound: Bound, owned: u32, before: u32) -> Vec<Holding> {
    let (rule, marks) = (&view.closure.rule, view.marks(bound));
    let (mut caught, mut others) = (Vec::new(), Vec::new());
    view.graph.holdings(owned, rule.day, |holding| {
        let rank = marks.rank(holding.owner);
        if rank != 0 && rank < before {
            caught.push(holding)
        } else if rank == 0 {
            others.push(holding)
        }
    });
    let of = |kind: InterestKind| caught.iter().copied().filter(move |holding| holding.kind == kind);
    for (kind, all) in [
        (InterestKind::Nomination, bound == Bound::Lower),
        (InterestKind::Membership, bound == Bound::Lower && rule.joint == JointHoldings::AllMembers),
    ] {
        let mut members = of(kind);
        if let Some(first) = members.next() {
            return if all { std::iter::once(first).chain(members).collect() } else { vec![first] };
        }
    }
    let fewest = [InterestKind::Shares, InterestKind::Votes].into_iter().filter_map(|kind| {
        let Effect::Share(_) = rule.effect(kind) else { return None };
        let left: u32 =
            others.iter().filter(|other| other.kind == kind).map(|other| u32::from(other.figures.min)).sum();
        fewest(rule, bound, of(kind).collect(), left, |owner| marks.rank(owner))
    });
    if let Some(fewest) = fewest.min_by_key(Vec::len) {
        return fewest;
    }
    let controls = |holding: &&Holding| match rule.effect(holding.kind) {
        Effect::Majority => true,
        Effect::Possible => bound == Bound::Upper,
        Effect::Share(_) | Effect::Nothing => false,
    };
    caught.iter().find(controls).copied().into_iter().collect()
}

/// As few of these stakes as pass the threshold, or nothing when all of them do not.
fn fewest(
    rule: &Rule,
    bound: Bound,
    mut of: Vec<Holding>,
    others: u32,
    rank: impl Fn(u32) -> u32,
) -> Option<Vec<Holding>> {
    let value = |holding: &Holding| match bound {
        Bound::Lower => u32::from(holding.figures.min) * 2 + u32::from(holding.figures.min_open),
        Bound::Upper => u32::from(holding.figures.max) * 2 - u32::from(holding.figures.max_open),
    };
    of.sort_by_key(|holding| (std::cmp::Reverse(value(holding)), rank(holding.owner)));
    let needed = (1..=of.len()).find(|&count| passes(rule, bound, &of[..count], others))?;
    of.truncate(needed);
    // The largest first is fewest for closed ends; an open end may make one of them superfluous.
    let mut at = of.len();
    while at > 0 && of.len() <= 64 {
        at -= 1;
        let dropped = of.remove(at);
        if !passes(rule, bound, &of, others) {
            of.insert(at, dropped);
        }
    }
    Some(of)
}

fn passes(rule: &Rule, bound: Bound, of: &[Holding], others: u32) -> bool {
    if of.is_empty() {
        return false;
    }
    let figures = || of.iter().map(|holding| holding.figures);
    let position = match bound {
        Bound::Lower => {
            let sum: u32 = figures().map(|figures| u32::from(figures.min)).sum();
            sum * 2 + u32::from(figures().any(|figures| figures.min_open))
        }
        Bound::Upper => {
            let sum: u32 = figures().map(|figures| u32::from(figures.max)).sum();
            // More than the whole is stated: nothing follows from a contradiction, and nothing is excluded.
            if others + figures().map(|figures| u32::from(figures.min)).sum::<u32>() > 10_000 {
                return sum > 0;
            }
            (sum * 2).saturating_sub(u32::from(figures().any(|figures| figures.max_open)))
        }
    };
    position >= rule.position()
}

/// Puts the figures and the paths of a multiplied share into a standing.
pub(crate) fn multiply(view: &View<'_>, entity: EntityId, effective: Effective, standing: &mut Standing) {
    let rule = &view.closure.rule;
    let points = |share: f64| share * 10_000.0;
    standing.lower_bp = (points(effective.lower) + 1e-6).floor() as u32;
    standing.upper_bp = (points(effective.upper) - 1e-6).ceil().max(0.0) as u32;
    let nearest = if rule.reached(effective.lower) { effective.lower } else { effective.upper };
    let margin = points(nearest) - f64::from(rule.threshold.basis_points);
    standing.margin_bp = Some(margin.floor() as i32);
    if matches!(standing.standing, crate::Verdict::Caught | crate::Verdict::Possible) {
        let links = paths(view, entity.0, effective.group as usize);
        standing.responsible = super::notes::responsible(view, entity.0, &links);
        standing.proof = links.iter().map(|link| view.step(link)).collect();
        standing.missing = super::notes::missing(view, entity.0, standing, &links);
    }
    standing.text = super::text::write(view.regime, standing);
}

/// All stakes on the way from a group of seeds to an entity.
fn paths(view: &View<'_>, entity: u32, group: usize) -> Vec<Link> {
    let rule = &view.closure.rule;
    let group = &view.closure.founders.groups[group];
    let reached: FxHashMap<u32, (f64, f64)> = crate::closure::of_group(view.graph, rule, group);
    let mut links = Vec::new();
    let mut open = vec![entity];
    let mut seen = FxHashSet::from_iter([entity]);
    let mut next = 0;
    while let Some(&owned) = open.get(next) {
        next += 1;
        for holding in shares_of(view.graph, rule, owned) {
            let seed = group.possible.contains(&holding.owner);
            if (seed || reached.contains_key(&holding.owner)) && holding.figures.max > 0 && links.len() < MOST_PATHS {
                links.push(Link { owned, holding });
                if !seed && seen.insert(holding.owner) {
                    open.push(holding.owner);
                }
            }
        }
    }
    links.reverse();
    links
}
