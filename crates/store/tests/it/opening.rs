//! Opening databases: empty ones, older ones, newer ones, and what is none.

use std::fs;

use futures::future::join_all;
use store::{DatabaseUrl, Limits, NewCase, Store, StoreError};

use crate::support::{Database, Kind, account, at, fingerprint, id, line, on_both, on_postgres, on_sqlite, told};

/// The schema as version 1 made it, which is never changed.
const VERSION_1: &str = include_str!("../../migrations/0001_accounts.sql");

async fn make_version_1(database: &Database) {
    let (whole, bytes, kind, blob) = match database.kind {
        Kind::Sqlite => ("INTEGER", "BLOB", "STRICT", "x'5A5A'"),
        Kind::Postgres => ("BIGINT", "BYTEA", "", "'\\x5A5A'"),
    };
    let script = VERSION_1.replace("WHOLE", whole).replace("BYTES", bytes).replace("TABLE_KIND", kind);
    let salt = blob.replace("5A5A", &"5A".repeat(32));
    let key = fingerprint(7).to_string();
    let key = blob.replace("5A5A", &key);
    database
        .tamper(&format!(
            "CREATE TABLE schema_version (version {whole} NOT NULL PRIMARY KEY) {kind};
            INSERT INTO schema_version VALUES (1); {script};
            UPDATE revision SET version = 41;
            INSERT INTO organizations (organization_id, standing, version) VALUES ('org-1', 'caught', 40);
            INSERT INTO accounts (account_id, organization_id, created, plan, salt, status, version)
                VALUES ('a', 'org-1', 1788220800000000, 'pro', {salt}, 'active', 41);
            INSERT INTO credentials VALUES ({key}, 'a', 'active', 1788220800000000, 1788220800000000);"
        ))
        .await;
}

#[tokio::test]
async fn a_version_1_database_is_brought_up_to_date() {
    on_both(async |database| {
        make_version_1(&database).await;
        let store = database.open().await;
        let book = store.book().await.expect("is read");
        assert_eq!((book.len(), book.version()), (1, 41));
        assert_eq!(book.account_by_key(&fingerprint(7)).expect("is there").account.salt.as_bytes(), &[0x5a; 32]);
        let review = NewCase::Review { subject: line("a"), account: Some(id("a")) };
        assert!(store.open_case(&review, &line("ana"), None, at(0)).await.expect("there are cases now").new);
        store.close().await;
        assert_eq!(database.open().await.book().await.expect("is read").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn many_open_one_empty_database_at_once() {
    on_both(async |database| {
        let stores = join_all((0..8).map(|_| database.open())).await;
        join_all(stores.iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"]).map(async |(store, name)| {
            store.put_account(&account(name)).await.expect("is new");
        }))
        .await;
        assert_eq!(stores[0].book().await.expect("is read").len(), 8);
        assert_eq!(stores[0].version().await.expect("answers"), 9);
    })
    .await;
}

#[tokio::test]
async fn a_newer_schema_is_an_error_that_says_so() {
    on_both(async |database| {
        database.open().await.close().await;
        database.tamper("INSERT INTO schema_version VALUES (99)").await;
        let error = Store::open(&database.url, &Limits::default()).await.expect_err("is newer");
        let why = "the database has schema version 99, this ringfence knows up to 3; use a newer ringfence";
        assert_eq!(told(&error), why);
    })
    .await;
}

#[tokio::test]
async fn a_value_that_makes_no_sense_is_damage() {
    on_both(async |database| {
        let store = database.open().await;
        store.put_account(&account("a")).await.unwrap();
        database.tamper("UPDATE accounts SET status = 'asleep'").await;
        let error = store.book().await.expect_err("is damaged");
        assert!(matches!(error, StoreError::Damaged { .. }));
        let why =
            "the database is damaged: it could not be read; restore it from a backup: accounts.status holds `asleep`";
        assert_eq!(told(&error), why);
        database.tamper("DROP TABLE verifications").await;
        assert!(matches!(store.verifications(&id("a")).await, Err(StoreError::Damaged { .. })));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_database_is_told() {
    on_sqlite(async |database| {
        let path = database.raw.strip_prefix("sqlite://").unwrap();
        fs::write(path, "this is no database, it is a text that someone put here".repeat(100)).unwrap();
        let error = Store::open(&database.url, &Limits::default()).await.expect_err("is a text");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        let below = DatabaseUrl::sqlite(format!("{path}.d/x/store.db"));
        let error = Store::open(&below, &Limits::default()).await.expect_err("has no folder");
        assert_eq!(told(&error), format!("the folder `{path}.d/x` of the SQLite file does not exist; create it first"));
        let folder = DatabaseUrl::sqlite(std::path::Path::new(path).parent().unwrap());
        let error = Store::open(&folder, &Limits::default()).await.expect_err("is a folder");
        assert!(told(&error).starts_with("the database could not be opened; the file cannot be opened;"), "{error}");
    })
    .await;
    on_postgres(async |database| {
        let url = database.raw.replace("/postgres?", "/nobody_made_this?");
        let error = Store::open(&url.parse().unwrap(), &Limits::default()).await.expect_err("is not there");
        assert!(told(&error).starts_with("the database could not be opened; no database has that name;"), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn the_files_of_sqlite_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    on_sqlite(async |database| {
        let store = database.open().await;
        store.put_account(&account("a")).await.unwrap();
        let path = database.raw.strip_prefix("sqlite://").unwrap();
        for file in [path.to_owned(), format!("{path}-wal"), format!("{path}-shm")] {
            let mode = fs::metadata(&file).expect(&file).permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    })
    .await;
}
