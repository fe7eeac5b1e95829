//! Proofs that an entry is in a tree, and that one tree continues another (RFC 9162, section 2.1).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    checkpoint::{Checkpoint, CheckpointError, decimal},
    entry::{EntryError, Leaf, MAX_LEAF},
    hash::Hash,
    note::{MAX_NOTE, PublicKey, notes},
};

/// A proof that fails.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error("the checkpoint of the proof fails")]
    Checkpoint(#[source] CheckpointError),
    #[error("the leaf of the proof is no entry")]
    Leaf(#[source] EntryError),
    #[error("entry {index} is not in a ledger of {size} entries")]
    Outside { index: u64, size: u64 },
    #[error("a ledger of {new} entries does not continue one of {old}")]
    Shrunk { old: u64, new: u64 },
    #[error("the path has {0} hashes, which is not the number that this proof needs")]
    Length(usize),
    #[error("the hashes do not lead to the root of the checkpoint: something was changed")]
    Root,
}

/// A text that is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProofTextError {
    #[error("the proof is longer than {} bytes", MAX_TEXT)]
    TooLong,
    #[error("the proof does not begin with `{0}`; see whether this is the right file")]
    Header(&'static str),
    #[error("line {0} of the proof is not what belongs there; copy the proof again")]
    Line(usize),
    #[error("the proof ends too early; copy it again")]
    Short,
}

/// That an entry is in the ledger; needs nothing but the public key to be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InclusionProof {
    /// The bytes of the entry.
    #[serde(with = "base64_bytes")]
    pub leaf: Vec<u8>,
    pub index: u64,
    pub path: Vec<Hash>,
    /// The signed checkpoint whose root the path leads to.
    pub checkpoint: String,
}

/// That a later ledger holds all of an earlier one, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProof {
    pub path: Vec<Hash>,
    pub old: String,
    pub new: String,
}

const INCLUSION: &str = "c2sp.org/tlog-proof@v1";
const CONSISTENCY: &str = "ringfence/consistency-proof@v1";
/// A tree of 2^64 leaves has 64 levels, and a consistency proof one hash more.
const MAX_PATH: usize = 65;
const MAX_TEXT: usize = 2 * MAX_LEAF + 2 * MAX_NOTE + MAX_PATH * 45 + 200;

/// Checks a path from a leaf's hash to the root of a checkpoint (RFC 9162, section 2.1.3.2).
pub fn verify_inclusion(index: u64, leaf: Hash, path: &[Hash], checkpoint: &Checkpoint) -> Result<(), ProofError> {
    let size = checkpoint.size();
    if index >= size {
        return Err(ProofError::Outside { index, size });
    }
    let length = || ProofError::Length(path.len());
    let (mut at, mut last, mut root) = (index, size - 1, leaf);
    for hash in path {
        if last == 0 {
            return Err(length());
        }
        if at & 1 == 1 || at == last {
            root = Hash::node(hash, &root);
            (at, last) = up(at, last);
        } else {
            root = Hash::node(&root, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last != 0 {
        return Err(length());
    }
    if root == checkpoint.root() { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the tree of one checkpoint continues that of another (RFC 9162, section 2.1.4.2).
pub fn verify_consistency(old: &Checkpoint, new: &Checkpoint, path: &[Hash]) -> Result<(), ProofError> {
    let length = || ProofError::Length(path.len());
    if old.size() > new.size() {
        return Err(ProofError::Shrunk { old: old.size(), new: new.size() });
    }
    if old.size() == 0 || old.size() == new.size() {
        let same = old.root() == if old.size() == 0 { Hash::empty() } else { new.root() };
        return if !path.is_empty() {
            Err(length())
        } else if same {
            Ok(())
        } else {
            Err(ProofError::Root)
        };
    }
    let levels = (old.size() - 1).trailing_ones();
    let (mut at, mut last) = ((old.size() - 1) >> levels, (new.size() - 1) >> levels);
    let (first, rest) = match path.split_first() {
        _ if old.size().is_power_of_two() => (old.root(), path),
        Some((first, rest)) => (*first, rest),
        None => return Err(length()),
    };
    let (mut old_root, mut new_root) = (first, first);
    for hash in rest {
        if last == 0 {
            return Err(length());
        }
        if at & 1 == 1 || at == last {
            old_root = Hash::node(hash, &old_root);
            new_root = Hash::node(hash, &new_root);
            (at, last) = up(at, last);
        } else {
            new_root = Hash::node(&new_root, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last != 0 {
        return Err(length());
    }
    if old_root == old.root() && new_root == new.root() { Ok(()) } else { Err(ProofError::Root) }
}

/// Where a node is the last of its level it has no sibling there: go up to where it is a right child.
fn up(at: u64, last: u64) -> (u64, u64) {
    let levels = if at == 0 { 0 } else { at.trailing_zeros() };
    (at >> levels, last >> levels)
}

impl InclusionProof {
    /// The entry that is proven, and the checkpoint that it is proven against.
    pub fn verify(&self, key: &PublicKey) -> Result<(Leaf, Checkpoint), ProofError> {
        let checkpoint = key.open_checkpoint(&self.checkpoint).map_err(ProofError::Checkpoint)?;
        let leaf = Leaf::try_from(self.leaf.clone()).map_err(ProofError::Leaf)?;
        verify_inclusion(self.index, leaf.hash(), &self.path, &checkpoint)?;
        Ok((leaf, checkpoint))
    }

    /// Reads the text form, C2SP tlog-proof with the leaf as its extra data.
    pub fn parse(text: &str) -> Result<Self, ProofTextError> {
        let mut lines = Lines::new(text, INCLUSION)?;
        let extra = lines.next()?.strip_prefix("extra ").ok_or(ProofTextError::Line(2))?;
        let leaf = STANDARD.decode(extra).map_err(|_| ProofTextError::Line(2))?;
        let index = lines.next()?.strip_prefix("index ").and_then(decimal).ok_or(ProofTextError::Line(3))?;
        let path = lines.path()?;
        Ok(Self { leaf, index, path, checkpoint: lines.rest.to_owned() })
    }
}

impl fmt::Display for InclusionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{INCLUSION}\nextra {}\nindex {}", STANDARD.encode(&self.leaf), self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl ConsistencyProof {
    /// The checkpoints, once the later one is known to continue the earlier one.
    pub fn verify(&self, key: &PublicKey) -> Result<(Checkpoint, Checkpoint), ProofError> {
        let old = key.open_checkpoint(&self.old).map_err(ProofError::Checkpoint)?;
        let new = key.open_checkpoint(&self.new).map_err(ProofError::Checkpoint)?;
        verify_consistency(&old, &new, &self.path)?;
        Ok((old, new))
    }

    pub fn parse(text: &str) -> Result<Self, ProofTextError> {
        let mut lines = Lines::new(text, CONSISTENCY)?;
        let path = lines.path()?;
        let mut notes = notes(lines.rest);
        let (Some(old), Some(new), None) = (notes.next(), notes.next(), notes.next()) else {
            return Err(ProofTextError::Short);
        };
        Ok(Self { path, old: old.to_owned(), new: new.to_owned() })
    }
}

impl fmt::Display for ConsistencyProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{CONSISTENCY}")?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}\n{}", self.old, self.new)
    }
}

struct Lines<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str, header: &'static str) -> Result<Self, ProofTextError> {
        if text.len() > MAX_TEXT {
            return Err(ProofTextError::TooLong);
        }
        let mut lines = Self { rest: text, line: 0 };
        match lines.next() {
            Ok(line) if line == header => Ok(lines),
            _ => Err(ProofTextError::Header(header)),
        }
    }

    fn next(&mut self) -> Result<&'t str, ProofTextError> {
        let (line, rest) = self.rest.split_once('\n').ok_or(ProofTextError::Short)?;
        (self.rest, self.line) = (rest, self.line + 1);
        Ok(line)
    }

    /// Hashes, one a line, up to an empty line.
    fn path(&mut self) -> Result<Vec<Hash>, ProofTextError> {
        let mut path = Vec::new();
        loop {
            match self.next()? {
                "" => return Ok(path),
                _ if path.len() == MAX_PATH => return Err(ProofTextError::Line(self.line)),
                hash => path.push(hash.parse().map_err(|_| ProofTextError::Line(self.line))?),
            }
        }
    }
}

/// Bytes as base64 in JSON.
mod base64_bytes {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
