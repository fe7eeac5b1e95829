//! Removing files that no version names any more.

use std::{
    cmp::Ordering,
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use exchanges::Time;
use futures::TryStreamExt;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::{
    Lake, LakeError, Table, Version,
    layout::{LOG, entry_version},
    log::State,
    snapshot,
};

/// What a vacuum removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// Data files that no version since `before` names.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Halves of writes, on a local disk.
    pub staged: u64,
}

impl Lake {
    /// Removes files from before `before` that no version since then names.
    ///
    /// `before` must be older than the longest import and the longest query: what an import has written and not
    /// yet committed is kept only because it is younger, and a query reads the files of the version it began with.
    pub async fn vacuum(&self, before: Time) -> Result<Vacuumed, LakeError> {
        let named = self.named_since(before).await?;
        let mut done = Vacuumed::default();
        for table in Table::ALL {
            for file in self.listed(table.name()).await? {
                let relative = self.place().relative(&file.location);
                let unnamed = relative.is_some_and(|path| !named.contains(&path));
                if unnamed && micros(&file) < before.micros() {
                    self.remove(&file).await?;
                    done.files += 1;
                    done.bytes += file.size;
                }
            }
        }
        if let Some(disk) = self.place().disk() {
            let since_epoch = Duration::from_micros(before.micros().unsigned_abs());
            let swept = disk.sweep_staged(SystemTime::UNIX_EPOCH + since_epoch);
            done.staged =
                swept.map_err(|source| LakeError::Place { place: self.place().shown().to_owned(), source })?;
        }
        Ok(done)
    }

    /// Files of the version that was the newest at `before`, and of all later ones.
    async fn named_since(&self, before: Time) -> Result<BTreeSet<String>, LakeError> {
        let log = self.listed(LOG).await?;
        let old = log.iter().filter(|file| micros(file) < before.micros());
        let current = old.filter_map(|file| entry_version(&file.location)).max().unwrap_or(Version(0));
        let commits = snapshot::entries(self.place(), None).await?;
        let Some(first) = commits.first() else { return Ok(BTreeSet::new()) };
        let mut state = State::before(first);
        let mut named = BTreeSet::new();
        for commit in &commits {
            state.apply(commit)?;
            match commit.version.cmp(&current) {
                Ordering::Less => {}
                Ordering::Equal => named.extend(state.files.keys().cloned()),
                Ordering::Greater => named.extend(commit.added.iter().map(|file| file.path.clone())),
            }
        }
        Ok(named)
    }

    async fn listed(&self, folder: &str) -> Result<Vec<ObjectMeta>, LakeError> {
        let listed = self.place().objects().list(Some(&self.place().at(folder)));
        listed.try_collect().await.map_err(|e| LakeError::store("list", folder, e))
    }

    async fn remove(&self, file: &ObjectMeta) -> Result<(), LakeError> {
        let removed = self.place().objects().delete(&file.location).await;
        match removed {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(LakeError::store("remove", &file.location, e)),
        }
    }
}

fn micros(file: &ObjectMeta) -> i64 {
    file.last_modified.timestamp_micros()
}
