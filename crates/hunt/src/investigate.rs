//! The hunt itself: templates and their exchanges in, campaigns and cleared look-alikes out.

use std::collections::{BTreeSet, HashSet};

use crate::{
    assemble::{self, Group},
    background::Background,
    calibrate::{self, Calibration},
    campaign::{Evidence, Family},
    cohort::{Cohort, carried},
    parallel, signal,
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
    /// Most of its accounts belong to a better one.
    shadow: bool,
}

/// Everything that was tested, raised or not, by falling score.
#[derive(Debug)]
pub(crate) struct Verdicts<'a> {
    pub(crate) suspects: Vec<Suspect<'a>>,
    pub(crate) bar: Bar,
}

/// The least score that would have been raised, as more candidates came up.
#[derive(Debug)]
pub(crate) struct Bar {
    /// When each candidate was first seen, in order.
    candidates: Vec<i64>,
    /// The least score for so many candidates; the last for all of them.
    scores: Vec<f64>,
}

impl Bar {
    fn of(suspects: &[Suspect<'_>], fdr: f64, calibration: &Calibration) -> Self {
        let mut candidates: Vec<i64> =
            suspects.iter().filter(|s| s.score >= calibrate::CANDIDATE).map(|s| s.cohort.span().0).collect();
        candidates.sort_unstable();
        // What stands beside others needs less than what stands alone.
        let least = suspects.iter().filter(|s| s.raised).map(|s| s.score).fold(f64::INFINITY, f64::min);
        let alone = |n: usize| calibration.bar(fdr, n).min(least).max(LEAST_SCORE);
        let scores = (0..=candidates.len()).map(alone).collect();
        Self { candidates, scores }
    }

    /// The bar at a time, with the candidates that had been seen by then.
    pub(crate) fn at(&self, time: i64) -> f64 {
        self.scores[self.candidates.partition_point(|first| *first <= time)]
    }
}

/// No campaign is raised under this score, whatever the calibration says.
pub(crate) const LEAST_SCORE: f64 = 8.0;

/// A set of accounts that is asked for every exchange.
#[derive(Debug, Clone)]
pub(crate) struct Marked(Vec<bool>);

impl Marked {
    pub(crate) fn none(accounts: usize) -> Self {
        Self(vec![false; accounts])
    }

    pub(crate) fn mark(&mut self, account: u32) {
        self.0[account as usize] = true;
    }

    pub(crate) fn has(&self, account: u32) -> bool {
        self.0[account as usize]
    }
}

/// The exchanges of each template, by index, in time order.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    events: &'a [Event],
    /// Account of each exchange.
    account: Vec<u32>,
    by_template: Vec<Vec<u32>>,
}

/// A join is weighed on the exchanges of a sample of accounts where all together have more than this.
const SAMPLE: usize = 12_000;

impl<'a> Index<'a> {
    pub(crate) fn new(events: &'a Events, templates: usize) -> Self {
        let mut by_template = vec![Vec::new(); templates];
        for (i, event) in (0..).zip(&events.rows) {
            for feature in carried(event) {
                by_template[feature as usize].push(i);
            }
        }
        Self { events: &events.rows, account: events.rows.iter().map(|e| e.account).collect(), by_template }
    }

    /// Exchanges that carry any of the templates, in time order, once each, without those of the accounts set aside.
    pub(crate) fn union(&self, templates: &BTreeSet<u32>, aside: &Marked) -> Vec<&'a Event> {
        self.of_accounts(templates, |account| !aside.has(account))
    }

    /// The same for a part of the accounts, where there are many exchanges: all that those accounts sent.
    fn sample(&self, templates: &BTreeSet<u32>, aside: &Marked) -> Vec<&'a Event> {
        let rows: usize = templates.iter().map(|t| self.by_template[*t as usize].len()).sum();
        let parts = (rows / SAMPLE) as u32 + 1;
        // A multiplicative hash (Knuth): neighbours in number are often of one kind.
        let drawn = |account: u32| (account.wrapping_mul(2_654_435_769) >> 8).is_multiple_of(parts);
        self.of_accounts(templates, |account| drawn(account) && !aside.has(account))
    }

    fn of_accounts(&self, templates: &BTreeSet<u32>, wanted: impl Fn(u32) -> bool) -> Vec<&'a Event> {
        let all = templates.iter().flat_map(|t| &self.by_template[*t as usize]);
        let mut rows: Vec<u32> = all.copied().filter(|i| wanted(self.account[*i as usize])).collect();
        if templates.len() > 1 {
            rows.sort_unstable();
            rows.dedup();
        }
        rows.into_iter().map(|i| &self.events[i as usize]).collect()
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

/// A group of templates and what became of its cohort; none where too few independent accounts are left.
#[derive(Debug)]
struct Tried<'a> {
    group: Group,
    suspect: Option<Suspect<'a>>,
}

/// Weighs every cohort that the templates make.
pub(crate) fn judge<'a>(bench: Bench<'_, 'a>, calibration: &Calibration) -> Verdicts<'a> {
    let mut aside = Marked::none(bench.traffic.accounts.len());
    let mut found: Vec<Suspect<'a>> = Vec::new();
    let mut tried: Vec<Tried<'a>> = Vec::new();
    let mut fresh: Vec<u32> = (0..).zip(bench.templates).filter(|(_, t)| !t.public).map(|(i, _)| i).collect();
    for round in 1..=ROUNDS {
        tried = again(bench, tried, &fresh, &aside);
        let raised = stand(&mut tried, bench, calibration);
        let last = raised.is_empty() || round == ROUNDS;
        raised.into_iter().for_each(|account| aside.mark(account));
        // Until the last round only what stands is kept: what shares accounts with it is tested again without them.
        fresh = Vec::new();
        tried.retain_mut(|one| {
            let Some(suspect) = &one.suspect else { return true };
            let stays = !suspect.raised && !overlaps(suspect.cohort.accounts(), |a| aside.has(a));
            found.extend(one.suspect.take_if(|s| s.raised || last && !s.shadow));
            if !stays {
                fresh.extend(&one.group.templates);
            }
            stays
        });
        if last {
            break;
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.templates.cmp(&b.templates)));
    // All rounds together are one family of tests.
    let standing: Vec<bool> = found.iter().map(|s| s.raised).collect();
    decide(&mut found.iter_mut().collect::<Vec<_>>(), bench.settings, calibration);
    for (suspect, stood) in found.iter_mut().zip(standing) {
        suspect.raised &= stood;
    }
    let bar = Bar::of(&found, bench.settings.fdr, calibration);
    Verdicts { suspects: found, bar }
}

/// Joins fresh templates with each other and with what was tried, and weighs the groups that come of it.
fn again<'a>(bench: Bench<'_, 'a>, mut tried: Vec<Tried<'a>>, fresh: &[u32], aside: &Marked) -> Vec<Tried<'a>> {
    let settled: Vec<Group> = tried.iter().map(|t| Group { settled: true, ..t.group.clone() }).collect();
    let (settled, new): (Vec<Group>, Vec<Group>) =
        groups(bench, settled, fresh, aside).into_iter().partition(|g| g.settled);
    let left: HashSet<&BTreeSet<u32>> = settled.iter().map(|g| &g.templates).collect();
    tried.retain(|t| left.contains(&t.group.templates));
    let suspects = parallel::map(&new, |group| suspect(bench, group, aside));
    tried.extend(new.into_iter().zip(suspects).map(|(group, suspect)| Tried { group, suspect }));
    tried
}

/// Whether more than a tenth of the accounts are among others: less is taken for chance.
fn overlaps(accounts: impl ExactSizeIterator<Item = u32>, others: impl Fn(u32) -> bool) -> bool {
    let all = accounts.len();
    accounts.filter(|a| others(*a)).count() * 10 > all
}

/// Decides which suspects stand, and gives their accounts.
fn stand(tried: &mut [Tried<'_>], bench: Bench<'_, '_>, calibration: &Calibration) -> HashSet<u32> {
    let mut suspects: Vec<&mut Suspect<'_>> = tried.iter_mut().filter_map(|t| t.suspect.as_mut()).collect();
    suspects.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.templates.cmp(&b.templates)));
    mark_shadows(&mut suspects, bench.traffic.accounts.len());
    suspects.retain(|s| !s.shadow);
    decide(&mut suspects, bench.settings, calibration);
    hold_back(&mut suspects);
    suspects.iter().filter(|s| s.raised).flat_map(|s| s.cohort.accounts()).collect()
}

/// Joins what can be joined: groups of earlier rounds, and each fresh template as a group of its own.
fn groups(bench: Bench<'_, '_>, settled: Vec<Group>, fresh: &[u32], aside: &Marked) -> Vec<Group> {
    let quick = |set: &BTreeSet<u32>| quick(bench, set, aside);
    let alone = parallel::map(fresh, |&i| {
        let set = BTreeSet::from([i]);
        let score = quick(&set);
        let rows = &bench.templates[i as usize].rows;
        let accounts = rows.iter().map(|r| r.account).filter(|a| !aside.has(*a)).collect();
        Group { templates: set, accounts, score, settled: false }
    });
    let possible = settled.into_iter().chain(alone).filter(|g| g.score > f64::NEG_INFINITY);
    let (mut hopeful, hopeless): (Vec<Group>, Vec<Group>) = possible.partition(|g| g.score >= HOPEFUL);
    // Templates are numbered by falling use.
    hopeful.sort_by(|a, b| a.templates.first().cmp(&b.templates.first()));
    let mut groups = assemble::join(hopeful, bench.traffic.accounts.len(), quick);
    groups.extend(hopeless);
    groups
}

/// The score of a set of templates by the signals that need no random sets, on a sample of accounts.
fn quick(bench: Bench<'_, '_>, templates: &BTreeSet<u32>, aside: &Marked) -> f64 {
    let events = bench.index.sample(templates, aside);
    Cohort::gather(&events, &bench.traffic.accounts, SEATED)
        .map_or(f64::NEG_INFINITY, |c| weight::score(&signal::quick(&c, bench.background, bench.traffic.to)))
}

/// Other wordings that the accounts of a suspect have nearly to themselves, and that do not speak against a campaign.
///
/// What was found need not be all that the accounts send: the hunt keeps the wordings that together are the best evidence.
pub(crate) fn kin(bench: Bench<'_, '_>, suspect: &Suspect<'_>) -> BTreeSet<u32> {
    let mut members = Marked::none(bench.traffic.accounts.len());
    suspect.cohort.accounts().for_each(|account| members.mark(account));
    let nobody = Marked::none(bench.traffic.accounts.len());
    let theirs = |template: &Template| {
        let inside = template.rows.iter().filter(|r| members.has(r.account)).count();
        !template.public && inside as f64 >= OWN * template.rows.len() as f64
    };
    (0..)
        .zip(bench.templates)
        .filter(|(i, template)| !suspect.templates.contains(i) && theirs(template))
        .map(|(i, _)| i)
        .filter(|i| quick(bench, &BTreeSet::from([*i]), &nobody) >= calibrate::CANDIDATE)
        .collect()
}

/// Share of a wording's accounts that must be of a campaign.
const OWN: f64 = 0.8;

/// A template with less evidence than this alone is somebody's habit or everybody's phrase: it joins no other.
const HOPEFUL: f64 = -3.0;

fn suspect<'a>(bench: Bench<'_, 'a>, group: &Group, aside: &Marked) -> Option<Suspect<'a>> {
    let events = bench.index.union(&group.templates, aside);
    let cohort = Cohort::gather(&events, &bench.traffic.accounts, SEATED)?;
    if cohort.nodes < bench.settings.min_accounts as usize {
        return None;
    }
    let evidence = signal::weigh(&cohort, bench.background, bench.traffic.to);
    let score = weight::score(&evidence);
    let templates = group.templates.clone();
    Some(Suspect { templates, cohort, evidence, score, p_value: 1.0, q_value: 1.0, raised: false, shadow: false })
}

/// Marks a cohort most of whose accounts belong to a better one: it is a shadow of the same fact.
fn mark_shadows(suspects: &mut [&mut Suspect<'_>], population: usize) {
    let mut owners: Vec<Vec<u32>> = vec![Vec::new(); population];
    let mut common: Vec<usize> = Vec::new();
    for suspect in suspects {
        common.fill(0);
        for account in suspect.cohort.accounts() {
            owners[account as usize].iter().for_each(|owner| common[*owner as usize] += 1);
        }
        suspect.shadow = common.iter().any(|n| n * 2 > suspect.cohort.seats.len());
        if !suspect.shadow && suspect.score >= LEAST_SCORE {
            let owner = common.len() as u32;
            suspect.cohort.accounts().for_each(|account| owners[account as usize].push(owner));
            common.push(0);
        }
    }
}

/// A cohort that shares accounts with a better one waits for the next round, where it is tested without them.
fn hold_back(suspects: &mut [&mut Suspect<'_>]) {
    let mut taken: HashSet<u32> = HashSet::new();
    for suspect in suspects.iter_mut().filter(|s| s.raised) {
        if overlaps(suspect.cohort.accounts(), |a| taken.contains(&a)) {
            suspect.raised = false;
        } else {
            taken.extend(suspect.cohort.accounts());
        }
    }
}

/// How many cohorts are candidates, and so tests of one family.
fn tests(scores: impl Iterator<Item = f64>) -> usize {
    scores.filter(|score| *score >= calibrate::CANDIDATE).count()
}

fn decide(suspects: &mut [&mut Suspect<'_>], settings: &Settings, calibration: &Calibration) {
    // A cohort that lacks a second family cannot be raised, whatever its score: it is no candidate of the correction.
    let p_values: Vec<f64> =
        suspects.iter().map(|s| if stands(&s.evidence) { calibration.p_value(s.score) } else { 1.0 }).collect();
    let q_values = calibrate::adjust(&p_values, tests(suspects.iter().map(|s| s.score)));
    for ((suspect, p), q) in suspects.iter_mut().zip(&p_values).zip(&q_values) {
        suspect.p_value = *p;
        suspect.q_value = *q;
        suspect.raised = *q <= settings.fdr && *p < 1.0;
    }
}

/// What every campaign needs besides its q-value: a score, two families, and one of them about who or when.
pub(crate) fn stands(evidence: &[Evidence]) -> bool {
    let families = weight::by_family(evidence);
    let linked = [Family::Timing, Family::Identity, Family::Protocol]
        .iter()
        .any(|f| families.get(f).is_some_and(|w| *w >= weight::SUPPORT));
    linked && weight::supporting(evidence) >= 2 && weight::score(evidence) >= LEAST_SCORE
}
