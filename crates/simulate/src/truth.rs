//! What a detector is judged by, in the shapes of the labelled development traffic.

use exchanges::{AccountId, Time};
use serde::Serialize;

use crate::{Archetype, Campaign};

/// What one account really is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    pub account_id: AccountId,
    /// An honest class, or the archetype of a campaign.
    pub class: &'static str,
    pub campaign_id: Option<String>,
}

/// One planted campaign, with what of it has been emitted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CampaignTruth {
    pub id: String,
    pub archetype: Archetype,
    pub accounts: u32,
    pub exchanges: u64,
    pub harvest: u64,
    pub harvest_share: f64,
    /// First and last exchange of the campaign's accounts; absent before the first.
    pub start: Option<Time>,
    pub end: Option<Time>,
    pub settings: Campaign,
}
