//! The calibration that ships: written by `examples/calibrate.rs`, not by hand.

/// Cohorts tested on campaign-free simulated traffic.
pub(crate) const TOTAL: u64 = 7_000;
/// The highest scores of those that had evidence enough to be raised.
pub(crate) const STANDING: &[f64] = &[];
/// The highest scores of all.
pub(crate) const TOP: &[f64] = &[9.3, 8.1, 5.8, 5.6];
