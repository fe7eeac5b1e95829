//! Why a whole input could not be read, or not to its end.

use std::io;

use parquet::errors::ParquetError;

use super::{Format, Log, Packing};

/// What ends a stream. Rows before it were delivered.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error("input is empty: it has no bytes; is the export finished?")]
    Empty,
    #[error("input has no rows: nothing is in it but white space")]
    Blank,
    #[error("input is no {log} that we know: it {seen}. Understood are {understood}; name one with --format if it is")]
    Unknown { log: Log, seen: String, understood: &'static str },
    #[error("input looks like an {found}, where an {wanted} is wanted; give it as the other kind")]
    OtherLog { found: Log, wanted: Log },
    #[error("input is {found}, but the format `{named}` was named; name another one, or `auto`")]
    OtherFormat { named: Format, found: &'static str },
    #[error("format `{named}` has no account log; accounts are read from log v1 as jsonl or parquet")]
    NoAccounts { named: Format },
    #[error("input is Parquet, which is read from its end and cannot come from a pipe; give it as a file")]
    ParquetFromPipe,
    #[error("Parquet file of an {log} has no column `{column}`, which every row needs")]
    NoColumn { log: Log, column: &'static str },
    #[error("Parquet column `{column}` has the type {found}, expected {expected}")]
    ColumnType { column: &'static str, found: String, expected: &'static str },
    #[error(
        "Parquet column `{column}` is a timestamp without a zone (isAdjustedToUTC is false); write it as a timestamp in UTC"
    )]
    ColumnWithoutZone { column: &'static str },
    #[error("Parquet file is damaged or of a kind that cannot be read; rows before the damage were read")]
    Parquet { source: Box<ParquetError> },
    #[error("input could not be read at byte {offset}")]
    Io { offset: u64, source: io::Error },
    #[error(
        "truncated: the {packing} stream ends early, at byte {offset}; rows before the cut were read, fetch the file again for the rest"
    )]
    Truncated { packing: Packing, offset: u64 },
    #[error("damaged: the {packing} stream cannot be unpacked near byte {offset}; rows before it were read")]
    Damaged { packing: Packing, offset: u64, source: io::Error },
}

impl StreamError {
    pub(super) fn parquet(error: ParquetError) -> Self {
        Self::Parquet { source: Box::new(error) }
    }
}
