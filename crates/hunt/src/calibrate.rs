//! Error control: conformal p-values of scores against campaign-free traffic, and Benjamini-Hochberg.
//!
//! The calibration set is the score of every cohort that the hunt tested on simulated traffic without campaigns (its
//! making is in docs/quality.md). A conformal p-value is (1 + calibration scores at least as high) / (1 + n); such
//! p-values are positively dependent, so Benjamini-Hochberg holds (Bates et al., arXiv 2104.08279).

/// Scores of cohorts without a campaign behind them.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// Falling.
    top: Vec<f64>,
    total: u64,
}

impl Calibration {
    /// From the highest scores, in any order, of `total` cohorts.
    pub fn new(mut top: Vec<f64>, total: u64) -> Self {
        top.sort_by(|a, b| b.total_cmp(a));
        Self { top, total }
    }

    /// The calibration that ships with the hunt.
    pub fn shipped() -> Self {
        Self::new(SHIPPED_TOP.to_vec(), SHIPPED_TOTAL)
    }

    pub fn p_value(&self, score: f64) -> f64 {
        let reached = self.top.partition_point(|s| *s >= score) as u64;
        (1 + reached) as f64 / (1 + self.total) as f64
    }
}

impl Calibration {
    /// The least score that one campaign alone among `tests` cohorts would be raised with.
    pub fn bar(&self, fdr: f64, tests: usize) -> f64 {
        let allowed = fdr / tests.max(1) as f64;
        let reached = (allowed * (1 + self.total) as f64).floor() as usize;
        match reached.checked_sub(1) {
            None => f64::INFINITY,
            Some(others) => self.top.get(others).copied().unwrap_or(f64::NEG_INFINITY),
        }
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

const SHIPPED_TOTAL: u64 = 20_000;
const SHIPPED_TOP: [f64; 0] = [];
