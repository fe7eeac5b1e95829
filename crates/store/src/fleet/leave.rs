//! Leave to quarantine: how many machines hold one is decided under the writer's lock.

use exchanges::Time;
use jiff::SignedDuration;
use sweep::fleet::{LeaveRequest, MachineName};

use super::{MachineKey, whole};
use crate::{Fingerprint, Line, Store, StoreError, sql::Arg, store::Change};

/// A leave that a machine holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    pub granted: Time,
    pub expires: Time,
    /// Machines that hold one of the ban, this one among them.
    pub held: u64,
    pub hosts: u64,
    /// It was given before.
    pub again: bool,
}

/// Why there is no leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLeave {
    #[error("no machine has this key; enrol it")]
    UnknownKey,
    #[error("the machine or its key was revoked; enrol it anew with a new token")]
    Revoked,
    #[error("the key belongs to another machine than the request names")]
    OtherMachine,
    #[error("the request is from before the machine's last report; ask again")]
    Stale,
    #[error("{held} machines hold leave under this ban, and {hosts} may at a time; ask again when one has reported")]
    Full { held: u64, hosts: u64 },
}

impl Store {
    /// Gives a machine leave for a plan, if fewer than `hosts` machines hold one of the ban. A leave that lapsed is held until its machine
    /// has reported or somebody frees it, so that a fleet in which quarantines fail comes to a stop.
    pub async fn ask_leave(
        &self,
        key: &Fingerprint,
        request: &LeaveRequest,
        hosts: u64,
        life: SignedDuration,
        now: Time,
    ) -> Result<Result<Granted, NoLeave>, StoreError> {
        let mut change = self.change().await?;
        let done = ask(&mut change, key, request, hosts, life, now).await?;
        if done.is_ok() {
            change.commit().await?;
        }
        Ok(done)
    }

    /// Frees the leave that a machine holds; whether it held one.
    pub async fn free_leave(&self, machine: &MachineName, ban: &Line, now: Time) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let sql = "UPDATE fleet_leaves SET freed = $3 WHERE machine = $1 AND ban = $2 AND freed IS NULL";
        let args = [Arg::Text(machine.as_str()), Arg::Text(ban.as_str()), Arg::Whole(now.micros())];
        let freed = change.run("free a leave", sql, &args).await? > 0;
        change.commit().await?;
        Ok(freed)
    }
}

async fn ask(
    change: &mut Change,
    key: &Fingerprint,
    request: &LeaveRequest,
    hosts: u64,
    life: SignedDuration,
    now: Time,
) -> Result<Result<Granted, NoLeave>, StoreError> {
    let action = "give leave";
    let Some(key) = MachineKey::find(change, key).await? else { return Ok(Err(NoLeave::UnknownKey)) };
    if key.revoked.is_some() {
        return Ok(Err(NoLeave::Revoked));
    }
    if key.machine != request.machine {
        return Ok(Err(NoLeave::OtherMachine));
    }
    if key.head != request.after {
        return Ok(Err(NoLeave::Stale));
    }
    let (machine, ban, plan) = (Arg::Text(key.machine.as_str()), Arg::Text(&request.ban), Arg::Text(&request.plan));
    let sql = "SELECT COUNT(*) FROM fleet_leaves WHERE ban = $1 AND freed IS NULL AND machine <> $2";
    let others = u64::try_from(change.count(action, sql, &[ban, machine]).await?).unwrap_or(u64::MAX);
    let sql = "SELECT plan, granted, expires FROM fleet_leaves WHERE machine = $1 AND ban = $2 AND freed IS NULL";
    if let Some(row) = change.first(action, sql, &[machine, ban]).await? {
        let (granted, expires) = (row.time(1, "fleet_leaves.granted")?, row.time(2, "fleet_leaves.expires")?);
        if row.text(0, "fleet_leaves.plan")? == request.plan && now < expires {
            return Ok(Ok(Granted { granted, expires, held: others.saturating_add(1), hosts, again: true }));
        }
        // The place that it holds is its own, and serves for another try.
    } else if others >= hosts {
        return Ok(Err(NoLeave::Full { held: others, hosts }));
    }
    let until = now.micros().saturating_add(i64::try_from(life.as_micros()).unwrap_or(i64::MAX));
    let Ok(expires) = Time::from_micros(until) else {
        return Err(StoreError::value(action, "fleet_leaves.expires", until));
    };
    let sql = "INSERT INTO fleet_leaves (machine, ban, plan, granted, expires, freed) VALUES ($1, $2, $3, $4, $5, NULL) \
        ON CONFLICT (machine, ban) DO UPDATE SET plan = $3, granted = $4, expires = $5, freed = NULL";
    let args = [machine, ban, plan, Arg::Whole(now.micros()), Arg::Whole(whole(until.unsigned_abs()))];
    change.run(action, sql, &args).await?;
    Ok(Ok(Granted { granted: now, expires, held: others.saturating_add(1), hosts, again: false }))
}
