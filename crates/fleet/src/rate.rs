//! How often somebody may do something, by the minute.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

/// Counts for the minute that runs; the next one begins anew.
#[derive(Debug)]
pub(crate) struct Rate<K> {
    per_minute: u32,
    counts: Mutex<(i64, HashMap<K, u32>)>,
}

/// Most keys that are told apart within a minute; further ones share what is left.
const MOST: usize = 65_536;

impl<K: Hash + Eq> Rate<K> {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute, counts: Mutex::new((0, HashMap::new())) }
    }

    /// Counts one; the seconds to wait when it was one too many.
    pub(crate) fn take(&self, key: K, now: Timestamp) -> Result<(), u64> {
        self.count(key, now, 1)
    }

    /// The seconds to wait, if there were too many already.
    pub(crate) fn look(&self, key: K, now: Timestamp) -> Result<(), u64> {
        self.count(key, now, 0)
    }

    fn count(&self, key: K, now: Timestamp, more: u32) -> Result<(), u64> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.as_second().div_euclid(60);
        if counts.0 != minute {
            *counts = (minute, HashMap::new());
        }
        let wait = u64::try_from(60 - now.as_second().rem_euclid(60)).unwrap_or(60);
        if counts.1.len() >= MOST && !counts.1.contains_key(&key) {
            return Err(wait);
        }
        let used = counts.1.entry(key).or_default();
        if *used >= self.per_minute {
            return Err(wait);
        }
        *used += more;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_so_many_of_each() {
        let rate = Rate::new(2);
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        assert_eq!([rate.take("a", at(0)), rate.take("a", at(1)), rate.take("b", at(1))], [Ok(()); 3]);
        assert_eq!(rate.take("a", at(50)), Err(10));
        assert_eq!(rate.look("a", at(59)), Err(1));
        assert_eq!(rate.take("a", at(60)), Ok(()));
    }
}
