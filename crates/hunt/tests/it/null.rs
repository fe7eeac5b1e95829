//! Traffic without campaigns: silence, at the stated rate.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use exchanges::Account;
use hunt::Settings;
use simulate::{Class, Plan};

use crate::traffic::Tables;

/// How many campaigns are raised; a failing test shows why.
fn raised(tables: &Tables, fdr: f64) -> usize {
    let findings = hunt::hunt(&tables.case(Settings { fdr, ..Settings::default() }), |_| ());
    for campaign in &findings.campaigns {
        println!("raised at {fdr}: {campaign:#?}");
    }
    findings.campaigns.len()
}

#[test]
fn at_most_the_stated_share_of_quiet_weeks_raises_anything() {
    let seeds = 20;
    let next = AtomicU64::new(1);
    let work = || {
        let (mut usual, mut strict) = (0, 0);
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > seeds {
                return (usual, strict);
            }
            let tables = Tables::of_plan(&Plan::benign(seed, 300));
            usual += u64::from(raised(&tables, 0.05) > 0);
            strict += u64::from(raised(&tables, 0.01) > 0);
        }
    };
    let (usual, strict) = thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers
            .into_iter()
            .map(|w| w.join().expect("a worker only computes"))
            .fold((0, 0), |(a, b), (x, y)| (a + x, b + y))
    });
    assert!(usual * 20 <= seeds, "{usual} of {seeds} seeds raised something at 0.05");
    assert_eq!(strict, 0, "seeds that raised something at 0.01");
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
        assert_eq!(raised(&tables, 0.05), 0, "seed {seed}");
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
