//! Quotas of one process, in memory.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Mutex, PoisonError},
};

use super::{Arrival, Quota, Unit, Verdict};

/// Arrival times by account, in shards that are locked one at a time. Holds a bounded number of accounts.
#[derive(Debug)]
pub(crate) struct Local {
    shards: Vec<Mutex<HashMap<Box<str>, Arrivals>>>,
    hasher: RandomState,
    /// Accounts that a shard may hold.
    most: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Arrivals {
    requests: Arrival,
    tokens: Arrival,
}

const SHARDS: usize = 64;

impl Local {
    /// Room for about so many accounts.
    pub(crate) fn new(accounts: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), most: (accounts / SHARDS).max(16) }
    }

    /// Holds `cost` against the quota of an account.
    pub(crate) fn admit(&self, account: &str, unit: Unit, quota: Quota, now: u64, cost: u64) -> Verdict {
        self.with(account, now, |arrivals| {
            let arrival = arrivals.of(unit);
            let (next, verdict) = quota.admit(*arrival, now, cost);
            *arrival = next;
            verdict
        })
    }

    /// Charges what an account has used.
    pub(crate) fn charge(&self, account: &str, unit: Unit, quota: Quota, now: u64, cost: u64) {
        self.with(account, now, |arrivals| {
            let arrival = arrivals.of(unit);
            *arrival = quota.charge(*arrival, now, cost);
        });
    }

    fn with<T>(&self, account: &str, now: u64, then: impl FnOnce(&mut Arrivals) -> T) -> T {
        let place = usize::try_from(self.hasher.hash_one(account) % SHARDS as u64).unwrap_or(0);
        let Some(shard) = self.shards.get(place) else { return then(&mut Arrivals::default()) };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(arrivals) = shard.get_mut(account) {
            return then(arrivals);
        }
        if shard.len() >= self.most {
            make_room(&mut shard, now);
        }
        then(shard.entry(account.into()).or_default())
    }
}

/// Lets go of accounts whose quotas are whole again, which loses nothing; if there are none, of the one that is nearest to that.
fn make_room(shard: &mut HashMap<Box<str>, Arrivals>, now: u64) {
    let before = shard.len();
    shard.retain(|_, arrivals| arrivals.latest() > now);
    if shard.len() == before {
        let nearest = shard.iter().min_by_key(|(_, arrivals)| arrivals.latest()).map(|(account, _)| account.clone());
        nearest.and_then(|account| shard.remove(&account));
    }
}

impl Arrivals {
    fn of(&mut self, unit: Unit) -> &mut Arrival {
        match unit {
            Unit::Requests => &mut self.requests,
            Unit::Tokens => &mut self.tokens,
        }
    }

    fn latest(&self) -> u64 {
        self.requests.0.max(self.tokens.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn accounts_do_not_share_and_memory_is_bounded() {
        let quota = Quota::new(1, Duration::from_secs(10)).expect("a quota");
        let local = Local::new(1024);
        for n in 0..20_000 {
            let verdict = local.admit(&format!("account-{n}"), Unit::Requests, quota, 5, 1);
            assert!(matches!(verdict, Verdict::Room { .. }), "{n}");
        }
        let held: usize = local.shards.iter().map(|s| s.lock().expect("sound").len()).sum();
        assert!(held <= 1024, "{held}");
        let verdict = local.admit("account-19999", Unit::Requests, quota, 5, 1);
        assert!(matches!(verdict, Verdict::Wait { .. }));
        assert!(matches!(local.admit("account-19999", Unit::Tokens, quota, 5, 1), Verdict::Room { .. }));
    }
}
