//! Memory is bounded by accounts: what is held is one stream per source of requests, whatever the number of requests.

use simulate::{Exchanges, Plan};

#[test]
fn streams_grow_with_accounts_and_not_with_exchanges() {
    let small = Plan::scale(1, 2_000, 100_000);
    let large = Plan::scale(1, 2_000, 10_000_000);
    let streams = |plan: &Plan| plan.exchanges().streams();
    // A small cover budget of zero needs no stream, so the counts differ a little.
    assert!(streams(&large) < streams(&small) * 2);
    assert!(streams(&large) < 4 * 2_000, "{}", streams(&large));
    assert!(streams(&Plan::scale(1, 8_000, 10_000_000)) < 4 * 8_000);
}

#[test]
fn a_run_of_any_length_starts_at_once() {
    let plan = Plan::scale(2, 1_000, 3_000_000_000);
    let exchanges: Exchanges = plan.exchanges();
    assert_eq!(exchanges.take(2_000).count(), 2_000);
}
