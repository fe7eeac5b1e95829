//! What every cohort is held against: the accounts of the window, matched random sets, and the identity links.

use std::collections::HashMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

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

/// After this many random sets a large one is looked at for being far beyond all of them.
const GLANCE: u32 = 50;
const LARGE: usize = 40;
/// Standard deviations that no random set is expected to reach.
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
    /// Drawing stops early where the answer is plain: when the observed is ordinary, and, for a set of some size, when it
    /// lies [`FAR`] standard deviations above the first random sets; none of the others is then expected to reach it.
    pub(crate) fn p_value(
        &self,
        set: &[u32],
        observed: f64,
        sets: u32,
        mut statistic: impl FnMut(&[u32]) -> f64,
    ) -> f64 {
        let salt = set.iter().fold(set.len() as u64, |h, &a| h.wrapping_mul(31).wrapping_add(u64::from(a)));
        let last = vec![0; self.stratum.len()];
        let mut draw = Draw { dice: self.dice(salt), set: Vec::with_capacity(set.len()), number: 0, last };
        let (mut reached, mut sum, mut squares) = (0, 0.0, 0.0);
        for done in 1..=sets {
            self.matched(set, &mut draw);
            let value = statistic(&draw.set);
            sum += value;
            squares += value * value;
            reached += u32::from(value >= observed);
            if reached >= ORDINARY {
                return f64::from(1 + reached) / f64::from(1 + done);
            }
            if done == GLANCE && reached == 0 && set.len() >= LARGE {
                let mean = sum / f64::from(done);
                let deviation = (squares / f64::from(done) - mean * mean).max(0.0).sqrt();
                if observed > mean + FAR * deviation {
                    break;
                }
            }
        }
        f64::from(1 + reached) / f64::from(1 + sets)
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
