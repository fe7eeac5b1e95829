//! Weights of evidence in bits, clamped, and summed by family.

use std::collections::BTreeMap;

use crate::campaign::{Evidence, Family};

/// Natural log to bits.
pub(crate) fn bits(nats: f64) -> f64 {
    nats / std::f64::consts::LN_2
}

/// Holds a weight inside its signal's range; a weight that could not be computed is none.
pub(crate) fn clamp(weight: f64, low: f64, high: f64) -> f64 {
    if weight.is_nan() { 0.0 } else { weight.clamp(low, high) }
}

/// What evidence about some of the accounts says of all of them: 1 from a quarter of them on.
///
/// A few members of a pool among the users of a public tool do what a pool does; the others are no part of it.
pub(crate) fn reach(concerned: f64, accounts: usize) -> f64 {
    (4.0 * concerned / accounts.max(1) as f64).clamp(0.0, 1.0)
}

/// Log of the mean of likelihoods, from their logs.
pub(crate) fn log_mean(logs: &[f64]) -> f64 {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + (logs.iter().map(|l| (l - top).exp()).sum::<f64>() / logs.len() as f64).ln()
}

/// No family speaks louder than this, however many signals it has.
const FAMILY_LIMIT: f64 = 12.0;
/// A family supports a campaign from this weight on.
pub(crate) const SUPPORT: f64 = 2.0;

/// Sums by family, each clamped.
pub(crate) fn by_family(evidence: &[Evidence]) -> BTreeMap<Family, f64> {
    let mut sums = BTreeMap::new();
    for e in evidence {
        *sums.entry(e.family).or_insert(0.0) += e.weight;
    }
    for sum in sums.values_mut() {
        *sum = clamp(*sum, -FAMILY_LIMIT, FAMILY_LIMIT);
    }
    sums
}

/// The score of a cohort: the sum of its families.
pub(crate) fn score(evidence: &[Evidence]) -> f64 {
    by_family(evidence).values().sum()
}

/// How many independent families support a campaign.
pub(crate) fn supporting(evidence: &[Evidence]) -> usize {
    by_family(evidence).values().filter(|w| **w >= SUPPORT).count()
}
