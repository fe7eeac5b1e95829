//! The hunt itself: templates and their exchanges in, campaigns and cleared look-alikes out.

use std::collections::{BTreeSet, HashSet};

use crate::{
    assemble::{self, Group},
    background::Background,
    calibrate::{self, Calibration},
    campaign::{Evidence, Family},
    cohort::{Cohort, carried},
    signal,
    tables::{Event, Events, Traffic},
    template::Template,
    weight,
};

/// What the operator chooses.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Bound on the expected share of false campaigns among those raised.
    pub fdr: f64,
    /// Fewest independent accounts that make a cohort.
    pub min_accounts: u32,
    /// Fewest uses of a template by an account that count.
    pub min_uses: u32,
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { fdr: 0.05, min_accounts: 4, min_uses: 2, seed: 1 }
    }
}

/// A cohort after all its evidence was weighed.
#[derive(Debug, Clone)]
pub(crate) struct Suspect<'a> {
    pub(crate) templates: BTreeSet<u32>,
    pub(crate) cohort: Cohort<'a>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) score: f64,
    pub(crate) p_value: f64,
    pub(crate) q_value: f64,
    pub(crate) raised: bool,
}

/// Everything that was tested, raised or not, by falling score.
#[derive(Debug)]
pub(crate) struct Verdicts<'a> {
    pub(crate) suspects: Vec<Suspect<'a>>,
    /// The least score that would have been raised.
    pub(crate) bar: f64,
}

/// No campaign is raised under this score, whatever the calibration says.
const LEAST_SCORE: f64 = 8.0;

/// The exchanges of each template, by index, in time order.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    events: &'a [Event],
    by_template: Vec<Vec<u32>>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(events: &'a Events, templates: usize) -> Self {
        let mut by_template = vec![Vec::new(); templates];
        for (i, event) in (0..).zip(&events.rows) {
            for feature in carried(event) {
                by_template[feature as usize].push(i);
            }
        }
        Self { events: &events.rows, by_template }
    }

    /// Exchanges that carry any of the templates, in time order, once each, without those of the accounts set aside.
    pub(crate) fn union(&self, templates: &BTreeSet<u32>, aside: &HashSet<u32>) -> Vec<&'a Event> {
        let mut rows: Vec<u32> = templates.iter().flat_map(|t| self.by_template[*t as usize].iter().copied()).collect();
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().map(|i| &self.events[i as usize]).filter(|e| !aside.contains(&e.account)).collect()
    }
}

/// What the weighing of cohorts needs at every turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bench<'b, 'a> {
    pub(crate) traffic: &'b Traffic,
    pub(crate) background: &'b Background<'b>,
    pub(crate) templates: &'b [Template],
    pub(crate) index: &'b Index<'a>,
    pub(crate) settings: &'b Settings,
}

/// Uses of a template that give a seat; whether a wording is a template at all is asked with the settings.
pub(crate) const SEATED: u32 = 1;

/// Rounds of peeling: what is found is set aside, and what it hid is looked for again.
const ROUNDS: usize = 5;

/// Weighs every cohort that the templates make.
pub(crate) fn judge<'a>(bench: Bench<'_, 'a>, calibration: &Calibration) -> Verdicts<'a> {
    let mut aside: HashSet<u32> = HashSet::new();
    let mut found: Vec<Suspect<'a>> = Vec::new();
    for round in 0..ROUNDS {
        let mut suspects: Vec<Suspect<'a>> =
            in_parallel(&groups(bench, &aside), |group| suspect(bench, group, &aside)).into_iter().flatten().collect();
        suspects.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.templates.cmp(&b.templates)));
        let mut suspects = without_shadows(suspects);
        decide(&mut suspects, bench.settings, calibration);
        hold_back(&mut suspects);
        let standing = suspects.iter().filter(|s| s.raised).flat_map(|s| s.cohort.accounts());
        let before = aside.len();
        aside.extend(standing);
        let last = aside.len() == before || round + 1 == ROUNDS;
        // Until the last round only what stands is kept: the rest is tested again without it.
        found.extend(suspects.into_iter().filter(|s| s.raised || last));
        if last {
            break;
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.templates.cmp(&b.templates)));
    // All rounds together are one family of tests.
    let standing: Vec<bool> = found.iter().map(|s| s.raised).collect();
    decide(&mut found, bench.settings, calibration);
    for (suspect, stood) in found.iter_mut().zip(standing) {
        suspect.raised &= stood;
    }
    let bar = found.iter().filter(|s| s.raised).map(|s| s.score).fold(f64::INFINITY, f64::min);
    let bar = bar.min(calibration.bar(bench.settings.fdr, found.len()));
    Verdicts { suspects: found, bar: bar.max(LEAST_SCORE) }
}

fn groups(bench: Bench<'_, '_>, aside: &HashSet<u32>) -> Vec<Group> {
    let quick = |set: &BTreeSet<u32>| {
        let events = bench.index.union(set, aside);
        Cohort::gather(&events, &bench.traffic.accounts, SEATED)
            .map_or(f64::NEG_INFINITY, |c| weight::score(&signal::quick(&c, bench.background, bench.traffic.to)))
    };
    let candidates: Vec<u32> = (0..).zip(bench.templates).filter(|(_, t)| !t.public).map(|(i, _)| i).collect();
    let alone = in_parallel(&candidates, |&i| {
        let set = BTreeSet::from([i]);
        let score = quick(&set);
        let rows = &bench.templates[i as usize].rows;
        let accounts = rows.iter().map(|r| r.account).filter(|a| !aside.contains(a)).collect();
        Group { templates: set, accounts, score }
    });
    let (hopeful, hopeless): (Vec<Group>, Vec<Group>) =
        alone.into_iter().filter(|g| g.score > f64::NEG_INFINITY).partition(|g| g.score >= HOPEFUL);
    let mut groups = assemble::join(hopeful, bench.traffic.accounts.len(), quick);
    groups.extend(hopeless);
    groups
}

/// A template with less evidence than this alone is somebody's habit or everybody's phrase: it joins no other.
const HOPEFUL: f64 = -3.0;

/// Maps on as many threads as the machine has, in order.
fn in_parallel<T: Sync, U: Send>(items: &[T], work: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(items.len().max(1));
    // Neighbours differ in size less than far ones do, so threads take turns.
    let turns: Vec<Vec<U>> = std::thread::scope(|scope| {
        let work = &work;
        let started: Vec<_> = (0..threads)
            .map(|t| scope.spawn(move || items.iter().skip(t).step_by(threads).map(work).collect::<Vec<U>>()))
            .collect();
        started.into_iter().map(|s| s.join().expect("a worker ends as its items do")).collect()
    });
    let mut turns: Vec<_> = turns.into_iter().map(Vec::into_iter).collect();
    (0..items.len()).map(|i| turns[i % threads].next().expect("each thread has its share")).collect()
}

fn suspect<'a>(bench: Bench<'_, 'a>, group: &Group, aside: &HashSet<u32>) -> Option<Suspect<'a>> {
    let events = bench.index.union(&group.templates, aside);
    let cohort = Cohort::gather(&events, &bench.traffic.accounts, SEATED)?;
    if cohort.nodes < bench.settings.min_accounts as usize {
        return None;
    }
    // The signals with random sets could not lift what is so far down.
    let evidence = if group.score < DOOMED {
        signal::quick(&cohort, bench.background, bench.traffic.to)
    } else {
        signal::weigh(&cohort, bench.background, bench.traffic.to)
    };
    let score = weight::score(&evidence);
    let templates = group.templates.clone();
    Some(Suspect { templates, cohort, evidence, score, p_value: 1.0, q_value: 1.0, raised: false })
}

/// Drops a cohort most of whose accounts belong to a better one: it is a shadow of the same fact.
fn without_shadows(suspects: Vec<Suspect<'_>>) -> Vec<Suspect<'_>> {
    let mut kept: Vec<Suspect<'_>> = Vec::new();
    let mut taken: Vec<HashSet<u32>> = Vec::new();
    for suspect in suspects {
        let accounts: HashSet<u32> = suspect.cohort.accounts().collect();
        let shadow = taken
            .iter()
            .zip(&kept)
            .any(|(t, better)| better.score >= LEAST_SCORE && accounts.intersection(t).count() * 2 > accounts.len());
        if !shadow {
            taken.push(accounts);
            kept.push(suspect);
        }
    }
    kept
}

/// A cohort that shares accounts with a better one waits for the next round, where it is tested without them.
fn hold_back(suspects: &mut [Suspect<'_>]) {
    let mut taken: HashSet<u32> = HashSet::new();
    for suspect in suspects.iter_mut().filter(|s| s.raised) {
        let accounts: Vec<u32> = suspect.cohort.accounts().collect();
        let common = accounts.iter().filter(|a| taken.contains(a)).count();
        if common * 10 > accounts.len() {
            suspect.raised = false;
        } else {
            taken.extend(accounts);
        }
    }
}

fn decide(suspects: &mut [Suspect<'_>], settings: &Settings, calibration: &Calibration) {
    // A cohort that lacks a second family cannot be raised, whatever its score: it is no candidate of the correction.
    let p_values: Vec<f64> =
        suspects.iter().map(|s| if stands(&s.evidence) { calibration.p_value(s.score) } else { 1.0 }).collect();
    let q_values = calibrate::adjust(&p_values, p_values.len());
    for ((suspect, p), q) in suspects.iter_mut().zip(&p_values).zip(&q_values) {
        suspect.p_value = *p;
        suspect.q_value = *q;
        suspect.raised = *q <= settings.fdr && *p < 1.0;
    }
}

/// Under this score the costly signals are not asked.
const DOOMED: f64 = -6.0;

/// What every campaign needs besides its q-value: a score, two families, and one of them about who or when.
pub(crate) fn stands(evidence: &[Evidence]) -> bool {
    let families = weight::by_family(evidence);
    let linked = [Family::Timing, Family::Identity, Family::Protocol]
        .iter()
        .any(|f| families.get(f).is_some_and(|w| *w >= weight::SUPPORT));
    linked && weight::supporting(evidence) >= 2 && weight::score(evidence) >= LEAST_SCORE
}
