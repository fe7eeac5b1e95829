//! The same plan gives the same bytes, in time order, under unique names, in the planned amount.

use std::collections::HashSet;

use proptest::prelude::*;
use simulate::Plan;

fn bytes(plan: &Plan, rows: usize) -> String {
    let mut text = String::new();
    for labelled in plan.exchanges().take(rows) {
        text += &serde_json::to_string(&labelled.exchange).expect("an exchange has a JSON form");
        text += &format!("{:?} {}\n", labelled.campaign, labelled.harvest);
    }
    for account in plan.accounts() {
        text += &serde_json::to_string(&account).expect("an account has a JSON form");
    }
    for label in plan.labels() {
        text += &serde_json::to_string(&label).expect("a label has a JSON form");
    }
    text
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let plan = Plan::parade(11, 300);
    assert!(bytes(&plan, 20_000) == bytes(&plan.clone(), 20_000));
    assert!(bytes(&plan, 500) != bytes(&Plan::parade(12, 300), 500));
}

#[test]
fn exchanges_come_in_time_order_under_unique_names() {
    let plan = Plan::demo(3);
    let mut last = plan.start;
    let mut names = HashSet::new();
    for labelled in plan.exchanges() {
        assert!(labelled.exchange.time >= last, "{} after {last}", labelled.exchange.time);
        last = labelled.exchange.time;
        assert!(names.insert(labelled.exchange.exchange_id));
    }
    let accounts: Vec<_> = plan.accounts().map(|a| a.account_id).collect();
    assert!(accounts.is_sorted() && accounts.iter().collect::<HashSet<_>>().len() == accounts.len());
    assert!(plan.labels().map(|l| l.account_id).eq(accounts));
}

#[test]
fn totals_are_near_the_plan() {
    let demo = Plan::demo(5);
    assert_eq!(demo.accounts().count(), 700);
    let exchanges = demo.exchanges().count();
    assert!((50_000..72_000).contains(&exchanges), "{exchanges}");

    let scale = Plan::scale(5, 1_000, 120_000);
    let accounts = scale.accounts().count();
    assert!((980..=1_020).contains(&accounts), "{accounts}");
    let exchanges = scale.exchanges().count();
    assert!((112_000..130_000).contains(&exchanges), "{exchanges}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_small_plan_runs_in_order(seed: u64, accounts in 0_u32..60) {
        let times: Vec<_> = Plan::benign(seed, accounts).exchanges().map(|l| l.exchange.time).collect();
        prop_assert!(times.is_sorted() && !times.is_empty());
    }
}
