//! What the hunt says: campaigns with their evidence, and the look-alikes that it cleared.
//!
//! These types are the JSON of `hunt --out` (version 1) and the input of the report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The whole answer of one hunt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Version of this format: 1.
    pub version: u32,
    /// When the hunt ran, RFC 3339.
    pub generated: String,
    pub parameters: Parameters,
    pub totals: Totals,
    /// By falling score.
    pub campaigns: Vec<Campaign>,
    /// Cohorts that looked like a campaign and were cleared, largest first, at most [`MAX_CLEARED`].
    pub cleared: Vec<Cleared>,
}

/// How many cleared cohorts a hunt reports.
pub const MAX_CLEARED: usize = 200;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parameters {
    /// Bound on the expected share of false campaigns among those raised.
    pub fdr: f64,
    /// Fewest accounts that make a cohort.
    pub min_accounts: u32,
    /// Fewest uses of a template by an account that count.
    pub min_uses: u32,
    pub seed: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Totals {
    pub exchanges: u64,
    pub accounts: u64,
    /// First and last exchange, RFC 3339; absent when there is none.
    pub from: Option<String>,
    pub to: Option<String>,
    pub templates: u64,
    pub cohorts_tested: u64,
    pub campaigns: u64,
    pub accounts_in_campaigns: u64,
}

/// Accounts that harvest together, and why we say so.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Campaign {
    /// Stable for the same accounts and templates.
    pub campaign_id: String,
    /// Ranks campaigns: the sum of clamped weights of evidence, in bits.
    pub score: f64,
    pub p_value: f64,
    /// Benjamini-Hochberg adjusted.
    pub q_value: f64,
    /// Recommended effect: `observe`, `restrict`, `throttle`, `verify` or `deny`.
    pub effect: String,
    pub accounts: Vec<String>,
    /// Earliest time at which the evidence seen so far would have raised this campaign, RFC 3339.
    pub first_alert: Option<String>,
    pub first_seen: String,
    pub last_seen: String,
    /// All exchanges of the accounts, and those that carry one of the campaign's templates.
    pub exchanges: u64,
    pub harvest: u64,
    pub output_tokens: u64,
    /// One sentence for a person.
    pub summary: String,
    pub evidence: Vec<Evidence>,
    pub look_alike: LookAlike,
    /// Facts that would overturn the finding, each a sentence.
    pub overturn: Vec<String>,
    pub templates: Vec<Template>,
    pub members: Vec<Member>,
    /// Strongest identity links, at most [`MAX_LINKS`].
    pub links: Vec<Link>,
    pub timeline: Timeline,
    /// Harvest exchanges by model, largest first.
    pub models: Vec<(String, u64)>,
}

/// How many identity links a campaign reports.
pub const MAX_LINKS: usize = 2_000;

/// An independent kind of evidence. Text signals of any sort are one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    Text,
    Timing,
    Identity,
    Behaviour,
    Protocol,
}

/// One signal's contribution.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evidence {
    pub family: Family,
    /// Short name of the signal, such as `equalised use`.
    pub signal: String,
    /// Weight of evidence in bits: positive speaks for a campaign, negative against.
    pub weight: f64,
    /// Against the stated null; absent where the signal has none.
    pub p_value: Option<f64>,
    /// What was measured and what honest traffic would show, in a sentence.
    pub text: String,
}

/// The honest explanation that fits best, and why it was rejected.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LookAlike {
    /// Such as `public tool`, `evaluation harness`, `agency`.
    pub class: String,
    pub text: String,
}

/// One wording that the accounts share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Template {
    /// `prefix`, `suffix`, `system` or `shingles`.
    pub kind: String,
    /// The keyed hash, in hexadecimal.
    pub key: String,
    /// Masked text, kept only when enough accounts used it; the parts in order.
    pub exemplar: Option<Vec<Part>>,
    pub accounts: u64,
    pub exchanges: u64,
    /// Accounts outside the campaign that use it too.
    pub outside_accounts: u64,
    /// 0 = used by nobody else, 1 = as widespread as a public tool.
    pub publicness: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    pub text: String,
    /// This part differs from exchange to exchange; `text` then says how (such as `…`).
    pub varies: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Member {
    pub account_id: String,
    pub organization_id: Option<String>,
    pub plan: String,
    pub created: String,
    pub exchanges: u64,
    pub harvest: u64,
    pub first: String,
    pub last: String,
    /// Weight of evidence that this account belongs, in bits, and its parts by family.
    pub weight: f64,
    pub by_family: BTreeMap<Family, f64>,
}

/// Two members that share an attribute rarer than chance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Link {
    /// Indices into `members`.
    pub a: u32,
    pub b: u32,
    /// Fellegi-Sunter weight in bits.
    pub weight: f64,
    /// Such as `same payment instrument`.
    pub reasons: Vec<String>,
}

/// Harvest exchanges over time, per member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timeline {
    /// Start of the first bucket, RFC 3339.
    pub start: String,
    pub bucket_seconds: u64,
    /// One row a member, in the order of `members`; all rows are of the same length.
    pub counts: Vec<Vec<u32>>,
}

/// A cohort that looked like a campaign and was cleared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cleared {
    /// The honest explanation that fits: such as `public tool`, `evaluation harness`.
    pub class: String,
    pub accounts: u64,
    pub exchanges: u64,
    /// Which evidence cleared it, in a sentence.
    pub reason: String,
    pub evidence: Vec<Evidence>,
    pub example_accounts: Vec<String>,
}
