//! Committing: one conditional create of the next log entry, and what to do when somebody was faster.

use std::collections::BTreeSet;

use object_store::PutMode;

use crate::{
    DataFile, Day, LakeError, Place, Snapshot, Table, Version,
    layout::{CHECKPOINT, fresh_id, log_entry},
    log::{Commit, LOG_FORMAT, Operation},
    snapshot,
};

/// How often a commit is tried again behind other writers' commits.
const ATTEMPTS: u32 = 32;

/// The state is written as a whole each time the version is a multiple of this.
const CHECKPOINT_EVERY: u64 = 32;

/// What a commit is to do, and on what it relies.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) operation: Operation,
    pub(crate) added: Vec<DataFile>,
    pub(crate) removed: Vec<String>,
    /// Days whose rows were looked at: nobody may have added to them since.
    pub(crate) relies_on: BTreeSet<Day>,
    /// Whether repeated ids were looked for on all days.
    pub(crate) relies_on_all_days: bool,
    /// A table that is written anew: nobody may have changed it since.
    pub(crate) rewrites: Option<Table>,
}

impl Change {
    pub(crate) fn new(operation: Operation) -> Self {
        let (added, removed, relies_on) = (Vec::new(), Vec::new(), BTreeSet::new());
        Self { operation, added, removed, relies_on, relies_on_all_days: false, rewrites: None }
    }

    fn entry(&self, version: Version, id: &str) -> Commit {
        Commit {
            format: LOG_FORMAT,
            version,
            id: id.to_owned(),
            operation: self.operation,
            added: self.added.clone(),
            removed: self.removed.clone(),
        }
    }

    /// Whether this change still means the same after another's commit.
    fn check_against(&self, other: &Commit) -> Result<(), LakeError> {
        if let Some(table) = self.rewrites.filter(|table| other.added.iter().any(|file| file.table == *table)) {
            return Err(LakeError::Replaced { table: table.name(), version: other.version });
        }
        let days = other.added.iter().filter_map(|file| file.day);
        let mut shared = days.filter(|day| self.relies_on_all_days || self.relies_on.contains(day));
        match shared.next() {
            Some(day) => Err(LakeError::Overtaken { day, version: other.version }),
            None => Ok(()),
        }
    }
}

/// Makes the lake; somebody else making it at the same moment is as good.
pub(crate) async fn first(place: &Place, change: Change) -> Result<(), LakeError> {
    let entry = change.entry(Version(0), &fresh_id());
    place.put(&log_entry(entry.version), encode(&entry), PutMode::Create).await.map(|_| ())
}

/// Makes the next version after `base`, or after whatever was committed meanwhile.
pub(crate) async fn commit(place: &Place, base: &Snapshot, change: Change) -> Result<Snapshot, LakeError> {
    let id = fresh_id();
    let mut state = base.state.clone();
    for _ in 0..ATTEMPTS {
        let entry = change.entry(state.version.next(), &id);
        let placed = place.put(&log_entry(entry.version), encode(&entry), PutMode::Create).await?;
        // A store may answer "taken" to the repetition of a request that had succeeded.
        let taken_by = if placed { None } else { Some(snapshot::entry(place, entry.version).await?) };
        match taken_by {
            Some(other) if other.id != id => {
                change.check_against(&other)?;
                state.apply(&other)?;
            }
            _ => {
                state.apply(&entry)?;
                let snapshot = Snapshot { state };
                checkpoint(place, &snapshot).await;
                return Ok(snapshot);
            }
        }
    }
    Err(LakeError::Crowded { attempts: ATTEMPTS })
}

/// A checkpoint only makes opening faster, so its failure must not make a done commit look failed.
async fn checkpoint(place: &Place, snapshot: &Snapshot) {
    if snapshot.version().0.is_multiple_of(CHECKPOINT_EVERY) {
        let bytes = serde_json::to_vec(&snapshot.state).expect("a state is plain data");
        let _ = place.put(CHECKPOINT, bytes, PutMode::Overwrite).await;
    }
}

fn encode(entry: &Commit) -> Vec<u8> {
    serde_json::to_vec(entry).expect("an entry is plain data")
}
