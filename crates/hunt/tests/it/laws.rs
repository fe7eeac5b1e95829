//! Laws that hold for any numbers, tables and traffic.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use exchanges::Account;
use hunt::{
    Case, Settings,
    calibrate::{Calibration, adjust},
    campaign::Findings,
    tables::{self, AccountFacts, Column, Event, Events, Feature, ModelStart, NONE, Traffic, Use, Uses},
    template,
};
use proptest::{collection::vec, option, prelude::*};
use simulate::{Archetype, Campaign, Plan};

use crate::traffic::Tables;

const DAY: i64 = 86_400_000_000;

/// Benjamini-Hochberg by its definition: the least rate at which a value is rejected.
fn adjust_by_definition(p_values: &[f64], tests: usize) -> Vec<f64> {
    let bound = |q: f64| {
        let rank = p_values.iter().filter(|p| **p <= q).count();
        q * tests as f64 / rank as f64
    };
    p_values.iter().map(|p| p_values.iter().filter(|q| *q >= p).map(|q| bound(*q)).fold(1.0, f64::min)).collect()
}

proptest! {
    #[test]
    fn adjusting_equals_its_definition(p_values in vec(0.0..=1.0f64, 1..40), more in 0usize..20) {
        let tests = p_values.len() + more;
        let adjusted = adjust(&p_values, tests);
        for ((q, expected), p) in adjusted.iter().zip(adjust_by_definition(&p_values, tests)).zip(&p_values) {
            prop_assert!((q - expected).abs() < 1e-12);
            prop_assert!(*q >= p - 1e-12 && *q <= 1.0);
        }
    }

    #[test]
    fn adjusting_keeps_order_and_ignores_it(pairs in vec((0.0..=1.0f64, any::<u32>()), 1..40)) {
        let p_values: Vec<f64> = pairs.iter().map(|(p, _)| *p).collect();
        let adjusted = adjust(&p_values, p_values.len());
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_by_key(|&i| pairs[i].1);
        let shuffled: Vec<f64> = order.iter().map(|&i| p_values[i]).collect();
        let again = adjust(&shuffled, shuffled.len());
        for (at, &i) in order.iter().enumerate() {
            prop_assert!((again[at] - adjusted[i]).abs() < 1e-12);
        }
        for (p, q) in p_values.iter().zip(&adjusted) {
            for (other, higher) in p_values.iter().zip(&adjusted) {
                prop_assert!(other < p || *higher >= q - 1e-12);
            }
        }
    }

    #[test]
    fn a_higher_score_is_never_likelier(
        top in vec(-20.0..20.0f64, 0..120),
        standing in vec(8.0..25.0f64, 0..30),
        more in 0u64..5_000,
        scores in (-50.0..100.0f64, 0.0..50.0f64),
    ) {
        let total = (top.len() + standing.len()) as u64 + more;
        let calibration = Calibration::new(standing, top, total);
        let (low, high) = (calibration.p_value(scores.0), calibration.p_value(scores.0 + scores.1));
        prop_assert!(high <= low);
        prop_assert!(high > 0.0 && low <= 1.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_traffic_is_hunted_without_panic(world in any_world()) {
        let tables = world.tables();
        let exemplars = HashMap::new();
        // So few and low scores that nearly everything which stands is raised: the replay runs, too.
        let calibration = Calibration::new(Vec::new(), vec![-5.0, -6.0], 100_000);
        let case = Case {
            traffic: &tables.0,
            templates: &tables.1,
            events: &tables.2,
            exemplars: &exemplars,
            settings: Settings { fdr: 0.5, ..Settings::default() },
            calibration: &calibration,
            generated: "2026-09-01T00:00:00Z".to_owned(),
        };
        let findings = hunt::hunt(&case, |_| ());
        prop_assert_eq!(findings.totals.campaigns as usize, findings.campaigns.len());
        let scores = hunt::scores(&case);
        let public = tables.1.iter().filter(|t| t.public).count();
        prop_assert_eq!((scores.len() + public) as u64, findings.totals.cohorts_tested);
        prop_assert!(scores.is_sorted_by(|a, b| a.score >= b.score));
        prop_assert!(scores.iter().all(|s| s.score.is_finite() && s.accounts >= 4));
        for campaign in &findings.campaigns {
            prop_assert!(campaign.accounts.len() >= 4);
            prop_assert_eq!(campaign.members.iter().map(|m| m.harvest).sum::<u64>(), campaign.harvest);
            let counted = campaign.timeline.counts.iter().flatten().map(|n| u64::from(*n)).sum::<u64>();
            prop_assert_eq!(counted, campaign.harvest);
        }
    }
}

/// Accounts and exchanges without rhyme or reason.
#[derive(Debug, Clone)]
struct World {
    accounts: Vec<Option<AccountFacts>>,
    /// Time, account, template, item, status, model.
    rows: Vec<(i64, u32, u32, u64, u16, u16)>,
}

fn any_world() -> impl Strategy<Value = World> {
    let value = || option::of(0u64..6);
    let facts = (option::weighted(0.2, 0u8..2), -400i64..14, 0u8..2, option::of(0u8..4), value(), value(), value())
        .prop_map(|(organisation, created, plan, mail, payment, device, address)| AccountFacts {
            organization_id: organisation.map(|o| format!("org-{o}")),
            created: created * DAY,
            plan: ["free", "api"][usize::from(plan)].to_owned(),
            email_domain: mail.map(|m| format!("mail{m}.example")),
            payment,
            device,
            signup_address: address,
            signup_network: address.map(|a| a / 2),
        });
    let status = prop::sample::select(vec![200u16, 200, 200, 401, 403, 429, 500]);
    (4usize..14).prop_flat_map(move |n| {
        let row = (0..14 * DAY, 0..n as u32, 0u32..5, 0u64..40, status.clone(), 0u16..3);
        (vec(option::weighted(0.8, facts.clone()), n), vec(row, 0..300))
            .prop_map(|(accounts, rows)| World { accounts, rows })
    })
}

impl World {
    fn tables(mut self) -> (Traffic, Vec<template::Template>, Events) {
        self.rows.sort_unstable();
        let accounts = self.accounts();
        let features: Vec<Feature> = (0..5).map(|i| Feature { column: Column::ALL[i], key: i as u64 }).collect();
        let rows = self.uses();
        let templates = template::mine(&Uses { features, rows }, &accounts, 4);
        let models: Vec<String> = (0..3).map(|m| format!("model-{m}")).collect();
        let mut starts: BTreeMap<(u32, u16), i64> = BTreeMap::new();
        for &(time, account, .., model) in &self.rows {
            starts.entry((account, model)).or_insert(time);
        }
        let traffic = Traffic {
            exchanges: self.rows.len() as u64,
            from: self.rows.first().map_or(0, |r| r.0),
            to: self.rows.last().map_or(0, |r| r.0),
            marked_share: 0.1,
            models: models.clone(),
            model_starts: starts
                .into_iter()
                .map(|((account, model), first)| ModelStart { account, model, first })
                .collect(),
            accounts,
        };
        let rows = self.rows.iter().filter_map(|row| event(row, &templates)).collect();
        (traffic, templates, Events { rows, models })
    }

    fn accounts(&self) -> Vec<tables::Account> {
        (0..)
            .zip(&self.accounts)
            .map(|(i, facts)| {
                let times = || self.rows.iter().filter(move |r| r.1 == i).map(|r| r.0);
                tables::Account {
                    account_id: format!("a{i}"),
                    facts: facts.clone(),
                    exchanges: times().count() as u64,
                    first: times().min().unwrap_or(0),
                    last: times().max().unwrap_or(0),
                    output_tokens: 0,
                }
            })
            .collect()
    }

    fn uses(&self) -> Vec<Use> {
        let mut uses: BTreeMap<(u32, u32), Use> = BTreeMap::new();
        for &(time, account, feature, ..) in &self.rows {
            let fresh = Use { feature, account, uses: 0, first: time, last: time };
            let seen = uses.entry((feature, account)).or_insert(fresh);
            seen.uses += 1;
            seen.last = time;
        }
        uses.into_values().filter(|u| u.uses >= 2).collect()
    }
}

fn event(row: &(i64, u32, u32, u64, u16, u16), templates: &[template::Template]) -> Option<Event> {
    let &(time, account, feature, item, status, model) = row;
    let number = templates.iter().position(|t| t.feature.key == u64::from(feature))?;
    let mut features = [NONE; 8];
    features[feature as usize] = number as u32;
    let size = 50 + item as u32;
    let event = Event {
        time,
        account,
        features,
        item,
        input_tokens: size,
        output_tokens: size,
        model,
        status,
        marks: u16::from(item < 4),
        turn: 0,
    };
    Some(event)
}

fn strangers(n: usize) -> Vec<tables::Account> {
    (0..n)
        .map(|i| tables::Account {
            account_id: format!("a{i}"),
            facts: None,
            exchanges: 50,
            first: 0,
            last: DAY,
            output_tokens: 0,
        })
        .collect()
}

/// Uses per account of each feature, mined; gives the columns that are kept.
fn mined(table: &[(Column, &[u32])]) -> Vec<Column> {
    let features = (0..).zip(table).map(|(key, (column, _))| Feature { column: *column, key }).collect();
    let uses = |feature: usize, row: &[u32]| -> Vec<Use> {
        let seen = |(account, &uses): (u32, &u32)| Use { feature: feature as u32, account, uses, first: 0, last: DAY };
        (0..).zip(row).filter(|(_, n)| **n > 0).map(seen).collect()
    };
    let rows = table.iter().enumerate().flat_map(|(i, (_, row))| uses(i, row)).collect();
    let accounts = strangers(table.iter().map(|(_, row)| row.len()).max().unwrap_or(0));
    template::mine(&Uses { features, rows }, &accounts, 4).into_iter().map(|t| t.feature.column).collect()
}

#[test]
fn nested_features_are_one_template_and_distinct_ones_are_kept() {
    let wording = [20, 21, 19, 22, 20, 18];
    let shorter = [20, 20, 19, 21, 20, 18];
    let other = [9, 0, 9, 0, 9, 9, 9];
    assert_eq!(mined(&[(Column::Prefix4, &wording), (Column::Prefix8, &shorter)]), [Column::Prefix4]);
    assert_eq!(mined(&[(Column::Prefix4, &wording), (Column::Prefix8, &other)]), [Column::Prefix4, Column::Prefix8]);
    // The two ends of a prompt are two wordings, even where the same accounts use both.
    assert_eq!(mined(&[(Column::Prefix4, &wording), (Column::Suffix4, &shorter)]), [Column::Prefix4, Column::Suffix4]);
    assert_eq!(mined(&[(Column::Prefix4, &[30, 30, 30])]), [], "three accounts are too few");
}

#[test]
fn no_traffic_gives_no_findings() {
    let tables = Tables::of_rows(&[], std::iter::empty());
    let findings = hunt::hunt(&tables.case(Settings::default()), |_| ());
    assert!(findings.campaigns.is_empty() && findings.cleared.is_empty());
    assert_eq!((findings.totals.exchanges, findings.totals.from), (0, None));
    assert!(hunt::scores(&tables.case(Settings::default())).is_empty());
}

/// The account log may lag behind, and may know accounts that were never used.
#[test]
fn an_account_log_with_gaps_still_serves() {
    let plan = Plan { campaigns: vec![Campaign::new(Archetype::NaiveFarm, 24, 12)], ..Plan::benign(12, 100) };
    let everyone: Vec<Account> = plan.accounts().chain(Plan::benign(99, 50).accounts()).collect();
    let labels: Vec<_> = plan.labels().filter(|l| l.campaign_id.is_some()).collect();
    let guilty: BTreeSet<&str> = labels.iter().map(|l| l.account_id.as_str()).collect();
    let every_other: Vec<Account> = everyone.iter().step_by(2).cloned().collect();
    for accounts in [&everyone, &every_other, &Vec::new()] {
        let tables = Tables::of_rows(accounts, plan.exchanges().map(|l| l.exchange));
        let findings = hunt::hunt(&tables.case(Settings::default()), |_| ());
        let best: BTreeSet<&str> = findings.campaigns[0].accounts.iter().map(String::as_str).collect();
        assert_eq!(best, guilty, "with {} accounts in the log", accounts.len());
        assert_eq!(findings.totals.accounts, tables.traffic.accounts.len() as u64);
    }
}

#[test]
fn findings_survive_json() {
    let plan = Plan { campaigns: vec![Campaign::new(Archetype::RelayPool, 24, 12)], ..Plan::benign(12, 100) };
    let findings = hunt::hunt(&Tables::of_plan(&plan).case(Settings::default()), |_| ());
    assert!(!findings.campaigns.is_empty() && !findings.cleared.is_empty());
    let written = serde_json::to_value(&findings).expect("findings are plain data");
    let read: Findings = serde_json::from_value(written.clone()).expect("what was written is read");
    assert_eq!(serde_json::to_value(&read).expect("findings are plain data"), written);
}
