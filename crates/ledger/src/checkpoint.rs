//! Checkpoints, as in C2SP tlog-checkpoint: the size and root of the tree, signed.

use crate::{
    hash::Hash,
    note::{Name, NoteError, PublicKey, SecretKey},
    tree::Tree,
};

/// What a ledger's owner stands for: its name, its size and its root.
///
/// Comes only from a note whose signature was checked, so that a proof against it needs no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: Name,
    size: u64,
    root: Hash,
}

/// A note that is no checkpoint of the key's ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("the checkpoint is not to be believed")]
    Note(#[source] NoteError),
    #[error("the checkpoint does not read name, size, root")]
    Shape,
    #[error("the checkpoint is of `{found}`, the key of `{expected}`")]
    Origin { expected: String, found: String },
}

impl Checkpoint {
    /// The ledger that it is of.
    pub fn origin(&self) -> &Name {
        &self.origin
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn root(&self) -> Hash {
        self.root
    }
}

impl SecretKey {
    /// The signed checkpoint of a tree.
    pub fn sign_checkpoint(&self, tree: &Tree) -> String {
        self.sign(&format!("{}\n{}\n{}\n", self.public().name(), tree.size(), tree.root()))
    }
}

impl PublicKey {
    /// The checkpoint in a note that this key signed.
    pub fn open_checkpoint(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let text = self.open(note).map_err(CheckpointError::Note)?;
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Shape)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Shape);
        };
        if origin != self.name().as_str() {
            let found = origin.chars().take(60).collect();
            return Err(CheckpointError::Origin { expected: self.name().to_string(), found });
        }
        // Lines after the third are extensions: opaque, but not empty.
        if lines.any(str::is_empty) {
            return Err(CheckpointError::Shape);
        }
        let size = decimal(size).ok_or(CheckpointError::Shape)?;
        let root = root.parse().map_err(|_| CheckpointError::Shape)?;
        Ok(Checkpoint { origin: self.name().clone(), size, root })
    }
}

/// A number without sign or leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
