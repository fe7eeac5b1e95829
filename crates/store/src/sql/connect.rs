//! Connections and how they are set up.

use std::{fs::OpenOptions, io, net::IpAddr, os::unix::fs::OpenOptionsExt, path::Path};

use sqlx::{
    ConnectOptions, PgPool, SqlitePool,
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgSslMode},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use url::Url;

use super::{Kind, Pool, in_time};
use crate::{
    Limits, Refusal, StoreError,
    database_url::{DatabaseUrl, Place},
};

const ACTION: &str = "be opened";

impl Pool {
    pub(crate) async fn connect(url: &DatabaseUrl, limits: &Limits) -> Result<Self, StoreError> {
        let kind = match &url.0 {
            Place::Sqlite(path) => sqlite(path, limits).await?,
            Place::Postgres(url) => Kind::Postgres(postgres(url, limits).await?),
        };
        Ok(Self { kind, wait: limits.wait })
    }
}

async fn sqlite(path: &Path, limits: &Limits) -> Result<Kind, StoreError> {
    if let Some(folder) = path.parent()
        && !folder.as_os_str().is_empty()
        && !folder.is_dir()
    {
        return Err(Refusal::NoFolder { folder: folder.display().to_string() }.into());
    }
    make_private(path).map_err(|error| StoreError::sql(ACTION, error.into()))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // With NORMAL a commit survives the death of the process but not a power cut. Changes are rare, so each waits for the disk.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(limits.wait)
        // What is erased is overwritten with zeros in the file.
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging();
    let pool = |connections: u32| {
        PoolOptions::new().max_connections(connections).acquire_timeout(limits.wait).connect_with(options.clone())
    };
    let writer: SqlitePool = in_time(limits.wait, ACTION, pool(1)).await?;
    let readers: SqlitePool = in_time(limits.wait, ACTION, pool(limits.connections.max(1))).await?;
    Ok(Kind::Sqlite { writer, readers })
}

/// Makes the file for this user alone: it holds salts. SQLite gives its journal the same rights.
fn make_private(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

async fn postgres(url: &Url, limits: &Limits) -> Result<PgPool, StoreError> {
    let mut options = PgConnectOptions::from_url(url).map_err(|error| StoreError::sql(ACTION, error))?;
    let chosen = url.query_pairs().any(|(name, _)| name == "sslmode" || name == "ssl-mode");
    if !chosen && !stays_here(&options) {
        options = options.ssl_mode(PgSslMode::VerifyFull);
    }
    let wait = limits.wait.as_millis().max(1).to_string();
    let options = options
        .application_name("ringfence")
        .options([
            // A server that is set to answer before the disk has it would lose what was acknowledged.
            ("synchronous_commit", "on"),
            ("client_min_messages", "warning"),
            ("lock_timeout", wait.as_str()),
            ("statement_timeout", wait.as_str()),
            ("idle_in_transaction_session_timeout", "60000"),
        ])
        .disable_statement_logging();
    let pool = PoolOptions::new()
        .max_connections(limits.connections.max(1))
        .acquire_timeout(limits.wait)
        .connect_with(options);
    in_time(limits.wait, ACTION, pool).await
}

/// Whether what is said to the database stays on this machine.
fn stays_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    options.get_socket().is_some() || host == "localhost" || address.is_ok_and(|a| a.is_loopback())
}
