//! From verdicts to [`Findings`]: each campaign with its members, templates, links and timeline, each cleared cohort
//! with what cleared it.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use crate::{
    background::Background,
    calibrate::Calibration,
    campaign::{
        self, Campaign, Cleared, Evidence, Family, Findings, Link, MAX_CLEARED, MAX_LINKS, Member, Parameters, Part,
        Timeline, Totals,
    },
    cohort::{Cohort, Seat},
    explain,
    investigate::{self, Bench, Index, Settings, Suspect},
    parallel, replay,
    tables::{Account, Column, Events, Feature, Traffic},
    template::Template,
    weight,
};

/// Everything that one hunt looks at.
#[derive(Debug)]
pub struct Case<'a> {
    pub traffic: &'a Traffic,
    /// From [`crate::template::mine`]; features of `events` index into it.
    pub templates: &'a [Template],
    pub events: &'a Events,
    /// Masked texts of features that enough accounts used.
    pub exemplars: &'a HashMap<Feature, String>,
    pub settings: Settings,
    pub calibration: &'a Calibration,
    /// When the hunt runs, RFC 3339.
    pub generated: String,
}

/// Steps of [`hunt`], for a progress bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Weighing,
    Replaying { done: usize, of: usize },
}

/// What a cohort scored, raised or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Sum of the clamped weights of evidence, in bits.
    pub score: f64,
    /// It has the families of evidence that every campaign needs; only its p-value could clear it.
    pub standing: bool,
    pub accounts: usize,
}

/// The scores of every cohort that [`hunt`] tests on this case, falling: the material of a [`Calibration`].
pub fn scores(case: &Case<'_>) -> Vec<Scored> {
    let background = Background::new(case.traffic, case.settings.seed);
    let index = Index::new(case.events, case.templates.len());
    let scored = |s: Suspect<'_>| Scored {
        score: s.score,
        standing: investigate::stands(&s.evidence),
        accounts: s.cohort.seats.len(),
    };
    let verdicts = investigate::judge(bench(case, &background, &index), case.calibration);
    verdicts.suspects.into_iter().map(scored).collect()
}

fn bench<'b, 'a>(case: &'b Case<'_>, background: &'b Background<'b>, index: &'b Index<'a>) -> Bench<'b, 'a> {
    Bench { traffic: case.traffic, background, templates: case.templates, index, settings: &case.settings }
}

/// Campaigns that are replayed between two reports of progress.
const AT_ONCE: usize = 8;

/// Finds the campaigns of a case.
pub fn hunt(case: &Case<'_>, mut progress: impl FnMut(Step)) -> Findings {
    progress(Step::Weighing);
    let background = Background::new(case.traffic, case.settings.seed);
    let index = Index::new(case.events, case.templates.len());
    let bench = bench(case, &background, &index);
    let verdicts = investigate::judge(bench, case.calibration);
    let (raised, rest): (Vec<Suspect<'_>>, Vec<Suspect<'_>>) = verdicts.suspects.into_iter().partition(|s| s.raised);
    let mut campaigns = Vec::with_capacity(raised.len());
    for suspects in raised.chunks(AT_ONCE) {
        progress(Step::Replaying { done: campaigns.len(), of: raised.len() });
        campaigns.extend(parallel::map(suspects, |suspect| {
            let alert = replay::first_alert(bench, suspect, &verdicts.bar);
            campaign(case, &background, suspect, alert)
        }));
    }
    let tested = raised.len() + rest.len() + case.templates.iter().filter(|t| t.public).count();
    Findings {
        version: 1,
        generated: case.generated.clone(),
        parameters: parameters(&case.settings),
        totals: totals(case, tested, &campaigns),
        cleared: cleared(case, &rest),
        campaigns,
    }
}

fn parameters(settings: &Settings) -> Parameters {
    Parameters {
        fdr: settings.fdr,
        min_accounts: settings.min_accounts,
        min_uses: settings.min_uses,
        seed: settings.seed,
    }
}

fn totals(case: &Case<'_>, tested: usize, campaigns: &[Campaign]) -> Totals {
    let traffic = case.traffic;
    let inside: HashSet<&str> = campaigns.iter().flat_map(|c| c.accounts.iter().map(String::as_str)).collect();
    Totals {
        exchanges: traffic.exchanges,
        accounts: traffic.accounts.len() as u64,
        from: (traffic.exchanges > 0).then(|| rfc3339(traffic.from)),
        to: (traffic.exchanges > 0).then(|| rfc3339(traffic.to)),
        templates: case.templates.len() as u64,
        cohorts_tested: tested as u64,
        campaigns: campaigns.len() as u64,
        accounts_in_campaigns: inside.len() as u64,
    }
}

fn campaign(case: &Case<'_>, background: &Background<'_>, suspect: &Suspect<'_>, alert: Option<i64>) -> Campaign {
    let traffic = case.traffic;
    let cohort = &suspect.cohort;
    let set: Vec<u32> = cohort.accounts().collect();
    let links = background.linkage.links(&set, MAX_LINKS);
    let links: Vec<Link> = links
        .into_iter()
        .map(|pair| Link {
            a: position(&set, pair.a),
            b: position(&set, pair.b),
            weight: pair.weight,
            reasons: pair.reasons.iter().map(|r| r.reason().to_owned()).collect(),
        })
        .collect();
    let exchanges: u64 = set.iter().map(|a| traffic.accounts[*a as usize].exchanges).sum();
    let harvest = cohort.events.len() as u64;
    let (first, last) = cohort.span();
    let mut evidence = suspect.evidence.clone();
    evidence.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    Campaign {
        campaign_id: campaign_id(case, suspect),
        score: suspect.score,
        p_value: suspect.p_value,
        q_value: suspect.q_value,
        effect: explain::effect(&evidence, suspect.q_value, harvest as f64 / exchanges.max(1) as f64).to_owned(),
        accounts: set.iter().map(|a| traffic.accounts[*a as usize].account_id.clone()).collect(),
        first_alert: alert.map(rfc3339),
        first_seen: rfc3339(first),
        last_seen: rfc3339(last),
        exchanges,
        harvest,
        output_tokens: cohort.events.iter().map(|e| u64::from(e.output_tokens)).sum(),
        summary: summary(cohort, &evidence, exchanges),
        look_alike: explain::nearest(cohort, &evidence, traffic),
        overturn: explain::overturn(&evidence),
        templates: templates(case, suspect),
        members: cohort.seats.iter().enumerate().map(|(i, seat)| member(traffic, cohort, *seat, i, &links)).collect(),
        links,
        timeline: timeline(cohort),
        models: models(case, cohort),
        evidence,
    }
}

fn position(set: &[u32], account: u32) -> u32 {
    set.binary_search(&account).expect("links are inside the set") as u32
}

/// A hash of the members, so that the same find has the same name in every run.
fn campaign_id(case: &Case<'_>, suspect: &Suspect<'_>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut names: Vec<&str> =
        suspect.cohort.accounts().map(|a| case.traffic.accounts[a as usize].account_id.as_str()).collect();
    names.sort_unstable();
    for byte in names.iter().flat_map(|n| n.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("rf-{:012x}", hash >> 16)
}

fn summary(cohort: &Cohort<'_>, evidence: &[Evidence], exchanges: u64) -> String {
    let families: Vec<&str> = weight::by_family(evidence)
        .into_iter()
        .filter(|(_, w)| *w >= weight::SUPPORT)
        .map(|(f, _)| match f {
            Family::Text => "wording",
            Family::Timing => "timing",
            Family::Identity => "identity",
            Family::Behaviour => "behaviour",
            Family::Protocol => "protocol",
        })
        .collect();
    let (first, last) = cohort.span();
    format!(
        "{} accounts sent {} exchanges with one set of wordings over {:.0} days ({:.0} % of all that they sent); {} tie them together.",
        cohort.seats.len(),
        cohort.events.len(),
        ((last - first) as f64 / 86_400e6).ceil().max(1.0),
        cohort.events.len() as f64 / exchanges.max(1) as f64 * 100.0,
        families.join(", ")
    )
}

fn templates(case: &Case<'_>, suspect: &Suspect<'_>) -> Vec<campaign::Template> {
    let inside: HashSet<u32> = suspect.cohort.accounts().collect();
    let mut out: Vec<campaign::Template> = suspect
        .templates
        .iter()
        .map(|&t| {
            let template = &case.templates[t as usize];
            let outside = template.rows.iter().filter(|r| !inside.contains(&r.account)).count();
            campaign::Template {
                kind: kind(template.feature.column).to_owned(),
                key: format!("{:016x}", template.feature.key),
                exemplar: case.exemplars.get(&template.feature).map(|text| exemplar(template.feature.column, text)),
                accounts: (template.rows.len() - outside) as u64,
                exchanges: template.uses(),
                outside_accounts: outside as u64,
                publicness: outside as f64 / template.rows.len().max(1) as f64,
            }
        })
        .collect();
    out.sort_by(|a, b| b.exchanges.cmp(&a.exchanges).then_with(|| a.key.cmp(&b.key)));
    out.truncate(40);
    out
}

fn kind(column: Column) -> &'static str {
    match column {
        Column::SystemKey | Column::SystemPrefix => "system",
        Column::Prefix4 | Column::Prefix8 | Column::Prefix16 => "prefix",
        Column::Suffix4 | Column::Suffix8 | Column::Suffix16 => "suffix",
    }
}

fn exemplar(column: Column, text: &str) -> Vec<Part> {
    let fixed = Part { text: text.to_owned(), varies: false };
    let rest = Part { text: "…".to_owned(), varies: true };
    match kind(column) {
        "suffix" => vec![rest, fixed],
        "prefix" => vec![fixed, rest],
        _ => vec![fixed],
    }
}

fn member(traffic: &Traffic, cohort: &Cohort<'_>, seat: Seat, position: usize, links: &[Link]) -> Member {
    let account = &traffic.accounts[seat.account as usize];
    let by_family = member_weights(cohort, seat, account, position, links);
    Member {
        account_id: account.account_id.clone(),
        organization_id: account.facts.as_ref().and_then(|f| f.organization_id.clone()),
        plan: account.facts.as_ref().map_or_else(|| "unknown".to_owned(), |f| f.plan.clone()),
        created: account.facts.as_ref().map_or_else(|| "unknown".to_owned(), |f| rfc3339(f.created)),
        exchanges: account.exchanges,
        harvest: u64::from(seat.uses),
        first: rfc3339(seat.first),
        last: rfc3339(seat.last),
        weight: by_family.values().sum(),
        by_family,
    }
}

/// What ties one account to the rest: how much of it is the wording, its strongest link, how typical its use is.
fn member_weights(
    cohort: &Cohort<'_>,
    seat: Seat,
    account: &Account,
    position: usize,
    links: &[Link],
) -> BTreeMap<Family, f64> {
    let share = f64::from(seat.uses) / account.exchanges.max(1) as f64;
    let text = weight::clamp((f64::from(seat.uses)).log2() + share.log2() / 2.0, 0.0, 6.0);
    let strongest = links
        .iter()
        .filter(|l| l.a as usize == position || l.b as usize == position)
        .map(|l| l.weight)
        .fold(0.0, f64::max);
    let typical = cohort.events.len() as f64 / cohort.seats.len() as f64;
    let off = (f64::from(seat.uses) / typical).log2().abs();
    BTreeMap::from([
        (Family::Text, text),
        (Family::Identity, weight::clamp(strongest, 0.0, 8.0)),
        (Family::Timing, weight::clamp(2.0 - off, -2.0, 2.0)),
    ])
}

/// Widest timeline, in buckets.
const BUCKETS: i64 = 72;

fn timeline(cohort: &Cohort<'_>) -> Timeline {
    let (first, last) = cohort.span();
    let hour = 3_600_000_000;
    let width = (((last - first) / BUCKETS) / hour + 1) * hour;
    let start = first.div_euclid(width) * width;
    let length = usize::try_from((last - start) / width + 1).unwrap_or(1);
    let mut counts = vec![vec![0; length]; cohort.seats.len()];
    for (event, &seat) in cohort.events.iter().zip(&cohort.seat_of) {
        let bucket = usize::try_from((event.time - start) / width).unwrap_or(0).min(length - 1);
        counts[seat as usize][bucket] += 1;
    }
    Timeline { start: rfc3339(start), bucket_seconds: (width / 1_000_000).unsigned_abs(), counts }
}

fn models(case: &Case<'_>, cohort: &Cohort<'_>) -> Vec<(String, u64)> {
    let mut counts: HashMap<u16, u64> = HashMap::new();
    for event in &cohort.events {
        *counts.entry(event.model).or_default() += 1;
    }
    let mut out: Vec<(String, u64)> =
        counts.into_iter().map(|(m, n)| (case.events.models[m as usize].clone(), n)).collect();
    out.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    out
}

/// Cohorts worth a word: those of some size, largest first.
fn cleared(case: &Case<'_>, rest: &[Suspect<'_>]) -> Vec<Cleared> {
    let mut out: Vec<Cleared> = rest
        .iter()
        .filter(|s| s.cohort.events.len() >= 40 || s.score > 0.0)
        .map(|suspect| {
            let (class, reason) = explain::cleared(&suspect.cohort, &suspect.evidence);
            let mut evidence = suspect.evidence.clone();
            evidence.sort_by(|a, b| a.weight.total_cmp(&b.weight));
            Cleared {
                class: class.name().to_owned(),
                accounts: suspect.cohort.seats.len() as u64,
                exchanges: suspect.cohort.events.len() as u64,
                reason,
                evidence,
                example_accounts: suspect
                    .cohort
                    .accounts()
                    .take(3)
                    .map(|a| case.traffic.accounts[a as usize].account_id.clone())
                    .collect(),
            }
        })
        .collect();
    out.extend(case.templates.iter().filter(|t| t.public).map(|template| set_aside(case, template)));
    out.sort_by(|a, b| (b.exchanges, &b.example_accounts).cmp(&(a.exchanges, &a.example_accounts)));
    out.truncate(MAX_CLEARED);
    out
}

/// A wording that was plainly public by its uses alone, so that its exchanges were not fetched.
fn set_aside(case: &Case<'_>, template: &Template) -> Cleared {
    let accounts = template.rows.len();
    let days = |micros: i64| micros as f64 / 86_400e6;
    let first = template.rows.iter().map(|r| r.first).min().unwrap_or(case.traffic.from);
    let reason = format!(
        "cleared by equalised use and common start and stop: {accounts} accounts used it again and again, unevenly, the \
         first of them {:.1} days after the window opened",
        days(first - case.traffic.from)
    );
    let example = template.rows.iter().take(3).map(|r| case.traffic.accounts[r.account as usize].account_id.clone());
    Cleared {
        class: explain::PUBLIC_TOOL.to_owned(),
        accounts: accounts as u64,
        exchanges: template.uses(),
        reason,
        evidence: Vec::new(),
        example_accounts: example.collect(),
    }
}

fn rfc3339(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| "unknown".to_owned(), |t| format!("{t:.6}"))
}
