//! The names of the formats that can be read.

use std::{fmt, str::FromStr};

/// What a file is; packing (.gz, .zst) is always found by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Found by looking at the first bytes.
    Auto,
    /// FollowTheMoney entities as JSON Lines.
    Ftm,
    /// Beneficial Ownership Data Standard 0.4, as a JSON list or lines.
    Bods,
    /// GLEIF Level 1, who is who: XML, CSV or JSON.
    GleifEntities,
    /// GLEIF Level 2, relationship records: XML, CSV or JSON.
    GleifRelationships,
    /// GLEIF Level 2, reporting exceptions: XML, CSV or JSON.
    GleifExceptions,
    /// Companies House snapshot of persons with significant control.
    Psc,
    /// OFAC `sdn.csv`.
    OfacSdn,
    /// OFAC `cons_prim.csv`, of the same shape.
    OfacConsolidated,
    /// OFAC `alt.csv` and `cons_alt.csv`.
    OfacAliases,
    /// OFAC `add.csv` and `cons_add.csv`.
    OfacAddresses,
    /// A list of names as CSV with a header.
    Names,
}

/// A name that is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("format `{name}` is unknown; use one of {}", Format::ALL.map(Format::name).join(", "))]
pub struct FormatError {
    name: String,
}

impl Format {
    pub const ALL: [Self; 12] = [
        Self::Auto,
        Self::Ftm,
        Self::Bods,
        Self::GleifEntities,
        Self::GleifRelationships,
        Self::GleifExceptions,
        Self::Psc,
        Self::OfacSdn,
        Self::OfacConsolidated,
        Self::OfacAliases,
        Self::OfacAddresses,
        Self::Names,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Ftm => "ftm",
            Self::Bods => "bods",
            Self::GleifEntities => "gleif-entities",
            Self::GleifRelationships => "gleif-relationships",
            Self::GleifExceptions => "gleif-exceptions",
            Self::Psc => "psc",
            Self::OfacSdn => "ofac-sdn",
            Self::OfacConsolidated => "ofac-consolidated",
            Self::OfacAliases => "ofac-aliases",
            Self::OfacAddresses => "ofac-addresses",
            Self::Names => "names",
        }
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let found = Self::ALL.into_iter().find(|f| f.name() == text);
        found.ok_or_else(|| FormatError { name: crate::reject::clip(text).into_owned() })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
