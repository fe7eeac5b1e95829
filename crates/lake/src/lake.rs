//! A lake: opening it, and looking at its newest state.

use crate::{
    LakeError, Place, Snapshot,
    commit::{self, Change},
    log::Operation,
    snapshot,
};

/// Exchanges and accounts in versioned Parquet files at one place.
#[derive(Debug, Clone)]
pub struct Lake {
    place: Place,
}

impl Lake {
    /// Opens the lake at `place`, or makes an empty one.
    pub async fn create_or_open(place: Place) -> Result<Self, LakeError> {
        if snapshot::newest(&place).await?.is_none() {
            commit::first(&place, Change::new(Operation::Create)).await?;
        }
        Ok(Self { place })
    }

    /// Opens the lake at `place`, which must exist.
    pub async fn open(place: Place) -> Result<Self, LakeError> {
        match snapshot::newest(&place).await? {
            Some(_) => Ok(Self { place }),
            None => Err(LakeError::Absent { place: place.shown().to_owned() }),
        }
    }

    /// The newest version.
    pub async fn snapshot(&self) -> Result<Snapshot, LakeError> {
        let newest = snapshot::newest(&self.place).await?;
        newest.ok_or_else(|| LakeError::Absent { place: self.place.shown().to_owned() })
    }

    /// Whether every file of a snapshot is there, as long as its log says.
    pub async fn check(&self, snapshot: &Snapshot) -> Result<(), LakeError> {
        snapshot::check(&self.place, snapshot).await
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }
}
