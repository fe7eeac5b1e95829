//! Whether segments and checkpoints are whole and belong together.

use std::io::Read;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    checkpoint::{Checkpoint, CheckpointError},
    hash::Hash,
    note::PublicKey,
    segment::{Problem, SegmentError, SegmentReader},
    tree::Tree,
};

/// A segment to be verified, under the name to call it by.
#[derive(Debug)]
pub struct Source<R> {
    pub name: String,
    pub reader: R,
}

/// A ledger without damage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    pub entries: u64,
    pub root: Hash,
    pub segments: u64,
    pub checkpoints: u64,
    /// Entries that a checkpoint covers. Those after them are whole, but nobody has signed them yet.
    pub signed: u64,
    /// The earliest and the latest time of an entry.
    pub times: Option<(Timestamp, Timestamp)>,
}

/// What is wrong, and where. A person should see to it: nothing is mended on its own.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    #[error("segment `{segment}` is damaged")]
    Segment {
        segment: String,
        #[source]
        error: SegmentError,
    },
    #[error("checkpoint {number} is damaged")]
    Checkpoint {
        number: u64,
        #[source]
        error: CheckpointError,
    },
    #[error("checkpoint {number} is of {size} entries and comes after one of {before}")]
    Order { number: u64, size: u64, before: u64 },
    #[error("checkpoint {number} was signed over {size} entries, but only {found} are there: the ledger was cut")]
    Truncated { number: u64, size: u64, found: u64 },
    #[error("the first {size} entries are not those that checkpoint {number} was signed over: something was changed")]
    Root { number: u64, size: u64 },
}

/// Reads all segments in order, and all checkpoints from the oldest to the newest.
///
/// Holds one record and one checkpoint at a time.
pub fn verify<R, N>(
    segments: impl IntoIterator<Item = Source<R>>,
    checkpoints: impl IntoIterator<Item = N>,
    key: &PublicKey,
) -> Result<Verified, Damage>
where
    R: Read,
    N: AsRef<str>,
{
    let mut tree = Tree::default();
    let mut checks = Checks { notes: checkpoints.into_iter(), key, number: 0, next: None, signed: 0 };
    checks.advance()?;
    checks.hold(&tree)?;
    let (mut count, mut times) = (0, None);
    for Source { name, reader } in segments {
        let damage = |error| Damage::Segment { segment: name.clone(), error };
        let mut segment = SegmentReader::open(reader).map_err(damage)?;
        join(&tree, &segment).map_err(damage)?;
        while let Some(record) = segment.next_record().map_err(damage)? {
            tree.push(record.leaf.hash());
            let time = record.leaf.time();
            let (first, last) = times.unwrap_or((time, time));
            times = Some((time.min(first), time.max(last)));
            checks.hold(&tree)?;
        }
        count += 1;
    }
    if let Some(checkpoint) = checks.next {
        return Err(Damage::Truncated { number: checks.number, size: checkpoint.size(), found: tree.size() });
    }
    let (checkpoints, signed) = (checks.number, checks.signed);
    Ok(Verified { entries: tree.size(), root: tree.root(), segments: count, checkpoints, signed, times })
}

/// Whether a segment goes on where the one before ended.
fn join<R: Read>(tree: &Tree, segment: &SegmentReader<R>) -> Result<(), SegmentError> {
    let header = &segment.header().tree;
    let problem = match header.size() {
        found if found != tree.size() => Problem::First { expected: tree.size(), found },
        _ if header != tree => Problem::Tree,
        _ => return Ok(()),
    };
    Err(SegmentError { offset: 12, problem })
}

struct Checks<'k, I> {
    notes: I,
    key: &'k PublicKey,
    /// Of the checkpoint at hand, from one.
    number: u64,
    next: Option<Checkpoint>,
    signed: u64,
}

impl<N: AsRef<str>, I: Iterator<Item = N>> Checks<'_, I> {
    fn advance(&mut self) -> Result<(), Damage> {
        let Some(note) = self.notes.next() else {
            self.next = None;
            return Ok(());
        };
        self.number += 1;
        let number = self.number;
        let checkpoint =
            self.key.open_checkpoint(note.as_ref()).map_err(|error| Damage::Checkpoint { number, error })?;
        if checkpoint.size() < self.signed {
            return Err(Damage::Order { number, size: checkpoint.size(), before: self.signed });
        }
        self.next = Some(checkpoint);
        Ok(())
    }

    /// Holds the tree against all checkpoints of its size.
    fn hold(&mut self, tree: &Tree) -> Result<(), Damage> {
        while let Some(checkpoint) = self.next.take_if(|next| next.size() == tree.size()) {
            if checkpoint.root() != tree.root() {
                return Err(Damage::Root { number: self.number, size: checkpoint.size() });
            }
            self.signed = checkpoint.size();
            self.advance()?;
        }
        Ok(())
    }
}
