//! An append-only record that a third party can check with a public key: entries, Merkle tree, checkpoints, proofs.
//!
//! Owns its bytes and knows nothing of files, clocks, or what an entry means. Whoever stores the bytes feeds them back in.

#![warn(clippy::expect_used, clippy::indexing_slicing)]

mod appender;
mod checkpoint;
mod digest;
mod entry;
mod export;
mod hash;
mod note;
mod proof;
mod prover;
mod segment;
mod tree;
mod verify;

pub use appender::{Appender, Piece, Resumed};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use digest::{DigestError, Salt, SaltedDigest};
pub use entry::{Entry, EntryError, Kind, KindError, Leaf, MAX_BODY, MAX_LEAF};
pub use export::line;
pub use hash::{Hash, HashError};
pub use note::{KeyError, MAX_NOTE, Name, NameError, NoteError, PublicKey, SecretKey, notes};
pub use proof::{ConsistencyProof, InclusionProof, ProofError, ProofTextError, verify_consistency, verify_inclusion};
pub use prover::{NotEnough, Prover};
pub use segment::{Header, Problem, Record, SegmentError, SegmentReader};
pub use tree::Tree;
pub use verify::{Damage, Source, Verified, verify};
