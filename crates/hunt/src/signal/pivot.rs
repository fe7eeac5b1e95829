//! S4, model pivot: a cohort that moves to a new model together within a day of its release.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    background::Background,
    campaign::{Evidence, Family},
    cohort::Cohort,
    tables::Traffic,
    weight::{bits, clamp},
};

const DAY: i64 = 86_400_000_000;
/// A name that fewer accounts ever asked for is no release: a misspelt model, or somebody's own.
const ASKED: usize = 4;

/// A model that appeared inside the window, at least half a day after it opened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Release {
    model: u16,
    at: i64,
    /// Accounts that called before and after it, in order.
    active: BTreeSet<u32>,
    /// Those of them that used it within a day.
    moved: BTreeSet<u32>,
}

/// Most releases that are kept, the latest of them.
const RELEASES: usize = 16;

/// The models that were released inside the window, earliest first.
pub(crate) fn releases(traffic: &Traffic) -> Vec<Release> {
    let mut starts: BTreeMap<u16, Vec<(i64, u32)>> = BTreeMap::new();
    for start in &traffic.model_starts {
        starts.entry(start.model).or_default().push((start.first, start.account));
    }
    let mut found: Vec<(i64, u16)> = starts
        .iter()
        .filter(|(_, users)| users.len() >= ASKED)
        .filter_map(|(model, users)| Some((users.iter().min()?.0, *model)))
        .filter(|(at, _)| *at > traffic.from + DAY / 2)
        .collect();
    found.sort_unstable();
    let kept = found.split_off(found.len().saturating_sub(RELEASES));
    kept.into_iter().map(|(at, model)| release(traffic, model, at, &starts[&model])).collect()
}

fn release(traffic: &Traffic, model: u16, at: i64, users: &[(i64, u32)]) -> Release {
    let active: BTreeSet<u32> =
        (0..).zip(&traffic.accounts).filter(|(_, a)| a.first < at && a.last > at).map(|(i, _)| i).collect();
    let moved = users.iter().filter(|(first, a)| *first < at + DAY && active.contains(a)).map(|(_, a)| *a).collect();
    Release { model, at, active, moved }
}

/// The latest release that is a day old at `now` is looked at.
pub(crate) fn weigh(cohort: &Cohort<'_>, background: &Background<'_>, now: i64) -> Option<Evidence> {
    let Release { model, active, moved, .. } = background.releases.iter().rev().find(|r| r.at < now - DAY)?;
    let seats: Vec<u32> = cohort.accounts().filter(|a| active.contains(a)).collect();
    let inside = seats.iter().filter(|a| moved.contains(a)).count();
    let (all, everyone) = (active.len(), moved.len());
    if seats.len() < 4 || all <= seats.len() {
        return None;
    }
    let usual = (everyone - inside) as f64 + 1.0;
    let usual = usual / ((all - seats.len()) as f64 + 2.0);
    let (k, n) = (inside as f64, seats.len() as f64);
    let share = ((k + 0.5) / (n + 1.0)).max(usual);
    let ratio = k * (share / usual).ln() + (n - k) * ((1.0 - share) / (1.0 - usual).max(1e-6)).ln();
    let weight = clamp(bits(ratio) / 2.0 - 1.5, 0.0, 5.0);
    let text = format!(
        "{inside} of {} accounts moved to `{}` within a day of its first appearance; {:.0} % of other accounts did",
        seats.len(),
        background.traffic.models[*model as usize],
        usual * 100.0
    );
    Some(Evidence { family: Family::Behaviour, signal: "model pivot".into(), weight, p_value: None, text })
}
