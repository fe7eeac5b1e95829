//! S5, equalised use: a pool that shares work evenly uses a template far more evenly than independent customers do.
//!
//! Uses per account are fitted with a negative binomial, truncated below the cohort's least use. Independent customers
//! are over-dispersed (shape about 1 or less); a load-balanced pool has a shape of 4 and more. The weight is the log
//! ratio of the two hypotheses, each averaged over its shapes.

use statrs::function::gamma::ln_gamma;

use crate::{
    campaign::{Evidence, Family},
    cohort::Cohort,
    weight::{bits, clamp},
};

const BALANCED: [f64; 3] = [4.0, 8.0, 20.0];
const INDEPENDENT: [f64; 3] = [0.5, 0.8, 1.2];
/// Fractions of the observed mean tried as the untruncated mean.
const MEANS: [f64; 9] = [0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0];

pub(crate) fn weigh(cohort: &Cohort<'_>) -> Evidence {
    let uses = cohort.uses();
    let weight = clamp(bits(log_ratio(&uses, cohort.min_uses)), -8.0, 8.0);
    let (mean, cv) = mean_and_variation(&uses);
    let text = format!(
        "{} accounts used it {mean:.0} times each with a coefficient of variation of {cv:.2}; independent customers \
         of one tool vary by about 1",
        uses.len()
    );
    Evidence { family: Family::Timing, signal: "equalised use".into(), weight, p_value: None, text }
}

/// Natural log of the likelihood of balanced against independent use; counts below `least` were not seen.
pub(crate) fn log_ratio(uses: &[u32], least: u32) -> f64 {
    let histogram = histogram(uses);
    mean_likelihood(&histogram, least, &BALANCED) - mean_likelihood(&histogram, least, &INDEPENDENT)
}

fn histogram(uses: &[u32]) -> Vec<(f64, f64)> {
    let mut sorted = uses.to_vec();
    sorted.sort_unstable();
    let mut out: Vec<(f64, f64)> = Vec::new();
    for &u in &sorted {
        match out.last_mut() {
            Some((value, count)) if *value == f64::from(u) => *count += 1.0,
            _ => out.push((f64::from(u), 1.0)),
        }
    }
    out
}

/// Log of the mean over shapes of the likelihood at the best mean, of negative binomials truncated below `least`.
fn mean_likelihood(histogram: &[(f64, f64)], least: u32, shapes: &[f64]) -> f64 {
    let logs: Vec<f64> = shapes.iter().map(|&shape| best_over_means(histogram, least, shape)).collect();
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + (logs.iter().map(|l| (l - top).exp()).sum::<f64>() / logs.len() as f64).ln()
}

fn best_over_means(histogram: &[(f64, f64)], least: u32, shape: f64) -> f64 {
    let (sum, count) = histogram.iter().fold((0.0, 0.0), |(s, n), (v, c)| (s + v * c, n + c));
    let mean = sum / count;
    // The part of the log mass that hangs on neither mean nor truncation.
    let part = |x: f64| ln_gamma(x + shape) - ln_gamma(x + 1.0);
    let seen: f64 = histogram.iter().map(|(value, count)| count * part(*value)).sum();
    let below: Vec<f64> = (0..least).map(|x| part(f64::from(x))).collect();
    let at = |share: &f64| {
        let mean = share * mean;
        let (none, each) = ((shape / (shape + mean)).ln(), (mean / (shape + mean)).ln());
        let base = shape * none - ln_gamma(shape);
        let unseen: f64 = (0..).zip(&below).map(|(x, part)| (part + base + f64::from(x) * each).exp()).sum();
        seen + count * base + sum * each - count * (1.0 - unseen).max(1e-12).ln()
    };
    MEANS.iter().map(at).fold(f64::NEG_INFINITY, f64::max)
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

    /// The ratio for twenty accounts under each of a hundred seeds.
    fn seeds(draw: impl Fn(&mut ChaCha8Rng) -> f64) -> impl Iterator<Item = f64> {
        (0..100).map(move |seed| {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            let uses: Vec<u32> = (0..20).map(|_| draw(&mut dice).round().max(2.0) as u32).collect();
            log_ratio(&uses, 2)
        })
    }

    #[test]
    fn a_balanced_pool_is_told_from_customers() {
        assert!(seeds(|dice| dice.random_range(28.0..52.0)).all(|ratio| ratio > 0.0));
    }

    #[test]
    fn heavy_tailed_use_is_told_from_a_pool() {
        // The sum of twelve uniform numbers less six is close to a standard normal.
        let normal = |dice: &mut ChaCha8Rng| (0..12).map(|_| dice.random_range(0.0..1.0)).sum::<f64>() - 6.0;
        let wrong = seeds(move |dice| 30.0 * (1.1 * normal(dice)).exp()).filter(|ratio| *ratio >= 0.0).count();
        assert!(wrong <= 2, "{wrong} of 100 seeds");
    }

    #[test]
    fn few_uses_say_little() {
        assert!(log_ratio(&[2, 2, 3], 2).abs() < 1.5);
    }
}
