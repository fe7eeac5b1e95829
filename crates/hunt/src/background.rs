//! What every cohort is held against: the accounts of the window, matched random sets, and the identity links.

use std::collections::HashMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ContinuousCDF, Gamma};

use crate::{
    cohort::organization,
    linkage::Linkage,
    signal::{
        conduct,
        pivot::{self, Release},
    },
    tables::Traffic,
};

/// Random sets that reach what was observed, after which no more are drawn (Besag and Clifford 1991).
const ORDINARY: u32 = 12;

/// Random sets that are drawn for a set of usual size.
pub(crate) const SETS: u32 = 1_000;

/// A set of so many accounts gets fewer random sets, since the sum over its members has a known shape.
const LARGE: usize = 40;
const FEWER_SETS: u32 = 150;
/// After this many a large one is looked at for being far beyond all of them, in standard deviations.
const GLANCE: u32 = 50;
const FAR: f64 = 5.0;

/// The window's accounts, ready for matched draws.
#[derive(Debug)]
pub(crate) struct Background<'a> {
    pub(crate) traffic: &'a Traffic,
    pub(crate) linkage: Linkage,
    /// Independent node of each account: its organisation, or itself.
    pub(crate) node: Vec<u32>,
    /// Models that came out inside the window, earliest first.
    pub(crate) releases: Vec<Release>,
    /// Share of all accounts that were new when they were first seen.
    pub(crate) fresh_share: f64,
    stratum: Vec<u32>,
    strata: Vec<Vec<u32>>,
    seed: u64,
}

/// The latest of a row of random sets.
struct Draw {
    dice: ChaCha8Rng,
    set: Vec<u32>,
    /// Counts the sets; `last` holds the number of the set that each account was in last.
    number: u32,
    last: Vec<u32>,
}

impl<'a> Background<'a> {
    pub(crate) fn new(traffic: &'a Traffic, seed: u64) -> Self {
        let linkage = Linkage::learn(&traffic.accounts);
        let node = nodes(traffic);
        let (stratum, strata) = strata(traffic);
        let (releases, fresh_share) = (pivot::releases(traffic), conduct::fresh_share(traffic));
        Self { traffic, linkage, node, releases, fresh_share, stratum, strata, seed }
    }

    /// A generator of its own for a cohort, so that results do not depend on the order of tests.
    pub(crate) fn dice(&self, salt: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.seed ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A random set of the same size, matched member by member on plan, age and volume; nobody stands in it twice.
    fn matched(&self, set: &[u32], draw: &mut Draw) {
        draw.set.clear();
        draw.number += 1;
        for &account in set {
            let pool = &self.strata[self.stratum[account as usize] as usize];
            let other = pool[draw.dice.random_range(0..pool.len())];
            let last = &mut draw.last[other as usize];
            if *last != draw.number {
                *last = draw.number;
                draw.set.push(other);
            }
        }
    }

    /// Share of matched random sets that reach `observed`, with one added to both.
    ///
    /// Drawing stops early where the answer is plain: when the observed is ordinary, and when even the least p-value still
    /// possible does not `matter`. For a large set the share is read from a gamma distribution with the moments of fewer
    /// random sets (Winkler and others, NeuroImage 141, 2016), but never under what the usual number could show.
    pub(crate) fn p_value(
        &self,
        set: &[u32],
        observed: f64,
        mut statistic: impl FnMut(&[u32]) -> f64,
        matter: impl Fn(f64) -> bool,
    ) -> f64 {
        let salt = set.iter().fold(set.len() as u64, |h, &a| h.wrapping_mul(31).wrapping_add(u64::from(a)));
        let last = vec![0; self.stratum.len()];
        let mut draw = Draw { dice: self.dice(salt), set: Vec::with_capacity(set.len()), number: 0, last };
        let large = set.len() >= LARGE;
        let mut seen = Moments::default();
        let mut reached = 0;
        for done in 1..=if large { FEWER_SETS } else { SETS } {
            self.matched(set, &mut draw);
            let value = statistic(&draw.set);
            seen.add(value);
            let reaches = value >= observed;
            reached += u32::from(reaches);
            let plain = reaches && !matter(share(reached, SETS));
            if reached >= ORDINARY || plain {
                return share(reached, done);
            }
            if done == GLANCE && reached == 0 && large && observed > seen.mean() + FAR * seen.variance().sqrt() {
                return share(0, SETS);
            }
        }
        if large { seen.tail(observed).max(share(0, SETS)) } else { share(reached, SETS) }
    }
}

/// One is added to both, so that no p-value is zero.
fn share(reached: u32, of: u32) -> f64 {
    f64::from(1 + reached) / f64::from(1 + of)
}

/// Moments of a statistic over random sets.
#[derive(Debug, Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
    cubes: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
        self.cubes += value.powi(3);
    }

    fn mean(&self) -> f64 {
        self.sum / self.count
    }

    fn variance(&self) -> f64 {
        (self.squares / self.count - self.mean().powi(2)).max(0.0)
    }

    /// Skewness with one standard error added, so that a tail is taken for longer rather than shorter.
    fn skewness(&self) -> f64 {
        let (mean, variance) = (self.mean(), self.variance());
        let third = self.cubes / self.count - 3.0 * mean * variance - mean.powi(3);
        (third / variance.powf(1.5) + (6.0 / self.count).sqrt()).max(0.05)
    }

    /// How likely a shifted gamma distribution (Pearson's type III) with these moments reaches `observed`; 0 where all
    /// random sets gave one value.
    fn tail(&self, observed: f64) -> f64 {
        let half = 2.0 / self.skewness();
        let beyond = (observed - self.mean()) / self.variance().sqrt();
        Gamma::new(half * half, 1.0).map_or(0.0, |gamma| gamma.sf(half * (half + beyond).max(0.0)))
    }
}

fn nodes(traffic: &Traffic) -> Vec<u32> {
    let mut first: HashMap<&str, u32> = HashMap::new();
    (0..)
        .zip(&traffic.accounts)
        .map(|(i, account)| organization(account).map_or(i, |name| *first.entry(name).or_insert(i)))
        .collect()
}

/// Strata of plan, age (three classes) and volume (four classes); a stratum under eight accounts falls back to its plan.
fn strata(traffic: &Traffic) -> (Vec<u32>, Vec<Vec<u32>>) {
    let key = |i: usize, fine: bool| {
        let account = &traffic.accounts[i];
        let plan = account.facts.as_ref().map_or("", |f| f.plan.as_str());
        if !fine {
            return (plan, 9, 9);
        }
        let age = account.facts.as_ref().map_or(0, |f| traffic.to - f.created) / 86_400_000_000;
        let age = if age < 30 {
            0
        } else if age < 180 {
            1
        } else {
            2
        };
        (plan, age, account.exchanges.max(1).ilog2().min(12) / 3)
    };
    let mut count: HashMap<_, u32> = HashMap::new();
    for i in 0..traffic.accounts.len() {
        *count.entry(key(i, true)).or_default() += 1;
        *count.entry(key(i, false)).or_default() += 1;
    }
    let mut index: HashMap<_, u32> = HashMap::new();
    let mut members: Vec<Vec<u32>> = Vec::new();
    let mut stratum = Vec::with_capacity(traffic.accounts.len());
    for i in 0..traffic.accounts.len() {
        let fine = key(i, true);
        let own = if count[&fine] >= 8 { fine } else { key(i, false) };
        let next = members.len() as u32;
        let s = *index.entry(own).or_insert(next);
        if s == next {
            members.push(Vec::new());
        }
        stratum.push(s);
    }
    // Coarse strata hold the whole plan, fine ones their own accounts.
    for i in 0..traffic.accounts.len() {
        for own in [key(i, true), key(i, false)] {
            if let Some(&s) = index.get(&own) {
                members[s as usize].push(i as u32);
            }
        }
    }
    (stratum, members)
}

#[cfg(test)]
mod tests {
    use super::Moments;

    #[test]
    fn the_tail_is_close_to_the_share_that_reaches() {
        // Sums of eight squares of evenly spread numbers stand for a skewed statistic.
        let values: Vec<f64> = (0..4_000_u32)
            .map(|i| (1..=8).map(|k| f64::from(i * (97 + 2 * k) % 1_009) / 1_009.0).map(|x| x * x).sum())
            .collect();
        let mut seen = Moments::default();
        values.iter().for_each(|v| seen.add(*v));
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        for share in [0.5, 0.1, 0.02] {
            let at = sorted[((1.0 - share) * values.len() as f64) as usize];
            let tail = seen.tail(at);
            assert!((share / 2.0..share * 2.0).contains(&tail), "{share}: {tail}");
        }
    }

    #[test]
    fn what_no_set_ever_showed_has_no_tail() {
        let mut seen = Moments::default();
        (0..50).for_each(|_| seen.add(0.0));
        assert_eq!(seen.tail(1.0), 0.0);
    }
}
