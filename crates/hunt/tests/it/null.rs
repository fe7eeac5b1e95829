//! Traffic without campaigns: silence, at the stated rate.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    ops::RangeInclusive,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use exchanges::Account;
use hunt::{Settings, campaign::Campaign};
use simulate::{Class, Plan};

use crate::traffic::Tables;

fn raised(tables: &Tables, fdr: f64) -> Vec<Campaign> {
    hunt::hunt(&tables.case(Settings { fdr, ..Settings::default() }), |_| ()).campaigns
}

/// Seeds that raised something, with what it said of itself.
fn false_alarms(seeds: RangeInclusive<u64>, fdr: f64) -> Vec<(u64, String)> {
    let next = AtomicU64::new(*seeds.start());
    let work = || {
        let mut alarms = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return alarms;
            }
            let tables = Tables::of_plan(&Plan::benign(seed, 1_000));
            alarms.extend(raised(&tables, fdr).first().map(|c| (seed, format!("{:.1} bits: {}", c.score, c.summary))));
        }
    };
    thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.into_iter().flat_map(|w| w.join().expect("a worker only computes")).collect()
    })
}

#[test]
fn at_most_the_stated_share_of_quiet_weeks_raises_anything() {
    let usual = false_alarms(1..=20, 0.05);
    assert!(usual.len() <= 1, "{usual:?}");
    // What is silent at 0.05 is silent at 0.01.
    let strict = usual.iter().filter(|(seed, _)| !false_alarms(*seed..=*seed, 0.01).is_empty()).count();
    assert_eq!(strict, 0, "{usual:?}");
}

/// Speakers of one language share phrases, their country's mail provider and its networks, and nothing else.
#[test]
fn speakers_of_one_language_are_never_raised() {
    for seed in 31..35 {
        let plan = Plan { honest: vec![(Class::Ordinary, 400)], ..Plan::benign(seed, 400) };
        let scripts = scripts(&plan);
        let accounts: Vec<Account> = plan.accounts().map(|account| regional(account, &scripts)).collect();
        let largest = scripts.values().fold(BTreeMap::new(), |mut sizes: BTreeMap<u32, u32>, script| {
            *sizes.entry(*script).or_default() += 1;
            sizes
        });
        assert!(largest.values().any(|n| *n >= 10), "no language group of size: {largest:?}");
        let tables = Tables::of_rows(&accounts, plan.exchanges().map(|l| l.exchange));
        assert!(raised(&tables, 0.05).is_empty(), "seed {seed}");
    }
}

/// The Unicode block of the first letter beyond ASCII that an account wrote.
fn scripts(plan: &Plan) -> BTreeMap<String, u32> {
    let mut scripts = BTreeMap::new();
    for labelled in plan.exchanges() {
        let exchange = labelled.exchange;
        let foreign = |text: &str| text.chars().find(|c| c.is_alphabetic() && !c.is_ascii());
        if let Some(letter) = exchange.prompt.as_ref().and_then(|p| foreign(p.as_str())) {
            scripts.entry(exchange.account_id.as_str().to_owned()).or_insert(u32::from(letter) >> 8);
        }
    }
    scripts
}

fn regional(account: Account, scripts: &BTreeMap<String, u32>) -> Account {
    let Some(&script) = scripts.get(account.account_id.as_str()) else { return account };
    let host = account.account_id.as_str().bytes().fold(0_u8, |h, b| h.wrapping_mul(31).wrapping_add(b));
    Account {
        email_domain: Some(format!("post-{script}.example")),
        signup_address: Some(IpAddr::V4(Ipv4Addr::new(100, 64, script as u8, host))),
        ..account
    }
}
