//! Puts a campaign on stage: its accounts, its harvest, and the cover.

use crate::{
    Access, Campaign, Cover, Created, Dispatch, Mail, Persona, Timing,
    cast::{self, Cast, Role},
    client::{self, Client, household, server},
    dice::{Dice, blend},
    identity::{Signup, aged, own_domain, wave},
    rhythm::{DAY, HOUR, MINUTE, Rhythm, SECOND, Shape, Starts},
    stream::{Order, Route, Speech, Work},
    text::{code::Framework, item::ItemPool, talk::Talker, template::Template},
};

/// What a campaign's accounts draw on together.
struct Operation<'a> {
    campaign: &'a Campaign,
    number: u16,
    key: u64,
    from: i64,
    until: i64,
    /// When half of the accounts are shut.
    ban: Option<i64>,
    frameworks: &'a [std::sync::Arc<Framework>],
}

/// Adds the campaign's accounts and streams to the cast.
pub(crate) fn enrol(cast: &mut Cast, number: u16, campaign: &Campaign, frameworks: &[std::sync::Arc<Framework>]) {
    let key = blend(cast.seed, 0x0cab_0000 + u64::from(number));
    let dice = &mut Dice::at(key, 0);
    let op = Operation {
        campaign,
        number,
        key,
        from: cast.moment(campaign.start),
        until: cast.moment(campaign.end),
        ban: campaign.ban.map(|share| cast.moment(share)),
        frameworks,
    };
    let members = op.accounts(cast, dice);
    match campaign.dispatch {
        Dispatch::Independent => op.independent(cast, &members, dice),
        Dispatch::RoundRobin => op.queue(cast, &members, dice),
        Dispatch::Relay => op.relay(cast, &members, dice),
    }
}

/// For each of `n` accounts the group that it shares an attribute with, if any.
fn groups(n: usize, share: f64, size: u32, dice: &mut Dice) -> Vec<Option<u64>> {
    let mut order: Vec<usize> = (0..n).collect();
    dice.shuffle(&mut order);
    let sharing = ((n as f64 * share).round() as usize).min(n);
    let mut group = vec![None; n];
    if sharing < 2 {
        return group;
    }
    // Whole groups only: a group of one shares nothing.
    let count = (sharing / size.max(2) as usize).max(1);
    let keys: Vec<u64> = (0..count).map(|_| dice.roll()).collect();
    for (i, &at) in order[..sharing].iter().enumerate() {
        group[at] = Some(keys[i % count]);
    }
    group
}

impl Operation<'_> {
    fn accounts(&self, cast: &mut Cast, dice: &mut Dice) -> Vec<u32> {
        let c = self.campaign;
        let n = c.accounts as usize;
        let size = c.identity.group;
        let payment = groups(n, c.identity.payment, size, dice);
        let device = groups(n, c.identity.device, size, dice);
        let address = groups(n, c.identity.address, size, dice);
        let mail = groups(n, c.identity.mail, size, dice);
        let usual = self.client(dice);
        let role = Role::Harvest { archetype: c.archetype, campaign: self.number };
        (0..n)
            .map(|i| {
                let created = self.created(i, dice);
                let person = Signup::person(dice, created);
                let egress = blend(self.key, i as u64);
                let signup = Signup {
                    plan: match c.persona {
                        Persona::Program => dice.pick(&["api", "api", "api", "pro", "enterprise"]),
                        Persona::Coder => dice.pick(&["max", "pro"]),
                        Persona::Person => dice.pick(&["pro", "pro", "free", "max"]),
                    },
                    payment: Some(payment[i].unwrap_or_else(|| dice.roll())),
                    device: device[i].or_else(|| dice.chance(0.5).then(|| dice.roll())),
                    address: address[i].map_or_else(|| household(egress), server),
                    mail: match mail[i] {
                        Some(group) => own_domain(group),
                        None if c.mail == Mail::Own || dice.chance(0.3) => Mail::Public.domain(0, dice),
                        None => c.mail.domain(egress, dice),
                    },
                    ..person
                };
                let mut client = usual.clone();
                client.access = self.access(egress, signup.address, dice);
                if c.dispatch != Dispatch::Relay {
                    client.agents = self.agents(dice);
                }
                let member = cast.join(role, signup, client);
                if let Some(ban) = self.ban.filter(|_| i < n / 2) {
                    cast.members[member as usize].closed = ban + dice.between(0, HOUR);
                }
                if c.pivot && cast.release < cast.end {
                    cast.members[member as usize].client.moves = cast.release + dice.between(HOUR, 22 * HOUR);
                }
                member
            })
            .collect()
    }

    fn created(&self, i: usize, dice: &mut Dice) -> i64 {
        let successor = i >= self.campaign.accounts as usize / 2;
        if let Some(ban) = self.ban.filter(|_| successor) {
            return ban - dice.between(HOUR, 4 * DAY);
        }
        match self.campaign.created {
            Created::Burst => wave(dice, self.from - 3 * DAY, 5.0),
            Created::Trickle => self.from - dice.between(HOUR, 21 * DAY),
            Created::Aged => aged(dice, self.from, 45.0, 700.0),
            Created::Mixed if dice.chance(0.5) => self.from - dice.between(HOUR, 21 * DAY),
            Created::Mixed => aged(dice, self.from, 30.0, 700.0),
        }
    }

    /// What all accounts of the campaign have in common on the wire.
    fn client(&self, dice: &mut Dice) -> Client {
        let person = Client::person(dice);
        let base = match self.campaign.persona {
            Persona::Person => person,
            Persona::Program | Persona::Coder => Client {
                max_tokens: Some(dice.pick(&[4_096, 8_192])),
                channel: "direct".to_owned(),
                ..Client::program(dice)
            },
        };
        Client { agents: self.agents(dice), pressure: 0.02, reasoning: 0.3, model: 2, ..base }
    }

    fn agents(&self, dice: &mut Dice) -> Vec<String> {
        match self.campaign.persona {
            Persona::Program => vec![client::kit(dice)],
            Persona::Person => vec![client::browser(dice)],
            Persona::Coder => {
                let framework = dice.among(self.frameworks);
                vec![dice.among(&framework.agents).clone()]
            }
        }
    }

    fn access(&self, egress: u64, signup: std::net::IpAddr, dice: &mut Dice) -> client::Access {
        match self.campaign.access {
            Access::Fixed => client::Access::Fixed(vec![signup]),
            Access::Consumer if dice.chance(0.06) => client::Access::vpn(dice),
            Access::Consumer => client::Access::Home { key: egress },
            Access::ResidentialProxies => {
                client::Access::Proxies { key: egress, hold: dice.between(10 * MINUTE, 8 * HOUR) }
            }
        }
    }

    /// One list of items per kind, together as long as the harvest.
    fn lists(&self) -> Vec<ItemPool> {
        let kinds = &self.campaign.items;
        let total = u64::from(self.campaign.accounts) * u64::from(self.campaign.harvest_per_account);
        let size = if self.campaign.refused > 0.0 { 15 } else { (total * 11 / 10 / kinds.len() as u64).max(20) as u32 };
        kinds.iter().zip(0_u64..).map(|(&kind, i)| ItemPool::new(blend(self.key, 40 + i), kind, size)).collect()
    }

    fn speech(&self, pool: ItemPool, index: u32, of: u32) -> Speech {
        let c = self.campaign;
        if c.refused > 0.0 {
            return Speech::Probe { pool, purposes: PROBES };
        }
        let mut template = Template::new(blend(self.key, 7), c.purpose).reworded(c.paraphrase);
        if let Some(place) = c.place {
            template = template.placed(place);
        }
        Speech::Work(Work {
            template,
            pool,
            order: Order::Shard { index, of, resampled: c.resampled as f32 },
            follows: 0.0,
        })
    }

    fn rhythm(&self, budget: u32, dice: &mut Dice) -> Rhythm {
        let (from, until) = (self.from, self.until);
        let late = from + (dice.unit() * 0.25 * (until - from) as f64) as i64;
        let zone = dice.between(-8, 10);
        let spread = |shape, zone| Starts::Spread { shape, zone };
        let (starts, from, per_session, gap) = match self.campaign.timing {
            Timing::Synchronous => return self.together(budget, 20 * SECOND, (8.0, 0.5)),
            Timing::Jittered { minutes } => return self.together(budget, i64::from(minutes) * MINUTE, (12.0, 0.8)),
            Timing::Flat => (spread(Shape::Flat, 0), late, 9, (15.0, 0.8)),
            Timing::Shift => (spread(Shape::Shift, 8), late, 9, (18.0, 0.8)),
            Timing::DailyMimicry => (spread(Shape::Human, zone), from, 2, (90.0, 0.9)),
            Timing::Office => (spread(Shape::Office, 2), from, 5, (60.0, 0.9)),
        };
        Rhythm { from, until, starts, sessions: budget.div_ceil(per_session), budget, gap }
    }

    /// Starts in common; their number is the campaign's, whatever the account's own budget.
    fn together(&self, budget: u32, jitter: i64, gap: (f64, f64)) -> Rhythm {
        let (from, until) = (self.from, self.until);
        let sessions = self.campaign.harvest_per_account.div_ceil(8).max(1);
        let starts = Starts::Shared { key: self.key, every: (until - from) / i64::from(sessions), jitter };
        Rhythm { from, until, starts, sessions, budget, gap }
    }

    /// Harvest per account: equal, nearly equal, or heavy-tailed around the same mean.
    fn quota(&self, dice: &mut Dice) -> u32 {
        let (mean, sigma) = (f64::from(self.campaign.harvest_per_account), self.campaign.unevenness);
        (dice.lognormal(mean * (-sigma * sigma / 2.0).exp(), sigma).round() as u32).max(1)
    }

    fn cover_of(&self, harvest: u32, dice: &mut Dice) -> u32 {
        let cover = self.campaign.cover.clamp(0.0, 0.99);
        let exact = f64::from(harvest) * cover / (1.0 - cover);
        exact as u32 + u32::from(dice.chance(exact.fract()))
    }

    fn independent(&self, cast: &mut Cast, members: &[u32], dice: &mut Dice) {
        let workers = if self.ban.is_some() { members.len() / 2 } else { members.len() };
        let lists = self.lists();
        for worker in 0..workers {
            let (route, terms) = match self.ban {
                Some(_) => (Route::Succession { first: members[worker], then: members[worker + workers] }, 2),
                None => (Route::Own(members[worker]), 1),
            };
            let quota = self.quota(dice) * terms;
            for (list, part) in lists.iter().zip(0..) {
                let budget = (quota + part) / lists.len() as u32;
                let rhythm = self.rhythm(budget, dice);
                let speech = self.speech(*list, worker as u32, workers as u32);
                let stream = cast.campaign(self.number, true, route, rhythm, speech);
                stream.refused = self.campaign.refused as f32;
            }
            self.cover(cast, route, self.cover_of(quota, dice), dice);
        }
        // A successor without a predecessor, where the number of accounts is odd.
        if self.ban.is_some() && members.len() % 2 == 1 {
            let last = members[members.len() - 1];
            let rhythm = Rhythm { from: self.ban.unwrap_or(self.from) + HOUR, ..self.rhythm(self.quota(dice), dice) };
            cast.campaign(self.number, true, Route::Own(last), rhythm, self.speech(lists[0], 0, workers as u32));
        }
    }

    /// One central queue over all accounts, worked by a few lanes.
    fn queue(&self, cast: &mut Cast, members: &[u32], dice: &mut Dice) {
        let lanes = (members.len() as u32).div_ceil(6);
        let pool = cast.pool(members.to_vec(), cast::Policy::RoundRobin);
        self.harvest_lanes(cast, Route::Pool(pool), lanes, dice);
        for &member in members {
            let budget = self.cover_of(self.campaign.harvest_per_account, dice);
            self.cover(cast, Route::Own(member), budget, dice);
        }
    }

    fn harvest_lanes(&self, cast: &mut Cast, route: Route, lanes: u32, dice: &mut Dice) {
        let total = self.campaign.accounts * self.campaign.harvest_per_account;
        let lists = self.lists();
        for lane in 0..lanes {
            for list in &lists {
                let budget = (total / lanes / lists.len() as u32).max(1);
                let mut rhythm = self.rhythm(budget, dice);
                rhythm.sessions = (budget / 25).max(2);
                cast.campaign(self.number, true, route, rhythm, self.speech(*list, lane, lanes));
            }
        }
    }

    /// A relay: harvest among its unrelated customers, over whatever account has headroom.
    fn relay(&self, cast: &mut Cast, members: &[u32], dice: &mut Dice) {
        let pool = cast.pool(members.to_vec(), cast::Policy::Headroom);
        let route = Route::Pool(pool);
        self.harvest_lanes(cast, route, (members.len() as u32).div_ceil(5), dice);
        let total = self.cover_of(self.campaign.accounts * self.campaign.harvest_per_account, dice);
        let customers = (self.campaign.accounts * 2).max(1);
        let mut left = total;
        for i in 0..customers {
            let mean = f64::from(left) / f64::from(customers - i);
            let budget = if i + 1 == customers { left } else { (dice.exponential(mean).round() as u32).min(left) };
            left -= budget;
            self.cover(cast, route, budget, dice);
        }
    }

    /// Unrelated use, by people, coders or small programs.
    fn cover(&self, cast: &mut Cast, route: Route, budget: u32, dice: &mut Dice) {
        if budget == 0 {
            return;
        }
        let style = match self.campaign.cover_style {
            Cover::Mixed => dice.pick(&[Cover::People, Cover::Coders, Cover::Mixed]),
            other => other,
        };
        let speech = match style {
            Cover::People => Speech::Talk(Talker::new(dice)),
            Cover::Coders => Speech::Code { framework: dice.among(self.frameworks).clone(), project: dice.roll() },
            Cover::Mixed => crate::honest::small_program(dice),
        };
        let starts = Starts::Spread { shape: Shape::Human, zone: dice.between(-8, 10) };
        let rhythm = Rhythm {
            from: self.from,
            until: self.until,
            starts,
            sessions: budget.div_ceil(4),
            budget,
            gap: (45.0, 0.9),
        };
        cast.campaign(self.number, false, route, rhythm, speech);
    }
}

/// What a prober tries: everything that might draw reasoning out.
const PROBES: &[crate::Purpose] = &[
    crate::Purpose::Reasoning,
    crate::Purpose::ThoughtTranslation,
    crate::Purpose::Rubric,
    crate::Purpose::Agentic,
    crate::Purpose::Knowledge,
    crate::Purpose::Tutor,
    crate::Purpose::Audit,
];
