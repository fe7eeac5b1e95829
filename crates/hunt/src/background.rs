//! What every cohort is held against: the accounts of the window, matched random sets, and the identity links.

use std::collections::HashMap;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{cohort::organization, linkage::Linkage, tables::Traffic};

/// The window's accounts, ready for matched draws.
#[derive(Debug)]
pub(crate) struct Background<'a> {
    pub(crate) traffic: &'a Traffic,
    pub(crate) linkage: Linkage,
    /// Independent node of each account: its organisation, or itself.
    pub(crate) node: Vec<u32>,
    stratum: Vec<u32>,
    strata: Vec<Vec<u32>>,
    seed: u64,
}

impl<'a> Background<'a> {
    pub(crate) fn new(traffic: &'a Traffic, seed: u64) -> Self {
        let linkage = Linkage::learn(&traffic.accounts);
        let node = nodes(traffic);
        let (stratum, strata) = strata(traffic);
        Self { traffic, linkage, node, stratum, strata, seed }
    }

    /// A generator of its own for a cohort, so that results do not depend on the order of tests.
    pub(crate) fn dice(&self, salt: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.seed ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A random set of the same size, matched member by member on plan, age and volume.
    pub(crate) fn matched(&self, set: &[u32], dice: &mut impl Rng, out: &mut Vec<u32>) {
        out.clear();
        for &account in set {
            let pool = &self.strata[self.stratum[account as usize] as usize];
            out.push(pool[dice.random_range(0..pool.len())]);
        }
        out.sort_unstable();
        out.dedup();
    }

    /// Share of matched random sets that reach `observed`, with one added to both; stops early when plainly ordinary.
    pub(crate) fn p_value(&self, set: &[u32], observed: f64, sets: u32, statistic: impl Fn(&[u32]) -> f64) -> f64 {
        let salt = set.iter().fold(set.len() as u64, |h, &a| h.wrapping_mul(31).wrapping_add(u64::from(a)));
        let mut dice = self.dice(salt);
        let mut drawn = Vec::with_capacity(set.len());
        let mut reached = 0;
        for done in 1..=sets {
            self.matched(set, &mut dice, &mut drawn);
            reached += u32::from(statistic(&drawn) >= observed);
            if reached >= 20 {
                return f64::from(1 + reached) / f64::from(1 + done);
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
