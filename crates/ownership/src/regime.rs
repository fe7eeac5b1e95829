//! Regimes: rules of ownership as data, checked before use.
//!
//! A regime says what is added up, against which threshold, who the seeds are, and when it is in force. It is an operator's counsel who
//! signs it off; nothing in it is decided by code.

mod fields;
mod parse;

use jiff::civil::Date;

pub use parse::{Mistake, Mistakes};

use crate::{EntityKey, Period, Place};

/// One rule of ownership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regime {
    pub id: RegimeId,
    pub title: String,
    /// Where the rule is written.
    pub source: String,
    /// The day on which that was read.
    pub read: Date,
    /// The rule in one paragraph, and the choices made where its words leave one.
    pub explanation: String,
    /// What the operator must confirm before relying on it.
    pub confirm: Option<String>,
    pub windows: Vec<Window>,
    /// The kinds that have shares; each is tested by itself.
    pub measures: Vec<Measure>,
    pub threshold_basis_points: u16,
    /// Whether the threshold must be passed, rather than reached.
    pub strict: bool,
    pub aggregate: Aggregate,
    /// Owners that count as one, by key, where `aggregate` is `joint_groups`.
    pub joint_groups: Vec<Vec<EntityKey>>,
    pub joint_holdings: JointHoldings,
    pub indirect: Indirect,
    pub consolidation: Reading,
    pub board: Reading,
    pub influence: Reading,
    pub contract: Reading,
    /// Stakes of caught owners from here up are worth a note where the threshold is not reached.
    pub minority_flag_basis_points: Option<u16>,
    pub seeds: Seeds,
    /// Programmes from the strictest down: the strictest among the responsible owners is named first.
    pub strictness: Vec<String>,
}

/// The id of a regime: 1 to 64 of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct RegimeId(String);

/// Why a text is no id of a regime.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id of a regime: 1 to 64 of a-z, 0-9 and hyphens")]
pub struct RegimeIdError(String);

/// When a regime is in force, or is suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub period: Period,
    pub suspended: bool,
    /// The strictness in this window, where it differs.
    pub strict: Option<bool>,
    /// The threshold in this window, where it differs.
    pub threshold_basis_points: Option<u16>,
    pub note: Option<String>,
}

/// A kind of interest that is measured in shares of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    Shares,
    Votes,
}

/// Whose shares are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    AllSeeds,
    /// Each seed is tested alone.
    SingleSeed,
    /// Each seed alone, and each declared group as one.
    JointGroups,
}

/// When a stake that several hold together counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JointHoldings {
    /// When any holder is caught.
    AnyMember,
    /// When all are; when some are, possibly.
    AllMembers,
}

/// How shares through others count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Indirect {
    /// Who is caught counts with all that it holds.
    Cascade,
    /// Shares are multiplied along each path and added over the paths.
    Multiplied,
}

/// What control without a share counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// As much as a majority.
    Majority,
    /// It may be a majority.
    Possible,
    /// Nothing, but it is reported beside the result.
    Report,
    Ignore,
}

/// Who is caught by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seeds {
    pub lists: Vec<SeedList>,
    /// Companies whose head office is there. Persons never are seeds by place.
    pub headquartered_in: Vec<Place>,
    pub incorporated_in: Vec<Place>,
    pub unknown_headquarters: UnknownHeadquarters,
    pub entities: Vec<EntityKey>,
}

/// Everybody on a list, or under some of its programmes; whose programme is not stated only may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedList {
    pub list: String,
    /// Empty is all of them.
    pub programmes: Vec<String>,
}

/// What to think of a company in a named territory of which no source states the head office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UnknownHeadquarters {
    /// Its place of incorporation stands for it.
    ByIncorporation,
    /// Its place of incorporation makes it possibly a seed.
    #[default]
    Possible,
    Ignore,
}

/// Whether a regime is in force on a day.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Force {
    InForce,
    Suspended,
    NotInForce,
}

/// The threshold as it is on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    pub basis_points: u16,
    pub strict: bool,
}

/// The regimes at hand, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regimes {
    regimes: Vec<Regime>,
}

const SHIPPED: &[(&str, &str)] = &[
    ("ofac-50.toml", include_str!("../regimes/ofac-50.toml")),
    ("ofac-ssi.toml", include_str!("../regimes/ofac-ssi.toml")),
    ("bis-affiliates.toml", include_str!("../regimes/bis-affiliates.toml")),
    ("eu-50.toml", include_str!("../regimes/eu-50.toml")),
    ("uk-ofsi.toml", include_str!("../regimes/uk-ofsi.toml")),
    ("ubo-25.toml", include_str!("../regimes/ubo-25.toml")),
    ("model-vendor-2025.toml", include_str!("../regimes/model-vendor-2025.toml")),
];

impl Regimes {
    /// Those that come with Ringfence.
    pub fn shipped() -> Self {
        let mut regimes = Self { regimes: Vec::new() };
        for (file, text) in SHIPPED {
            regimes.add(file, text).unwrap_or_else(|mistakes| panic!("a shipped regime is wrong: {mistakes}"));
        }
        regimes
    }

    /// Adds the regimes of a file; one with a known id takes its place. A file with mistakes changes nothing.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), Mistakes> {
        for regime in parse::regimes(file, text)? {
            match self.regimes.iter_mut().find(|known| known.id == regime.id) {
                Some(known) => *known = regime,
                None => self.regimes.push(regime),
            }
        }
        Ok(())
    }

    pub fn get(&self, id: &str) -> Option<&Regime> {
        self.regimes.iter().find(|regime| regime.id.as_str() == id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Regime> {
        self.regimes.iter()
    }
}

impl Regime {
    /// Whether the regime is in force; the last window that holds the day says so.
    pub fn force(&self, on: Date) -> Force {
        match self.window(on) {
            None => Force::NotInForce,
            Some(window) if window.suspended => Force::Suspended,
            Some(_) => Force::InForce,
        }
    }

    pub fn threshold(&self, on: Date) -> Threshold {
        let window = self.window(on);
        Threshold {
            basis_points: window.and_then(|w| w.threshold_basis_points).unwrap_or(self.threshold_basis_points),
            strict: window.and_then(|w| w.strict).unwrap_or(self.strict),
        }
    }

    /// The window that decides on a day.
    pub fn window(&self, on: Date) -> Option<&Window> {
        self.windows.iter().rev().find(|window| window.period.holds_on(on))
    }
}

impl RegimeId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for RegimeId {
    type Err = RegimeIdError;

    fn from_str(text: &str) -> Result<Self, RegimeIdError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) {
            return Err(RegimeIdError(text.chars().take(40).collect::<String>().escape_debug().to_string()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Display for RegimeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
