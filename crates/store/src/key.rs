//! Fingerprints of keys; the keys themselves never come here.

use std::{fmt, str::FromStr};

use exchanges::{AccountId, Time};

use crate::{
    Refusal, Store, StoreError, account,
    sql::{Arg, Row},
    store::Change,
};

/// 32 bytes that stand for a key, such as its SHA-256; written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

/// Not a fingerprint. Does not repeat the text, which may be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 64 hexadecimal digits")]
pub struct FingerprintError;

/// A key of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub fingerprint: Fingerprint,
    pub account: AccountId,
    pub status: KeyStatus,
    pub created: Time,
    /// When the status last changed.
    pub changed: Time,
}

/// Whether a key opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyStatus {
    Active,
    Revoked,
}

impl KeyStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        [Self::Active, Self::Revoked].into_iter().find(|s| s.as_str() == text)
    }
}

impl Fingerprint {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let pairs: &[[u8; 2]; 32] = pairs.try_into().map_err(|_| FingerprintError)?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let value = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low);
            *byte = value.and_then(|v| u8::try_from(v).ok()).ok_or(FingerprintError)?;
        }
        if rest.is_empty() { Ok(Self(bytes)) } else { Err(FingerprintError) }
    }
}

const SELECT: &str = "SELECT fingerprint, account_id, state, created, changed FROM credentials WHERE fingerprint = $1";

impl Store {
    /// Adds a key to an account. A key that is revoked, or another account's, is a conflict.
    pub async fn add_key(&self, fingerprint: &Fingerprint, account: &AccountId, now: Time) -> Result<(), StoreError> {
        let action = "add a key";
        let mut change = self.change().await?;
        account::require(&mut change, account).await?;
        if let Some(key) = find(&mut change, fingerprint).await? {
            return match key.status {
                _ if key.account != *account => {
                    Err(StoreError::conflict("key", fingerprint, "belongs to another account; make a new one"))
                }
                KeyStatus::Revoked => Err(StoreError::conflict("key", fingerprint, "was revoked; make a new one")),
                KeyStatus::Active => Ok(()),
            };
        }
        let sql = "SELECT COUNT(*) FROM credentials WHERE account_id = $1";
        let limit = self.limits.keys_per_account;
        if change.count(action, sql, &[Arg::Text(account.as_str())]).await? >= i64::from(limit) {
            let thing = format!("account `{account}`");
            return Err(Refusal::Full { thing, what: "keys", limit }.into());
        }
        let sql = "INSERT INTO credentials (fingerprint, account_id, state, created, changed) VALUES ($1, $2, 'active', $3, $3)";
        let args = [Arg::Bytes(fingerprint.as_bytes()), Arg::Text(account.as_str()), Arg::Whole(now.micros())];
        change.run(action, sql, &args).await?;
        change.touch_account(account.as_str()).await?;
        change.commit().await
    }

    /// Revokes a key for good.
    pub async fn revoke_key(&self, fingerprint: &Fingerprint, now: Time) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let key = find(&mut change, fingerprint).await?;
        let key = key.ok_or_else(|| StoreError::not_found("key", fingerprint))?;
        if key.status == KeyStatus::Active {
            let sql = "UPDATE credentials SET state = 'revoked', changed = $2 WHERE fingerprint = $1";
            let args = [Arg::Bytes(fingerprint.as_bytes()), Arg::Whole(now.micros())];
            change.run("revoke a key", sql, &args).await?;
            change.touch_account(key.account.as_str()).await?;
        }
        change.commit().await
    }

    /// All keys of an account, active and revoked, oldest first.
    pub async fn keys(&self, account: &AccountId) -> Result<Vec<Key>, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let sql = "SELECT fingerprint, account_id, state, created, changed FROM credentials WHERE account_id = $1 \
            ORDER BY created, fingerprint";
        let keys = transaction.all("list keys", sql, &[Arg::Text(account.as_str())], |row| read(&row)).await?;
        transaction.commit().await?;
        Ok(keys)
    }
}

async fn find(change: &mut Change, fingerprint: &Fingerprint) -> Result<Option<Key>, StoreError> {
    let row = change.first("find a key", SELECT, &[Arg::Bytes(fingerprint.as_bytes())]).await?;
    row.map(|row| read(&row)).transpose()
}

fn read(row: &Row) -> Result<Key, StoreError> {
    Ok(Key {
        fingerprint: Fingerprint(row.bytes32(0, "credentials.fingerprint")?),
        account: row.parse(1, "credentials.account_id")?,
        status: row.word(2, "credentials.state", KeyStatus::read)?,
        created: row.time(3, "credentials.created")?,
        changed: row.time(4, "credentials.changed")?,
    })
}
