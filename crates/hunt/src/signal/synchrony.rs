//! S1, co-activity: accounts that use the wording in the same minutes, against a null that keeps each account's rate
//! and daily rhythm by shifting its timeline by whole days. Source: SynchroTrap (CCS 2014) for the statistic.

use std::collections::BTreeSet;

use rand::RngExt;

use crate::{
    background::Background,
    campaign::{Evidence, Family},
    cohort::Cohort,
    weight::{clamp, reach},
};

const BUCKET: i64 = 120_000_000;
const DAY: i64 = 86_400_000_000;
const SHIFTS: u32 = 60;
/// Most that co-activity can weigh, in bits.
pub(crate) const LIMIT: f64 = 6.0;
/// Exchanges looked at; a campaign that is larger shows itself in its first ones.
const EXCHANGES: usize = 20_000;

pub(crate) fn weigh(cohort: &Cohort<'_>, background: &Background<'_>) -> Option<Evidence> {
    let (from, to) = cohort.span();
    let days = (to - from) / DAY;
    if days < 3 || cohort.events.len() < 30 {
        return None;
    }
    let points: Vec<(u32, i64)> =
        cohort.seat_of.iter().zip(&cohort.events).take(EXCHANGES).map(|(s, e)| (*s, e.time - from)).collect();
    let met = met(&points, &vec![0; cohort.seats.len()], days);
    let observed = coincidences(&met);
    let mut dice = background.dice(points.len() as u64 ^ cohort.seats.len() as u64);
    let null: Vec<f64> = (0..SHIFTS)
        .map(|_| {
            let shifts: Vec<i64> = cohort.seats.iter().map(|_| dice.random_range(0..=days)).collect();
            coincidences(&self::met(&points, &shifts, days))
        })
        .collect();
    Some(judge(observed, &null, concerned(&met), cohort.seats.len()))
}

/// `concerned` of the `seats` have a part in what was observed.
fn judge(observed: f64, null: &[f64], concerned: usize, seats: usize) -> Evidence {
    let mean = null.iter().sum::<f64>() / null.len() as f64;
    let variance = null.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / null.len() as f64;
    let reached = null.iter().filter(|x| **x >= observed).count();
    let p = (1 + reached) as f64 / (1 + null.len()) as f64;
    // Coincidences that repeat are over-dispersed, so a z-score says more than the rank but is held in.
    let z = (observed - mean) / variance.max(mean).max(1.0).sqrt();
    let excess = (observed + 5.0) / (mean + 5.0);
    let beyond_chance = concerned as f64 * (1.0 - mean / observed.max(1.0)).max(0.0);
    let reach = reach(beyond_chance, seats);
    let weight = if p < 0.05 { clamp((z - 2.0) * (excess - 1.0).min(1.0), 0.0, LIMIT) * reach } else { 0.0 };
    let text = format!(
        "{observed:.0} times two accounts used it within the same two minutes; shifting accounts by whole days gives {mean:.0}"
    );
    Evidence { family: Family::Timing, signal: "co-activity".into(), weight, p_value: Some(p), text }
}

/// Buckets and the seats that used the wording in them, in order, with each account's timeline turned by whole days.
fn met(points: &[(u32, i64)], shift: &[i64], days: i64) -> Vec<(i64, u32)> {
    let turn = (days + 1) * DAY;
    let mut met: Vec<(i64, u32)> =
        points.iter().map(|&(seat, time)| ((time + shift[seat as usize] * DAY) % turn / BUCKET, seat)).collect();
    met.sort_unstable();
    met.dedup();
    met
}

/// Pairs of different accounts in one bucket.
fn coincidences(met: &[(i64, u32)]) -> f64 {
    let pairs = |n: usize| (n * (n - 1)) as f64 / 2.0;
    met.chunk_by(|a, b| a.0 == b.0).map(|seats| pairs(seats.len())).sum()
}

/// How many accounts met any other.
fn concerned(met: &[(i64, u32)]) -> usize {
    let together = met.chunk_by(|a, b| a.0 == b.0).filter(|seats| seats.len() > 1);
    together.flatten().map(|(_, seat)| *seat).collect::<BTreeSet<u32>>().len()
}
