//! A store and its one writer at a time.

use std::sync::Arc;

use crate::{
    Limits, StoreError,
    database_url::DatabaseUrl,
    migrate::migrate,
    sql::{Arg, Pool, Row, Transaction},
};

/// An open database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: Pool,
    pub(crate) limits: Arc<Limits>,
}

/// The one transaction that changes the store.
///
/// It holds the row of the version from its first statement to its commit, so that writers of all processes follow each other:
/// none waits for another in a circle, none decides on what another is changing, and versions rise in the order of commits.
pub(crate) struct Change {
    transaction: Transaction,
    version: i64,
    changes_book: bool,
}

impl Store {
    /// Opens a database, and makes or upgrades its tables.
    pub async fn open(url: &DatabaseUrl, limits: &Limits) -> Result<Self, StoreError> {
        let pool = Pool::connect(url, limits).await?;
        match migrate(&pool).await {
            Ok(()) => Ok(Self { pool, limits: Arc::new(limits.clone()) }),
            Err(error) => {
                pool.close().await;
                Err(error)
            }
        }
    }

    /// A number that rises with every change to what a book holds. Cheap: one row.
    pub async fn version(&self) -> Result<u64, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let version = version(&mut transaction).await?;
        transaction.commit().await?;
        Ok(version)
    }

    /// Waits for what is under way, and closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) async fn change(&self) -> Result<Change, StoreError> {
        let mut transaction = self.pool.writer().await?;
        let lock = match transaction.is_sqlite() {
            true => "SELECT version FROM revision WHERE one = 1",
            false => "SELECT version FROM revision WHERE one = 1 FOR UPDATE",
        };
        let version = match transaction.first("begin a change", lock, &[]).await? {
            Some(row) => row.whole(0, "revision.version")?,
            None => return Err(StoreError::value("begin a change", "revision.version", "no row")),
        };
        Ok(Change { transaction, version, changes_book: false })
    }
}

pub(crate) async fn version(transaction: &mut Transaction) -> Result<u64, StoreError> {
    let action = "tell its version";
    match transaction.first(action, "SELECT version FROM revision WHERE one = 1", &[]).await? {
        Some(row) => row.unsigned(0, "revision.version"),
        None => Err(StoreError::value(action, "revision.version", "no row")),
    }
}

impl Change {
    /// The version to write into a row that a book holds.
    pub(crate) fn next_version(&mut self) -> i64 {
        self.changes_book = true;
        self.version.saturating_add(1)
    }

    /// Marks an account as changed.
    pub(crate) async fn touch_account(&mut self, account: &str) -> Result<(), StoreError> {
        let version = self.next_version();
        let sql = "UPDATE accounts SET version = $1 WHERE account_id = $2";
        self.run("mark an account", sql, &[Arg::Whole(version), Arg::Text(account)]).await.map(drop)
    }

    /// Marks an organisation as changed.
    pub(crate) async fn touch_organization(&mut self, organization: &str) -> Result<(), StoreError> {
        let version = self.next_version();
        let sql = "UPDATE organizations SET version = $1 WHERE organization_id = $2";
        self.run("mark an organisation", sql, &[Arg::Whole(version), Arg::Text(organization)]).await.map(drop)
    }

    pub(crate) async fn run(
        &mut self,
        action: &'static str,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<u64, StoreError> {
        self.transaction.run(action, sql, args).await
    }

    pub(crate) async fn first(
        &mut self,
        action: &'static str,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Option<Row>, StoreError> {
        self.transaction.first(action, sql, args).await
    }

    pub(crate) async fn count(
        &mut self,
        action: &'static str,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<i64, StoreError> {
        self.transaction.count(action, sql, args).await
    }

    pub(crate) async fn all<T>(
        &mut self,
        action: &'static str,
        sql: &'static str,
        args: &[Arg<'_>],
        read: impl FnMut(Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.transaction.all(action, sql, args, read).await
    }

    /// For changes that go over whole tables.
    pub(crate) async fn work_long(&mut self) -> Result<(), StoreError> {
        self.transaction.work_long().await
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        if self.changes_book {
            let next = Arg::Whole(self.next_version());
            self.run("confirm a change", "UPDATE revision SET version = $1 WHERE one = 1", &[next]).await?;
        }
        self.transaction.commit().await
    }
}
