//! Accounts: what the operator knows of who calls.

use std::fmt;

use exchanges::{Account, AccountId};
use rand::{TryRng, rngs::SysRng};

use crate::{
    Line, Refusal, Store, StoreError,
    sql::{Arg, Row, Transaction},
    store::Change,
};

/// An account as the store has it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRecord {
    pub account: Account,
    pub status: AccountStatus,
    pub salt: Salt,
}

/// Whether an account may call at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountStatus {
    Active,
    /// Closed by the operator, for a while or for good.
    Suspended,
}

/// 32 random bytes of an account; without them the ledger's digests of it cannot be linked to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 32];
        SysRng.try_fill_bytes(&mut bytes).map_err(|error| StoreError::Unavailable {
            action: "make a salt",
            advice: "the system gives no random bytes",
            source: Box::new(error),
        })?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

impl AccountStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        [Self::Active, Self::Suspended].into_iter().find(|s| s.as_str() == text)
    }
}

/// What is in the row of an account.
enum Found {
    Live(Box<AccountRecord>),
    Erased,
}

const SELECT: &str = "SELECT account_id, organization_id, created, plan, email_domain, payment_id, phone_country, \
    signup_address, device_id, declared_country, salt, status, erased FROM accounts WHERE account_id = $1";

impl Store {
    /// Adds an account or replaces what is known of it; its salt and status stay. Its organisation is added where it is new.
    pub async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        self.put_accounts(std::slice::from_ref(account)).await
    }

    /// As `put_account`, all of them or none.
    pub async fn put_accounts(&self, accounts: &[Account]) -> Result<(), StoreError> {
        let limit = self.limits.batch;
        if accounts.len() > limit {
            return Err(Refusal::Batch { what: "accounts", found: accounts.len(), limit }.into());
        }
        accounts.iter().try_for_each(check)?;
        let mut change = self.change().await?;
        for account in accounts {
            put(&mut change, account).await?;
        }
        change.commit().await
    }

    /// What the store has of an account. An erased one is not found.
    pub async fn account(&self, id: &AccountId) -> Result<AccountRecord, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let found = find(&mut transaction, id.as_str()).await?;
        transaction.commit().await?;
        match found {
            Some(Found::Live(record)) => Ok(*record),
            Some(Found::Erased) | None => Err(StoreError::not_found("account", id)),
        }
    }

    pub async fn set_account_status(&self, id: &AccountId, status: AccountStatus) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let sql = "SELECT status FROM accounts WHERE account_id = $1 AND erased IS NULL";
        let row = change.first("find an account", sql, &[Arg::Text(id.as_str())]).await?;
        let before = row.ok_or_else(|| StoreError::not_found("account", id))?.text(0, "accounts.status")?;
        if before != status.as_str() {
            let sql = "UPDATE accounts SET status = $1, version = $2 WHERE account_id = $3";
            let args = [Arg::Text(status.as_str()), Arg::Whole(change.next_version()), Arg::Text(id.as_str())];
            change.run("set the status of an account", sql, &args).await?;
        }
        change.commit().await
    }
}

/// Fails where an account is unknown or erased.
pub(crate) async fn require(change: &mut Change, id: &AccountId) -> Result<(), StoreError> {
    let sql = "SELECT account_id FROM accounts WHERE account_id = $1 AND erased IS NULL";
    match change.first("find an account", sql, &[Arg::Text(id.as_str())]).await? {
        Some(_) => Ok(()),
        None => Err(StoreError::not_found("account", id)),
    }
}

/// Ids are checked by their types, the rest here.
fn check(account: &Account) -> Result<(), StoreError> {
    let Account { account_id: _, organization_id: _, created: _, plan, signup_address: _, .. } = account;
    let Account { email_domain, payment_id, phone_country, device_id, declared_country, .. } = account;
    let fields = [
        ("plan", Some(plan)),
        ("mail domain", email_domain.as_ref()),
        ("payment fingerprint", payment_id.as_ref()),
        ("phone country", phone_country.as_ref()),
        ("device fingerprint", device_id.as_ref()),
        ("declared country", declared_country.as_ref()),
    ];
    for (field, text) in fields {
        if let Some(text) = text {
            Line::check(text).map_err(|source| Refusal::Text { field, source })?;
        }
    }
    Ok(())
}

async fn put(change: &mut Change, account: &Account) -> Result<(), StoreError> {
    let action = "put an account";
    let id = account.account_id.as_str();
    let before = change.first(action, SELECT, &[Arg::Text(id)]).await?.map(|row| read(&row)).transpose()?;
    match &before {
        Some(Found::Erased) => {
            return Err(StoreError::conflict("account", id, "was erased; its id cannot be used again"));
        }
        Some(Found::Live(record)) if record.account == *account => return Ok(()),
        Some(Found::Live(_)) | None => {}
    }
    let version = change.next_version();
    if let Some(organization) = &account.organization_id {
        let sql = "INSERT INTO organizations (organization_id, standing, version) VALUES ($1, 'unknown', $2) \
            ON CONFLICT (organization_id) DO NOTHING";
        change.run(action, sql, &[Arg::Text(organization.as_str()), Arg::Whole(version)]).await?;
    }
    let address = account.signup_address.map(|a| a.to_string());
    let fields = [
        Arg::Text(id),
        Arg::MaybeText(account.organization_id.as_ref().map(|o| o.as_str())),
        Arg::Whole(account.created.micros()),
        Arg::Text(&account.plan),
        Arg::MaybeText(account.email_domain.as_deref()),
        Arg::MaybeText(account.payment_id.as_deref()),
        Arg::MaybeText(account.phone_country.as_deref()),
        Arg::MaybeText(address.as_deref()),
        Arg::MaybeText(account.device_id.as_deref()),
        Arg::MaybeText(account.declared_country.as_deref()),
        Arg::Whole(version),
    ];
    if before.is_some() {
        let sql = "UPDATE accounts SET organization_id = $2, created = $3, plan = $4, email_domain = $5, payment_id = $6, \
            phone_country = $7, signup_address = $8, device_id = $9, declared_country = $10, version = $11 \
            WHERE account_id = $1";
        change.run(action, sql, &fields).await?;
    } else {
        let salt = Salt::random()?;
        let sql = "INSERT INTO accounts (account_id, organization_id, created, plan, email_domain, payment_id, \
            phone_country, signup_address, device_id, declared_country, version, salt, status) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'active')";
        let args: Vec<Arg<'_>> = fields.into_iter().chain([Arg::Bytes(salt.as_bytes())]).collect();
        change.run(action, sql, &args).await?;
    }
    Ok(())
}

async fn find(transaction: &mut Transaction, id: &str) -> Result<Option<Found>, StoreError> {
    let row = transaction.first("find an account", SELECT, &[Arg::Text(id)]).await?;
    row.map(|row| read(&row)).transpose()
}

fn read(row: &Row) -> Result<Found, StoreError> {
    if row.maybe_whole(12, "accounts.erased")?.is_some() {
        return Ok(Found::Erased);
    }
    let address = row.maybe_text(7, "accounts.signup_address")?;
    let parsed = address.as_deref().map(str::parse).transpose();
    let account = Account {
        account_id: row.parse(0, "accounts.account_id")?,
        organization_id: row.maybe_parse(1, "accounts.organization_id")?,
        created: row.time(2, "accounts.created")?,
        plan: row.text(3, "accounts.plan")?,
        email_domain: row.maybe_text(4, "accounts.email_domain")?,
        payment_id: row.maybe_text(5, "accounts.payment_id")?,
        phone_country: row.maybe_text(6, "accounts.phone_country")?,
        signup_address: parsed.map_err(|error| StoreError::value("be read", "accounts.signup_address", error))?,
        device_id: row.maybe_text(8, "accounts.device_id")?,
        declared_country: row.maybe_text(9, "accounts.declared_country")?,
    };
    let salt = Salt(row.bytes32(10, "accounts.salt")?);
    let status = row.word(11, "accounts.status", AccountStatus::read)?;
    Ok(Found::Live(Box::new(AccountRecord { account, status, salt })))
}
