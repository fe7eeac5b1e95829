//! S4, model pivot: a cohort that moves to a new model together within a day of its release.

use std::collections::HashMap;

use crate::{
    campaign::{Evidence, Family},
    cohort::Cohort,
    tables::Traffic,
    weight::{bits, clamp},
};

const DAY: i64 = 86_400_000_000;

/// Pivots are only seen for models that appear inside the window, at least half a day after it opens.
pub(crate) fn weigh(cohort: &Cohort<'_>, traffic: &Traffic, now: i64) -> Option<Evidence> {
    let mut release: HashMap<u16, i64> = HashMap::new();
    for start in &traffic.model_starts {
        release.entry(start.model).and_modify(|t| *t = start.first.min(*t)).or_insert(start.first);
    }
    release.retain(|_, t| *t > traffic.from + DAY / 2 && *t < now - DAY);
    let (model, released) = release.into_iter().max_by_key(|(m, t)| (*t, *m))?;
    let active = |account: u32| {
        let a = &traffic.accounts[account as usize];
        a.first < released && a.last > released
    };
    let pivots = |account: u32, first: i64| active(account) && first < released + DAY;
    let starts: Vec<_> = traffic.model_starts.iter().filter(|s| s.model == model).collect();
    let seats: Vec<u32> = cohort.accounts().filter(|a| active(*a)).collect();
    let inside =
        starts.iter().filter(|s| pivots(s.account, s.first) && seats.binary_search(&s.account).is_ok()).count();
    let all = (0..traffic.accounts.len() as u32).filter(|a| active(*a)).count();
    let everyone = starts.iter().filter(|s| pivots(s.account, s.first)).count();
    if seats.len() < 4 || all <= seats.len() {
        return None;
    }
    let usual = (everyone - inside) as f64 + 1.0;
    let usual = usual / ((all - seats.len()) as f64 + 2.0);
    let (k, n) = (inside as f64, seats.len() as f64);
    let share = ((k + 0.5) / (n + 1.0)).max(usual);
    let ratio = k * (share / usual).ln() + (n - k) * ((1.0 - share) / (1.0 - usual).max(1e-6)).ln();
    let weight = clamp(bits(ratio) / 2.0 - 1.5, 0.0, 5.0);
    let text = format!(
        "{inside} of {} accounts moved to `{}` within a day of its first appearance; {:.0} % of other accounts did",
        seats.len(),
        traffic.models[model as usize],
        usual * 100.0
    );
    Some(Evidence { family: Family::Behaviour, signal: "model pivot".into(), weight, p_value: None, text })
}
