//! The names of the formats that can be read.

use std::{fmt, str::FromStr};

/// The shape of the rows; packing (.gz, .zst) is always found by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Found by looking at the first rows.
    Auto,
    /// Log v1 as JSON Lines, or as one JSON list.
    Jsonl,
    /// Log v1 as Parquet.
    Parquet,
    /// AWS Bedrock model invocation log.
    Bedrock,
    /// OpenTelemetry GenAI spans as OTLP/JSON.
    Otel,
    /// LiteLLM spend log.
    Litellm,
}

/// Which log a file is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Log {
    Exchanges,
    Accounts,
}

/// A name that is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("format `{name}` is unknown; use one of auto, jsonl, parquet, bedrock, otel, litellm")]
pub struct FormatError {
    name: String,
}

impl Format {
    pub const ALL: [Self; 6] = [Self::Auto, Self::Jsonl, Self::Parquet, Self::Bedrock, Self::Otel, Self::Litellm];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
            Self::Bedrock => "bedrock",
            Self::Otel => "otel",
            Self::Litellm => "litellm",
        }
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let found = Self::ALL.into_iter().find(|f| f.name() == text);
        found.ok_or_else(|| FormatError { name: crate::reject::clip(text) })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exchanges => "exchange log",
            Self::Accounts => "account log",
        })
    }
}
