//! Reports of machines, many in one change.

use std::collections::{HashMap, HashSet};

use exchanges::Time;
use sweep::fleet::{self, Next, Refused, Report, Status};

use super::{MachineKey, whole};
use crate::{Fingerprint, Refusal, Store, StoreError, sql::Arg, store::Change};

/// A report whose signature held, and the key that made it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReport {
    pub key: Fingerprint,
    pub report: Report,
    /// As it was sent.
    pub envelope: Vec<u8>,
}

/// That a report is in the store; `again` when it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub received: Time,
    pub again: bool,
}

/// Why a report is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    #[error("no machine has this key; enrol it")]
    UnknownKey,
    #[error("the machine or its key was revoked; enrol it anew with a new token")]
    Revoked,
    #[error("the key belongs to another machine than the report names")]
    OtherMachine,
    #[error("the machine has reported under {limit} bans, which is the limit")]
    Bans { limit: u32 },
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// What one change knows already.
struct Known {
    keys: HashMap<Fingerprint, Option<MachineKey>>,
    /// Machines that hold a leave, by ban.
    leaves: HashSet<(String, String)>,
}

impl Store {
    /// Takes reports, in their order and all in one change; for each, whether it was taken. What was taken is on the disk.
    pub async fn put_reports(
        &self,
        reports: &[NewReport],
        now: Time,
    ) -> Result<Vec<Result<Taken, NotTaken>>, StoreError> {
        let limit = self.limits.batch;
        if reports.len() > limit {
            return Err(Refusal::Batch { what: "reports", found: reports.len(), limit }.into());
        }
        let mut change = self.change().await?;
        let mut known = Known { keys: HashMap::new(), leaves: held(&mut change).await? };
        let mut done = Vec::with_capacity(reports.len());
        for new in reports {
            done.push(put(&mut change, &mut known, new, self.limits.fleet_bans_per_machine, now).await?);
        }
        change.commit().await?;
        Ok(done)
    }

    /// Lets go of reports received before a time; the last of each machine stays, and so does what it says.
    pub async fn forget_reports(&self, before: Time) -> Result<u64, StoreError> {
        let action = "let go of reports";
        let mut change = self.change().await?;
        change.work_long().await?;
        let sql = "DELETE FROM fleet_reports WHERE received < $1 AND NOT EXISTS (SELECT 1 FROM fleet_keys k \
            WHERE k.key_id = fleet_reports.key_id AND k.sequence = fleet_reports.sequence)";
        let gone = change.run(action, sql, &[Arg::Whole(before.micros())]).await?;
        change.commit().await?;
        Ok(gone)
    }
}

async fn held(change: &mut Change) -> Result<HashSet<(String, String)>, StoreError> {
    let sql = "SELECT machine, ban FROM fleet_leaves WHERE freed IS NULL";
    let rows = change.all("find leaves", sql, &[], |row| Ok((row.text(0, "machine")?, row.text(1, "ban")?))).await?;
    Ok(rows.into_iter().collect())
}

async fn put(
    change: &mut Change,
    known: &mut Known,
    new: &NewReport,
    bans: u32,
    now: Time,
) -> Result<Result<Taken, NotTaken>, StoreError> {
    let NewReport { key: id, report, .. } = new;
    if !known.keys.contains_key(id) {
        let found = MachineKey::find(change, id).await?;
        known.keys.insert(*id, found);
    }
    let Some(Some(key)) = known.keys.get_mut(id) else { return Ok(Err(NotTaken::UnknownKey)) };
    if key.revoked.is_some() {
        return Ok(Err(NotTaken::Revoked));
    }
    if key.machine != report.machine {
        return Ok(Err(NotTaken::OtherMachine));
    }
    let last = (key.sequence > 0).then_some((key.sequence, key.head.as_str()));
    match fleet::follows(report, last) {
        Err(refused) => return Ok(Err(refused.into())),
        Ok(Next::Again) => {
            let sql = "SELECT received FROM fleet_reports WHERE key_id = $1 AND sequence = $2";
            let args = [Arg::Bytes(id.as_bytes()), Arg::Whole(whole(report.sequence))];
            let row = change.first("find a report", sql, &args).await?;
            let received = row.map(|row| row.time(0, "fleet_reports.received")).transpose()?;
            return match received.or(key.seen) {
                Some(received) => Ok(Ok(Taken { received, again: true })),
                None => Err(StoreError::value("find a report", "fleet_reports", "no row")),
            };
        }
        Ok(Next::New) => {}
    }
    if !condition(change, new, bans, now).await? {
        return Ok(Err(NotTaken::Bans { limit: bans }));
    }
    let name = fleet::name(report);
    keep(change, new, &name, now).await?;
    if known.leaves.contains(&(report.machine.to_string(), report.ban.clone())) {
        free(change, report, now).await?;
    }
    (key.sequence, key.head, key.seen) = (report.sequence, name, Some(now));
    Ok(Ok(Taken { received: now, again: false }))
}

/// The report itself, and that its number is used.
async fn keep(change: &mut Change, new: &NewReport, name: &str, now: Time) -> Result<(), StoreError> {
    let NewReport { key, report, envelope } = new;
    let (id, sequence) = (Arg::Bytes(key.as_bytes()), Arg::Whole(whole(report.sequence)));
    let sql = "INSERT INTO fleet_reports (key_id, sequence, machine, name, ban, status, received, envelope) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let args = [
        id,
        sequence,
        Arg::Text(report.machine.as_str()),
        Arg::Text(name),
        Arg::Text(&report.ban),
        Arg::Text(report.status.as_str()),
        Arg::Whole(now.micros()),
        Arg::Bytes(envelope),
    ];
    change.run("keep a report", sql, &args).await?;
    let sql = "UPDATE fleet_keys SET sequence = $2, head = $3, seen = $4 WHERE key_id = $1";
    change.run("keep a report", sql, &[id, sequence, Arg::Text(name), Arg::Whole(now.micros())]).await.map(drop)
}

/// What the machine's state is now under the ban; whether there was room for it.
async fn condition(change: &mut Change, new: &NewReport, bans: u32, now: Time) -> Result<bool, StoreError> {
    let action = "keep a machine's state";
    let report = &new.report;
    let (machine, ban) = (Arg::Text(report.machine.as_str()), Arg::Text(&report.ban));
    let (status, received) = (Arg::Text(report.status.as_str()), Arg::Whole(now.micros()));
    let sql = "SELECT status, items FROM fleet_conditions WHERE machine = $1 AND ban = $2";
    let before = match change.first(action, sql, &[machine, ban]).await? {
        Some(row) => Some((row.text(0, "fleet_conditions.status")?, row.whole(1, "fleet_conditions.items")?)),
        None => None,
    };
    if before.is_none() {
        let sql = "SELECT COUNT(*) FROM fleet_conditions WHERE machine = $1";
        if change.count(action, sql, &[machine]).await? >= i64::from(bans) {
            return Ok(false);
        }
    }
    let changed = before.as_ref().is_none_or(|(status, _)| status != report.status.as_str());
    let sql = "INSERT INTO fleet_conditions (machine, ban, key_id, sequence, status, since, received, objects, bytes, \
            unreadable, left_out, dropped, items, plan, catalogue) \
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (machine, ban) DO UPDATE SET \
            key_id = $3, sequence = $4, since = CASE WHEN fleet_conditions.status = $5 THEN fleet_conditions.since ELSE $6 END, \
            status = $5, received = $6, objects = $7, bytes = $8, unreadable = $9, left_out = $10, \
            dropped = fleet_conditions.dropped + $11, items = $12, plan = $13, catalogue = $14";
    let args = [
        machine,
        ban,
        Arg::Bytes(new.key.as_bytes()),
        Arg::Whole(whole(report.sequence)),
        status,
        received,
        Arg::Whole(whole(report.objects)),
        Arg::Whole(whole(report.bytes)),
        Arg::Whole(whole(report.unreadable)),
        Arg::Whole(whole(report.left_out)),
        // Sums must not pass what a column holds.
        Arg::Whole(whole(report.dropped.min(1 << 40))),
        Arg::Whole(whole(report.items.len() as u64)),
        Arg::MaybeText(report.plan.as_deref()),
        Arg::Text(&report.catalogue),
    ];
    change.run(action, sql, &args).await?;
    if changed {
        let sql = "INSERT INTO fleet_changes (machine, ban, received, status) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (machine, ban, received) DO UPDATE SET status = $4";
        change.run(action, sql, &[machine, ban, received, status]).await?;
    }
    if before.is_some_and(|(_, items)| items > 0) {
        change.run(action, "DELETE FROM fleet_items WHERE machine = $1 AND ban = $2", &[machine, ban]).await?;
    }
    let sql = "INSERT INTO fleet_items (machine, ban, place, subject, kind, path, confidence, why) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    for (place, item) in (0..).zip(&report.items) {
        let path = item.path.to_string();
        let args = [
            machine,
            ban,
            Arg::Whole(place),
            Arg::Text(&item.subject),
            Arg::Text(&item.kind),
            Arg::Text(&path),
            Arg::Text(&item.confidence),
            Arg::Text(&item.why),
        ];
        change.run(action, sql, &args).await?;
    }
    Ok(true)
}

/// A leave ends with a report on its plan, or one that finds nothing; never with a failing one.
async fn free(change: &mut Change, report: &Report, now: Time) -> Result<(), StoreError> {
    if report.status == Status::Failing {
        return Ok(());
    }
    let sql = "UPDATE fleet_leaves SET freed = $3 WHERE machine = $1 AND ban = $2 AND freed IS NULL \
        AND (plan = $4 OR $5 = 'clean')";
    let args = [
        Arg::Text(report.machine.as_str()),
        Arg::Text(&report.ban),
        Arg::Whole(now.micros()),
        Arg::Text(report.plan.as_deref().unwrap_or_default()),
        Arg::Text(report.status.as_str()),
    ];
    change.run("free a leave", sql, &args).await.map(drop)
}
