//! Erasing an account.

use exchanges::{AccountId, Time};

use crate::{Store, StoreError, sql::Arg};

/// What hangs on an account and goes with it. The steps of its cases stay, with who and when, without what was written.
const DELETIONS: [&str; 6] = [
    "DELETE FROM credentials WHERE account_id = $1",
    "DELETE FROM labels WHERE account_id = $1",
    "DELETE FROM account_allowances WHERE account_id = $1",
    "DELETE FROM verifications WHERE account_id = $1",
    "UPDATE appeals SET contact = NULL, statement = NULL WHERE number IN (SELECT number FROM cases WHERE account_id = $1)",
    "UPDATE case_events SET note = NULL WHERE number IN (SELECT number FROM cases WHERE account_id = $1)",
];

impl Store {
    /// Removes everything about an account but its id, so that nothing in the ledger can be linked to it any more.
    ///
    /// The id stays taken. Where this fails after the change was made, calling it again finishes it.
    pub async fn erase_account(&self, id: &AccountId, now: Time) -> Result<(), StoreError> {
        let action = "erase an account";
        let mut change = self.change().await?;
        let account = Arg::Text(id.as_str());
        let sql = "SELECT account_id FROM accounts WHERE account_id = $1";
        if change.first(action, sql, &[account]).await?.is_none() {
            return Err(StoreError::not_found("account", id));
        }
        // Appeals that came in after an erasure go as well, so nothing here asks whether it was erased before.
        for sql in DELETIONS {
            change.run(action, sql, &[account]).await?;
        }
        let sql = "UPDATE accounts SET organization_id = NULL, created = NULL, plan = NULL, email_domain = NULL, \
            payment_id = NULL, phone_country = NULL, signup_address = NULL, device_id = NULL, declared_country = NULL, \
            salt = NULL, status = 'erased', erased = $2, version = $3 WHERE account_id = $1 AND erased IS NULL";
        let version = Arg::Whole(change.next_version());
        change.run(action, sql, &[account, Arg::Whole(now.micros()), version]).await?;
        change.commit().await?;
        self.empty_journal().await
    }

    /// SQLite's journal still holds the pages as they were.
    async fn empty_journal(&self) -> Result<(), StoreError> {
        if self.pool.empty_journal().await? {
            return Ok(());
        }
        Err(StoreError::Unavailable {
            action: "empty its journal",
            advice: "the account is erased, its last traces go when long readers are done: try again",
            source: "a reader still uses the journal".into(),
        })
    }
}
