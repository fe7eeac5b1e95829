//! The path of a proof, from the leaves as they go by.

use std::ops::Range;

use crate::{hash::Hash, tree::Tree};

/// Takes the leaves of a tree in order and keeps what one proof needs: a few hashes, whatever the size of the tree.
#[derive(Debug)]
pub struct Prover {
    /// The subtrees of the path in the order of the tree, each with its place in the path.
    subtrees: Vec<Subtree>,
    current: usize,
    next: u64,
    size: u64,
}

#[derive(Debug)]
struct Subtree {
    place: usize,
    leaves: Range<u64>,
    tree: Tree,
}

/// The leaves ended before the tree was complete.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a proof over {size} entries got only {found}; see whether a segment is missing")]
pub struct NotEnough {
    pub size: u64,
    pub found: u64,
}

impl Prover {
    /// The path of a leaf in the tree of the first `size` leaves (RFC 6962, section 2.1.1); none where it is outside.
    pub fn inclusion(index: u64, size: u64) -> Option<Self> {
        if index >= size {
            return None;
        }
        let (mut tree, mut path) = (0..size, Vec::new());
        while tree.end - tree.start > 1 {
            let (left, right) = halves(&tree);
            let (inner, sibling) = if index < left.end { (left, right) } else { (right, left) };
            path.push(sibling);
            tree = inner;
        }
        Some(Self::new(path, size))
    }

    /// The proof that the first `new` leaves continue the first `old` (section 2.1.2); none where they cannot.
    pub fn consistency(old: u64, new: u64) -> Option<Self> {
        if old > new {
            return None;
        }
        if old == 0 {
            return Some(Self::new(Vec::new(), new));
        }
        let (mut tree, mut path) = (0..new, Vec::new());
        while tree.end != old {
            let (left, right) = halves(&tree);
            let (inner, sibling) = if old <= left.end { (left, right) } else { (right, left) };
            path.push(sibling);
            tree = inner;
        }
        // A subtree that begins at zero is the old tree itself, whose root the verifier has.
        if tree.start != 0 {
            path.push(tree);
        }
        Some(Self::new(path, new))
    }

    fn new(mut path: Vec<Range<u64>>, size: u64) -> Self {
        path.reverse();
        let subtree = |(place, leaves)| Subtree { place, leaves, tree: Tree::default() };
        let mut subtrees: Vec<Subtree> = path.into_iter().enumerate().map(subtree).collect();
        subtrees.sort_by_key(|subtree| subtree.leaves.start);
        Self { subtrees, current: 0, next: 0, size }
    }

    /// Takes the next leaf; leaves beyond the size do not matter.
    pub fn push(&mut self, leaf: Hash) {
        let index = self.next;
        self.next += 1;
        if let Some(subtree) = self.subtrees.get_mut(self.current)
            && subtree.leaves.contains(&index)
        {
            subtree.tree.push(leaf);
            self.current += usize::from(self.next == subtree.leaves.end);
        }
    }

    /// The path, once all leaves of the tree have gone by.
    pub fn finish(mut self) -> Result<Vec<Hash>, NotEnough> {
        if self.next < self.size {
            return Err(NotEnough { size: self.size, found: self.next });
        }
        self.subtrees.sort_by_key(|subtree| subtree.place);
        Ok(self.subtrees.iter().map(|subtree| subtree.tree.root()).collect())
    }
}

/// Of two leaves or more; left is the largest power of two below their number.
fn halves(tree: &Range<u64>) -> (Range<u64>, Range<u64>) {
    let half = tree.start + (1 << (tree.end - tree.start - 1).ilog2());
    (tree.start..half, half..tree.end)
}
