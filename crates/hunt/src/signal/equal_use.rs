//! S5, equalised use: a pool that shares work evenly uses a template far more evenly than independent customers do.
//!
//! Uses per account are fitted with a negative binomial. Independent customers are over-dispersed (shape about 1 or less);
//! a load-balanced pool has a shape of 4 and more. Both hypotheses are averaged over their shapes, and over two ways to
//! count: all uses, truncated below the cohort's least; and the uses after an account's first, at a rate over the time
//! that was left to it. The second tells a pool whose workers start one after the other from customers that differ.

use std::collections::BTreeMap;

use statrs::function::gamma::ln_gamma;

use crate::{
    campaign::{Evidence, Family},
    cohort::Cohort,
    weight::{bits, clamp, log_mean},
};

const BALANCED: [f64; 3] = [4.0, 8.0, 20.0];
const INDEPENDENT: [f64; 3] = [0.5, 0.8, 1.2];
/// Fractions of the observed mean tried as the untruncated mean.
const MEANS: [f64; 9] = [0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0];
/// The same for rates, which truncation touches less.
const RATES: [f64; 6] = [0.1, 0.25, 0.5, 0.75, 0.9, 1.0];
/// The time that was left to an account is told apart in so many steps of the cohort's whole time.
const STEPS: f64 = 24.0;
/// Some campaigns are uneven too: about one in eight.
const UNEVEN: f64 = -3.0;

pub(crate) fn weigh(cohort: &Cohort<'_>) -> Evidence {
    let users: Vec<(u32, i64)> = cohort.seats.iter().map(|s| (s.uses, s.first)).collect();
    let weight = weight(&users, cohort.span(), cohort.min_uses);
    let (mean, cv) = mean_and_variation(&cohort.uses());
    let text = format!(
        "{} accounts used it {mean:.0} times each with a coefficient of variation of {cv:.2}; independent customers \
         of one tool vary by about 1",
        users.len()
    );
    Evidence { family: Family::Timing, signal: "equalised use".into(), weight, p_value: None, text }
}

/// The weight for accounts with their uses and the time of the first, in a span; counts below `least` were not seen.
pub(crate) fn weight(users: &[(u32, i64)], span: (i64, i64), least: u32) -> f64 {
    clamp(bits(log_ratio(users, span, least)), UNEVEN, 8.0)
}

/// Natural log of the likelihood of balanced against independent use.
fn log_ratio(users: &[(u32, i64)], span: (i64, i64), least: u32) -> f64 {
    let alike = alike(users, span);
    let under = |shapes: &[f64; 3]| {
        log_mean(&[
            log_mean(&shapes.map(|shape| likelihood_of_all(&alike, least, shape))),
            log_mean(&shapes.map(|shape| likelihood_of_later(&alike, least, shape))),
        ])
    };
    under(&BALANCED) - under(&INDEPENDENT)
}

/// Accounts of one kind.
struct Alike {
    uses: f64,
    /// Share of the cohort's time that was left after the first use.
    left: f64,
    accounts: f64,
}

fn alike(users: &[(u32, i64)], span: (i64, i64)) -> Vec<Alike> {
    let length = (span.1 - span.0).max(1) as f64;
    let mut counts: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    for (uses, first) in users {
        let left = (span.1 - first) as f64 / length;
        *counts.entry((*uses, (left * STEPS) as u32)).or_default() += 1;
    }
    let kind = |((uses, step), n)| Alike {
        uses: f64::from(uses),
        left: (f64::from(step) + 0.5) / STEPS,
        accounts: f64::from(n),
    };
    counts.into_iter().map(kind).collect()
}

/// A negative binomial of one shape, without the part of its log mass that hangs on the mean.
struct Shape(f64);

impl Shape {
    fn part(&self, x: f64) -> f64 {
        ln_gamma(x + self.0) - ln_gamma(x + 1.0) - ln_gamma(self.0)
    }

    fn parts(&self, below: u32) -> Vec<f64> {
        (0..below).map(|x| self.part(f64::from(x))).collect()
    }

    /// Log mass of `x` and log of the mass that truncation leaves, given the parts of `x` and of what lies below.
    fn log_mass(&self, mean: f64, (x, part): (f64, f64), below: &[f64]) -> f64 {
        let (none, each) = ((self.0 / (self.0 + mean)).ln(), (mean / (self.0 + mean)).ln());
        let base = self.0 * none;
        let unseen: f64 = (0..).zip(below).map(|(x, part)| (part + base + f64::from(x) * each).exp()).sum();
        part + base + x * each - (1.0 - unseen).max(1e-12).ln()
    }
}

/// Log likelihood, at the best mean, of uses that are drawn alike.
fn likelihood_of_all(alike: &[Alike], least: u32, shape: f64) -> f64 {
    let shape = Shape(shape);
    let below = shape.parts(least);
    let mut drawn: Vec<(f64, f64, f64)> = Vec::new();
    for kind in alike {
        match drawn.last_mut() {
            Some((uses, _, accounts)) if *uses == kind.uses => *accounts += kind.accounts,
            _ => drawn.push((kind.uses, shape.part(kind.uses), kind.accounts)),
        }
    }
    let (sum, count) = drawn.iter().fold((0.0, 0.0), |(s, n), (uses, _, accounts)| (s + uses * accounts, n + accounts));
    let at = |share: f64| {
        let mean = share * sum / count;
        drawn.iter().map(|(uses, part, accounts)| accounts * shape.log_mass(mean, (*uses, *part), &below)).sum()
    };
    MEANS.map(at).into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// The same for the uses after the first, at the best rate over the time that was left.
fn likelihood_of_later(alike: &[Alike], least: u32, shape: f64) -> f64 {
    let shape = Shape(shape);
    let below = shape.parts(least.saturating_sub(1));
    let parts: Vec<f64> = alike.iter().map(|kind| shape.part(kind.uses - 1.0)).collect();
    let (sum, time) = alike.iter().fold((0.0, 0.0), |(uses, time), kind| {
        (uses + (kind.uses - 1.0) * kind.accounts, time + kind.left * kind.accounts)
    });
    let at = |share: f64| {
        let rate = share * sum.max(0.5) / time;
        let each = |(kind, part): (&Alike, &f64)| {
            kind.accounts * shape.log_mass(rate * kind.left, (kind.uses - 1.0, *part), &below)
        };
        alike.iter().zip(&parts).map(each).sum()
    };
    RATES.map(at).into_iter().fold(f64::NEG_INFINITY, f64::max)
}

fn mean_and_variation(uses: &[u32]) -> (f64, f64) {
    let n = uses.len() as f64;
    let mean = uses.iter().map(|&u| f64::from(u)).sum::<f64>() / n;
    let variance = uses.iter().map(|&u| (f64::from(u) - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt() / mean.max(1e-9))
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::log_ratio;

    /// The ratio for accounts that were there from the start.
    fn together(uses: &[u32]) -> f64 {
        let users: Vec<(u32, i64)> = uses.iter().map(|u| (*u, 0)).collect();
        log_ratio(&users, (0, 1_000), 2)
    }

    /// The ratio for twenty accounts under each of a hundred seeds.
    fn seeds(draw: impl Fn(&mut ChaCha8Rng) -> f64) -> impl Iterator<Item = f64> {
        (0..100).map(move |seed| {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            let uses: Vec<u32> = (0..20).map(|_| draw(&mut dice).round().max(2.0) as u32).collect();
            together(&uses)
        })
    }

    /// Close to a standard normal: the sum of twelve uniform numbers less six.
    fn normal(dice: &mut ChaCha8Rng) -> f64 {
        (0..12).map(|_| dice.random_range(0.0..1.0)).sum::<f64>() - 6.0
    }

    /// The ratio for twenty accounts that start one after the other and work at a rate of their own.
    fn in_turn(seed: u64, rate: impl Fn(&mut ChaCha8Rng) -> f64) -> f64 {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let users: Vec<(u32, i64)> = (0..20)
            .map(|i| {
                let first = i * 45;
                (1 + (rate(&mut dice) * (1_000 - first) as f64 / 1_000.0).round() as u32, first)
            })
            .collect();
        log_ratio(&users, (0, 1_000), 1)
    }

    #[test]
    fn a_balanced_pool_is_told_from_customers() {
        assert!(seeds(|dice| dice.random_range(28.0..52.0)).all(|ratio| ratio > 0.0));
    }

    #[test]
    fn heavy_tailed_use_is_told_from_a_pool() {
        let wrong = seeds(|dice| 30.0 * (1.1 * normal(dice)).exp()).filter(|ratio| *ratio >= 0.0).count();
        assert!(wrong <= 2, "{wrong} of 100 seeds");
    }

    #[test]
    fn a_pool_that_starts_in_turn_is_told_from_customers_that_come_in_turn() {
        let pool = (0..100).filter(|seed| in_turn(*seed, |dice| dice.random_range(28.0..52.0)) > 3.0).count();
        let customers = (0..100).filter(|seed| in_turn(*seed, |dice| 30.0 * (1.1 * normal(dice)).exp()) > 0.0).count();
        assert!(pool >= 98 && customers <= 10, "pools {pool}, customers {customers} of 100 seeds");
    }

    #[test]
    fn few_uses_say_little() {
        assert!(together(&[2, 2, 3]).abs() < 1.5);
    }
}
