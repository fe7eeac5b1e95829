//! Error control: conformal p-values of scores against campaign-free traffic, and Benjamini-Hochberg.
//!
//! The calibration set is the score of every candidate that the hunt tested on simulated traffic without campaigns (its
//! making is in docs/quality.md). A candidate is a cohort whose evidence does not speak against a campaign on the whole:
//! the number of phrases that a few accounts happen to share grows with the traffic and says nothing of the others. A conformal p-value is (1 + calibration scores at least as high) / (1 + n); such
//! p-values are positively dependent, so Benjamini-Hochberg holds (Bates et al., arXiv 2104.08279). Beyond the highest
//! calibration score the p-value follows an exponential tail that is fitted, with a margin, to the highest scores: an
//! extrapolation, used to rank and to answer for strict `--fdr`, not a guarantee.

use crate::calibration;

/// Scores of cohorts without a campaign behind them.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// Scores of those that would have stood but for their p-value, falling.
    standing: Vec<f64>,
    total: u64,
    /// Where the tail begins to be extrapolated, and the bits over which it falls by a factor of e.
    edge: f64,
    scale: f64,
}

/// Cohorts under this score are no candidates: they are neither tests nor calibration.
pub const CANDIDATE: f64 = 0.0;

/// Factor on every p-value: look-alikes come in bursts, and an operator's honest traffic is not the simulator's.
const MARGIN: f64 = 2.0;

/// Scores that the tail's scale is fitted to.
const TAIL: usize = 50;

impl Calibration {
    /// `standing` and `top` are the highest scores of `total` candidates, in any order: of those with evidence enough to be
    /// raised, and of all.
    pub fn new(mut standing: Vec<f64>, mut top: Vec<f64>, total: u64) -> Self {
        standing.sort_by(|a, b| b.total_cmp(a));
        top.sort_by(|a, b| b.total_cmp(a));
        let tail = &top[..top.len().min(TAIL)];
        let floor = tail.last().copied().unwrap_or(0.0);
        let n = tail.len().max(1) as f64;
        let mean = tail.iter().map(|s| s - floor).sum::<f64>() / n;
        // The standard error of an exponential's scale is scale / sqrt(n); two of them are added to stay on the safe side.
        let scale = (mean * (1.0 + 2.0 / n.sqrt())).max(0.5);
        let edge = standing.first().copied().unwrap_or(floor).max(floor);
        Self { standing, total, edge, scale }
    }

    /// The calibration that ships with the hunt.
    pub fn shipped() -> Self {
        Self::new(calibration::STANDING.to_vec(), calibration::TOP.to_vec(), calibration::TOTAL)
    }

    /// How likely an honest candidate would stand with such a score, at most: conformal inside the calibration set, exponential beyond.
    pub fn p_value(&self, score: f64) -> f64 {
        let reached = self.standing.partition_point(|s| *s >= score);
        let conformal = (MARGIN * (1 + reached) as f64 / (1 + self.total) as f64).min(1.0);
        if score > self.edge { conformal * (-(score - self.edge) / self.scale).exp() } else { conformal }
    }

    /// The least score that one campaign alone among `tests` cohorts would be raised with.
    pub fn bar(&self, fdr: f64, tests: usize) -> f64 {
        let allowed = fdr / tests.max(1) as f64;
        let (mut low, mut high) = (-100.0, 200.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if self.p_value(middle) <= allowed { high = middle } else { low = middle }
        }
        high
    }
}

/// Benjamini-Hochberg adjusted values, in the order given; `tests` may exceed the number of p-values listed.
pub fn adjust(p_values: &[f64], tests: usize) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[b].total_cmp(&p_values[a]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (above, &i) in order.iter().enumerate() {
        let rank = p_values.len() - above;
        least = least.min(p_values[i] * tests as f64 / rank as f64);
        adjusted[i] = least;
    }
    adjusted
}
