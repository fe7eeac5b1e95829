//! Entries for other programs.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{hash::Hash, segment::Record};

#[derive(Serialize)]
struct Line<'r> {
    index: u64,
    time: jiff::Timestamp,
    kind: &'r str,
    leaf_hash: Hash,
    body: &'r RawValue,
}

/// An entry as one line of JSON, without the line break.
pub fn line(record: &Record) -> Result<String, serde_json::Error> {
    let body = serde_json::from_slice(record.leaf.body())?;
    let kind = record.leaf.kind().as_str();
    let line = Line { index: record.index, time: record.leaf.time(), kind, leaf_hash: record.leaf.hash(), body };
    serde_json::to_string(&line)
}
