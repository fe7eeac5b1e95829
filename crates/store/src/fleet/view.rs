//! What a fleet looks like: machines by state, bans, findings, and how it went over time.

use std::collections::{BTreeMap, HashMap};

use exchanges::Time;
use jiff::civil::Date;
use sweep::fleet::{MachineName, Status};

use crate::{
    Refusal, Store, StoreError,
    sql::{Arg, Row},
};

/// A machine, the worst of what it last reported under any ban.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MachineState {
    Clean,
    Pending,
    Failing,
    /// Nothing has come from it for too long, or ever.
    Silent,
    Revoked,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineRow {
    pub machine: MachineName,
    pub state: MachineState,
    pub enrolled: Time,
    pub seen: Option<Time>,
    pub bans: u64,
    pub objects: u64,
    pub bytes: u64,
    pub unreadable: u64,
}

/// Which machines, and from where on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineFilter {
    pub state: Option<MachineState>,
    /// Those that have reported under it, with what they said of it.
    pub ban: Option<String>,
    pub after: Option<MachineName>,
}

/// What a machine last said under one ban.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionRow {
    pub machine: MachineName,
    pub ban: String,
    pub status: Status,
    pub since: Time,
    pub received: Time,
    pub objects: u64,
    pub bytes: u64,
    pub unreadable: u64,
    pub left_out: u64,
    pub dropped: u64,
    pub plan: Option<String>,
    pub catalogue: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BanRow {
    pub ban: String,
    pub clean: u64,
    pub pending: u64,
    pub failing: u64,
    pub silent: u64,
    pub objects: u64,
    pub bytes: u64,
    /// Machines that hold leave to quarantine.
    pub leaves: u64,
}

/// How many machines were in which state when a day ended, by what they had reported until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    pub day: Date,
    pub clean: u64,
    pub pending: u64,
    pub failing: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    pub machine: MachineName,
    pub ban: String,
    pub place: u64,
    pub subject: String,
    pub kind: String,
    pub path: String,
    pub confidence: String,
    pub why: String,
    pub received: Time,
}

/// A leave that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveRow {
    pub machine: MachineName,
    pub ban: String,
    pub plan: String,
    pub granted: Time,
    pub expires: Time,
}

impl MachineState {
    pub const ALL: [Self; 5] = [Self::Clean, Self::Pending, Self::Failing, Self::Silent, Self::Revoked];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Pending => "pending",
            Self::Failing => "failing",
            Self::Silent => "silent",
            Self::Revoked => "revoked",
        }
    }

    /// The state by its word.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

fn status(text: &str) -> Option<Status> {
    Status::ALL.into_iter().find(|status| status.as_str() == text)
}

/// `$1`: who was not seen since then is silent. `$2`: a ban, or null for all.
macro_rules! machines {
    ($select:literal, $rest:literal) => {
        concat!(
            $select,
            " FROM (SELECT m.machine, k.enrolled, k.seen, COUNT(c.ban) AS bans, \
                CAST(COALESCE(SUM(c.objects), 0) AS BIGINT) AS objects, \
                CAST(COALESCE(SUM(c.bytes), 0) AS BIGINT) AS bytes, \
                CAST(COALESCE(SUM(c.unreadable), 0) AS BIGINT) AS unreadable, \
                CASE WHEN m.revoked IS NOT NULL THEN 'revoked' WHEN k.seen IS NULL OR k.seen < $1 THEN 'silent' \
                    ELSE CASE MAX(CASE c.status WHEN 'failing' THEN 3 WHEN 'pending' THEN 2 ELSE 1 END) \
                        WHEN 3 THEN 'failing' WHEN 2 THEN 'pending' ELSE 'clean' END END AS state \
              FROM fleet_machines m JOIN fleet_keys k ON k.key_id = m.key_id \
              LEFT JOIN fleet_conditions c ON c.machine = m.machine AND (CAST($2 AS TEXT) IS NULL OR c.ban = $2) \
              GROUP BY m.machine, m.revoked, k.enrolled, k.seen) AS all_machines \
              WHERE (CAST($2 AS TEXT) IS NULL OR bans > 0) ",
            $rest
        )
    };
}

const CONDITION: &str = "SELECT machine, ban, status, since, received, objects, bytes, unreadable, left_out, dropped, plan, catalogue \
    FROM fleet_conditions WHERE machine = $1 ORDER BY ban";

impl Store {
    /// How many machines are in which state. `silent`: who was not seen since then.
    pub async fn fleet_states(&self, silent: Time) -> Result<BTreeMap<MachineState, u64>, StoreError> {
        let sql = machines!("SELECT state, COUNT(*)", "GROUP BY state");
        let mut transaction = self.pool.reader().await?;
        let args = [Arg::Whole(silent.micros()), Arg::MaybeText(None)];
        let counts = transaction
            .all("count machines", sql, &args, |row| {
                Ok((row.word(0, "state", MachineState::named)?, row.unsigned(1, "count")?))
            })
            .await?;
        transaction.commit().await?;
        Ok(counts.into_iter().collect())
    }

    /// Machines by name, at most `limit`.
    pub async fn fleet_machines(
        &self,
        filter: &MachineFilter,
        limit: u32,
        silent: Time,
    ) -> Result<Vec<MachineRow>, StoreError> {
        self.page(limit)?;
        let sql = machines!(
            "SELECT machine, state, enrolled, seen, bans, objects, bytes, unreadable",
            "AND machine > $3 AND (CAST($4 AS TEXT) IS NULL OR state = $4) ORDER BY machine LIMIT $5"
        );
        let args = [
            Arg::Whole(silent.micros()),
            Arg::MaybeText(filter.ban.as_deref()),
            Arg::Text(filter.after.as_ref().map_or("", MachineName::as_str)),
            Arg::MaybeText(filter.state.map(MachineState::as_str)),
            Arg::Whole(i64::from(limit)),
        ];
        let mut transaction = self.pool.reader().await?;
        let rows = transaction.all("list machines", sql, &args, |row| MachineRow::read(&row)).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// What a machine last reported, by ban; a machine that is not there is an error.
    pub async fn fleet_machine(&self, machine: &MachineName) -> Result<Vec<ConditionRow>, StoreError> {
        let name = Arg::Text(machine.as_str());
        let mut transaction = self.pool.reader().await?;
        let there = "SELECT COUNT(*) FROM fleet_machines WHERE machine = $1";
        if transaction.count("find a machine", there, &[name]).await? == 0 {
            return Err(StoreError::not_found("machine", machine));
        }
        let rows = transaction.all("show a machine", CONDITION, &[name], |row| ConditionRow::read(&row)).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// Bans that machines have reported under.
    pub async fn fleet_bans(&self, silent: Time) -> Result<Vec<BanRow>, StoreError> {
        let sql = "SELECT c.ban, \
                CAST(SUM(CASE WHEN k.seen >= $1 AND c.status = 'clean' THEN 1 ELSE 0 END) AS BIGINT), \
                CAST(SUM(CASE WHEN k.seen >= $1 AND c.status = 'pending' THEN 1 ELSE 0 END) AS BIGINT), \
                CAST(SUM(CASE WHEN k.seen >= $1 AND c.status = 'failing' THEN 1 ELSE 0 END) AS BIGINT), \
                CAST(SUM(CASE WHEN k.seen IS NULL OR k.seen < $1 THEN 1 ELSE 0 END) AS BIGINT), \
                CAST(SUM(c.objects) AS BIGINT), CAST(SUM(c.bytes) AS BIGINT), \
                (SELECT COUNT(*) FROM fleet_leaves l WHERE l.ban = c.ban AND l.freed IS NULL) \
            FROM fleet_conditions c JOIN fleet_machines m ON m.machine = c.machine JOIN fleet_keys k ON k.key_id = m.key_id \
            WHERE m.revoked IS NULL GROUP BY c.ban ORDER BY c.ban LIMIT 1000";
        let mut transaction = self.pool.reader().await?;
        let read = |row: Row| {
            Ok(BanRow {
                ban: row.text(0, "fleet_conditions.ban")?,
                clean: row.unsigned(1, "clean")?,
                pending: row.unsigned(2, "pending")?,
                failing: row.unsigned(3, "failing")?,
                silent: row.unsigned(4, "silent")?,
                objects: row.unsigned(5, "objects")?,
                bytes: row.unsigned(6, "bytes")?,
                leaves: row.unsigned(7, "leaves")?,
            })
        };
        let rows = transaction.all("list bans", sql, &[Arg::Whole(silent.micros())], read).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// States at the end of each of so many days up to `last`, of machines that are not revoked.
    pub async fn fleet_days(&self, ban: Option<&str>, last: Date, days: u16) -> Result<Vec<DayCount>, StoreError> {
        let action = "tell how it went";
        let first = last.checked_sub(jiff::Span::new().days(i64::from(days.max(1)) - 1)).unwrap_or(last);
        let mut transaction = self.pool.reader().await?;
        transaction.read_long().await?;
        let sql = "SELECT x.machine, x.ban, x.received, x.status FROM fleet_changes x \
            JOIN fleet_machines m ON m.machine = x.machine \
            WHERE m.revoked IS NULL AND (CAST($1 AS TEXT) IS NULL OR x.ban = $1) ORDER BY x.received";
        let mut days = Days::new(first, last);
        let take = |row: Row| {
            let (machine, ban) = (row.text(0, "fleet_changes.machine")?, row.text(1, "fleet_changes.ban")?);
            let (at, now) = (row.time(2, "fleet_changes.received")?, row.word(3, "fleet_changes.status", status)?);
            days.take(machine, ban, at, now);
            Ok(())
        };
        transaction.each(action, sql, &[Arg::MaybeText(ban)], take).await?;
        transaction.commit().await?;
        Ok(days.finish())
    }

    /// What machines last found, after a machine, ban and place; at most `limit` rows.
    pub async fn fleet_items(
        &self,
        ban: Option<&str>,
        after: Option<(&str, &str, u64)>,
        limit: u32,
    ) -> Result<Vec<ItemRow>, StoreError> {
        self.page(limit)?;
        let (machine, of, place) = after.unwrap_or(("", "", 0));
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let sql = "SELECT i.machine, i.ban, i.place, i.subject, i.kind, i.path, i.confidence, i.why, c.received \
            FROM fleet_items i JOIN fleet_conditions c ON c.machine = i.machine AND c.ban = i.ban \
            WHERE (CAST($1 AS TEXT) IS NULL OR i.ban = $1) AND (i.machine > $2 OR (i.machine = $2 AND (i.ban > $3 \
                OR (i.ban = $3 AND i.place > $4)))) ORDER BY i.machine, i.ban, i.place LIMIT $5";
        let args =
            [Arg::MaybeText(ban), Arg::Text(machine), Arg::Text(of), Arg::Whole(place), Arg::Whole(i64::from(limit))];
        let mut transaction = self.pool.reader().await?;
        let rows = transaction.all("list findings", sql, &args, |row| ItemRow::read(&row)).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// Leaves that are held, oldest first.
    pub async fn fleet_leaves(&self) -> Result<Vec<LeaveRow>, StoreError> {
        let sql = "SELECT machine, ban, plan, granted, expires FROM fleet_leaves WHERE freed IS NULL \
            ORDER BY granted, machine, ban LIMIT 1000";
        let read = |row: Row| {
            Ok(LeaveRow {
                machine: row.parse(0, "fleet_leaves.machine")?,
                ban: row.text(1, "fleet_leaves.ban")?,
                plan: row.text(2, "fleet_leaves.plan")?,
                granted: row.time(3, "fleet_leaves.granted")?,
                expires: row.time(4, "fleet_leaves.expires")?,
            })
        };
        let mut transaction = self.pool.reader().await?;
        let rows = transaction.all("list leaves", sql, &[], read).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    fn page(&self, asked: u32) -> Result<(), StoreError> {
        let limit = self.limits.fleet_page;
        if (1..=limit).contains(&asked) { Ok(()) } else { Err(Refusal::Rows { asked, limit }.into()) }
    }
}

impl MachineRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            machine: row.parse(0, "fleet_machines.machine")?,
            state: row.word(1, "state", MachineState::named)?,
            enrolled: row.time(2, "fleet_keys.enrolled")?,
            seen: row.maybe_time(3, "fleet_keys.seen")?,
            bans: row.unsigned(4, "bans")?,
            objects: row.unsigned(5, "objects")?,
            bytes: row.unsigned(6, "bytes")?,
            unreadable: row.unsigned(7, "unreadable")?,
        })
    }
}

impl ConditionRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            machine: row.parse(0, "fleet_conditions.machine")?,
            ban: row.text(1, "fleet_conditions.ban")?,
            status: row.word(2, "fleet_conditions.status", status)?,
            since: row.time(3, "fleet_conditions.since")?,
            received: row.time(4, "fleet_conditions.received")?,
            objects: row.unsigned(5, "fleet_conditions.objects")?,
            bytes: row.unsigned(6, "fleet_conditions.bytes")?,
            unreadable: row.unsigned(7, "fleet_conditions.unreadable")?,
            left_out: row.unsigned(8, "fleet_conditions.left_out")?,
            dropped: row.unsigned(9, "fleet_conditions.dropped")?,
            plan: row.maybe_text(10, "fleet_conditions.plan")?,
            catalogue: row.text(11, "fleet_conditions.catalogue")?,
        })
    }
}

impl ItemRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            machine: row.parse(0, "fleet_items.machine")?,
            ban: row.text(1, "fleet_items.ban")?,
            place: row.unsigned(2, "fleet_items.place")?,
            subject: row.text(3, "fleet_items.subject")?,
            kind: row.text(4, "fleet_items.kind")?,
            path: row.text(5, "fleet_items.path")?,
            confidence: row.text(6, "fleet_items.confidence")?,
            why: row.text(7, "fleet_items.why")?,
            received: row.time(8, "fleet_conditions.received")?,
        })
    }
}

/// Changes, in the order of their times, to counts by day.
struct Days {
    machines: HashMap<String, BTreeMap<String, Status>>,
    counts: BTreeMap<Status, u64>,
    day: Date,
    last: Date,
    done: Vec<DayCount>,
}

impl Days {
    fn new(first: Date, last: Date) -> Self {
        Self { machines: HashMap::new(), counts: BTreeMap::new(), day: first, last, done: Vec::new() }
    }

    fn take(&mut self, machine: String, ban: String, at: Time, now: Status) {
        let at = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
        let on = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        while self.day < on && self.day <= self.last {
            self.close();
        }
        if on > self.last {
            return;
        }
        let bans = self.machines.entry(machine).or_default();
        if let Some(before) = bans.values().max() {
            self.counts.entry(*before).and_modify(|count| *count -= 1);
        }
        bans.insert(ban, now);
        if let Some(worst) = bans.values().max() {
            *self.counts.entry(*worst).or_default() += 1;
        }
    }

    fn close(&mut self) {
        let of = |status| self.counts.get(&status).copied().unwrap_or(0);
        let (clean, pending, failing) = (of(Status::Clean), of(Status::Pending), of(Status::Failing));
        self.done.push(DayCount { day: self.day, clean, pending, failing });
        self.day = self.day.tomorrow().unwrap_or(Date::MAX);
    }

    fn finish(mut self) -> Vec<DayCount> {
        while self.day <= self.last && self.day != Date::MAX {
            self.close();
        }
        self.done
    }
}
