//! Turns entries into the bytes to append; writes nothing itself.

use std::io::Read;

use crate::{
    entry::Leaf,
    segment::{FRAME, Header, SegmentError, tail, write_record},
    tree::Tree,
};

/// The end of a ledger: its tree and the segment that is being filled.
#[derive(Debug, Clone)]
pub struct Appender {
    segment_bytes: u64,
    tree: Tree,
    /// First entry and bytes of the segment being filled; none until the first entry.
    open: Option<(u64, u64)>,
}

/// Bytes to append to one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The first entry of the segment, which names it.
    pub segment: u64,
    /// Whether the segment is new: the bytes begin with its header.
    pub starts: bool,
    pub bytes: Vec<u8>,
}

/// A ledger that goes on.
#[derive(Debug)]
pub struct Resumed {
    pub appender: Appender,
    /// Bytes of the last segment that are sound; cut it there before appending.
    pub end: u64,
}

impl Appender {
    /// An empty ledger whose segments take about so many bytes.
    pub fn new(segment_bytes: u64) -> Self {
        Self { segment_bytes, tree: Tree::default(), open: None }
    }

    /// Goes on after the last segment, which carries the tree of those before it.
    pub fn resume(segment_bytes: u64, last: impl Read) -> Result<Resumed, SegmentError> {
        let tail = tail(last)?;
        let open = Some((tail.first, tail.end));
        Ok(Resumed { appender: Self { segment_bytes, tree: tail.tree, open }, end: tail.end })
    }

    /// All entries so far.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Takes leaves and gives what to append, in this order, for them to be kept.
    ///
    /// Once bytes could not be written the appender is ahead of the disk: resume anew.
    pub fn append<'l>(&mut self, leaves: impl IntoIterator<Item = &'l Leaf>) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        for leaf in leaves {
            let record = (FRAME + leaf.as_bytes().len()) as u64;
            let segment = match self.open {
                // A segment holds one entry at least, or a long one would find no place.
                Some((first, bytes)) if bytes + record <= self.segment_bytes || first == self.tree.size() => first,
                _ => {
                    let bytes = Header { tree: self.tree.clone() }.to_bytes();
                    let first = self.tree.size();
                    self.open = Some((first, bytes.len() as u64));
                    pieces.push(Piece { segment: first, starts: true, bytes });
                    first
                }
            };
            match pieces.last_mut() {
                Some(piece) if piece.segment == segment => write_record(leaf, &mut piece.bytes),
                _ => {
                    let mut bytes = Vec::new();
                    write_record(leaf, &mut bytes);
                    pieces.push(Piece { segment, starts: false, bytes });
                }
            }
            self.open = self.open.map(|(first, bytes)| (first, bytes + record));
            self.tree.push(leaf.hash());
        }
        pieces
    }
}
