//! What stands beside a verdict: who is responsible, what is missing, what was noticed.

use rustc_hash::FxHashSet;

use super::{Link, Missing, Note, NoteKind, Party, Responsible, Standing, View, text};
use crate::{
    EntityId, EntityKind, Founder, InterestKind, ListEntry, Problem, Reading, Verdict,
    closure::{Bound, Effect, founder},
    graph::Figures,
};

/// Stakes that are listed one by one in a note.
const LISTED: usize = 20;

/// The seeds that a proof begins with, the strictest programme first.
pub(super) fn responsible(view: &View<'_>, entity: u32, links: &[Link]) -> Vec<Responsible> {
    let mut seeds: Vec<u32> = links.iter().map(|link| link.holding.owner).collect();
    seeds.push(entity);
    // Further owners that are seeds themselves: under some regimes the strictest of all of them decides.
    view.graph.holdings(entity, view.closure.rule.day, |holding| seeds.push(holding.owner));
    let mut seen = FxHashSet::default();
    seeds.retain(|&seed| view.closure.founders.contains(seed) && seen.insert(seed));
    let mut responsible: Vec<Responsible> = seeds
        .into_iter()
        .filter_map(|seed| {
            let founder = founder(view.graph, view.regime, EntityId(seed))?;
            let (why, programmes) = reason(view, &founder);
            Some(Responsible { entity: view.party(seed), why, programmes })
        })
        .collect();
    let strictness = &view.regime.strictness;
    let place = |programme: &String| strictness.iter().position(|known| known == programme).unwrap_or(usize::MAX);
    for one in &mut responsible {
        one.programmes.sort_by_key(place);
    }
    responsible.sort_by_key(|one| one.programmes.iter().map(place).min().unwrap_or(usize::MAX));
    responsible
}

fn reason(view: &View<'_>, founder: &Founder) -> (String, Vec<String>) {
    match founder {
        Founder::Alike { entries, listed } => {
            let (on, programmes) = on_lists(entries);
            let listed = text::name(&view.party(listed.0));
            (format!("its name is like that of {listed}, which is on {on}; they may be two"), programmes)
        }
        Founder::Listed(entries) => {
            let (on, programmes) = on_lists(entries);
            let certain = entries.iter().any(|entry| view.regime.seeds.names(entry) == Some(true));
            let doubt =
                if certain { "" } else { ", and its source does not say whether under a programme that counts" };
            (format!("it is on {on}{doubt}"), programmes)
        }
        Founder::Headquartered(place) => (format!("its head office is in {place}"), Vec::new()),
        Founder::Incorporated(place) => (format!("it is incorporated in {place}"), Vec::new()),
        Founder::Named => ("the regime names it".to_owned(), Vec::new()),
    }
}

/// Lists in words, and the programmes under them.
fn on_lists(entries: &[ListEntry]) -> (String, Vec<String>) {
    let mut lists: Vec<&str> = entries.iter().map(|entry| entry.list.as_str()).collect();
    lists.sort_unstable();
    lists.dedup();
    (format!("the list {}", lists.join(" and ")), entries.iter().filter_map(|entry| entry.programme.clone()).collect())
}

/// What would settle a standing, the widest first.
pub(super) fn missing(view: &View<'_>, entity: u32, standing: &Standing, links: &[Link]) -> Vec<Missing> {
    let mut missing = Vec::new();
    if standing.standing == Verdict::Possible {
        missing.extend(links.iter().filter_map(|link| uncertain(view, link)));
        for &seed in links.iter().map(|link| &link.holding.owner).chain([&entity]) {
            if view.closure.founders.is_possible(seed) {
                let about = view.party(seed);
                let text = format!("whether {} is itself caught is not certain", text::name(&about));
                missing.push(Missing { about, width_bp: 10_000, text });
            }
        }
        missing.sort_by_key(|one| std::cmp::Reverse(one.width_bp));
        missing.dedup();
    }
    if matches!(standing.standing, Verdict::Clear | Verdict::Possible) {
        missing.extend(unknown_owners(view, entity));
    }
    for gap in view.graph.gaps(entity, view.closure.rule.day).take(LISTED) {
        let text = format!("its source does not say who owns it: {} ({})", text::clean(&gap.reason), gap.source);
        missing.push(Missing { about: view.party(entity), width_bp: standing.undisclosed_bp, text });
    }
    let person = matches!(view.graph.kind(EntityId(entity)), EntityKind::Person | EntityKind::State);
    if standing.undisclosed_bp > 0 && standing.standing != Verdict::Seed && !person {
        let text = match standing.standing {
            Verdict::Unknown if standing.undisclosed_bp == 10_000 => "nobody states who owns it".to_owned(),
            _ => format!(
                "who holds {} of its {} is not stated; nobody is assumed to",
                text::percent(standing.undisclosed_bp),
                standing.measure
            ),
        };
        missing.push(Missing { about: view.party(entity), width_bp: standing.undisclosed_bp, text });
    }
    missing
}

/// Owners of an entity, themselves no persons, of which nobody states who owns them: what is clear is so on what is stated.
fn unknown_owners(view: &View<'_>, entity: u32) -> Vec<Missing> {
    let mut unknown = Vec::new();
    view.graph.holdings(entity, view.closure.rule.day, |holding| {
        let counts = matches!(view.closure.rule.effect(holding.kind), Effect::Share(_));
        let owner = EntityId(holding.owner);
        if unknown.len() < LISTED && counts && view.closure.verdict(view.graph, owner) == Verdict::Unknown {
            let about = view.party(holding.owner);
            let width_bp = u32::from(holding.figures.max);
            let text = format!(
                "nobody states who owns it, and it holds up to {} of the {}",
                text::percent(width_bp),
                holding.kind.name()
            );
            unknown.push(Missing { about, width_bp, text });
        }
    });
    unknown.sort_by_key(|one| std::cmp::Reverse(one.width_bp));
    unknown
}

fn uncertain(view: &View<'_>, link: &Link) -> Option<Missing> {
    let Figures { min, max, min_open, max_open } = link.holding.figures;
    let control = view.closure.rule.effect(link.holding.kind) == Effect::Possible;
    if min == max && !control {
        return None;
    }
    let (owner, owned) = (view.party(link.holding.owner), view.party(link.owned));
    let text = if control {
        format!(
            "how much {} holds of {}, whose {} it has",
            text::name(&owner),
            text::name(&owned),
            link.holding.kind.name()
        )
    } else {
        let known = text::share(min, max, min_open, max_open, link.holding.without_figure);
        format!("how much exactly {} holds of {}: known is {known}", text::name(&owner), text::name(&owned))
    };
    let width_bp = if control { 10_000 } else { u32::from(max - min) };
    Some(Missing { about: owned, width_bp, text })
}

pub(super) fn notes(view: &View<'_>, entity: u32, verdict: Verdict, links: &[Link]) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |kind: NoteKind, text: String| notes.push(Note { kind, text });
    let day = view.closure.rule.day;
    for problem in view.graph.problems_on(entity, day) {
        let text = match problem {
            Problem::OverWhole(kind) => {
                format!(
                    "what is stated of its {} comes to more than the whole; no verdict is drawn from it",
                    kind.name()
                )
            }
            Problem::OwnsItself => "it is stated to own a part of itself; that stake is not counted".to_owned(),
        };
        note(NoteKind::Contradiction, text);
    }
    beside(view, entity, verdict, &mut note);
    for link in links.iter().filter(|link| link.holding.disputed).take(LISTED) {
        let (owner, owned) = (view.party(link.holding.owner), view.party(link.owned));
        let says = said(view, link);
        note(
            NoteKind::Dispute,
            format!(
                "sources differ on what {} holds of {}: {says}; the highest stands",
                text::name(&owner),
                text::name(&owned)
            ),
        );
    }
    let nominees = links.iter().filter(|link| view.graph.is_nominee(link.holding.owner)).take(LISTED);
    for link in nominees {
        let owner = view.party(link.holding.owner);
        note(
            NoteKind::Nominee,
            format!(
                "{} holds for others; its stake counts for those it holds for, where they are named",
                text::name(&owner)
            ),
        );
    }
    if let Some(window) = view.regime.window(view.closure.on())
        && let Some(said) = &window.note
    {
        note(NoteKind::Regime, said.clone());
    }
    if let Some(confirm) = &view.regime.confirm {
        note(NoteKind::Regime, confirm.clone());
    }
    notes
}

/// Stakes of caught owners that did not decide, and interests that are only reported.
fn beside(view: &View<'_>, entity: u32, verdict: Verdict, note: &mut impl FnMut(NoteKind, String)) {
    let rule = &view.closure.rule;
    let decided = matches!(verdict, Verdict::Caught | Verdict::Seed);
    let mut told = 0;
    view.graph.holdings(entity, rule.day, |holding| {
        if told >= LISTED {
            return;
        }
        let reading = match holding.kind {
            InterestKind::Board => view.regime.board,
            InterestKind::Influence => view.regime.influence,
            InterestKind::Contract => view.regime.contract,
            InterestKind::Consolidation | InterestKind::UltimateConsolidation => view.regime.consolidation,
            InterestKind::Fund | InterestKind::Other => Reading::Ignore,
            _ => Reading::Majority,
        };
        let caught = view.marks(Bound::Upper).holds(holding.owner);
        let owner = || -> Party { view.party(holding.owner) };
        let flag = view.regime.minority_flag_basis_points.is_some_and(|least| holding.figures.max >= least);
        let share = matches!(rule.effect(holding.kind), Effect::Share(_));
        let text = match reading {
            Reading::Report if caught => (
                NoteKind::Control,
                format!(
                    "{}, which is or may be caught, has {} over it; that is no ownership and is to be judged by itself",
                    text::name(&owner()),
                    holding.kind.name()
                ),
            ),
            Reading::Ignore if caught => (
                NoteKind::NotCounted,
                format!(
                    "{} has an interest of the kind {}, which does not count",
                    text::name(&owner()),
                    holding.kind.name()
                ),
            ),
            _ if caught && share && flag && !decided => {
                let Figures { min, max, min_open, max_open } = holding.figures;
                let known = text::share(min, max, min_open, max_open, holding.without_figure);
                (
                    NoteKind::Minority,
                    format!(
                        "{}, which is or may be caught, holds {known} of its {}",
                        text::name(&owner()),
                        holding.kind.name()
                    ),
                )
            }
            _ => return,
        };
        told += 1;
        note(text.0, text.1);
    });
}

/// What each source says of a stake.
fn said(view: &View<'_>, link: &Link) -> String {
    let day = view.closure.rule.day;
    let of = view.graph.stakes_in(link.owned).filter(|(_, stake)| {
        (stake.owner, stake.kind()) == (link.holding.owner, link.holding.kind) && stake.holds_on(day)
    });
    let said = of.take(LISTED).map(|(_, stake)| {
        let Figures { min, max, min_open, max_open } = stake.figures();
        let share = text::share(min, max, min_open, max_open, !stake.has_figure());
        format!("{share} ({})", text::clean(&view.graph.source(stake).to_string()))
    });
    said.collect::<Vec<_>>().join(", ")
}
