//! Why a folder cannot be used or read.

use std::{io, path::PathBuf};

use ledger::{CheckpointError, Damage, KeyError, NotEnough, SegmentError};

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot {step} `{}`", path.display())]
    Io {
        step: &'static str,
        path: PathBuf,
        #[source]
        error: io::Error,
    },
    #[error("the folder `{}` is in use by another process; stop that one, or name another folder", .0.display())]
    Locked(PathBuf),
    #[error("the key in `{}` is not sound; put the right one back, for a new key makes a new ledger", path.display())]
    Key {
        path: PathBuf,
        #[source]
        error: KeyError,
    },
    #[error("the key in `{}` is of `{found}`, but the ledger is named `{expected}`; use the name that it was begun with", path.display())]
    KeyName { path: PathBuf, found: String, expected: String },
    #[error("others can read the key in `{}`; run `chmod 600` on it, and think of the key as known", .0.display())]
    KeyOpen(PathBuf),
    #[error("the key `{}` is missing though the ledger has entries; put it back, for no other key can go on with them", .0.display())]
    KeyMissing(PathBuf),
    #[error("the segment `{}` is damaged; keep a copy, then put back a sound one", path.display())]
    Segment {
        path: PathBuf,
        #[source]
        error: SegmentError,
    },
    #[error("the checkpoint in `{}` is not sound; put back a copy of the folder", path.display())]
    Checkpoint {
        path: PathBuf,
        #[source]
        error: CheckpointError,
    },
    #[error("a checkpoint was signed over {signed} entries, but `{}` has {found}: the ledger was cut; put back a copy of it", folder.display())]
    Cut { folder: PathBuf, signed: u64, found: u64 },
    #[error("the checkpoint in `{}` was signed over other entries; put back a copy of the folder", folder.display())]
    Changed { folder: PathBuf },
    #[error("`{}` has no checkpoint of {size} entries; the newest is of {newest}", folder.display())]
    NoCheckpoint { folder: PathBuf, size: u64, newest: u64 },
    #[error("the ledger in `{}` has entries and no checkpoint; put back a copy of `checkpoint` and `checkpoints`", .0.display())]
    Unsigned(PathBuf),
    #[error("the newest checkpoint is not in `{}`, which should have all; put back a copy of it", .0.display())]
    NotLogged(PathBuf),
    #[error("entry {index} is not signed yet: the newest checkpoint is of {signed} entries; wait for the next one")]
    NotSigned { index: u64, signed: u64 },
    #[error("the ledger in `{}` is damaged", folder.display())]
    Damage {
        folder: PathBuf,
        #[source]
        damage: Damage,
    },
    #[error("the segments in `{}` do not reach the checkpoint", folder.display())]
    NotEnough {
        folder: PathBuf,
        #[source]
        error: NotEnough,
    },
    #[error("`{}` does not begin as a capture segment does; move it out of the folder", .0.display())]
    NotCapture(PathBuf),
    #[error("the record at byte {offset} of `{}` is damaged; what was read before it is sound", path.display())]
    Record { path: PathBuf, offset: u64 },
    #[error("the folder was closed with {0} entries that never reached the disk; see the errors before")]
    Lost(u64),
}

impl JournalError {
    /// Whether something that was written is not there any more as it was, rather than could not be read.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Segment { .. }
                | Self::Checkpoint { .. }
                | Self::Cut { .. }
                | Self::Changed { .. }
                | Self::Unsigned(_)
                | Self::NotLogged(_)
                | Self::Damage { .. }
                | Self::NotEnough { .. }
                | Self::Record { .. }
        )
    }

    /// For `map_err`: an error of input or output with its step and path.
    pub(crate) fn io(step: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { step, path, error }
    }
}
