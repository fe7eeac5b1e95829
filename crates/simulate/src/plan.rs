//! The description of a simulation, and ready-made ones.

use std::sync::Arc;

use exchanges::{Account, Time};

use crate::{
    Archetype, Campaign, CampaignTruth, Class, Exchanges, Label, Mail, Timing,
    campaign::{Access, Created, Identity},
    cast::{Cast, Role},
    dice::Dice,
    harvest, honest,
    identity::instant,
    rhythm::{DAY, HOUR},
    text::code::Framework,
};

/// Everything that a simulation depends on; the same plan gives the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub seed: u64,
    pub start: Time,
    pub days: u32,
    /// How many accounts of each honest class.
    pub honest: Vec<(Class, u32)>,
    /// Factor on the use of honest accounts.
    pub volume: f64,
    pub campaigns: Vec<Campaign>,
    /// When the newest model comes out, as a share of the period.
    pub release: Option<f64>,
    /// When the service is down for an hour, as shares of the period.
    pub outages: Vec<f64>,
}

/// One cell of the evaluation grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    pub accounts: u32,
    pub harvest_per_account: u32,
    pub cover: f64,
    /// Share of accounts with a payment instrument in common with others; half as many share a device.
    pub identity_overlap: f64,
    pub paraphrase: u8,
    pub timing: Timing,
    /// Honest accounts around the campaign.
    pub honest: u32,
}

/// 2026-08-03T00:00:00Z, a Monday.
const START: i64 = 1_785_715_200_000_000;

impl Plan {
    /// No campaign: whatever is found in it is false.
    pub fn benign(seed: u64, accounts: u32) -> Self {
        let mut dice = Dice::at(seed, 0xda7);
        Self {
            seed,
            start: instant(START),
            days: 14,
            honest: honest::population(accounts),
            volume: 1.0,
            campaigns: Vec::new(),
            release: Some(dice.range(0.3, 0.6)),
            outages: vec![dice.range(0.05, 0.45), dice.range(0.5, 0.95)],
        }
    }

    /// About 700 accounts and 60,000 exchanges, all look-alikes, five campaigns.
    pub fn demo(seed: u64) -> Self {
        let cast = [
            (Archetype::NaiveFarm, 18),
            (Archetype::CotHarvest, 36),
            (Archetype::RelayPool, 40),
            (Archetype::SlowDrip, 30),
            (Archetype::RubricHarvest, 16),
        ];
        let campaigns = cast.into_iter().map(|(archetype, n)| Campaign::new(archetype, n, seed)).collect();
        Self { campaigns, volume: 0.75, ..Self::benign(seed, 560) }
    }

    /// One campaign of every archetype among `accounts` honest accounts.
    pub fn parade(seed: u64, accounts: u32) -> Self {
        let campaigns = Archetype::ALL
            .into_iter()
            .map(|archetype| Campaign::new(archetype, if archetype == Archetype::Probe { 4 } else { 24 }, seed))
            .collect();
        Self { campaigns, ..Self::benign(seed, accounts) }
    }

    /// Any size, over three weeks: three tenths of the accounts are in campaigns, the largest with thousands.
    pub fn scale(seed: u64, accounts: u32, exchanges: u64) -> Self {
        let each = exchanges as f64 / f64::from(accounts.max(1));
        let shares = [
            (Archetype::RelayPool, 0.13),
            (Archetype::CotHarvest, 0.06),
            (Archetype::PoolSwap, 0.05),
            (Archetype::SlowDrip, 0.03),
            (Archetype::HeavyTailed, 0.02),
            (Archetype::NaiveFarm, 0.008),
            (Archetype::RubricHarvest, 0.003),
            (Archetype::ModelPivot, 0.003),
        ];
        let campaigns: Vec<Campaign> = shares
            .into_iter()
            .map(|(archetype, share)| {
                let n = ((f64::from(accounts) * share) as u32).max(8);
                let usual = Campaign::new(archetype, n, seed);
                let harvest = (each * (1.0 - usual.cover) * usual.volume_share()).max(1.0) as u32;
                Campaign { harvest_per_account: harvest, ..usual }
            })
            .collect();
        let taken: u32 = campaigns.iter().map(|c| c.accounts).sum();
        let planned: f64 = campaigns.iter().map(Campaign::exchanges).sum();
        let mut plan = Self { days: 21, campaigns, ..Self::benign(seed, accounts.saturating_sub(taken)) };
        let honest = plan.cast_of(&[]).budget();
        plan.volume = ((exchanges as f64 - planned) / honest as f64).max(0.01);
        plan
    }

    /// One campaign with the grid's settings among honest accounts.
    pub fn grid(seed: u64, grid: Grid) -> Self {
        let Grid { accounts, harvest_per_account, cover, identity_overlap, paraphrase, timing, honest } = grid;
        let campaign = Campaign {
            harvest_per_account,
            cover,
            paraphrase,
            timing,
            identity: Identity {
                payment: identity_overlap,
                device: identity_overlap / 2.0,
                address: 0.0,
                mail: 0.0,
                group: 6,
            },
            mail: Mail::Public,
            access: Access::Consumer,
            created: Created::Mixed,
            start: 0.05,
            end: 0.95,
            ..Campaign::new(Archetype::CotHarvest, accounts, seed)
        };
        Self { campaigns: vec![campaign], ..Self::benign(seed, honest) }
    }

    /// The accounts, ordered by their names.
    pub fn accounts(&self) -> impl Iterator<Item = Account> + use<> {
        let mut accounts: Vec<Account> = self.cast().members.into_iter().map(|m| m.account).collect();
        accounts.sort_by(|a, b| a.account_id.cmp(&b.account_id));
        accounts.into_iter()
    }

    /// The exchanges in time order. Memory grows with accounts, not with exchanges.
    pub fn exchanges(&self) -> Exchanges {
        let start = self.start.micros();
        let period = i64::from(self.days) * DAY;
        let outages =
            self.outages.iter().map(|share| start + (share * period as f64) as i64).map(|t| (t, t + HOUR)).collect();
        let names = (0..self.campaigns.len()).map(|i| Arc::from(self.campaign_id(i))).collect();
        Exchanges::new(self.cast(), outages, names)
    }

    /// What each account really is, ordered like [`Plan::accounts`].
    pub fn labels(&self) -> impl Iterator<Item = Label> + use<> {
        let mut labels: Vec<Label> = self
            .cast()
            .members
            .into_iter()
            .map(|member| match member.role {
                Role::Honest(class) => {
                    Label { account_id: member.account.account_id, class: class.name(), campaign_id: None }
                }
                Role::Harvest { archetype, campaign } => Label {
                    account_id: member.account.account_id,
                    class: archetype.name(),
                    campaign_id: Some(self.campaign_id(campaign.into())),
                },
            })
            .collect();
        labels.sort_by(|a, b| a.account_id.cmp(&b.account_id));
        labels.into_iter()
    }

    /// The planted campaigns, counted over what `emitted` has given so far.
    pub fn campaigns(&self, emitted: &Exchanges) -> Vec<CampaignTruth> {
        let truth = |(i, (settings, tally)): (usize, (&Campaign, &crate::traffic::Tally))| CampaignTruth {
            id: self.campaign_id(i),
            archetype: settings.archetype,
            accounts: settings.accounts,
            exchanges: tally.exchanges,
            harvest: tally.harvest,
            harvest_share: tally.harvest as f64 / tally.exchanges.max(1) as f64,
            start: tally.span.map(|s| instant(s.0)),
            end: tally.span.map(|s| instant(s.1)),
            settings: settings.clone(),
        };
        self.campaigns.iter().zip(&emitted.tallies).enumerate().map(truth).collect()
    }

    fn campaign_id(&self, index: usize) -> String {
        format!("sim{}-{}", self.seed, index + 1)
    }

    fn cast(&self) -> Cast {
        self.cast_of(&self.campaigns)
    }

    fn cast_of(&self, campaigns: &[Campaign]) -> Cast {
        let start = self.start.micros();
        let period = i64::from(self.days) * DAY;
        let release = self.release.map_or(i64::MAX, |share| start + (share * period as f64) as i64);
        let mut cast = Cast {
            seed: self.seed,
            start,
            end: start + period,
            release,
            volume: self.volume,
            members: Vec::new(),
            streams: Vec::new(),
            pools: Vec::new(),
        };
        let total: u32 = self.honest.iter().map(|(_, n)| n).sum();
        let mut dice = Dice::at(self.seed, 0xf0);
        let frameworks: Vec<_> = (0..3 + total / 800).map(|_| Framework::new(&mut dice)).collect();
        for &(class, accounts) in &self.honest {
            honest::enrol(&mut cast, class, accounts, &frameworks);
        }
        for (campaign, number) in campaigns.iter().zip(0..) {
            harvest::enrol(&mut cast, number, campaign, &frameworks);
        }
        cast
    }
}
