//! When a server should load its tables again.

use super::{Stamp, TableFolder};

/// Says once of every new state of a folder that it is there and at rest.
///
/// A state counts when two polls in a row saw it, so that a file that is being written in place is left alone until the
/// writer pauses. That is a help and no promise: a writer that wants one writes under another name and renames.
#[derive(Debug, Clone)]
pub struct Watch {
    folder: TableFolder,
    /// The state that was loaded, or tried.
    known: Stamp,
    seen: Stamp,
}

impl Watch {
    /// Watches from the state that was loaded.
    pub fn new(folder: TableFolder, loaded: Stamp) -> Self {
        Self { folder, seen: loaded.clone(), known: loaded }
    }

    /// Whether to load now. A state that was refused is not asked for again until the folder changes.
    pub fn poll(&mut self) -> bool {
        let now = self.folder.stamp();
        let settled = now == self.seen;
        let due = settled && now != self.known;
        if due {
            self.known.clone_from(&now);
        }
        self.seen = now;
        due
    }

    pub fn folder(&self) -> &TableFolder {
        &self.folder
    }
}
