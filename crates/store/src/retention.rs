//! Letting go of what has lapsed.

use exchanges::Time;

use crate::{Store, StoreError, sql::Arg};

/// How many rows of each kind were let go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub labels: u64,
    pub allowances: u64,
    pub verifications: u64,
    /// Decided appeals whose contact and statement were removed.
    pub appeals: u64,
}

const MARKS: [&str; 4] = [
    "UPDATE accounts SET version = $1 WHERE account_id IN (SELECT account_id FROM labels WHERE expires < $2)",
    "UPDATE accounts SET version = $1 WHERE account_id IN (SELECT account_id FROM account_allowances WHERE expires < $2)",
    "UPDATE accounts SET version = $1 WHERE account_id IN (SELECT account_id FROM verifications WHERE expires < $2)",
    "UPDATE organizations SET version = $1 \
        WHERE organization_id IN (SELECT organization_id FROM organization_allowances WHERE expires < $2)",
];

impl Store {
    /// Removes what lapsed, and what was written in appeals that were decided, before a time.
    pub async fn forget(&self, before: Time) -> Result<Forgotten, StoreError> {
        let action = "let go of what has lapsed";
        let mut change = self.change().await?;
        change.work_long().await?;
        let before = Arg::Whole(before.micros());
        let lapsed = "SELECT (SELECT COUNT(*) FROM labels WHERE expires < $1) \
            + (SELECT COUNT(*) FROM account_allowances WHERE expires < $1) \
            + (SELECT COUNT(*) FROM organization_allowances WHERE expires < $1) \
            + (SELECT COUNT(*) FROM verifications WHERE expires < $1)";
        if change.count(action, lapsed, &[before]).await? > 0 {
            let version = Arg::Whole(change.next_version());
            for sql in MARKS {
                change.run(action, sql, &[version, before]).await?;
            }
        }
        let labels = change.run(action, "DELETE FROM labels WHERE expires < $1", &[before]).await?;
        let accounts = change.run(action, "DELETE FROM account_allowances WHERE expires < $1", &[before]).await?;
        let organizations =
            change.run(action, "DELETE FROM organization_allowances WHERE expires < $1", &[before]).await?;
        let verifications = change.run(action, "DELETE FROM verifications WHERE expires < $1", &[before]).await?;
        let sql = "UPDATE appeals SET contact = NULL, statement = NULL WHERE statement IS NOT NULL AND number IN \
            (SELECT number FROM cases WHERE state NOT IN ('open', 'in_review') AND changed < $1)";
        let appeals = change.run(action, sql, &[before]).await?;
        change.commit().await?;
        Ok(Forgotten { labels, allowances: accounts + organizations, verifications, appeals })
    }
}
