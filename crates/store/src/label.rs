//! Labels that the hunt, and the person who confirmed it, left on accounts.

use exchanges::{AccountId, Time};
use policy::Effect;

use crate::{
    Line, Refusal, Store, StoreError, account,
    sql::{Arg, Row},
    store::Change,
};

/// That an account was found in a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub account: AccountId,
    pub campaign: Line,
    /// One minus the q-value, in thousandths; 0 to 1000.
    pub confidence_permille: u16,
    /// What the hunt recommended.
    pub recommended: Effect,
    /// Who confirmed it; none while nobody has.
    pub confirmed_by: Option<Line>,
    pub set_at: Time,
    pub expires: Time,
}

impl Store {
    /// Puts a label on an account, or replaces the one of the same campaign.
    pub async fn put_label(&self, label: &Label) -> Result<(), StoreError> {
        self.put_labels(std::slice::from_ref(label)).await
    }

    /// As `put_label`, all of them or none. Labels of these accounts that have expired give way.
    pub async fn put_labels(&self, labels: &[Label]) -> Result<(), StoreError> {
        let limit = self.limits.batch;
        if labels.len() > limit {
            return Err(Refusal::Batch { what: "labels", found: labels.len(), limit }.into());
        }
        labels.iter().try_for_each(check)?;
        let mut change = self.change().await?;
        for label in labels {
            put(&mut change, label, self.limits.labels_per_account).await?;
        }
        change.commit().await
    }

    /// Takes a label off; whether there was one.
    pub async fn remove_label(&self, account: &AccountId, campaign: &Line) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let removed = remove(&mut change, account, campaign).await?;
        change.commit().await?;
        Ok(removed)
    }

    /// All labels of an account, expired ones too; the most confident first.
    pub async fn labels(&self, account: &AccountId) -> Result<Vec<Label>, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let sql = "SELECT account_id, campaign_id, confidence_permille, recommended, confirmed_by, set_at, expires \
            FROM labels WHERE account_id = $1";
        let mut labels =
            transaction.all("list labels", sql, &[Arg::Text(account.as_str())], |row| Label::read(&row)).await?;
        transaction.commit().await?;
        labels.sort_by(Label::most_confident_first);
        Ok(labels)
    }
}

impl Label {
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            account: row.parse(0, "labels.account_id")?,
            campaign: row.parse(1, "labels.campaign_id")?,
            confidence_permille: row.unsigned(2, "labels.confidence_permille")?,
            recommended: row
                .word(3, "labels.recommended", |text| Effect::ALL.into_iter().find(|e| e.as_str() == text))?,
            confirmed_by: row.maybe_parse(4, "labels.confirmed_by")?,
            set_at: row.time(5, "labels.set_at")?,
            expires: row.time(6, "labels.expires")?,
        })
    }

    /// Confirmed before unconfirmed and severe before mild among equals, so that the order never hangs on a database.
    pub(crate) fn most_confident_first(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |l: &Self| (l.confidence_permille, l.confirmed_by.is_some(), l.recommended);
        rank(other).cmp(&rank(self)).then_with(|| self.campaign.cmp(&other.campaign))
    }
}

fn check(label: &Label) -> Result<(), StoreError> {
    if label.confidence_permille > 1000 {
        return Err(Refusal::Confidence { permille: label.confidence_permille }.into());
    }
    if label.expires <= label.set_at {
        return Err(Refusal::EndsBeforeItBegins.into());
    }
    Ok(())
}

async fn put(change: &mut Change, label: &Label, limit: u32) -> Result<(), StoreError> {
    let action = "put a label";
    account::require(change, &label.account).await?;
    let id = Arg::Text(label.account.as_str());
    let campaign = Arg::Text(label.campaign.as_str());
    let find = "SELECT account_id, campaign_id, confidence_permille, recommended, confirmed_by, set_at, expires \
        FROM labels WHERE account_id = $1 AND campaign_id = $2";
    let before = change.first(action, find, &[id, campaign]).await?;
    if before.map(|row| Label::read(&row)).transpose()?.as_ref() == Some(label) {
        return Ok(());
    }
    let expired = "DELETE FROM labels WHERE account_id = $1 AND expires <= $2";
    change.run(action, expired, &[id, Arg::Whole(label.set_at.micros())]).await?;
    let others = "SELECT COUNT(*) FROM labels WHERE account_id = $1 AND campaign_id <> $2";
    if change.count(action, others, &[id, campaign]).await? >= i64::from(limit) {
        let thing = format!("account `{}`", label.account);
        return Err(Refusal::Full { thing, what: "labels", limit }.into());
    }
    let sql = "INSERT INTO labels (account_id, campaign_id, confidence_permille, recommended, confirmed_by, set_at, expires) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, campaign_id) \
        DO UPDATE SET confidence_permille = $3, recommended = $4, confirmed_by = $5, set_at = $6, expires = $7";
    let args = [
        id,
        campaign,
        Arg::Whole(i64::from(label.confidence_permille)),
        Arg::Text(label.recommended.as_str()),
        Arg::MaybeText(label.confirmed_by.as_ref().map(Line::as_str)),
        Arg::Whole(label.set_at.micros()),
        Arg::Whole(label.expires.micros()),
    ];
    change.run(action, sql, &args).await?;
    change.touch_account(label.account.as_str()).await
}

pub(crate) async fn remove(change: &mut Change, account: &AccountId, campaign: &Line) -> Result<bool, StoreError> {
    let sql = "DELETE FROM labels WHERE account_id = $1 AND campaign_id = $2";
    let args = [Arg::Text(account.as_str()), Arg::Text(campaign.as_str())];
    let removed = change.run("take a label off", sql, &args).await? > 0;
    if removed {
        change.touch_account(account.as_str()).await?;
    }
    Ok(removed)
}
