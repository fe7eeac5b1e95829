//! When a server should load its tables again.

use folder::Settled;

use super::{Stamp, TableFolder};

/// Says once of every new state of a folder that it is there and at rest.
#[derive(Debug, Clone)]
pub struct Watch {
    folder: TableFolder,
    state: Settled<Stamp>,
}

impl Watch {
    /// Watches from the state that was loaded.
    pub fn new(folder: TableFolder, loaded: Stamp) -> Self {
        Self { folder, state: Settled::at(loaded) }
    }

    /// Whether to load now. A state that was refused is not asked for again until the folder changes.
    pub fn poll(&mut self) -> bool {
        self.state.is_due(self.folder.stamp())
    }

    pub fn folder(&self) -> &TableFolder {
        &self.folder
    }
}
