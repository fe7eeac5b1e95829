//! What was set of a campaign is what comes out.

use std::collections::{HashMap, HashSet};

use exchanges::{AccountId, Exchange};
use simulate::{Archetype, Campaign, Grid, Labelled, Plan, Timing};

fn only(campaign: Campaign, seed: u64) -> Plan {
    Plan { campaigns: vec![campaign], ..Plan::benign(seed, 60) }
}

/// The campaign's exchanges, and which of them are harvest.
fn rows(plan: &Plan) -> Vec<(Exchange, bool)> {
    let ours = |l: Labelled| l.campaign.is_some().then_some((l.exchange, l.harvest));
    plan.exchanges().filter_map(ours).collect()
}

fn per_account(rows: &[(Exchange, bool)]) -> HashMap<&AccountId, u32> {
    let mut counts = HashMap::new();
    for (exchange, _) in rows.iter().filter(|(_, harvest)| *harvest) {
        *counts.entry(&exchange.account_id).or_default() += 1;
    }
    counts
}

/// Spread over mean.
fn variation(counts: &HashMap<&AccountId, u32>) -> f64 {
    let mean = counts.values().map(|&n| f64::from(n)).sum::<f64>() / counts.len() as f64;
    let square = counts.values().map(|&n| (f64::from(n) - mean).powi(2)).sum::<f64>() / counts.len() as f64;
    square.sqrt() / mean
}

#[test]
fn cover_and_harvest_are_as_planned() {
    for (archetype, cover) in [
        (Archetype::CotHarvest, 0.0),
        (Archetype::CotHarvest, 0.8),
        (Archetype::RelayPool, 0.5),
        (Archetype::RelayPool, 0.95),
        (Archetype::NaiveFarm, 0.5),
        (Archetype::PoolSwap, 0.5),
    ] {
        let campaign = Campaign { cover, ..Campaign::new(archetype, 30, 1) };
        let planned = f64::from(campaign.accounts * campaign.harvest_per_account);
        let rows = rows(&only(campaign, 1));
        let harvest = rows.iter().filter(|(_, harvest)| *harvest).count() as f64;
        let covered = 1.0 - harvest / rows.len() as f64;
        assert!((covered - cover).abs() < 0.05, "{archetype:?}: cover {covered} instead of {cover}");
        assert!((harvest / planned - 1.0).abs() < 0.12, "{archetype:?}: {harvest} instead of {planned}");
    }
}

#[test]
fn identity_overlap_is_as_planned() {
    for overlap in [0.0, 0.25, 0.6] {
        let grid = Grid {
            accounts: 120,
            harvest_per_account: 5,
            cover: 0.0,
            identity_overlap: overlap,
            paraphrase: 0,
            timing: Timing::Flat,
            honest: 60,
        };
        let plan = Plan::grid(3, grid);
        let ours: HashSet<_> = plan.labels().filter(|l| l.campaign_id.is_some()).map(|l| l.account_id).collect();
        let cards: Vec<_> =
            plan.accounts().filter(|a| ours.contains(&a.account_id)).filter_map(|a| a.payment_id).collect();
        let shared = cards.iter().filter(|card| cards.iter().filter(|c| c == card).count() > 1).count();
        let share = shared as f64 / cards.len() as f64;
        assert!((share - overlap).abs() < 0.02, "{share} instead of {overlap}");
    }
}

#[test]
fn quotas_are_equal_or_heavy_tailed() {
    let relay = rows(&only(Campaign::new(Archetype::RelayPool, 30, 4), 4));
    assert!(variation(&per_account(&relay)) < 0.3);
    let drip = rows(&only(Campaign::new(Archetype::SlowDrip, 30, 4), 4));
    assert!(variation(&per_account(&drip)) < 0.1);
    let tailed = rows(&only(Campaign::new(Archetype::HeavyTailed, 30, 4), 4));
    assert!(variation(&per_account(&tailed)) > 0.6);
}

#[test]
fn successors_take_over_after_the_ban() {
    let plan = only(Campaign::new(Archetype::PoolSwap, 30, 5), 5);
    let rows = rows(&plan);
    let ban = plan.start.micros() + i64::from(plan.days) * 43_200_000_000;
    let hours = 3_600_000_000;
    let served = |from: i64, until: i64| -> HashSet<&AccountId> {
        rows.iter()
            .filter(|(e, harvest)| *harvest && e.status == 200 && (from..until).contains(&e.time.micros()))
            .map(|(e, _)| &e.account_id)
            .collect()
    };
    let before = served(0, ban);
    let after = served(ban + 6 * hours, i64::MAX);
    assert!(before.len() >= 14 && after.len() >= 14, "{} {}", before.len(), after.len());
    assert!(before.is_disjoint(&after));
    assert!(rows.iter().any(|(e, _)| e.status == 403 && before.contains(&e.account_id)));
}

#[test]
fn a_pivot_is_over_within_a_day_of_the_release() {
    let plan = Plan { release: Some(0.5), ..only(Campaign::new(Archetype::ModelPivot, 20, 6), 6) };
    let rows = rows(&plan);
    let release = plan.start.micros() + i64::from(plan.days) * 43_200_000_000;
    let day = 86_400_000_000;
    let newest = |from: i64, until: i64| {
        let within: Vec<_> = rows.iter().filter(|(e, _)| (from..until).contains(&e.time.micros())).collect();
        within.iter().filter(|(e, _)| e.request_model == "corvid-4-large").count() as f64 / within.len() as f64
    };
    assert_eq!(newest(0, release), 0.0);
    assert!(newest(release + day, i64::MAX) > 0.9);
}

#[test]
fn a_relay_moves_the_same_prompt_on_when_refused() {
    let rows = rows(&only(Campaign::new(Archetype::RelayPool, 30, 7), 7));
    let moved = rows.iter().enumerate().filter(|(_, (e, _))| e.status == 429).filter(|(i, (e, _))| {
        rows[i + 1..].iter().take(300).any(|(later, _)| {
            later.prompt == e.prompt
                && later.account_id != e.account_id
                && later.time.micros() - e.time.micros() < 30_000_000
        })
    });
    assert!(moved.count() > 20);
}

#[test]
fn shards_are_disjoint_and_resampling_overlaps() {
    let repeats = |resampled: f64| {
        let campaign = Campaign { resampled, cover: 0.0, ..Campaign::new(Archetype::CotHarvest, 20, 8) };
        let rows = rows(&only(campaign, 8));
        let mut accounts: HashMap<String, HashSet<&AccountId>> = HashMap::new();
        for (exchange, _) in &rows {
            let prompt = exchange.prompt.as_ref().expect("every row has a prompt").as_str().to_owned();
            accounts.entry(prompt).or_default().insert(&exchange.account_id);
        }
        accounts.values().filter(|a| a.len() > 1).count() as f64 / accounts.len() as f64
    };
    assert!(repeats(0.0) < 0.05, "{}", repeats(0.0));
    assert!(repeats(0.8) > 0.15, "{}", repeats(0.8));
}

#[test]
fn timing_is_shared_only_where_it_is_set() {
    let together = |timing: Timing| {
        let campaign = Campaign { timing, cover: 0.0, ..Campaign::new(Archetype::CotHarvest, 20, 9) };
        let rows = rows(&only(campaign, 9));
        let mut minutes: HashMap<i64, HashSet<&AccountId>> = HashMap::new();
        for (exchange, _) in &rows {
            minutes.entry(exchange.time.micros() / 60_000_000).or_default().insert(&exchange.account_id);
        }
        minutes.values().map(HashSet::len).max().unwrap_or(0)
    };
    assert!(together(Timing::Synchronous) >= 18, "{}", together(Timing::Synchronous));
    assert!(together(Timing::DailyMimicry) <= 5, "{}", together(Timing::DailyMimicry));
}

#[test]
fn truth_counts_what_was_emitted() {
    let plan = Plan::demo(10);
    let mut emitted = plan.exchanges();
    let mut harvest: HashMap<String, (u64, u64)> = HashMap::new();
    for labelled in emitted.by_ref() {
        if let Some(campaign) = labelled.campaign {
            let counts = harvest.entry(campaign.to_string()).or_default();
            counts.0 += 1;
            counts.1 += u64::from(labelled.harvest);
        }
    }
    for truth in plan.campaigns(&emitted) {
        assert_eq!((truth.exchanges, truth.harvest), harvest[&truth.id]);
        assert!(truth.start < truth.end);
        let members = plan.labels().filter(|l| l.campaign_id.as_deref() == Some(&truth.id)).count();
        assert_eq!(members, truth.accounts as usize);
    }
}
