//! One face over SQLite and PostgreSQL: connections, transactions, statements, rows.
//!
//! Statements are written once, with `$1` for arguments; whole numbers are `i64`, the rest is text and bytes.

mod connect;
mod row;

use std::{future::Future, io, time::Duration};

use futures::{StreamExt, stream::BoxStream};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, query};

pub(crate) use self::row::Row;
use crate::StoreError;

/// Connections to a database.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    kind: Kind,
    wait: Duration,
}

#[derive(Debug, Clone)]
enum Kind {
    /// One connection that writes, and others that read beside it.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction; dropped without a commit it is rolled back.
pub(crate) struct Transaction {
    kind: TransactionKind,
    wait: Duration,
}

enum TransactionKind {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// The rows of an answer that are still to come.
pub(crate) struct Rows<'a> {
    stream: BoxStream<'a, Result<Row, sqlx::Error>>,
    action: &'static str,
    wait: Duration,
}

/// A value of a statement.
#[derive(Clone, Copy)]
pub(crate) enum Arg<'a> {
    Whole(i64),
    MaybeWhole(Option<i64>),
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Bytes(&'a [u8]),
    MaybeBytes(Option<&'a [u8]>),
}

impl Pool {
    /// Begins the one transaction that may write: under SQLite's lock, or read-committed in PostgreSQL.
    pub(crate) async fn writer(&self) -> Result<Transaction, StoreError> {
        let action = "begin a change";
        let kind = match &self.kind {
            Kind::Sqlite { writer, .. } => {
                TransactionKind::Sqlite(in_time(self.wait, action, writer.begin_with("BEGIN IMMEDIATE")).await?)
            }
            Kind::Postgres(pool) => {
                let begin = pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED");
                TransactionKind::Postgres(in_time(self.wait, action, begin).await?)
            }
        };
        Ok(Transaction { kind, wait: self.wait })
    }

    /// Begins a transaction that reads one state of the database.
    pub(crate) async fn reader(&self) -> Result<Transaction, StoreError> {
        let action = "begin to read";
        let kind = match &self.kind {
            Kind::Sqlite { readers, .. } => {
                TransactionKind::Sqlite(in_time(self.wait, action, readers.begin_with("BEGIN DEFERRED")).await?)
            }
            Kind::Postgres(pool) => {
                let begin = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
                TransactionKind::Postgres(in_time(self.wait, action, begin).await?)
            }
        };
        Ok(Transaction { kind, wait: self.wait })
    }

    /// Moves what the SQLite journal holds into the file and empties the journal; whether that was possible.
    pub(crate) async fn empty_journal(&self) -> Result<bool, StoreError> {
        let Kind::Sqlite { writer, .. } = &self.kind else { return Ok(true) };
        let action = "empty its journal";
        let row = in_time(self.wait, action, query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(writer)).await?;
        Ok(Row::from(row).whole(0, "wal_checkpoint.busy")? == 0)
    }

    pub(crate) async fn close(&self) {
        match &self.kind {
            Kind::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Kind::Postgres(pool) => pool.close().await,
        }
    }
}

macro_rules! bound {
    ($database:ty, $sql:expr, $args:expr) => {{
        let mut query = query::<$database>($sql);
        for arg in $args {
            query = match *arg {
                Arg::Whole(value) => query.bind(value),
                Arg::MaybeWhole(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
                Arg::MaybeText(value) => query.bind(value),
                Arg::Bytes(value) => query.bind(value),
                Arg::MaybeBytes(value) => query.bind(value),
            };
        }
        query
    }};
}

/// Runs the same code on either kind of transaction; `$conn` is the connection, `$query` the bound statement.
macro_rules! on_either {
    ($self:ident, $sql:expr, $args:expr, |$query:ident, $conn:ident| $body:expr) => {
        match &mut $self.kind {
            TransactionKind::Sqlite(transaction) => {
                let $query = bound!(Sqlite, $sql, $args);
                let $conn = &mut **transaction;
                $body
            }
            TransactionKind::Postgres(transaction) => {
                let $query = bound!(Postgres, $sql, $args);
                let $conn = &mut **transaction;
                $body
            }
        }
    };
}

impl Transaction {
    /// Runs a statement and gives how many rows it touched.
    pub(crate) async fn run(
        &mut self,
        action: &'static str,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<u64, StoreError> {
        let wait = self.wait;
        on_either!(self, sql, args, |query, conn| Ok(in_time(wait, action, query.execute(conn)).await?.rows_affected()))
    }

    /// The first row, if there is one.
    pub(crate) async fn first(
        &mut self,
        action: &'static str,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Option<Row>, StoreError> {
        let wait = self.wait;
        on_either!(self, sql, args, |query, conn| {
            Ok(in_time(wait, action, query.fetch_optional(conn)).await?.map(Row::from))
        })
    }

    /// The whole number in the first row, zero where there is no row.
    pub(crate) async fn count(
        &mut self,
        action: &'static str,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<i64, StoreError> {
        match self.first(action, sql, args).await? {
            Some(row) => row.whole(0, "count"),
            None => Ok(0),
        }
    }

    /// Each row in turn, without holding all of them.
    pub(crate) async fn each(
        &mut self,
        action: &'static str,
        sql: &'static str,
        args: &[Arg<'_>],
        mut take: impl FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut rows = self.rows(action, sql, args);
        while let Some(row) = rows.next().await? {
            take(row)?;
        }
        Ok(())
    }

    /// The rows of an answer, one by one.
    pub(crate) fn rows(&mut self, action: &'static str, sql: &'static str, args: &[Arg<'_>]) -> Rows<'_> {
        let wait = self.wait;
        on_either!(self, sql, args, |query, conn| {
            let stream = query.fetch(conn).map(|row| row.map(Row::from)).boxed();
            Rows { stream, action, wait }
        })
    }

    pub(crate) async fn all<T>(
        &mut self,
        action: &'static str,
        sql: &'static str,
        args: &[Arg<'_>],
        mut read: impl FnMut(Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        let take = |row| {
            found.push(read(row)?);
            Ok(())
        };
        self.each(action, sql, args, take).await?;
        Ok(found)
    }

    /// Runs statements that are no part of a request, such as a migration.
    pub(crate) async fn script(&mut self, action: &'static str, sql: String) -> Result<(), StoreError> {
        let script = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
        match &mut self.kind {
            TransactionKind::Sqlite(transaction) => {
                in_time(self.wait, action, script.execute(&mut **transaction)).await.map(drop)
            }
            TransactionKind::Postgres(transaction) => {
                in_time(self.wait, action, script.execute(&mut **transaction)).await.map(drop)
            }
        }
    }

    /// Lets a statement give rows for minutes; PostgreSQL counts the time that we take to read them.
    pub(crate) async fn read_long(&mut self) -> Result<(), StoreError> {
        if !self.is_sqlite() {
            self.run("give a long task its time", "SET LOCAL statement_timeout = '10min'", &[]).await?;
        }
        Ok(())
    }

    /// Lets a statement go over whole tables for minutes before it answers.
    pub(crate) async fn work_long(&mut self) -> Result<(), StoreError> {
        self.read_long().await?;
        self.wait = Duration::from_secs(600);
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let action = "confirm a change";
        match self.kind {
            TransactionKind::Sqlite(transaction) => in_time(self.wait, action, transaction.commit()).await,
            TransactionKind::Postgres(transaction) => in_time(self.wait, action, transaction.commit()).await,
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.kind, TransactionKind::Sqlite(_))
    }
}

impl Rows<'_> {
    pub(crate) async fn next(&mut self) -> Result<Option<Row>, StoreError> {
        in_time(self.wait, self.action, async { self.stream.next().await.transpose() }).await
    }
}

/// A network that swallows packets would otherwise hold a statement for a quarter of an hour.
async fn in_time<T>(
    wait: Duration,
    action: &'static str,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    // The database has its own, shorter patience; this one is for when nothing comes back at all.
    match tokio::time::timeout(wait.saturating_mul(2), answer).await {
        Ok(answer) => answer.map_err(|error| StoreError::sql(action, error)),
        Err(_) => Err(StoreError::sql(action, sqlx::Error::Io(io::ErrorKind::TimedOut.into()))),
    }
}
