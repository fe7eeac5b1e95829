//! Entities whose names are like one that a list names: perhaps the same, perhaps not.

use super::{EntityId, Graph};
use crate::ListEntry;

/// That a name is like that of somebody on a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alike {
    pub(crate) entity: u32,
    pub(crate) entry: ListEntry,
    pub(crate) listed: u32,
}

impl Graph {
    /// Says that an entity may be the one that a list names, by its name alone. It can make a standing possible, never definite.
    pub fn list_alike(&mut self, entity: EntityId, entry: ListEntry, listed: EntityId) {
        let alike = Alike { entity: entity.0, entry, listed: listed.0 };
        if let Err(at) = self.alike.binary_search(&alike) {
            self.alike.insert(at, alike);
        }
    }

    pub(crate) fn alike(&self) -> &[Alike] {
        &self.alike
    }

    pub(crate) fn alike_of(&self, entity: u32) -> impl Iterator<Item = &Alike> {
        let from = self.alike.partition_point(|alike| alike.entity < entity);
        self.alike[from..].iter().take_while(move |alike| alike.entity == entity)
    }
}
