//! The lake as it is at one version: which files there are, and how many rows they have.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use object_store::{ObjectStore, ObjectStoreExt};

use crate::{
    DataFile, Day, LakeError, Place, Table, Version,
    layout::{CHECKPOINT, LOG, entry_version, log_entry},
    log::{Commit, State},
};

/// Log entries read at once.
const READ_AHEAD: usize = 16;

/// An immutable list of the lake's files; later commits do not change it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) state: State,
}

impl Snapshot {
    pub fn version(&self) -> Version {
        self.state.version
    }

    /// The files of a table, oldest day first.
    pub fn files(&self, table: Table) -> impl Iterator<Item = &DataFile> {
        self.state.files.values().filter(move |file| file.table == table)
    }

    pub fn rows(&self, table: Table) -> u64 {
        self.files(table).map(|file| file.rows).sum()
    }

    pub fn bytes(&self, table: Table) -> u64 {
        self.files(table).map(|file| file.bytes).sum()
    }

    /// The exchanges' files by day.
    pub fn days(&self) -> BTreeMap<Day, Vec<&DataFile>> {
        let mut days: BTreeMap<Day, Vec<&DataFile>> = BTreeMap::new();
        for file in self.files(Table::Exchanges) {
            if let Some(day) = file.day {
                days.entry(day).or_default().push(file);
            }
        }
        days
    }

    /// First and last time of the exchanges, in microseconds.
    pub fn span(&self) -> Option<(i64, i64)> {
        let first = self.files(Table::Exchanges).filter_map(|file| file.min_time).min()?;
        let last = self.files(Table::Exchanges).filter_map(|file| file.max_time).max()?;
        Some((first, last))
    }
}

/// Holds the files of a snapshot against its log: a query over files that are gone has no error, only fewer rows.
pub(crate) async fn check(place: &Place, snapshot: &Snapshot) -> Result<(), LakeError> {
    let checks = snapshot.state.files.values().map(|file| check_file(place, file));
    stream::iter(checks).buffer_unordered(READ_AHEAD).try_collect().await
}

async fn check_file(place: &Place, file: &DataFile) -> Result<(), LakeError> {
    let found = match place.objects().head(&place.at(&file.path)).await {
        Ok(meta) if meta.size == file.bytes => return Ok(()),
        Ok(meta) => format!("{} bytes", meta.size),
        Err(object_store::Error::NotFound { .. }) => "no file".to_owned(),
        Err(e) => return Err(LakeError::store("read", &file.path, e)),
    };
    Err(LakeError::ChangedFile { path: file.path.clone(), found, expected: file.bytes })
}

/// Entries of the log after `after`, in order; an entry that is missing in between is an error.
pub(crate) async fn entries(place: &Place, after: Option<Version>) -> Result<Vec<Commit>, LakeError> {
    let versions = versions(place, after).await?;
    let mut expected = after.map_or(Version(0), Version::next);
    for version in &versions {
        if *version != expected {
            return Err(LakeError::MissingLog { path: log_entry(expected) });
        }
        expected = expected.next();
    }
    let reads = versions.into_iter().map(|version| entry(place, version));
    stream::iter(reads).buffered(READ_AHEAD).try_collect().await
}

async fn versions(place: &Place, after: Option<Version>) -> Result<BTreeSet<Version>, LakeError> {
    let folder = place.at(LOG);
    let listed = match after {
        Some(version) => place.objects().list_with_offset(Some(&folder), &place.at(&log_entry(version))),
        None => place.objects().list(Some(&folder)),
    };
    listed
        .try_filter_map(|meta| async move { Ok(entry_version(&meta.location)) })
        .try_collect()
        .await
        .map_err(|e| LakeError::store("list", LOG, e))
}

pub(crate) async fn entry(place: &Place, version: Version) -> Result<Commit, LakeError> {
    let path = log_entry(version);
    let bytes = place.read(&path).await?.ok_or(LakeError::MissingLog { path })?;
    Commit::parse(place.shown(), version, &bytes)
}

/// The newest state, or nothing where there is no lake.
pub(crate) async fn newest(place: &Place) -> Result<Option<Snapshot>, LakeError> {
    let checkpoint = match place.read(CHECKPOINT).await? {
        Some(bytes) => Some(State::parse(place.shown(), &bytes)?),
        None => None,
    };
    let entries = entries(place, checkpoint.as_ref().map(|state| state.version)).await?;
    let mut state = match (checkpoint, entries.first()) {
        (Some(state), _) => state,
        (None, Some(first)) => State::before(first),
        (None, None) => return Ok(None),
    };
    for commit in &entries {
        state.apply(commit)?;
    }
    Ok(Some(Snapshot { state }))
}
