//! Settings of a planted campaign, and what they are for each archetype.

use serde::{Deserialize, Serialize};

use crate::{ItemKind, Mail, Place, Purpose, dice::Dice};

/// Kinds of campaigns, as published cases and their obvious successors have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Archetype {
    NaiveFarm,
    CotHarvest,
    RelayPool,
    SlowDrip,
    RubricHarvest,
    PoolSwap,
    ModelPivot,
    TranslationHarvest,
    SmallTeam,
    Probe,
    TemplateInSystem,
    HeavyTailed,
}

impl Archetype {
    pub const ALL: [Self; 12] = [
        Self::NaiveFarm,
        Self::CotHarvest,
        Self::RelayPool,
        Self::SlowDrip,
        Self::RubricHarvest,
        Self::PoolSwap,
        Self::ModelPivot,
        Self::TranslationHarvest,
        Self::SmallTeam,
        Self::Probe,
        Self::TemplateInSystem,
        Self::HeavyTailed,
    ];

    /// As it is written in the truth files.
    pub fn name(self) -> &'static str {
        match self {
            Self::NaiveFarm => "naive_farm",
            Self::CotHarvest => "cot_harvest",
            Self::RelayPool => "relay_pool",
            Self::SlowDrip => "slow_drip",
            Self::RubricHarvest => "rubric_harvest",
            Self::PoolSwap => "pool_swap",
            Self::ModelPivot => "model_pivot",
            Self::TranslationHarvest => "translation_harvest",
            Self::SmallTeam => "small_team",
            Self::Probe => "probe",
            Self::TemplateInSystem => "template_in_system",
            Self::HeavyTailed => "heavy_tailed",
        }
    }
}

/// How the campaign's requests reach its accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispatch {
    /// Each account works its own shard.
    Independent,
    /// One queue, accounts in turn.
    RoundRobin,
    /// A relay: the least used account, which also carries unrelated customers; moves on at 429 and 403.
    Relay,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// All accounts start within seconds of each other.
    Synchronous,
    /// Common starts, each account late by up to this.
    Jittered { minutes: u32 },
    /// Each account on its own, day and night.
    Flat,
    /// Each account on its own, with a short night.
    Shift,
    /// Each account with a person's day, in its own time zone.
    DailyMimicry,
    /// Office hours in one time zone.
    Office,
}

/// Share of accounts that have each attribute in common with others, in groups of `group`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    pub payment: f64,
    pub device: f64,
    pub address: f64,
    pub mail: f64,
    pub group: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    Fixed,
    Consumer,
    ResidentialProxies,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Created {
    /// Within hours, just before the start.
    Burst,
    /// Over the three weeks before the start.
    Trickle,
    /// Months to years before.
    Aged,
    /// Half trickling, half aged.
    Mixed,
}

/// What the requests look like besides their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persona {
    Program,
    Person,
    Coder,
}

/// What hides the harvest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    People,
    Coders,
    Mixed,
}

/// Everything that can be set of a campaign. `start`, `end` and `ban` are shares of the plan's period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    pub archetype: Archetype,
    pub accounts: u32,
    pub harvest_per_account: u32,
    /// Spread of the logarithm of harvest per account; 0 is an equal quota.
    pub unevenness: f64,
    /// Share of the accounts' exchanges that is not harvest, under 1.
    pub cover: f64,
    pub cover_style: Cover,
    pub purpose: Purpose,
    /// Where the wrapper stands; drawn from the seed when absent.
    pub place: Option<Place>,
    pub paraphrase: u8,
    pub items: Vec<ItemKind>,
    /// Share of items drawn from the whole list; the rest is `index % accounts`.
    pub resampled: f64,
    pub dispatch: Dispatch,
    pub timing: Timing,
    pub identity: Identity,
    pub mail: Mail,
    pub access: Access,
    pub created: Created,
    pub persona: Persona,
    pub start: f64,
    pub end: f64,
    /// When half of the accounts are shut and the other half takes over.
    pub ban: Option<f64>,
    /// Moves to the newest model within a day of its release.
    pub pivot: bool,
    /// Share of requests that the model refuses.
    pub refused: f64,
}

impl Campaign {
    /// The usual settings of an archetype; what a real operator would choose freely is drawn from the seed.
    pub fn new(archetype: Archetype, accounts: u32, seed: u64) -> Self {
        let mut dice = Dice::at(seed, archetype as u64 + 77);
        let usual = Self::usual(archetype, accounts, &mut dice);
        match archetype {
            Archetype::NaiveFarm => usual.naive_farm(),
            Archetype::CotHarvest => usual,
            Archetype::RelayPool => usual.relay_pool(&mut dice),
            Archetype::SlowDrip => usual.slow_drip(),
            Archetype::RubricHarvest => Self {
                purpose: Purpose::Rubric,
                items: vec![ItemKind::Answered],
                cover: 0.3,
                paraphrase: 2,
                timing: Timing::Shift,
                created: Created::Mixed,
                mail: Mail::Public,
                ..usual
            },
            Archetype::PoolSwap => Self {
                cover: 0.3,
                paraphrase: 1,
                created: Created::Mixed,
                ban: Some(0.5),
                start: 0.15,
                end: 0.95,
                ..usual
            },
            Archetype::ModelPivot => Self {
                purpose: Purpose::Agentic,
                items: vec![ItemKind::ToolTask, ItemKind::Snippet],
                cover: 0.3,
                paraphrase: 2,
                cover_style: Cover::Coders,
                persona: Persona::Coder,
                timing: Timing::Shift,
                identity: Identity { payment: 0.1, device: 0.0, address: 0.0, ..usual.identity },
                pivot: true,
                end: 0.95,
                ..usual
            },
            Archetype::TranslationHarvest => Self {
                purpose: Purpose::ThoughtTranslation,
                cover: 0.4,
                paraphrase: 1,
                timing: Timing::Shift,
                mail: Mail::Public,
                ..usual
            },
            Archetype::SmallTeam => Self {
                purpose: Purpose::Knowledge,
                items: vec![ItemKind::ApiNeed, ItemKind::ToolTask],
                cover: 0.5,
                cover_style: Cover::Mixed,
                paraphrase: 2,
                timing: Timing::Office,
                identity: Identity { payment: 0.0, device: 0.0, address: 0.0, ..usual.identity },
                access: Access::Consumer,
                created: Created::Aged,
                mail: Mail::Public,
                ..usual
            },
            Archetype::Probe => Self {
                harvest_per_account: 120,
                cover: 0.1,
                refused: 0.35,
                timing: Timing::Shift,
                start: 0.1,
                end: 0.5,
                ..usual
            },
            Archetype::TemplateInSystem => Self { place: Some(Place::System), cover: 0.2, paraphrase: 0, ..usual },
            Archetype::HeavyTailed => Self { unevenness: 1.2, cover: 0.3, paraphrase: 1, ..usual },
        }
    }

    /// Exchanges of its accounts together, harvest and cover.
    pub fn exchanges(&self) -> f64 {
        f64::from(self.accounts) * f64::from(self.harvest_per_account) / (1.0 - self.cover.clamp(0.0, 0.99))
    }

    /// How much an account of this kind is used, against the average account.
    pub(crate) fn volume_share(&self) -> f64 {
        if self.archetype == Archetype::SlowDrip { 0.4 } else { 0.9 }
    }

    /// Independent workers with disposable mail and a few shared cards.
    fn usual(archetype: Archetype, accounts: u32, dice: &mut Dice) -> Self {
        let kinds = [ItemKind::WordProblem, ItemKind::Choice, ItemKind::ApiNeed, ItemKind::Passage];
        Self {
            archetype,
            accounts,
            harvest_per_account: 75,
            unevenness: 0.1,
            cover: 0.1,
            cover_style: Cover::People,
            purpose: Purpose::Reasoning,
            place: None,
            paraphrase: 0,
            items: vec![dice.pick(&kinds)],
            resampled: 0.0,
            dispatch: Dispatch::Independent,
            timing: Timing::Flat,
            identity: Identity { payment: 0.3, device: 0.15, address: 0.05, mail: 0.0, group: 6 },
            mail: Mail::Disposable,
            access: Access::ResidentialProxies,
            created: Created::Trickle,
            persona: Persona::Program,
            start: dice.range(0.15, 0.3),
            end: dice.range(0.8, 0.95),
            ban: None,
            pivot: false,
            refused: 0.0,
        }
    }

    fn naive_farm(self) -> Self {
        Self {
            harvest_per_account: 110,
            cover: 0.0,
            dispatch: Dispatch::RoundRobin,
            identity: Identity { payment: 1.0, device: 0.3, address: 1.0, mail: 0.8, group: 1_000_000 },
            mail: Mail::Own,
            access: Access::Fixed,
            created: Created::Burst,
            end: 0.75,
            ..self
        }
    }

    fn relay_pool(self, dice: &mut Dice) -> Self {
        Self {
            purpose: dice.pick(&[Purpose::Reasoning, Purpose::Agentic]),
            items: vec![ItemKind::ToolTask, ItemKind::WordProblem],
            harvest_per_account: 40,
            cover: 0.65,
            cover_style: Cover::Mixed,
            paraphrase: 1,
            dispatch: Dispatch::Relay,
            identity: Identity { payment: 0.2, device: 0.1, address: 0.0, mail: 0.0, group: 5 },
            persona: Persona::Coder,
            start: 0.08,
            end: 0.95,
            ..self
        }
    }

    fn slow_drip(self) -> Self {
        Self {
            purpose: Purpose::Knowledge,
            items: vec![ItemKind::ApiNeed],
            harvest_per_account: 26,
            unevenness: 0.0,
            cover: 0.4,
            paraphrase: 3,
            timing: Timing::DailyMimicry,
            identity: Identity { payment: 0.0, device: 0.0, address: 0.0, mail: 0.0, group: 8 },
            mail: Mail::Public,
            access: Access::Consumer,
            created: Created::Aged,
            persona: Persona::Person,
            start: 0.04,
            end: 0.96,
            ..self
        }
    }
}
