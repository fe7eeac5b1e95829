//! Fresh databases of both kinds, and short ways to make things.

use std::{
    env,
    future::Future,
    io::{self, Write},
    panic::AssertUnwindSafe,
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
};

use exchanges::{Account, AccountId, OrganizationId, Time};
use futures::FutureExt;
use policy::{DecisionId, Effect};
use sqlx::{Connection, PgConnection};
use store::{Allowance, DatabaseUrl, Fingerprint, Label, Limits, Line, Prose, Store, StoreError, Subject};

/// A fresh database, gone after the test.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) url: DatabaseUrl,
    /// As the driver wants it.
    pub(crate) raw: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A database of PostgreSQL in which the tests may make schemas.
pub(crate) fn server() -> String {
    env::var("RINGFENCE_POSTGRES").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The tables of a store, parents first.
pub(crate) const TABLES: [&str; 19] = [
    "revision",
    "organizations",
    "accounts",
    "credentials",
    "labels",
    "account_allowances",
    "organization_allowances",
    "verifications",
    "cases",
    "case_events",
    "appeals",
    "fleet_tokens",
    "fleet_machines",
    "fleet_keys",
    "fleet_reports",
    "fleet_conditions",
    "fleet_changes",
    "fleet_items",
    "fleet_leaves",
];

/// Runs a test on a fresh SQLite file and on a fresh schema of PostgreSQL.
pub(crate) async fn on_both<F: Future<Output = ()>>(test: impl Fn(Database) -> F) {
    on_sqlite(&test).await;
    on_postgres(&test).await;
}

pub(crate) async fn on_sqlite<F: Future<Output = ()>>(test: impl Fn(Database) -> F) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let raw = format!("sqlite://{}", path.display());
    test(Database { url: DatabaseUrl::sqlite(&path), raw, kind: Kind::Sqlite }).await;
}

pub(crate) async fn on_postgres<F: Future<Output = ()>>(test: impl Fn(Database) -> F) {
    let server = server();
    let mut admin = match PgConnection::connect(&server).await {
        Ok(admin) => admin,
        Err(error) => return missing(&server, &error),
    };
    let name = format!("ringfence_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    statement(&mut admin, format!("CREATE SCHEMA {name}")).await;
    let raw = format!("{server}?options[search_path]={name}");
    let database = Database { url: raw.parse().expect("a URL"), raw, kind: Kind::Postgres };
    let result = AssertUnwindSafe(test(database)).catch_unwind().await;
    statement(&mut admin, format!("DROP SCHEMA {name} CASCADE")).await;
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}

fn missing(server: &str, error: &sqlx::Error) {
    let required = env::var_os("CI").is_some() || env::var_os("RINGFENCE_REQUIRE_PEERS").is_some();
    assert!(!required, "there is no PostgreSQL at {server}: {error}");
    // Not `eprintln!`, which a test that passes keeps to itself.
    let said =
        writeln!(io::stderr(), "SKIPPED: there is no PostgreSQL at {server} ({error}), so this ran on SQLite alone");
    said.expect("there is somewhere to say it");
}

pub(crate) async fn statement(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await.expect("is done");
}

impl Database {
    pub(crate) async fn open(&self) -> Store {
        self.open_with(&Limits::default()).await
    }

    pub(crate) async fn open_with(&self, limits: &Limits) -> Store {
        Store::open(&self.url, limits).await.expect("opens")
    }

    /// Runs statements behind the store's back.
    pub(crate) async fn tamper(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self.kind {
            Kind::Sqlite => {
                let options = sqlx::sqlite::SqliteConnectOptions::from_str(&self.raw).expect("a URL");
                let options = options.create_if_missing(true).foreign_keys(false);
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
                sqlx::raw_sql(sql).execute(&mut connection).await.expect("is done");
                connection.close().await.expect("closes");
            }
            Kind::Postgres => {
                let mut connection = PgConnection::connect(&self.raw).await.expect("opens");
                sqlx::raw_sql(sql).execute(&mut connection).await.expect("is done");
                connection.close().await.expect("closes");
            }
        }
    }

    /// The first column of an answer, as text.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self.kind {
            Kind::Sqlite => {
                let mut connection = sqlx::SqliteConnection::connect(&self.raw).await.expect("opens");
                sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("answers")
            }
            Kind::Postgres => {
                let mut connection = PgConnection::connect(&self.raw).await.expect("opens");
                sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("answers")
            }
        }
    }
}

/// Seconds after 2026-09-01T00:00:00Z.
pub(crate) fn at(seconds: i64) -> Time {
    Time::from_micros(1_788_220_800_000_000 + seconds * 1_000_000).expect("a time")
}

pub(crate) const DAY: i64 = 86_400;

pub(crate) fn id(text: &str) -> AccountId {
    text.parse().expect("an id")
}

pub(crate) fn organization(text: &str) -> OrganizationId {
    text.parse().expect("an id")
}

pub(crate) fn line(text: &str) -> Line {
    text.parse().expect("a line")
}

pub(crate) fn prose(text: &str) -> Prose {
    text.parse().expect("prose")
}

pub(crate) fn decision(random: u128) -> DecisionId {
    DecisionId::new("2026-09-01T00:00:00Z".parse().expect("a time"), random)
}

/// An account of `org-1` without anything optional.
pub(crate) fn account(name: &str) -> Account {
    Account {
        account_id: id(name),
        organization_id: Some(organization("org-1")),
        created: at(0),
        plan: "pro".to_owned(),
        email_domain: None,
        payment_id: None,
        phone_country: None,
        signup_address: None,
        device_id: None,
        declared_country: None,
    }
}

pub(crate) fn fingerprint(number: u64) -> Fingerprint {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Fingerprint::new(bytes)
}

pub(crate) fn label(account: &str, campaign: &str, permille: u16) -> Label {
    Label {
        account: id(account),
        campaign: line(campaign),
        confidence_permille: permille,
        recommended: Effect::Verify,
        confirmed_by: None,
        set_at: at(0),
        expires: at(30 * DAY),
    }
}

pub(crate) fn allowance(subject: Subject, until: Time) -> Allowance {
    Allowance { subject, reason: line("a benchmark of ours"), granted_by: line("ana"), set_at: at(0), until }
}

/// An error and all that it stands on, as the command line prints it.
pub(crate) fn told(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
