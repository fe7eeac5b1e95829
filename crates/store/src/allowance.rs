//! The allow-list: whom rules about risk leave alone, why, and until when.

use std::fmt;

use exchanges::{AccountId, OrganizationId, Time};

use crate::{
    Line, Refusal, Store, StoreError, account,
    sql::{Arg, Row},
    store::Change,
};

/// An entry of the allow-list; there is one at most of each account and organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    pub subject: Subject,
    pub reason: Line,
    pub granted_by: Line,
    pub set_at: Time,
    pub until: Time,
}

/// Whom an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    Account(AccountId),
    /// All accounts of an organisation.
    Organization(OrganizationId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account {id}"),
            Self::Organization(id) => write!(f, "organisation {id}"),
        }
    }
}

const SELECT_ACCOUNT: &str = "SELECT reason, granted_by, set_at, expires FROM account_allowances WHERE account_id = $1";
const SELECT_ORGANIZATION: &str =
    "SELECT reason, granted_by, set_at, expires FROM organization_allowances WHERE organization_id = $1";

impl Store {
    /// Puts an account or organisation on the allow-list, or replaces its entry.
    pub async fn put_allowance(&self, allowance: &Allowance) -> Result<(), StoreError> {
        check(allowance)?;
        let mut change = self.change().await?;
        put(&mut change, allowance).await?;
        change.commit().await
    }

    /// Takes an entry off the allow-list; whether there was one.
    pub async fn remove_allowance(&self, subject: &Subject) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let sql = match subject {
            Subject::Account(_) => "DELETE FROM account_allowances WHERE account_id = $1",
            Subject::Organization(_) => "DELETE FROM organization_allowances WHERE organization_id = $1",
        };
        let removed = change.run("take an entry off the allow-list", sql, &[Arg::Text(subject.id())]).await? > 0;
        if removed {
            subject.touch(&mut change).await?;
        }
        change.commit().await?;
        Ok(removed)
    }

    /// The entry of an account or organisation itself, lapsed or not.
    pub async fn allowance(&self, subject: &Subject) -> Result<Option<Allowance>, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let row = transaction.first("read the allow-list", subject.select(), &[Arg::Text(subject.id())]).await?;
        transaction.commit().await?;
        row.map(|row| read(&row, subject)).transpose()
    }
}

impl Subject {
    fn id(&self) -> &str {
        match self {
            Self::Account(id) => id.as_str(),
            Self::Organization(id) => id.as_str(),
        }
    }

    fn select(&self) -> &'static str {
        match self {
            Self::Account(_) => SELECT_ACCOUNT,
            Self::Organization(_) => SELECT_ORGANIZATION,
        }
    }

    async fn touch(&self, change: &mut Change) -> Result<(), StoreError> {
        match self {
            Self::Account(id) => change.touch_account(id.as_str()).await,
            Self::Organization(id) => change.touch_organization(id.as_str()).await,
        }
    }
}

pub(crate) fn check(allowance: &Allowance) -> Result<(), StoreError> {
    if allowance.until <= allowance.set_at {
        return Err(Refusal::EndsBeforeItBegins.into());
    }
    Ok(())
}

pub(crate) async fn put(change: &mut Change, allowance: &Allowance) -> Result<(), StoreError> {
    let action = "put an entry on the allow-list";
    let subject = &allowance.subject;
    let insert = match subject {
        Subject::Account(id) => {
            account::require(change, id).await?;
            "INSERT INTO account_allowances (account_id, reason, granted_by, set_at, expires) VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT (account_id) DO UPDATE SET reason = $2, granted_by = $3, set_at = $4, expires = $5"
        }
        Subject::Organization(id) => {
            let sql = "SELECT organization_id FROM organizations WHERE organization_id = $1";
            if change.first(action, sql, &[Arg::Text(id.as_str())]).await?.is_none() {
                return Err(StoreError::not_found("organisation", id));
            }
            "INSERT INTO organization_allowances (organization_id, reason, granted_by, set_at, expires) \
                VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT (organization_id) DO UPDATE SET reason = $2, granted_by = $3, set_at = $4, expires = $5"
        }
    };
    let before = change.first(action, subject.select(), &[Arg::Text(subject.id())]).await?;
    if before.map(|row| read(&row, subject)).transpose()?.as_ref() == Some(allowance) {
        return Ok(());
    }
    let args = [
        Arg::Text(subject.id()),
        Arg::Text(allowance.reason.as_str()),
        Arg::Text(allowance.granted_by.as_str()),
        Arg::Whole(allowance.set_at.micros()),
        Arg::Whole(allowance.until.micros()),
    ];
    change.run(action, insert, &args).await?;
    subject.touch(change).await
}

fn read(row: &Row, subject: &Subject) -> Result<Allowance, StoreError> {
    Ok(Allowance {
        subject: subject.clone(),
        reason: row.parse(0, "allowances.reason")?,
        granted_by: row.parse(1, "allowances.granted_by")?,
        set_at: row.time(2, "allowances.set_at")?,
        until: row.time(3, "allowances.expires")?,
    })
}
