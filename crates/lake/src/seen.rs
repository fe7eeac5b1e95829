//! Which exchanges are in the lake already: makes importing twice the same as importing once.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    hash::{BuildHasherDefault, Hasher},
};

use arrow::array::{Array, RecordBatch, TimestampMicrosecondArray, UInt64Array};
use futures::TryStreamExt;

use crate::{DataFile, Day, Lake, LakeError, Snapshot, Table, read};

/// What is known of an exchange that is about to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its id was never seen; it counts as seen from now on.
    New,
    /// Its id was seen, with the same content.
    Again,
    /// Its id was seen, with other content; the first stays.
    Clash,
}

/// Ids held in memory at most; 64 Mi ids take about 2 GiB.
pub const DEFAULT_ID_LIMIT: u64 = 64 << 20;

/// Ids are spread over maps that grow one by one, so that growing never doubles all memory at once.
const SHARDS: usize = 64;

/// Ids of the lake and of this run, with a hash of each one's content.
///
/// Rows are compared with the whole lake while its ids fit the limit, else with the days that the run touches
/// and with the run itself. An id takes 20 to 40 bytes. Nothing is read before the first row is judged.
pub struct Seen {
    lake: Lake,
    unread: Vec<DataFile>,
    everywhere: bool,
    ids: Vec<HashMap<u64, u64, BuildHasherDefault<Keyed>>>,
    held: u64,
    limit: u64,
}

impl Lake {
    /// Begins to look for repeats of the exchanges in `base`, holding at most `limit` ids.
    pub fn seen(&self, base: &Snapshot, limit: u64) -> Seen {
        let unread: Vec<DataFile> = base.files(Table::Exchanges).cloned().collect();
        // Half of the limit is left to the run itself.
        let everywhere = base.rows(Table::Exchanges) <= limit / 2;
        let ids = (0..SHARDS).map(|_| HashMap::default()).collect();
        Seen { lake: self.clone(), unread, everywhere, ids, held: 0, limit }
    }
}

impl Seen {
    /// Judges each row, in order; needs the columns `id_key`, `content_key` and `time`.
    pub async fn judge(&mut self, batch: &RecordBatch) -> Result<Vec<Verdict>, LakeError> {
        let times = column::<TimestampMicrosecondArray>(batch, "time")?;
        self.load(times.values()).await?;
        let ids = column::<UInt64Array>(batch, "id_key")?;
        let contents = column::<UInt64Array>(batch, "content_key")?;
        let mut verdicts = Vec::with_capacity(batch.num_rows());
        for (id, content) in ids.values().iter().zip(contents.values()) {
            verdicts.push(self.note(*id, *content)?);
        }
        Ok(verdicts)
    }

    /// Whether repeats are looked for on all days of the lake.
    pub fn looked_everywhere(&self) -> bool {
        self.everywhere
    }

    /// Ids in memory now.
    pub fn held(&self) -> u64 {
        self.held
    }

    fn note(&mut self, id: u64, content: u64) -> Result<Verdict, LakeError> {
        let full = self.held >= self.limit;
        match self.ids[shard(id)].entry(id) {
            Entry::Occupied(known) if *known.get() == content => Ok(Verdict::Again),
            Entry::Occupied(_) => Ok(Verdict::Clash),
            Entry::Vacant(_) if full => Err(LakeError::TooManyIds { rows: self.held + 1, limit: self.limit }),
            Entry::Vacant(new) => {
                new.insert(content);
                self.held += 1;
                Ok(Verdict::New)
            }
        }
    }

    /// Reads the ids of the files that these times make necessary, each once.
    async fn load(&mut self, times: &[i64]) -> Result<(), LakeError> {
        if self.unread.is_empty() || times.is_empty() {
            return Ok(());
        }
        let days: BTreeSet<Day> = times.iter().map(|time| Day::of_micros(*time)).collect();
        let needed = |file: &DataFile| self.everywhere || file.day.is_none_or(|day| days.contains(&day));
        let (now, later) = std::mem::take(&mut self.unread).into_iter().partition::<Vec<_>, _>(needed);
        self.unread = later;
        let rows = self.held + now.iter().map(|file| file.rows).sum::<u64>();
        if rows > self.limit {
            return Err(LakeError::TooManyIds { rows, limit: self.limit });
        }
        for file in &now {
            let mut batches = std::pin::pin!(read::batches(self.lake.place(), file, &["id_key", "content_key"]).await?);
            while let Some(batch) = batches.try_next().await? {
                let ids = column::<UInt64Array>(&batch, "id_key")?;
                let contents = column::<UInt64Array>(&batch, "content_key")?;
                for (id, content) in ids.values().iter().zip(contents.values()) {
                    self.held += u64::from(self.ids[shard(*id)].insert(*id, *content).is_none());
                }
            }
        }
        Ok(())
    }
}

fn shard(id: u64) -> usize {
    usize::try_from(id >> 58).expect("six bits")
}

fn column<'a, T: Array + 'static>(batch: &'a RecordBatch, name: &str) -> Result<&'a T, LakeError> {
    let found = batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref::<T>());
    match found {
        Some(column) if column.null_count() == 0 => Ok(column),
        _ => {
            Err(LakeError::Schema { difference: format!("column `{name}` is missing, of another type, or has nulls") })
        }
    }
}

/// Ids are keyed hashes already: hashing them again adds nothing.
#[derive(Default)]
struct Keyed(u64);

impl Hasher for Keyed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, id: u64) {
        // The top bits choose the shard, so the map gets them from elsewhere in the id.
        self.0 = id.rotate_left(32);
    }
}
