//! Writing exchanges: rows go to one file per day, and become visible all at once.

use std::{collections::BTreeMap, mem};

use arrow::{
    array::{Array, RecordBatch, TimestampMicrosecondArray, UInt32Array},
    compute::take_record_batch,
};
use futures::future::join_all;
use object_store::ObjectStoreExt;

use crate::{
    DataFile, Day, Lake, LakeError, Seen, Snapshot, Table,
    commit::{self, Change},
    layout::DAY_MICROS,
    log::Operation,
    part::Part,
    schema,
};

/// How large files become, and how much is held in memory on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterLimits {
    /// Rows of a row group; a day's rows wait in memory until there are so many.
    pub group_rows: usize,
    /// A file is completed when it has at least so many rows.
    pub file_rows: u64,
    /// A file is completed when it has at least so many bytes.
    pub file_bytes: u64,
    /// Files open at once; each holds a few MiB.
    pub open_files: usize,
    /// Bytes of rows that wait; beyond it the day with the most is written.
    pub waiting_bytes: usize,
}

impl Default for WriterLimits {
    fn default() -> Self {
        Self {
            group_rows: 128 << 10,
            file_rows: 2_000_000,
            file_bytes: 128 << 20,
            open_files: 8,
            waiting_bytes: 256 << 20,
        }
    }
}

/// Rows of a day that wait for their row group.
#[derive(Default)]
struct Waiting {
    batches: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

struct Open {
    part: Part,
    last_used: u64,
}

/// Takes rows in any order of time; nothing is visible before [`Writer::finish`].
pub struct Writer {
    lake: Lake,
    base: Snapshot,
    limits: WriterLimits,
    waiting: BTreeMap<Day, Waiting>,
    waiting_bytes: usize,
    open: BTreeMap<Day, Open>,
    done: Vec<DataFile>,
    groups: u64,
    failed: bool,
}

impl Lake {
    /// Begins to write on top of `base`.
    pub fn writer(&self, base: &Snapshot, limits: WriterLimits) -> Writer {
        Writer {
            lake: self.clone(),
            base: base.clone(),
            limits,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            open: BTreeMap::new(),
            done: Vec::new(),
            groups: 0,
            failed: false,
        }
    }
}

impl Writer {
    /// Takes rows as `exchanges::schema::RowBuilder` makes them; they are encoded on the calling thread when a row group is full.
    pub async fn write(&mut self, batch: RecordBatch) -> Result<(), LakeError> {
        self.check()?;
        let result = self.route(batch).await;
        self.failed |= result.is_err();
        result
    }

    /// Rows taken so far.
    pub fn rows(&self) -> u64 {
        let waiting = self.waiting.values().map(|day| day.rows as u64);
        let open = self.open.values().map(|open| open.part.rows());
        waiting.chain(open).chain(self.done.iter().map(|file| file.rows)).sum()
    }

    /// Commits all rows in one step; with `seen`, only if nobody added rows among which it looked for repeats.
    pub async fn finish(mut self, seen: Option<&Seen>) -> Result<Snapshot, LakeError> {
        self.check()?;
        if let Err(error) = self.complete().await {
            self.abort().await;
            return Err(error);
        }
        if self.done.is_empty() {
            return Ok(self.base);
        }
        let mut change = Change::new(Operation::Import);
        change.added = mem::take(&mut self.done);
        if let Some(seen) = seen {
            change.relies_on = change.added.iter().filter_map(|file| file.day).collect();
            change.relies_on_all_days = seen.looked_everywhere();
        }
        // A failed commit leaves its files: the entry may be there although the answer was lost. Vacuum knows.
        commit::commit(self.lake.place(), &self.base, change).await
    }

    /// Forgets all rows and removes their files.
    pub async fn abort(self) {
        join_all(self.open.into_values().map(|open| open.part.abort())).await;
        for file in self.done {
            // What cannot be removed now is left to vacuum.
            let _ = self.lake.place().objects().delete(&self.lake.place().at(&file.path)).await;
        }
    }

    fn check(&self) -> Result<(), LakeError> {
        if self.failed { Err(LakeError::Poisoned) } else { Ok(()) }
    }

    async fn route(&mut self, batch: RecordBatch) -> Result<(), LakeError> {
        schema::check(Table::Exchanges, batch.schema_ref())?;
        for (day, rows) in by_day(batch)? {
            self.wait(day, rows);
            if self.waiting.get(&day).is_some_and(|waiting| waiting.rows >= self.limits.group_rows) {
                self.write_day(day).await?;
            }
        }
        while self.waiting_bytes > self.limits.waiting_bytes {
            let Some((&fullest, _)) = self.waiting.iter().max_by_key(|(_, waiting)| waiting.bytes) else { break };
            self.write_day(fullest).await?;
        }
        Ok(())
    }

    fn wait(&mut self, day: Day, rows: RecordBatch) {
        let bytes = rows.get_array_memory_size();
        let waiting = self.waiting.entry(day).or_default();
        waiting.rows += rows.num_rows();
        waiting.bytes += bytes;
        waiting.batches.push(rows);
        self.waiting_bytes += bytes;
    }

    /// Writes a day's waiting rows as a row group of its file.
    async fn write_day(&mut self, day: Day) -> Result<(), LakeError> {
        let Some(waiting) = self.waiting.remove(&day) else { return Ok(()) };
        self.waiting_bytes -= waiting.bytes;
        self.groups += 1;
        if !self.open.contains_key(&day) {
            self.make_room().await?;
            let part = Part::begin(self.lake.place(), Table::Exchanges, Some(day))?;
            self.open.insert(day, Open { part, last_used: 0 });
        }
        let open = self.open.get_mut(&day).expect("opened above");
        open.last_used = self.groups;
        open.part.write_group(&waiting.batches).await?;
        if open.part.rows() >= self.limits.file_rows || open.part.bytes() >= self.limits.file_bytes {
            self.close(day).await?;
        }
        Ok(())
    }

    async fn make_room(&mut self) -> Result<(), LakeError> {
        while self.open.len() >= self.limits.open_files.max(1) {
            let Some((&oldest, _)) = self.open.iter().min_by_key(|(_, open)| open.last_used) else { break };
            self.close(oldest).await?;
        }
        Ok(())
    }

    async fn close(&mut self, day: Day) -> Result<(), LakeError> {
        if let Some(open) = self.open.remove(&day) {
            self.done.push(open.part.finish().await?);
        }
        Ok(())
    }

    async fn complete(&mut self) -> Result<(), LakeError> {
        while let Some(day) = first(&self.waiting) {
            self.write_day(day).await?;
        }
        while let Some(day) = first(&self.open) {
            self.close(day).await?;
        }
        Ok(())
    }
}

fn first<T>(days: &BTreeMap<Day, T>) -> Option<Day> {
    days.keys().next().copied()
}

/// Splits rows by day; rows of one day, the usual case in a log, are passed on uncopied.
fn by_day(batch: RecordBatch) -> Result<Vec<(Day, RecordBatch)>, LakeError> {
    let times = batch.column_by_name("time").map(|times| times.as_any().downcast_ref::<TimestampMicrosecondArray>());
    let Some(Some(times)) = times else {
        return Err(LakeError::Schema { difference: "column `time` is missing or no time".to_owned() });
    };
    if times.null_count() > 0 {
        return Err(LakeError::Schema { difference: "column `time` has nulls".to_owned() });
    }
    let Some(&first) = times.values().first() else { return Ok(Vec::new()) };
    let day = Day::of_micros(first);
    if times.values().iter().all(|time| Day::of_micros(*time) == day) {
        return Ok(vec![(day, batch)]);
    }
    let mut rows: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for (row, time) in (0_u32..).zip(times.values()) {
        rows.entry(time.div_euclid(DAY_MICROS)).or_default().push(row);
    }
    let taken = rows.into_iter().map(|(day, rows)| {
        let batch = take_record_batch(&batch, &UInt32Array::from(rows));
        Ok((Day::of_micros(day * DAY_MICROS), batch.map_err(|source| LakeError::Arrow { source })?))
    });
    taken.collect()
}
