//! An instant in UTC with microseconds, inside the range that a log can mean.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

/// Microseconds since 1970-01-01T00:00:00Z, between 2015 and 2100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Time(i64);

/// 2015-01-01T00:00:00Z: no model API was older.
const EARLIEST: i64 = 1_420_070_400_000_000;
/// 2100-01-01T00:00:00Z.
const LATEST: i64 = 4_102_444_800_000_000;

/// Why a text or number is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    #[error("time `{text}` has no zone; write RFC 3339 with `Z` or an offset")]
    NoZone { text: String },
    #[error("time `{text}` is not RFC 3339, like 2026-08-03T00:00:22.112882Z")]
    Syntax { text: String },
    #[error("time `{text}` is outside 2015 to 2100; is the unit right?")]
    Absurd { text: String },
}

impl Time {
    /// From microseconds since the Unix epoch.
    pub fn from_micros(micros: i64) -> Result<Self, TimeError> {
        if (EARLIEST..LATEST).contains(&micros) {
            Ok(Self(micros))
        } else {
            Err(TimeError::Absurd { text: format!("{micros} us") })
        }
    }

    /// Microseconds since the Unix epoch.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Whole days since the Unix epoch, in UTC.
    pub fn day(self) -> i32 {
        i32::try_from(self.0.div_euclid(86_400_000_000)).expect("the range of years fits")
    }
}

impl FromStr for Time {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let shown = || text.chars().take(64).flat_map(char::escape_debug).collect::<String>();
        let instant: Timestamp = match text.parse() {
            Ok(t) => t,
            Err(_) if text.parse::<jiff::civil::DateTime>().is_ok() => return Err(TimeError::NoZone { text: shown() }),
            Err(_) => return Err(TimeError::Syntax { text: shown() }),
        };
        Self::from_micros(instant.as_microsecond()).map_err(|_| TimeError::Absurd { text: shown() })
    }
}

impl TryFrom<String> for Time {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = Timestamp::from_microsecond(self.0).expect("the range was checked");
        write!(f, "{instant:.6}")
    }
}

impl From<Time> for String {
    fn from(time: Time) -> Self {
        time.to_string()
    }
}
