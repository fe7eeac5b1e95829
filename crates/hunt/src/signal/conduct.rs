//! Behaviour of the cohort's requests as such: new accounts that start at full use, and work without conversation.

use crate::{
    background::Background,
    campaign::{Evidence, Family},
    cohort::Cohort,
    tables::Traffic,
    weight::clamp,
};

const DAY: i64 = 86_400_000_000;

/// B2: accounts that use the wording within days of their creation.
pub(crate) fn fresh_accounts(cohort: &Cohort<'_>, background: &Background<'_>) -> Option<Evidence> {
    let age = |account: u32| background.traffic.accounts[account as usize].facts.as_ref().map(|f| f.created);
    let known: Vec<bool> =
        cohort.seats.iter().filter_map(|s| age(s.account).map(|created| s.first - created < 14 * DAY)).collect();
    if known.len() < 3 {
        return None;
    }
    let fresh = known.iter().filter(|f| **f).count() as f64;
    let usual = background.fresh_share;
    let share = (fresh + 0.5) / (known.len() as f64 + 1.0);
    let weight = clamp((share / usual).log2() * 0.8, -1.0, 2.0);
    let text = format!(
        "{fresh:.0} of {} accounts were younger than two weeks at first use; {:.0} % of all accounts are",
        known.len(),
        usual * 100.0
    );
    Some(Evidence { family: Family::Behaviour, signal: "fresh accounts".into(), weight, p_value: None, text })
}

/// Share of all accounts that were younger than two weeks when they were first seen.
pub(crate) fn fresh_share(traffic: &Traffic) -> f64 {
    let known = traffic.accounts.iter().filter_map(|a| a.facts.as_ref().map(|f| a.first - f.created < 14 * DAY));
    let (all, young) = known.fold((0.0, 0.0), |(n, y), f| (n + 1.0, y + f64::from(u8::from(f))));
    (young + 1.0) / (all + 2.0)
}
