//! Ledgers in memory.

use std::error::Error;

use jiff::Timestamp;
use ledger::{Appender, Damage, Entry, Leaf, SecretKey, Source, Verified, verify};

pub(crate) fn key() -> SecretKey {
    SecretKey::new("example.com/ledger".parse().unwrap(), [7; 32])
}

pub(crate) fn entry(number: u64) -> Entry {
    let time = Timestamp::new(1_790_000_000 + number as i64, (number % 1000) as i32).unwrap();
    Entry { time, kind: "decision".parse().unwrap(), body: format!(r#"{{"number":{number}}}"#).into_bytes() }
}

pub(crate) fn leaf(number: u64) -> Leaf {
    entry(number).to_leaf().unwrap()
}

/// Segments and checkpoints as they would lie on a disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    pub(crate) segments: Vec<Vec<u8>>,
    pub(crate) checkpoints: Vec<String>,
}

impl Stored {
    /// So many entries, with a checkpoint after every `each` and at the end.
    pub(crate) fn of(entries: u64, segment_bytes: u64, each: u64) -> Self {
        let (mut stored, mut appender) = (Self::default(), Appender::new(segment_bytes));
        for number in 0..entries {
            stored.append(&mut appender, &[leaf(number)]);
            if (number + 1) % each == 0 || number + 1 == entries {
                stored.checkpoints.push(key().sign_checkpoint(appender.tree()));
            }
        }
        stored
    }

    pub(crate) fn append(&mut self, appender: &mut Appender, leaves: &[Leaf]) {
        for piece in appender.append(leaves) {
            if piece.starts {
                self.segments.push(Vec::new());
            }
            self.segments.last_mut().unwrap().extend(piece.bytes);
        }
    }

    pub(crate) fn verify(&self) -> Result<Verified, Damage> {
        let sources = self
            .segments
            .iter()
            .enumerate()
            .map(|(at, bytes)| Source { name: at.to_string(), reader: bytes.as_slice() });
        verify(sources, &self.checkpoints, key().public())
    }
}

/// An error with its sources.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
