//! Everybody who takes part: accounts with their clients, streams of requests, and pools of accounts.
//!
//! Its size is the simulation's memory: it grows with accounts and their customers, never with requests.

use exchanges::Account;

use crate::{
    Archetype, Class,
    client::Client,
    dice::{Dice, blend},
    identity::Signup,
    rhythm::{DAY, HOUR, Rhythm},
    stream::{Route, Speech, State, Stream},
};

/// What an account really is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Honest(Class),
    Harvest { archetype: Archetype, campaign: u16 },
}

/// An account on stage.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) account: Account,
    pub(crate) role: Role,
    pub(crate) client: Client,
    /// From when on every request is refused.
    pub(crate) closed: i64,
}

/// Accounts that one dispatcher spreads conversations over.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) members: Vec<u32>,
    pub(crate) used: Vec<u32>,
    pub(crate) rests_until: Vec<i64>,
    pub(crate) cursor: usize,
    pub(crate) policy: Policy,
}

/// How a pool picks an account, and when it moves on to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// One after the other, staying put when refused.
    RoundRobin,
    /// The least used; moves on at 429 and 403.
    Headroom,
    /// One account per customer; moves on when the service is down.
    Sticky,
}

/// The whole cast.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) seed: u64,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// When the newest model came out, if it did.
    pub(crate) release: i64,
    /// Factor on the budgets of honest streams.
    pub(crate) volume: f64,
    pub(crate) members: Vec<Member>,
    pub(crate) streams: Vec<Stream>,
    pub(crate) pools: Vec<Pool>,
}

impl Cast {
    pub(crate) fn period(&self) -> i64 {
        self.end - self.start
    }

    /// Requests that all streams together will send, without retries.
    pub(crate) fn budget(&self) -> u64 {
        self.streams.iter().map(|s| u64::from(s.pacer.left())).sum()
    }

    /// The moment at this share of the period.
    pub(crate) fn moment(&self, share: f64) -> i64 {
        self.start + (share * self.period() as f64) as i64
    }

    pub(crate) fn join(&mut self, role: Role, signup: Signup, client: Client) -> u32 {
        let number = self.members.len();
        let account = signup.account(self.seed, number);
        self.members.push(Member { account, role, client, closed: i64::MAX });
        u32::try_from(number).expect("a plan has fewer than 2^32 accounts")
    }

    pub(crate) fn pool(&mut self, members: Vec<u32>, policy: Policy) -> u16 {
        let n = members.len();
        self.pools.push(Pool { members, used: vec![0; n], rests_until: vec![0; n], cursor: 0, policy });
        u16::try_from(self.pools.len() - 1).expect("a plan has fewer than 2^16 pools")
    }

    fn add(&mut self, route: Route, rhythm: Rhythm, speech: Speech) -> &mut Stream {
        let number = self.streams.len() as u64;
        self.streams.push(Stream {
            dice: Dice::at(self.seed, 1_000_000 + number),
            pacer: rhythm.play(),
            route,
            speech,
            campaign: None,
            harvest: false,
            refused: 0.0,
            key: blend(self.seed, number ^ 0xc0ffee),
            state: State::default(),
        });
        self.streams.last_mut().expect("one was pushed")
    }

    /// A stream of honest use; its budget is scaled by the plan's volume.
    pub(crate) fn honest(&mut self, route: Route, mut rhythm: Rhythm, speech: Speech) {
        let scale = self.volume;
        if scale != 1.0 {
            // More sessions, and somewhat longer ones.
            rhythm.budget = ((f64::from(rhythm.budget) * scale).round() as u32).max(1);
            rhythm.sessions = ((f64::from(rhythm.sessions) * scale.powf(0.8)).round() as u32).max(1);
        }
        if let Route::Own(member) = route {
            rhythm.from = rhythm.from.max(self.members[member as usize].account.created.micros() + HOUR / 6);
        }
        rhythm.until = rhythm.until.min(self.end);
        self.add(route, rhythm, speech);
    }

    /// A stream of a campaign: harvest, or the cover that hides it.
    pub(crate) fn campaign(
        &mut self,
        campaign: u16,
        harvest: bool,
        route: Route,
        mut rhythm: Rhythm,
        speech: Speech,
    ) -> &mut Stream {
        rhythm.until = rhythm.until.min(self.end);
        let stream = self.add(route, rhythm, speech);
        stream.campaign = Some(campaign);
        stream.harvest = harvest;
        stream
    }

    /// A sign-up moment of somebody old or new; a tenth join during the period.
    pub(crate) fn joined(&self, dice: &mut Dice) -> i64 {
        if dice.chance(0.1) {
            self.start + (dice.unit() * 0.9 * self.period() as f64) as i64
        } else {
            crate::identity::aged(dice, self.start, 1.0, 720.0)
        }
    }

    /// When an honest client starts to use the newest model, if it does.
    pub(crate) fn adopts(&self, dice: &mut Dice) -> i64 {
        if self.release < self.end && dice.chance(0.6) {
            self.release + (dice.exponential(6.0) * DAY as f64) as i64
        } else {
            i64::MAX
        }
    }
}
