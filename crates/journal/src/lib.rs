//! Files for the ledger, and for exchanges on their way to the lake: queues, threads, fsync, crashes, full disks.
//!
//! Knows what is durable and says no more than that. Knows nothing of what an entry or an exchange means.

#![warn(clippy::expect_used, clippy::indexing_slicing)]

pub mod capture;
mod disk;
mod error;
mod folder;
mod keeper;
mod key;

mod read;

pub use capture::{Capture, CaptureOptions, CaptureStatus, Lost, NotTaken, Sealed, WhenFull, Written};
pub use disk::{Disk, OsDisk};
pub use error::JournalError;
pub use keeper::{AppendError, Ledger, LedgerOptions, Refused, State, Status, Synced};
pub use key::public_key;
pub use read::{Entries, SegmentFile, consistency, entries, prove, segments, signed, verify};
