//! Everybody is there, with addresses and mail that belong to nobody.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use simulate::{Archetype, Class, Plan};

/// Documentation and benchmarking ranges, and the shared space of carriers.
fn is_reserved(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            matches!((a, b, c), (192, 0, 2) | (198, 51, 100) | (203, 0, 113))
                || (a == 198 && (b == 18 || b == 19))
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => v6.segments()[..2] == [0x2001, 0xdb8],
    }
}

#[test]
fn every_class_and_archetype_takes_part() {
    let plan = Plan::parade(2, 400);
    let class: HashMap<_, _> = plan.labels().map(|l| (l.account_id, l.class)).collect();
    let mut seen: HashMap<&str, u32> = HashMap::new();
    for labelled in plan.exchanges() {
        *seen.entry(class[&labelled.exchange.account_id]).or_default() += 1;
    }
    for name in Class::all().map(Class::name).chain(Archetype::ALL.map(Archetype::name)) {
        assert!(seen.get(name).copied().unwrap_or(0) > 20, "{name}: {:?}", seen.get(name));
    }
}

#[test]
fn a_benign_plan_has_no_campaign() {
    let plan = Plan::benign(9, 200);
    assert_eq!(plan.accounts().count(), 200);
    assert!(plan.labels().all(|l| l.campaign_id.is_none()));
    assert!(plan.exchanges().all(|l| l.campaign.is_none() && !l.harvest));
}

#[test]
fn addresses_and_mail_belong_to_nobody() {
    let plan = Plan::parade(4, 300);
    for account in plan.accounts() {
        assert!(account.signup_address.is_some_and(is_reserved), "{account:?}");
        assert!(account.email_domain.is_some_and(|d| d.ends_with(".example")));
    }
    for labelled in plan.exchanges() {
        assert!(labelled.exchange.client_address.is_some_and(is_reserved), "{:?}", labelled.exchange);
    }
}

#[test]
fn nobody_calls_before_signing_up() {
    let plan = Plan::parade(6, 400);
    let created: HashMap<_, _> = plan.accounts().map(|a| (a.account_id, a.created)).collect();
    let early: Vec<_> =
        plan.exchanges().filter(|l| l.exchange.time < created[&l.exchange.account_id]).take(3).collect();
    assert!(early.is_empty(), "{early:?}");
}

#[test]
fn an_outage_hits_everybody_and_ends() {
    let plan = Plan { outages: vec![0.6], ..Plan::benign(8, 300) };
    let begins = plan.start.micros() + 14 * 86_400_000_000 / 10 * 6;
    let hour = begins..begins + 3_600_000_000;
    let (down, up): (Vec<_>, Vec<_>) =
        plan.exchanges().map(|l| l.exchange).partition(|e| hour.contains(&e.time.micros()));
    let refused =
        |rows: &[exchanges::Exchange]| rows.iter().filter(|e| e.status == 529).count() as f64 / rows.len() as f64;
    assert!(refused(&down) > 0.85 && refused(&up) < 0.01, "{} {}", refused(&down), refused(&up));
    let hit: HashSet<_> = down.iter().map(|e| &e.account_id).collect();
    assert!(hit.len() > 10);
}
