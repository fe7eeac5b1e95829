//! Tokens that enrol machines. The store has a digest of each, and cannot make one from it.

use exchanges::Time;
use sweep::fleet::{MachineName, TokenKey};

use crate::{
    Line, Refusal, Store, StoreError,
    sql::{Arg, Row},
};

/// A token that an operator gives out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    pub digest: TokenKey,
    /// What it is for.
    pub label: Line,
    /// The one machine that it enrols; any where there is none.
    pub machine: Option<MachineName>,
    /// How many machines it enrols.
    pub uses: u32,
    pub expires: Time,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    pub digest: TokenKey,
    pub label: Line,
    pub machine: Option<MachineName>,
    pub uses: u32,
    pub used: u32,
    pub made: Time,
    pub expires: Time,
    pub revoked: Option<Time>,
}

pub(super) const SELECT: &str =
    "SELECT digest, label, machine, uses, used, made, expires, revoked FROM fleet_tokens WHERE digest = $1";

impl TokenRecord {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            digest: TokenKey::new(row.bytes32(0, "fleet_tokens.digest")?),
            label: row.parse(1, "fleet_tokens.label")?,
            machine: row.maybe_parse(2, "fleet_tokens.machine")?,
            uses: row.unsigned(3, "fleet_tokens.uses")?,
            used: row.unsigned(4, "fleet_tokens.used")?,
            made: row.time(5, "fleet_tokens.made")?,
            expires: row.time(6, "fleet_tokens.expires")?,
            revoked: row.maybe_time(7, "fleet_tokens.revoked")?,
        })
    }
}

impl Store {
    /// Keeps the digest of a new token. Tokens that lapsed a year ago give way.
    pub async fn put_fleet_token(&self, token: &NewToken, now: Time) -> Result<(), StoreError> {
        let action = "keep a token";
        if token.expires <= now || token.uses == 0 {
            return Err(Refusal::EndsBeforeItBegins.into());
        }
        let mut change = self.change().await?;
        let year = now.micros().saturating_sub(366 * 86_400_000_000);
        change.run(action, "DELETE FROM fleet_tokens WHERE expires < $1", &[Arg::Whole(year)]).await?;
        let limit = self.limits.fleet_tokens;
        if change.count(action, "SELECT COUNT(*) FROM fleet_tokens", &[]).await? >= i64::from(limit) {
            return Err(Refusal::Full { thing: "the fleet".to_owned(), what: "tokens", limit }.into());
        }
        let sql = "INSERT INTO fleet_tokens (digest, label, machine, uses, used, made, expires, revoked) \
            VALUES ($1, $2, $3, $4, 0, $5, $6, NULL)";
        let args = [
            Arg::Bytes(token.digest.as_bytes()),
            Arg::Text(token.label.as_str()),
            Arg::MaybeText(token.machine.as_ref().map(MachineName::as_str)),
            Arg::Whole(i64::from(token.uses)),
            Arg::Whole(now.micros()),
            Arg::Whole(token.expires.micros()),
        ];
        change.run(action, sql, &args).await?;
        change.commit().await
    }

    /// All tokens, newest first.
    pub async fn fleet_tokens(&self) -> Result<Vec<TokenRecord>, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let sql = "SELECT digest, label, machine, uses, used, made, expires, revoked FROM fleet_tokens \
            ORDER BY made DESC, digest";
        let tokens = transaction.all("list tokens", sql, &[], |row| TokenRecord::read(&row)).await?;
        transaction.commit().await?;
        Ok(tokens)
    }

    /// Takes a token back; machines that it enrolled stay.
    pub async fn revoke_fleet_token(&self, digest: &TokenKey, now: Time) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let sql = "UPDATE fleet_tokens SET revoked = COALESCE(revoked, $2) WHERE digest = $1";
        let args = [Arg::Bytes(digest.as_bytes()), Arg::Whole(now.micros())];
        if change.run("take a token back", sql, &args).await? == 0 {
            return Err(StoreError::not_found("token", digest));
        }
        change.commit().await
    }
}
