//! Accounts and keys from files into the store.

use std::{
    fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use exchanges::{Account, AccountId, Time};
use jiff::Timestamp;
use serde::Deserialize;
use store::{Fingerprint, Store, StoreError};

/// What a file of accounts or keys is wrong about. Nothing of it was taken.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    #[error("`{path}` cannot be read")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("`{path}` line {line}: {what}")]
    Line { path: PathBuf, line: usize, what: String },
    #[error("the accounts of `{path}` could not be kept")]
    Store {
        path: PathBuf,
        #[source]
        source: StoreError,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyLine {
    account_id: AccountId,
    #[serde(deserialize_with = "fingerprint")]
    key_sha256: Fingerprint,
    #[serde(default)]
    revoked: bool,
}

fn fingerprint<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Fingerprint, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
    text.parse().map_err(serde::de::Error::custom)
}

const LINE_MAX: u64 = 64 << 10;
const BATCH: usize = 1_000;

/// Takes account log v1 into the store; how many there were.
pub(crate) async fn accounts(path: &Path, store: &Store) -> Result<usize, RosterError> {
    let rows: Vec<Account> = lines(path)?;
    let failed = |source| RosterError::Store { path: path.to_owned(), source };
    for batch in rows.chunks(BATCH) {
        store.put_accounts(batch).await.map_err(failed)?;
    }
    Ok(rows.len())
}

/// Takes fingerprints of keys into the store; how many there were.
pub(crate) async fn keys(path: &Path, store: &Store) -> Result<usize, RosterError> {
    let rows: Vec<KeyLine> = lines(path)?;
    let failed = |source| RosterError::Store { path: path.to_owned(), source };
    let now = Time::from_micros(Timestamp::now().as_microsecond()).map_err(|error| RosterError::Line {
        path: path.to_owned(),
        line: 0,
        what: error.to_string(),
    })?;
    for row in &rows {
        store.add_key(&row.key_sha256, &row.account_id, now).await.map_err(failed)?;
        if row.revoked {
            store.revoke_key(&row.key_sha256, now).await.map_err(failed)?;
        }
    }
    Ok(rows.len())
}

fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>, RosterError> {
    let failed = |source| RosterError::File { path: path.to_owned(), source };
    let mut file = BufReader::new(fs::File::open(path).map_err(failed)?);
    let mut rows = Vec::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = io::Read::take(&mut file, LINE_MAX).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            break;
        }
        let wrong = |what: String| RosterError::Line { path: path.to_owned(), line: number, what };
        if !line.ends_with(b"\n") && line.len() as u64 == LINE_MAX {
            return Err(wrong(format!("is longer than {LINE_MAX} bytes")));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        rows.push(serde_json::from_slice(&line).map_err(|error| wrong(error.to_string()))?);
    }
    Ok(rows)
}
