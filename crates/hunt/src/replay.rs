//! `first_alert`: the earliest time at which the evidence seen so far would have raised the campaign.
//!
//! The exchanges of a campaign's templates, by whoever sent them, are replayed in time order. At checkpoints that grow
//! by a fixed share the cohort is gathered and weighed again from what was seen until then, and held to the bar that
//! the candidates seen by then make. A second replay takes in the other wordings that the accounts have to themselves, as
//! a hunt at that time could have: which wordings are the best evidence is known only in the end. The cost is linear in
//! exchanges.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::{
    cohort::{Cohort, carried},
    investigate::{Bar, Bench, Marked, SEATED, Settings, Suspect, kin, stands},
    signal,
    tables::Event,
    weight,
};

/// The next checkpoint comes after this many more exchanges, and at least [`STEP`].
const GROWTH: f64 = 1.06;
const STEP: usize = 8;

pub(crate) fn first_alert(bench: Bench<'_, '_>, suspect: &Suspect<'_>, bar: &Bar) -> Option<i64> {
    let alert = replay(bench, &suspect.templates, bar);
    let kin = kin(bench, suspect);
    if kin.is_empty() {
        return alert;
    }
    let all = kin.union(&suspect.templates).copied().collect();
    [alert, replay(bench, &all, bar)].into_iter().flatten().min()
}

fn replay(bench: Bench<'_, '_>, templates: &BTreeSet<u32>, bar: &Bar) -> Option<i64> {
    let events = bench.index.union(templates, &Marked::none(bench.traffic.accounts.len()));
    let mut seen = (bench.settings.min_accounts * bench.settings.min_uses) as usize;
    while seen < events.len() {
        let now = events[seen - 1].time;
        if alerts(bench, &events[..seen], now, bar.at(now)) {
            return Some(now);
        }
        seen = ((seen as f64 * GROWTH) as usize).max(seen + STEP);
    }
    events.last().map(|e| e.time)
}

fn alerts(bench: Bench<'_, '_>, seen: &[&Event], now: i64, bar: f64) -> bool {
    let known = shared_by_now(seen, bench.settings);
    let carrying: Vec<&Event> = seen.iter().copied().filter(|e| carried(e).any(|f| known.contains(&f))).collect();
    let Some(cohort) = Cohort::gather(&carrying, &bench.traffic.accounts, SEATED) else {
        return false;
    };
    if cohort.nodes < bench.settings.min_accounts as usize {
        return false;
    }
    // The signals without random sets decide nearly always; the costly ones are asked only where they could tip it. They
    // take away one bit at most.
    let quick = signal::quick(&cohort, bench.background, now);
    let score = weight::score(&quick);
    if score < bar - 16.0 {
        return false;
    }
    if score >= bar + 1.0 && stands(&quick) {
        return true;
    }
    let evidence = signal::weigh(&cohort, bench.background, now);
    weight::score(&evidence) >= bar && stands(&evidence)
}

/// Templates that enough accounts had used repeatedly by then.
fn shared_by_now(seen: &[&Event], settings: &Settings) -> BTreeSet<u32> {
    let mut uses: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    for event in seen {
        for feature in carried(event) {
            *uses.entry((feature, event.account)).or_default() += 1;
        }
    }
    let mut accounts: FxHashMap<u32, u32> = FxHashMap::default();
    for ((feature, _), n) in uses {
        if n >= settings.min_uses {
            *accounts.entry(feature).or_default() += 1;
        }
    }
    // Three accounts are enough to look: the cohort of all wordings together is held to the full minimum.
    accounts.into_iter().filter(|(_, n)| *n >= 3).map(|(f, _)| f).collect()
}
