//! How a table is refused.

use std::net::IpAddr;

use maxminddb::MaxMindDbError;

use crate::country::CountryError;

/// How much a table may hold.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a whole table, unpacked.
    pub bytes: usize,
    /// Rows of a table.
    pub rows: usize,
    /// Bytes of a line.
    pub line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 30, rows: 8_000_000, line: 4096 }
    }
}

/// A table that was refused, and where.
#[derive(Debug, thiserror::Error)]
#[error("table `{table}`{}: {problem}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct TableError {
    pub table: String,
    pub line: Option<usize>,
    pub problem: Problem,
}

/// What is wrong with a table, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("holds {bytes} bytes where {limit} are allowed; raise the limit if the file is meant to be so large")]
    TooLong { bytes: usize, limit: usize },
    #[error("holds more than {0} rows; raise the limit if the file is meant to be so large")]
    TooManyRows(usize),
    #[error("is longer than {0} bytes; see whether this is the right file")]
    LongLine(usize),
    #[error("is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    #[error("has no rows; fetch the file again, since an empty table would hide what it used to say")]
    Empty,
    #[error("does not say what its members are; name its class")]
    NoClass,
    #[error("`{0}` is no prefix; write it as 192.0.2.0/24 or 2001:db8::/32, or remove the line")]
    NotPrefix(String),
    #[error("`{0}` has bits set beyond its length; write the first address of the prefix")]
    HostBits(String),
    #[error("`{0}` takes in too much of all addresses to be a member of a class; remove the line")]
    TooWide(String),
    #[error("`{0}` is no address; write it as 192.0.2.1 or 2001:db8::1")]
    NotAddress(String),
    #[error("`{first}` to `{last}` is no range; write two addresses of one family, the lower first")]
    NotRange { first: String, last: String },
    #[error("`{0}` is no AS number; write it as AS64496 or 64496")]
    NotAsn(String),
    #[error("{0}")]
    Country(CountryError),
    #[error("has {found} columns where {expected} are needed: {columns}")]
    Columns { expected: usize, found: usize, columns: &'static str },
    #[error("`{0}` is no number of addresses that fits from there; see whether the file is damaged")]
    NotCount(String),
    #[error("two rows say different things of {0}; remove one")]
    SaidTwice(IpAddr),
    #[error("two rows overlap at {0} and neither lies in the other; cut one")]
    Overlap(IpAddr),
    #[error("AS{0} has two rows that differ; remove one")]
    NetworkTwice(u32),
    #[error("is not the JSON that was expected: {0}")]
    Json(#[source] serde_json::Error),
    #[error("is a warning list of `{0}`; only lists of type cidr hold addresses")]
    NotCidrList(String),
    #[error("is no sound MaxMind DB ({0}); fetch the file again")]
    Mmdb(#[source] MaxMindDbError),
    #[error("has a search tree that runs in circles; fetch the file again")]
    Circles,
}

impl From<CountryError> for Problem {
    fn from(error: CountryError) -> Self {
        Self::Country(error)
    }
}
