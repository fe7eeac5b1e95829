//! A cohort under test: the accounts that share a set of features, and the exchanges in which they do.

use std::collections::HashSet;

use rustc_hash::FxHashMap;

use crate::tables::{Account, Event, NONE};

/// One account of a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) account: u32,
    /// Exchanges that carry one of the cohort's features.
    pub(crate) uses: u32,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// Accounts that share features, with the exchanges that carry them, in time order.
#[derive(Debug, Clone)]
pub(crate) struct Cohort<'a> {
    /// Sorted by account.
    pub(crate) seats: Vec<Seat>,
    /// Exchanges of the seats, in time order; the seat of each is `seat_of[i]`.
    pub(crate) events: Vec<&'a Event>,
    pub(crate) seat_of: Vec<u32>,
    /// Fewest uses that a seat has.
    pub(crate) min_uses: u32,
    /// Independent nodes: accounts of one declared organisation count once.
    pub(crate) nodes: usize,
    /// Accounts that carry one of the features and hold no seat.
    pub(crate) outsiders: usize,
}

/// A seat below this share of the median use is a passer-by, not a member.
const PASSER_BY: f64 = 0.2;

impl<'a> Cohort<'a> {
    /// Seats every account with at least `min_uses` of the events, and at least a fifth of the median use.
    ///
    /// `events` are in time order. `None` when fewer than three independent nodes remain.
    pub(crate) fn gather(events: &[&'a Event], accounts: &[Account], min_uses: u32) -> Option<Self> {
        let mut found: FxHashMap<u32, Seat> = FxHashMap::default();
        for event in events {
            let seat = found.entry(event.account).or_insert(Seat {
                account: event.account,
                uses: 0,
                first: event.time,
                last: event.time,
            });
            seat.uses += 1;
            seat.last = event.time;
        }
        let everyone = found.len();
        let mut seats: Vec<Seat> = found.into_values().filter(|s| s.uses >= min_uses).collect();
        if seats.len() < 3 {
            return None;
        }
        let floor = min_uses.max((PASSER_BY * median(&seats)).floor() as u32);
        seats.retain(|s| s.uses >= floor);
        seats.sort_unstable_by_key(|s| s.account);
        Self::seated(events, accounts, seats, floor, everyone)
    }

    fn seated(
        events: &[&'a Event],
        accounts: &[Account],
        seats: Vec<Seat>,
        min_uses: u32,
        everyone: usize,
    ) -> Option<Self> {
        let nodes = independent(&seats, accounts);
        if nodes < 3 {
            return None;
        }
        let position: FxHashMap<u32, u32> = (0..).zip(&seats).map(|(i, s)| (s.account, i)).collect();
        let (events, seat_of) = events.iter().filter_map(|e| position.get(&e.account).map(|&seat| (*e, seat))).unzip();
        let outsiders = everyone - seats.len();
        Some(Self { seats, events, seat_of, min_uses, nodes, outsiders })
    }

    /// Uses of each seat.
    pub(crate) fn uses(&self) -> Vec<u32> {
        self.seats.iter().map(|s| s.uses).collect()
    }

    /// First and last time of a carried feature.
    pub(crate) fn span(&self) -> (i64, i64) {
        let first = self.events.first().map_or(0, |e| e.time);
        let last = self.events.last().map_or(0, |e| e.time);
        (first, last)
    }

    pub(crate) fn accounts(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.seats.iter().map(|s| s.account)
    }
}

fn median(seats: &[Seat]) -> f64 {
    let mut uses: Vec<u32> = seats.iter().map(|s| s.uses).collect();
    uses.sort_unstable();
    f64::from(uses[uses.len() / 2])
}

/// Accounts of one declared organisation are one node, or every enterprise would look coordinated.
fn independent(seats: &[Seat], accounts: &[Account]) -> usize {
    let mut organisations = HashSet::new();
    let mut alone = 0;
    for seat in seats {
        match organization(&accounts[seat.account as usize]) {
            Some(name) => {
                organisations.insert(name);
            }
            None => alone += 1,
        }
    }
    organisations.len() + alone
}

pub(crate) fn organization(account: &Account) -> Option<&str> {
    account.facts.as_ref().and_then(|f| f.organization_id.as_deref())
}

/// The selected features that an exchange carries.
pub(crate) fn carried(event: &Event) -> impl Iterator<Item = u32> + '_ {
    event.features.iter().copied().filter(|&f| f != NONE)
}
