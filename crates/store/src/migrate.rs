//! The schema's versions, and the way from each to the next.

use crate::{
    Refusal, StoreError,
    sql::{Arg, Pool, Transaction},
};

/// In order; a migration that was released is never changed.
const MIGRATIONS: [&str; 3] = [
    include_str!("../migrations/0001_accounts.sql"),
    include_str!("../migrations/0002_cases.sql"),
    include_str!("../migrations/0003_fleet.sql"),
];

const ACTION: &str = "bring its schema up to date";

/// Of PostgreSQL's advisory locks, the one that a migration holds: `ringfenc` in ASCII.
const LOCK: i64 = 0x7269_6e67_6665_6e63;

/// Brings the schema to the newest version that is known, whoever else tries the same.
pub(crate) async fn migrate(pool: &Pool) -> Result<(), StoreError> {
    let mut transaction = pool.writer().await?;
    if !transaction.is_sqlite() {
        transaction.first(ACTION, "SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)", &[Arg::Whole(LOCK)]).await?;
        check_encoding(&mut transaction).await?;
    }
    transaction.work_long().await?;
    let table = "CREATE TABLE IF NOT EXISTS schema_version (version WHOLE NOT NULL PRIMARY KEY) TABLE_KIND";
    run(&mut transaction, table).await?;
    let found = transaction.count(ACTION, "SELECT COALESCE(MAX(version), 0) FROM schema_version", &[]).await?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(Refusal::NewerSchema { found, known }.into());
    }
    for (version, script) in (1..).zip(MIGRATIONS) {
        if version > found {
            run(&mut transaction, script).await?;
            let insert = "INSERT INTO schema_version (version) VALUES ($1)";
            transaction.run(ACTION, insert, &[Arg::Whole(version)]).await?;
        }
    }
    transaction.commit().await
}

/// PostgreSQL would keep texts in another encoding as well, and refuse some of ours.
async fn check_encoding(transaction: &mut Transaction) -> Result<(), StoreError> {
    let Some(row) = transaction.first(ACTION, "SELECT current_setting('server_encoding')", &[]).await? else {
        return Ok(());
    };
    let encoding = row.text(0, "server_encoding")?;
    if encoding == "UTF8" { Ok(()) } else { Err(Refusal::Encoding { encoding }.into()) }
}

/// Scripts are written once, with words for what the databases call differently.
async fn run(transaction: &mut Transaction, script: &str) -> Result<(), StoreError> {
    let words = match transaction.is_sqlite() {
        true => [("WHOLE", "INTEGER"), ("BYTES", "BLOB"), ("TABLE_KIND", "STRICT")],
        false => [("WHOLE", "BIGINT"), ("BYTES", "BYTEA"), ("TABLE_KIND", "")],
    };
    let script = words.iter().fold(script.to_owned(), |script, (word, meant)| script.replace(word, meant));
    transaction.script(ACTION, script).await
}
