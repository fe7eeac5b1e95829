//! Why a whole input could not be read, or not to its end.

use std::io;

use super::{Format, Packing};

/// What ends a reading. Statements before it were delivered.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("input is empty: it has no bytes; is the export finished?")]
    Empty,
    #[error("input has no rows: nothing is in it but white space")]
    Blank,
    #[error(
        "input is of no format that we know: it {seen}. Understood are FollowTheMoney JSON Lines, BODS 0.4, GLEIF Level 1, Level 2 and \
         reporting exceptions (XML, CSV, JSON), the Companies House PSC snapshot, OFAC CSV and CSV of names, each plain, .gz or .zst; \
         name one with --format if it is"
    )]
    Unknown { seen: String },
    #[error("input is {what}")]
    Wrapped { what: &'static str },
    #[error("input is {found}, but the format `{named}` was named; name another one, or `auto`")]
    OtherFormat { named: Format, found: &'static str },
    #[error("header of the CSV has no column `{column}`, which every row needs; its columns are {columns}")]
    NoColumn { column: &'static str, columns: String },
    #[error("header of the CSV has the column `{column}` twice; take one away")]
    ColumnTwice { column: String },
    #[error(
        "the statements that may still be replaced take more than {limit} bytes; split the file by its declarations, or raise the limit"
    )]
    TooMuchHeld { limit: usize },
    #[error("XML declares a document type; no GLEIF file has one, and entities are never expanded")]
    DocumentType,
    #[error("input could not be read at byte {offset}")]
    Io { offset: u64, source: io::Error },
    #[error(
        "truncated: the {packing} stream ends early, at byte {offset}; rows before the cut were read, fetch the file again for the rest"
    )]
    Truncated { packing: Packing, offset: u64 },
    #[error("damaged: the {packing} stream cannot be unpacked near byte {offset}; rows before it were read")]
    Damaged { packing: Packing, offset: u64, source: io::Error },
}
