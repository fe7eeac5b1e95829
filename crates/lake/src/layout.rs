//! Where things lie under the root of a lake, and what they are called.

use std::fmt;

use object_store::path::Path;
use rand::{TryRng, rngs::SysRng};
use serde::{Deserialize, Serialize};

/// A state of the lake; each commit makes the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A day in UTC, as whole days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

/// Microseconds in a day.
pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

impl Day {
    pub(crate) fn of_micros(micros: i64) -> Self {
        Self(i32::try_from(micros.div_euclid(DAY_MICROS)).unwrap_or(i32::MAX))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::from(self.0) * 86_400;
        match jiff::Timestamp::from_second(seconds) {
            Ok(instant) => instant.strftime("%Y-%m-%d").fmt(f),
            Err(_) => write!(f, "{}d", self.0),
        }
    }
}

/// What a data file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    Exchanges,
    Accounts,
    Exemplars,
}

impl Table {
    /// The table's name in SQL and the name of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exchanges => "exchanges",
            Self::Accounts => "accounts",
            Self::Exemplars => "exemplars",
        }
    }

    pub(crate) const ALL: [Self; 3] = [Self::Exchanges, Self::Accounts, Self::Exemplars];
}

/// 128 random bits in hex: names parts and commits without asking anyone.
pub(crate) fn fresh_id() -> String {
    let mut bytes = [0_u8; 16];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}")).expect("writing to a string");
        text
    })
}

/// A new data file, relative to the root.
pub(crate) fn part(table: Table, day: Option<Day>) -> String {
    let id = fresh_id();
    match day {
        Some(day) => format!("{}/day={day}/part-{id}.parquet", table.name()),
        None => format!("{}/part-{id}.parquet", table.name()),
    }
}

/// Whether a commit may name this file: inside its table's folder, and nowhere else.
pub(crate) fn is_inside(table: Table, relative: &str) -> bool {
    let rest = relative.strip_prefix(table.name()).and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|rest| {
        rest.ends_with(".parquet") && rest.split('/').all(|p| !p.is_empty() && p != "." && p != "..")
    })
}

pub(crate) const LOG: &str = "log";

pub(crate) fn log_entry(version: Version) -> String {
    format!("{LOG}/{:020}.json", version.0)
}

/// The whole state at some version, rewritten now and then so that opening reads few entries.
pub(crate) const CHECKPOINT: &str = "log/checkpoint.json";

/// The version that a file in the log's folder holds, if it is an entry.
pub(crate) fn entry_version(location: &Path) -> Option<Version> {
    let digits = location.filename()?.strip_suffix(".json")?;
    let all = digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit());
    all.then(|| digits.parse().ok().map(Version)).flatten()
}
