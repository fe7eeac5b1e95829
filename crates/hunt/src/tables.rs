//! The cohort tables that the hunt reasons over: who called, which wordings they share, and the exchanges that carry them.
//!
//! Accounts, features, models and agents are indices; whoever fills the tables keeps the names in the vectors here.
//! Times are microseconds since the Unix epoch, UTC.

/// A column of the sketch that can name a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    SystemKey,
    SystemPrefix,
    Prefix4,
    Prefix8,
    Prefix16,
    Suffix4,
    Suffix8,
    Suffix16,
}

impl Column {
    /// Every column, in the order of [`Event::features`].
    pub const ALL: [Self; 8] = [
        Self::SystemKey,
        Self::SystemPrefix,
        Self::Prefix4,
        Self::Prefix8,
        Self::Prefix16,
        Self::Suffix4,
        Self::Suffix8,
        Self::Suffix16,
    ];

    /// The column's name in the lake.
    pub fn name(self) -> &'static str {
        match self {
            Self::SystemKey => "system_key",
            Self::SystemPrefix => "system_prefix",
            Self::Prefix4 => "prefix_4",
            Self::Prefix8 => "prefix_8",
            Self::Prefix16 => "prefix_16",
            Self::Suffix4 => "suffix_4",
            Self::Suffix8 => "suffix_8",
            Self::Suffix16 => "suffix_16",
        }
    }

    /// Position in [`Column::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// A keyed hash of a piece of wording, in the column that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feature {
    pub column: Column,
    pub key: u64,
}

/// An account that has exchanges in the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub account_id: String,
    /// Absent when the account log has no row for this account.
    pub facts: Option<AccountFacts>,
    pub exchanges: u64,
    pub first: i64,
    pub last: i64,
    pub output_tokens: u64,
}

/// What the account log says; hashes are keyed, equal where the values are equal.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountFacts {
    pub organization_id: Option<String>,
    pub created: i64,
    pub plan: String,
    pub email_domain: Option<String>,
    pub payment: Option<u64>,
    pub device: Option<u64>,
    pub signup_address: Option<u64>,
    pub signup_network: Option<u64>,
}

/// How often an account used a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Index into [`Uses::features`].
    pub feature: u32,
    pub account: u32,
    pub uses: u32,
    pub first: i64,
    pub last: i64,
}

/// Features that several accounts used repeatedly, and by whom; sorted by feature.
#[derive(Debug, Clone, Default)]
pub struct Uses {
    pub features: Vec<Feature>,
    pub rows: Vec<Use>,
}

/// No feature in this column of an event.
pub const NONE: u32 = u32::MAX;

/// One exchange that carries at least one selected feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    pub time: i64,
    pub account: u32,
    /// Index into the selected features for each of [`Column::ALL`], or [`NONE`].
    pub features: [u32; 8],
    /// What the prompt works on, from [`crate::item::settle`]; 0 where not known.
    pub item: u64,
    pub input_tokens: u32,
    pub output_tokens: u32,
    /// Index into [`Events::models`].
    pub model: u16,
    pub status: u16,
    /// Extraction-intent marks, a bit set.
    pub marks: u16,
    /// Turn in its conversation; 0 where not known.
    pub turn: u16,
}

#[cfg(test)]
impl Event {
    /// An exchange that carries nothing.
    pub(crate) fn bare(account: u32, time: i64) -> Self {
        let features = [NONE; 8];
        let (item, input_tokens, output_tokens, model, status, marks, turn) = (0, 0, 0, 0, 200, 0, 0);
        Self { time, account, features, item, input_tokens, output_tokens, model, status, marks, turn }
    }
}

/// Exchanges that carry selected features, in time order.
#[derive(Debug, Clone, Default)]
pub struct Events {
    pub rows: Vec<Event>,
    pub models: Vec<String>,
}

/// When an account first used a model, over all its exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelStart {
    pub account: u32,
    /// Index into [`Traffic::models`].
    pub model: u16,
    pub first: i64,
}

/// The frame of the whole window, which every cohort is held against.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    pub accounts: Vec<Account>,
    pub exchanges: u64,
    pub from: i64,
    pub to: i64,
    /// Share of all exchanges with any extraction-intent mark.
    pub marked_share: f64,
    pub models: Vec<String>,
    pub model_starts: Vec<ModelStart>,
}
