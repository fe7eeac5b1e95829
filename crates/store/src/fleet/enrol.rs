//! Machines and their keys.

use exchanges::Time;
use sweep::fleet::{self, MachineName};

use super::token::{self, TokenRecord};
use crate::{
    Fingerprint, Store, StoreError,
    sql::{Arg, Row},
    store::Change,
};

/// A key of a machine, with the last report that it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineKey {
    pub id: Fingerprint,
    pub machine: MachineName,
    /// Ed25519, 32 bytes.
    pub public_key: [u8; 32],
    pub enrolled: Time,
    pub revoked: Option<Time>,
    pub sequence: u64,
    /// Name of the last report; empty before the first.
    pub head: String,
    pub seen: Option<Time>,
}

/// That a machine is enrolled; `again` when it was before, with this very key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enrolled {
    pub at: Time,
    pub again: bool,
}

/// Why a machine is not enrolled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEnrolment {
    #[error("no such token was given out; ask for a new one")]
    UnknownToken,
    #[error("the token has lapsed, was used up or was taken back; ask for a new one")]
    Spent,
    #[error("the token is for another machine")]
    OtherMachine,
    #[error("a machine of this name is enrolled with another key; revoke it first, or choose another name")]
    NameTaken,
    #[error("the machine was revoked after the token was made; a new token enrols it again")]
    Revoked,
    #[error("the key belongs to another machine, or was revoked; make a new one")]
    KeyUsed,
    #[error("the fleet has {limit} machines, which is its limit; raise it, or revoke some")]
    Full { limit: u32 },
}

const SELECT: &str =
    "SELECT key_id, machine, public_key, enrolled, revoked, sequence, head, seen FROM fleet_keys WHERE key_id = $1";

impl MachineKey {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: Fingerprint::new(row.bytes32(0, "fleet_keys.key_id")?),
            machine: row.parse(1, "fleet_keys.machine")?,
            public_key: row.bytes32(2, "fleet_keys.public_key")?,
            enrolled: row.time(3, "fleet_keys.enrolled")?,
            revoked: row.maybe_time(4, "fleet_keys.revoked")?,
            sequence: row.unsigned(5, "fleet_keys.sequence")?,
            head: row.text(6, "fleet_keys.head")?,
            seen: row.maybe_time(7, "fleet_keys.seen")?,
        })
    }

    pub(super) async fn find(change: &mut Change, id: &Fingerprint) -> Result<Option<Self>, StoreError> {
        let row = change.first("find a key", SELECT, &[Arg::Bytes(id.as_bytes())]).await?;
        row.map(|row| Self::read(&row)).transpose()
    }
}

impl Store {
    /// The key of a machine by its id: SHA-256 over it.
    pub async fn machine_key(&self, id: &Fingerprint) -> Result<Option<MachineKey>, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let row = transaction.first("find a key", SELECT, &[Arg::Bytes(id.as_bytes())]).await?;
        transaction.commit().await?;
        row.map(|row| MachineKey::read(&row)).transpose()
    }

    /// Binds a key to a machine, on the word of a token. The same enrolment again finds the first one.
    pub async fn enrol(
        &self,
        told: &fleet::Enrolled,
        id: &Fingerprint,
        now: Time,
    ) -> Result<Result<Enrolled, NoEnrolment>, StoreError> {
        let mut change = self.change().await?;
        let done = enrol(&mut change, told, id, self.limits.fleet_machines, now).await?;
        if done.is_ok() {
            change.commit().await?;
        }
        Ok(done)
    }

    /// Refuses all that a machine's keys sign from now on; what it reported stays. Leave that it holds is held on.
    pub async fn revoke_machine(&self, machine: &MachineName, now: Time) -> Result<(), StoreError> {
        let action = "revoke a machine";
        let mut change = self.change().await?;
        let args = [Arg::Text(machine.as_str()), Arg::Whole(now.micros())];
        let sql = "UPDATE fleet_machines SET revoked = COALESCE(revoked, $2) WHERE machine = $1";
        if change.run(action, sql, &args).await? == 0 {
            return Err(StoreError::not_found("machine", machine));
        }
        let sql = "UPDATE fleet_keys SET revoked = $2 WHERE machine = $1 AND revoked IS NULL";
        change.run(action, sql, &args).await?;
        change.commit().await
    }
}

async fn enrol(
    change: &mut Change,
    told: &fleet::Enrolled,
    id: &Fingerprint,
    limit: u32,
    now: Time,
) -> Result<Result<Enrolled, NoEnrolment>, StoreError> {
    let action = "enrol a machine";
    let name = Arg::Text(told.machine.as_str());
    if let Some(key) = MachineKey::find(change, id).await? {
        let same = key.machine == told.machine && key.revoked.is_none();
        return Ok(if same { Ok(Enrolled { at: key.enrolled, again: true }) } else { Err(NoEnrolment::KeyUsed) });
    }
    let found = change.first(action, token::SELECT, &[Arg::Bytes(told.token.as_bytes())]).await?;
    let Some(token) = found.map(|row| TokenRecord::read(&row)).transpose()? else {
        return Ok(Err(NoEnrolment::UnknownToken));
    };
    if token.revoked.is_some() || token.used >= token.uses || now >= token.expires {
        return Ok(Err(NoEnrolment::Spent));
    }
    if token.machine.as_ref().is_some_and(|machine| *machine != told.machine) {
        return Ok(Err(NoEnrolment::OtherMachine));
    }
    let sql = "SELECT revoked FROM fleet_machines WHERE machine = $1";
    match change.first(action, sql, &[name]).await? {
        Some(row) => match row.maybe_time(0, "fleet_machines.revoked")? {
            None => return Ok(Err(NoEnrolment::NameTaken)),
            Some(revoked) if token.made <= revoked => return Ok(Err(NoEnrolment::Revoked)),
            Some(_) => {
                let sql = "UPDATE fleet_machines SET key_id = $2, revoked = NULL WHERE machine = $1";
                change.run(action, sql, &[name, Arg::Bytes(id.as_bytes())]).await?;
            }
        },
        None => {
            if change.count(action, "SELECT COUNT(*) FROM fleet_machines", &[]).await? >= i64::from(limit) {
                return Ok(Err(NoEnrolment::Full { limit }));
            }
            let sql = "INSERT INTO fleet_machines (machine, key_id, revoked) VALUES ($1, $2, NULL)";
            change.run(action, sql, &[name, Arg::Bytes(id.as_bytes())]).await?;
        }
    }
    let sql = "INSERT INTO fleet_keys (key_id, machine, public_key, token, enrolled, revoked, sequence, head, seen) \
        VALUES ($1, $2, $3, $4, $5, NULL, 0, '', NULL)";
    let args = [
        Arg::Bytes(id.as_bytes()),
        name,
        Arg::Bytes(told.key.as_bytes()),
        Arg::Bytes(told.token.as_bytes()),
        Arg::Whole(now.micros()),
    ];
    change.run(action, sql, &args).await?;
    let sql = "UPDATE fleet_tokens SET used = used + 1 WHERE digest = $1";
    change.run(action, sql, &[Arg::Bytes(told.token.as_bytes())]).await?;
    Ok(Ok(Enrolled { at: now, again: false }))
}
