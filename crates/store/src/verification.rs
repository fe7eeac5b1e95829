//! That a caller has shown who they are, how, and until when that holds.

use exchanges::{AccountId, Time};

use crate::{
    Line, Refusal, Store, StoreError, account,
    sql::{Arg, Row},
};

/// A proof of identity; there is one at most of each kind for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    pub account: AccountId,
    /// The operator's own name, such as `document` or `payment`.
    pub kind: Line,
    pub set_at: Time,
    pub until: Time,
}

const SELECT: &str =
    "SELECT account_id, kind, set_at, expires FROM verifications WHERE account_id = $1 ORDER BY set_at";

impl Store {
    /// Records a proof, or replaces the one of the same kind.
    pub async fn put_verification(&self, verification: &Verification) -> Result<(), StoreError> {
        let action = "record a verification";
        if verification.until <= verification.set_at {
            return Err(Refusal::EndsBeforeItBegins.into());
        }
        let mut change = self.change().await?;
        account::require(&mut change, &verification.account).await?;
        let id = Arg::Text(verification.account.as_str());
        let before = change.all(action, SELECT, &[id], |row| read(&row)).await?;
        if before.contains(verification) {
            return Ok(());
        }
        let limit = self.limits.verifications_per_account;
        let others = before.iter().filter(|v| v.kind != verification.kind).count();
        if u32::try_from(others).is_ok_and(|others| others >= limit) {
            let thing = format!("account `{}`", verification.account);
            return Err(Refusal::Full { thing, what: "verifications", limit }.into());
        }
        let sql = "INSERT INTO verifications (account_id, kind, set_at, expires) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (account_id, kind) DO UPDATE SET set_at = $3, expires = $4";
        let kind = Arg::Text(verification.kind.as_str());
        let (set_at, until) = (verification.set_at.micros(), verification.until.micros());
        change.run(action, sql, &[id, kind, Arg::Whole(set_at), Arg::Whole(until)]).await?;
        change.touch_account(verification.account.as_str()).await?;
        change.commit().await
    }

    /// All proofs of an account, lapsed ones too; oldest first.
    pub async fn verifications(&self, account: &AccountId) -> Result<Vec<Verification>, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let args = [Arg::Text(account.as_str())];
        let mut found = transaction.all("list verifications", SELECT, &args, |row| read(&row)).await?;
        transaction.commit().await?;
        found.sort_by(|a, b| (a.set_at, &a.kind).cmp(&(b.set_at, &b.kind)));
        Ok(found)
    }
}

fn read(row: &Row) -> Result<Verification, StoreError> {
    Ok(Verification {
        account: row.parse(0, "verifications.account_id")?,
        kind: row.parse(1, "verifications.kind")?,
        set_at: row.time(2, "verifications.set_at")?,
        until: row.time(3, "verifications.expires")?,
    })
}
