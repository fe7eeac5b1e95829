//! What each account did lately, counted by this process since it started.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use policy::Behaviour;

/// Counters by account, in shards. Holds a bounded number of accounts; those that were quiet longest are forgotten first.
#[derive(Debug)]
pub(crate) struct Counters {
    shards: Vec<Mutex<HashMap<Box<str>, Counter>>>,
    hasher: RandomState,
    most: usize,
}

#[derive(Debug, Default)]
struct Counter {
    /// Of the minute at hand and of the one before.
    minutes: [u64; 2],
    minute: u64,
    hours: [Hour; HOURS],
    hour: u64,
    /// Hashes of client networks, with the hour in which each was last seen.
    networks: Vec<(u64, u64)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Hour {
    requests: u64,
    tokens: u64,
}

const SHARDS: usize = 64;
const HOURS: usize = 24;
/// More networks than this count as this many.
const NETWORKS: usize = 64;

impl Counters {
    /// Room for about so many accounts.
    pub(crate) fn new(accounts: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), most: (accounts / SHARDS).max(16) }
    }

    /// Counts a request and says what the account did until now, the request included. `now` is monotonic.
    pub(crate) fn request(&self, account: &str, client: Option<IpAddr>, now: Duration) -> Behaviour {
        let network = client.map(|address| self.hasher.hash_one(network(address)));
        self.with(account, now, |counter| {
            counter.add_request(network);
            counter.behaviour(now)
        })
        .unwrap_or_default()
    }

    /// What the account did until now.
    pub(crate) fn look(&self, account: &str, now: Duration) -> Behaviour {
        let shard = self.shard(account).map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(mut shard) = shard else { return Behaviour::default() };
        shard.get_mut(account).map_or_else(Behaviour::default, |counter| {
            counter.move_to(now);
            counter.behaviour(now)
        })
    }

    /// Counts the tokens of an answer.
    pub(crate) fn tokens(&self, account: &str, tokens: u64, now: Duration) {
        self.with(account, now, |counter| {
            if let Some(hour) = counter.hours.get_mut(place(counter.hour)) {
                hour.tokens = hour.tokens.saturating_add(tokens);
            }
        });
    }

    fn shard(&self, account: &str) -> Option<&Mutex<HashMap<Box<str>, Counter>>> {
        self.shards.get(usize::try_from(self.hasher.hash_one(account) % SHARDS as u64).unwrap_or(0))
    }

    fn with<T>(&self, account: &str, now: Duration, then: impl FnOnce(&mut Counter) -> T) -> Option<T> {
        let mut shard = self.shard(account)?.lock().unwrap_or_else(PoisonError::into_inner);
        if !shard.contains_key(account) {
            if shard.len() >= self.most {
                make_room(&mut shard, hour(now));
            }
            shard.insert(account.into(), Counter { minute: minute(now), hour: hour(now), ..Counter::default() });
        }
        let counter = shard.get_mut(account)?;
        counter.move_to(now);
        Some(then(counter))
    }
}

fn make_room(shard: &mut HashMap<Box<str>, Counter>, hour: u64) {
    let before = shard.len();
    shard.retain(|_, counter| hour.saturating_sub(counter.hour) < HOURS as u64);
    if shard.len() == before {
        let quiet = shard.iter().min_by_key(|(_, counter)| counter.minute).map(|(account, _)| account.clone());
        quiet.and_then(|account| shard.remove(&account));
    }
}

impl Counter {
    /// Lets what is past the windows go.
    fn move_to(&mut self, now: Duration) {
        let (minute, hour) = (minute(now), hour(now));
        match minute.saturating_sub(self.minute) {
            0 => {}
            1 => self.minutes = [0, self.minutes[0]],
            _ => self.minutes = [0, 0],
        }
        self.minute = self.minute.max(minute);
        for passed in (self.hour + 1..=hour).take(HOURS) {
            if let Some(slot) = self.hours.get_mut(place(passed)) {
                *slot = Hour::default();
            }
        }
        if hour.saturating_sub(self.hour) > HOURS as u64 {
            self.hours = [Hour::default(); HOURS];
        }
        self.hour = self.hour.max(hour);
        let oldest = self.hour.saturating_sub(HOURS as u64 - 1);
        self.networks.retain(|(_, seen)| *seen >= oldest);
    }

    fn add_request(&mut self, network: Option<u64>) {
        self.minutes[0] = self.minutes[0].saturating_add(1);
        if let Some(slot) = self.hours.get_mut(place(self.hour)) {
            slot.requests = slot.requests.saturating_add(1);
        }
        let Some(network) = network else { return };
        if let Some((_, seen)) = self.networks.iter_mut().find(|(known, _)| *known == network) {
            *seen = self.hour;
        } else if self.networks.len() < NETWORKS {
            self.networks.push((network, self.hour));
        }
    }

    fn behaviour(&self, now: Duration) -> Behaviour {
        // The part of the minute before that is still within sixty seconds, as if its requests were spread evenly.
        let left = 60 - now.as_secs() % 60;
        Behaviour {
            requests_last_minute: self.minutes[0].saturating_add(self.minutes[1].saturating_mul(left) / 60),
            requests_last_day: self.hours.iter().fold(0, |sum, hour| sum.saturating_add(hour.requests)),
            tokens_last_day: self.hours.iter().fold(0, |sum, hour| sum.saturating_add(hour.tokens)),
            networks_last_day: u32::try_from(self.networks.len()).unwrap_or(u32::MAX),
        }
    }
}

/// The /24 or /48 of an address: what one subscriber may move about in.
pub(crate) fn network(address: IpAddr) -> [u8; 6] {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            [0xff, 0xff, 0xff, a, b, c]
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, e, f, ..] = v6.octets();
            [a, b, c, d, e, f]
        }
    }
}

fn minute(now: Duration) -> u64 {
    now.as_secs() / 60
}

fn hour(now: Duration) -> u64 {
    now.as_secs() / 3600
}

fn place(hour: u64) -> usize {
    usize::try_from(hour % HOURS as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: u64, seconds: u64) -> Duration {
        Duration::from_secs(hours * 3600 + seconds)
    }

    #[test]
    fn windows_slide() {
        let counters = Counters::new(1000);
        for n in 0..10u8 {
            counters.request("a", Some(IpAddr::from([10, 0, n, 1])), at(0, 0));
        }
        counters.tokens("a", 500, at(0, 0));
        let seen = counters.request("a", None, at(0, 90));
        assert_eq!(seen.requests_last_minute, 1 + 5, "half of the minute before");
        assert_eq!((seen.requests_last_day, seen.tokens_last_day, seen.networks_last_day), (11, 500, 10));
        let seen = counters.look("a", at(23, 0));
        assert_eq!((seen.requests_last_minute, seen.requests_last_day, seen.networks_last_day), (0, 11, 10));
        let seen = counters.look("a", at(24, 0));
        assert_eq!((seen.requests_last_day, seen.tokens_last_day, seen.networks_last_day), (0, 0, 0));
        assert_eq!(counters.look("b", at(24, 0)), Behaviour::default());
    }

    #[test]
    fn memory_is_bounded() {
        let counters = Counters::new(1024);
        for n in 0..10_000 {
            counters.request(&format!("account-{n}"), None, at(0, 1));
        }
        let held: usize = counters.shards.iter().map(|s| s.lock().expect("sound").len()).sum();
        assert!(held <= 1024);
        for n in 0..=255u8 {
            counters.request("one", Some(IpAddr::from([n, n, n, 1])), at(0, 1));
        }
        assert_eq!(counters.look("one", at(0, 1)).networks_last_day, 64);
    }
}
