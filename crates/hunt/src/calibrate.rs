//! Error control: conformal p-values of scores against campaign-free traffic, and Benjamini-Hochberg.
//!
//! The calibration set is the score of every cohort that the hunt tested on simulated traffic without campaigns (its
//! making is in docs/quality.md). A conformal p-value is (1 + calibration scores at least as high) / (1 + n); such
//! p-values are positively dependent, so Benjamini-Hochberg holds (Bates et al., arXiv 2104.08279). Beyond the highest
//! calibration score the p-value follows an exponential tail that is fitted, with a margin, to the highest scores: an
//! extrapolation, used to rank and to answer for strict `--fdr`, not a guarantee.

/// Scores of cohorts without a campaign behind them.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// The highest scores, falling.
    top: Vec<f64>,
    total: u64,
    /// Bits over which the tail falls by a factor of e.
    scale: f64,
}

/// Scores that the tail is fitted to.
const TAIL: usize = 50;

impl Calibration {
    /// From the highest scores, in any order, of `total` cohorts; at least two are needed for a tail.
    pub fn new(mut top: Vec<f64>, total: u64) -> Self {
        top.sort_by(|a, b| b.total_cmp(a));
        let tail = &top[..top.len().min(TAIL)];
        let floor = tail.last().copied().unwrap_or(0.0);
        let mean = tail.iter().map(|s| s - floor).sum::<f64>() / tail.len().max(1) as f64;
        // The standard error of an exponential's scale is scale / sqrt(n); two of them are added to stay on the safe side.
        let scale = (mean * (1.0 + 2.0 / (tail.len().max(1) as f64).sqrt())).max(0.5);
        Self { top, total, scale }
    }

    /// The calibration that ships with the hunt.
    pub fn shipped() -> Self {
        Self::new(crate::calibration::TOP.to_vec(), crate::calibration::TOTAL)
    }

    /// How likely an honest cohort scores so high: conformal inside the calibration set, exponential beyond it.
    pub fn p_value(&self, score: f64) -> f64 {
        let reached = self.top.partition_point(|s| *s >= score);
        let conformal = (1 + reached) as f64 / (1 + self.total) as f64;
        let tail = self.top.len().min(TAIL);
        if tail == 0 || score <= self.top[tail - 1] {
            return conformal;
        }
        let beyond = tail as f64 / self.total as f64 * (-(score - self.top[tail - 1]) / self.scale).exp();
        if reached == 0 { beyond.min(conformal) } else { conformal }
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
