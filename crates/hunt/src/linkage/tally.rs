//! What a *set* of accounts has in common, cheap enough to ask of thousands of random sets.

use super::{Field, Linkage, NETWORK_LIMIT, NONE, Value};

/// A value under this weight links nobody in a set, in bits.
const TELLING: f64 = 2.0;

impl Value {
    /// What it tells of a set in which so many members share it, in bits.
    ///
    /// A value that many outside the set hold says little of the set. Mail domains and networks are regional, so speakers
    /// of one language share them by nature: they count only where they belong to this set alone.
    fn telling(&self, members: u32) -> f64 {
        let inside = f64::from(members) / f64::from(self.holders);
        let telling = if self.field.is_regional() { inside.powi(4) } else { inside.sqrt() };
        let limit = if self.field.is_network() { NETWORK_LIMIT } else { f64::INFINITY };
        (self.bits * telling).min(limit)
    }
}

/// What a set of accounts has in common, by value; made once and cleared between sets.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    rows: Vec<Row>,
    touched: Vec<u32>,
}

/// One value in a tally.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    /// Independent node of the first holder in the set.
    first: u32,
    /// Accounts of the set that hold it.
    members: u32,
    /// Held by several nodes.
    several: bool,
    /// What sharing it tells in this set, in bits.
    telling: f64,
}

impl Linkage {
    /// Numbers the values that tell something, so that a tally of them is short.
    pub(super) fn keep_telling(&mut self) {
        let mut number = vec![NONE; self.values.len()];
        for account in 0..self.held.len() as u32 {
            let values: Vec<u32> =
                self.shareable(account).filter(|&v| self.values[v as usize].bits >= TELLING).collect();
            for value in values {
                let number = &mut number[value as usize];
                if *number == NONE {
                    *number = self.telling.len() as u32;
                    self.telling.push(self.values[value as usize]);
                }
                self.shared.push(*number);
            }
            self.ends.push(self.shared.len());
        }
    }

    /// What an account holds that tells something where another one holds it too, as indices into `telling`.
    fn telling(&self, account: u32) -> &[u32] {
        let account = account as usize;
        let start = account.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.shared[start..self.ends[account]]
    }

    /// Room for what a set of accounts has in common.
    pub(crate) fn tally(&self) -> Tally {
        Tally { rows: vec![Row::default(); self.telling.len()], touched: Vec::new() }
    }

    /// Sum over members of their heaviest shared value, per member; cheap enough for random sets.
    ///
    /// `node` gives the independent node of an account: a value shared only inside one node links nobody.
    pub(crate) fn density(&self, set: &[u32], node: &[u32], tally: &mut Tally) -> f64 {
        if !self.share(set, node, tally) {
            return 0.0;
        }
        let total: f64 = set.iter().map(|&account| self.heaviest(account, tally)).sum();
        total / set.len().max(1) as f64
    }

    /// How many members share a value that tells something, in the set that was tallied last; and how many share a
    /// payment instrument or a device.
    pub(crate) fn linked(&self, set: &[u32], tally: &Tally) -> (usize, usize) {
        let linked = set.iter().filter(|&&account| self.heaviest(account, tally) > 0.0).count();
        let is_instrument = |value: u32| {
            let instrument = matches!(self.telling[value as usize].field, Field::Payment | Field::Device);
            instrument && tally.rows[value as usize].telling >= TELLING
        };
        let instruments =
            set.iter().filter(|&&account| self.telling(account).iter().any(|&v| is_instrument(v))).count();
        (linked, instruments)
    }

    /// Counts the values held in a set, and says whether any of them is shared.
    fn share(&self, set: &[u32], node: &[u32], tally: &mut Tally) -> bool {
        for value in tally.touched.drain(..) {
            tally.rows[value as usize] = Row::default();
        }
        for &account in set {
            let own = node[account as usize];
            for &value in self.telling(account) {
                let row = &mut tally.rows[value as usize];
                if row.members == 0 {
                    row.first = own;
                    tally.touched.push(value);
                }
                row.members += 1;
                row.several |= row.first != own;
            }
        }
        let mut any = false;
        for value in &tally.touched {
            let row = &mut tally.rows[*value as usize];
            if row.several {
                row.telling = self.telling[*value as usize].telling(row.members);
                any = true;
            }
        }
        any
    }

    fn heaviest(&self, account: u32, tally: &Tally) -> f64 {
        let best = self.telling(account).iter().map(|v| tally.rows[*v as usize].telling).fold(0.0, f64::max);
        if best >= TELLING { best } else { 0.0 }
    }
}
