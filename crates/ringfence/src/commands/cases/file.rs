//! A hunt's campaigns become cases, and labels that the rules read.

use std::{fmt::Write, fs, path::Path};

use anyhow::{Context, Result};
use exchanges::{AccountId, Time};
use jiff::{Timestamp, ToSpan};
use policy::Effect;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{CaseId, Label, Line, NewCase, Store, StoreError};

use super::{line, now};
use crate::say;

/// What filing needs of a hunt's findings.
#[derive(Deserialize)]
struct Findings {
    campaigns: Vec<Campaign>,
}

#[derive(Deserialize)]
struct Campaign {
    campaign_id: String,
    q_value: f64,
    effect: Effect,
    accounts: Vec<Member>,
}

/// An account, named or described.
#[derive(Deserialize)]
#[serde(untagged)]
enum Member {
    Id(AccountId),
    Described { account_id: AccountId },
}

/// A campaign that became a case.
pub(crate) struct Filed {
    case: CaseId,
    campaign: Line,
    /// Accounts that carry the label now.
    pub(crate) labelled: u64,
    /// Accounts of the campaign that the store does not have.
    strangers: u64,
}

/// Opens a case for each campaign of a hunt's findings, and labels its accounts.
pub(crate) async fn file_campaigns(
    path: &Path,
    who: &str,
    confirmed: bool,
    days: u16,
    store: &Store,
) -> Result<Vec<Filed>> {
    let text = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let findings: Findings =
        serde_json::from_slice(&text).with_context(|| format!("`{}` holds no campaigns of a hunt", path.display()))?;
    let (who, set_at) = (line("--who", who)?, now()?);
    let expires = Time::from_micros(Timestamp::now().checked_add((i64::from(days) * 24).hours())?.as_microsecond())?;
    let mut filed = Vec::new();
    for Campaign { campaign_id, q_value, effect, accounts } in findings.campaigns {
        let campaign = line("a campaign's id", &campaign_id)?;
        let opened = store.open_case(&NewCase::Campaign { campaign: campaign.clone() }, &who, None, set_at).await?;
        let (mut labelled, mut strangers) = (0, 0);
        for member in accounts {
            let (Member::Id(account) | Member::Described { account_id: account }) = member;
            let label = Label {
                account,
                campaign: campaign.clone(),
                confidence_permille: permille(q_value),
                recommended: effect,
                confirmed_by: confirmed.then(|| who.clone()),
                set_at,
                expires,
            };
            match store.put_label(&label).await {
                Ok(()) => labelled += 1,
                Err(StoreError::NotFound { .. }) => strangers += 1,
                Err(error) => return Err(error.into()),
            }
        }
        filed.push(Filed { case: opened.case, campaign, labelled, strangers });
    }
    Ok(filed)
}

pub(super) fn tell_filed(filed: &[Filed], json: bool) -> Result<()> {
    if json {
        let told = filed.iter().map(|filed| {
            json!({"case": filed.case.to_string(), "campaign": filed.campaign.as_str(), "labelled": filed.labelled,
                "unknown_accounts": filed.strangers})
        });
        return say::answer(&told.collect::<Value>().to_string());
    }
    let mut text = String::new();
    for Filed { case, campaign, labelled, strangers } in filed {
        write!(text, "{case}  {}  {labelled} accounts labelled", campaign.as_str())?;
        if *strangers > 0 {
            write!(text, ", {strangers} are not in the store")?;
        }
        text.push('\n');
    }
    say::answer(if text.is_empty() { "there is no campaign to file" } else { &text })
}

/// One minus the q-value, in thousandths, rounded down.
fn permille(q_value: f64) -> u16 {
    let thousandths = ((1.0 - q_value.clamp(0.0, 1.0)) * 1000.0).floor();
    (0..=1000_u16).rev().find(|n| f64::from(*n) <= thousandths).unwrap_or(0)
}
