//! One table: a name, a date, and what it says of addresses or of networks.

use jiff::{ToSpan, civil::Date};
use rustc_hash::FxHashMap;

use crate::{
    kind::{Format, Kind, Role},
    read::{self, Limits, Problem, TableError},
    says::{Row, Says},
};

/// A table that was read whole and without a fault.
#[derive(Debug, Clone)]
pub struct Table {
    name: String,
    as_of: Date,
    knows_its_day: bool,
    max_age_days: u16,
    pub(crate) kind: Kind,
    pub(crate) content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// Rows in order, without overlaps.
    Addresses { rows: Vec<Row>, says: Vec<Says> },
    /// What is said of an AS, by its number.
    Networks(FxHashMap<u32, Says>),
}

impl Table {
    /// Reads a table. One bad row refuses all of it, since a half of a table says the wrong thing without a sign.
    ///
    /// `name` is what origins cite. `as_of` is the day of the data; a database that knows an earlier day of its own
    /// keeps that one.
    pub fn read(name: &str, kind: Kind, as_of: Date, bytes: &[u8], limits: &Limits) -> Result<Self, TableError> {
        let fail = |(line, problem)| TableError { table: name.to_owned(), line, problem };
        if bytes.len() > limits.bytes {
            return Err(fail((None, Problem::TooLong { bytes: bytes.len(), limit: limits.bytes })));
        }
        let (content, built) = read::content(&kind, bytes, limits).map_err(fail)?;
        let knows_its_day = built.is_some();
        let as_of = built.map_or(as_of, |built| built.min(as_of));
        let max_age_days = kind.max_age_days();
        Ok(Self { name: name.to_owned(), as_of, knows_its_day, max_age_days, kind, content })
    }

    /// With another age limit than that of its kind.
    #[must_use]
    pub fn max_age_days(mut self, days: u16) -> Self {
        self.max_age_days = days;
        self
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The day of its data.
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// Whether the content says of which day it is.
    pub fn knows_its_day(&self) -> bool {
        self.knows_its_day
    }

    /// The last day on which its word counts.
    pub fn good_until(&self) -> Date {
        self.as_of.saturating_add(i32::from(self.max_age_days).days())
    }

    /// How many spans of addresses, or networks, it speaks of.
    pub fn len(&self) -> usize {
        match &self.content {
            Content::Addresses { rows, .. } => rows.len(),
            Content::Networks(networks) => networks.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn rows(&self) -> &[Row] {
        match &self.content {
            Content::Addresses { rows, .. } => rows,
            Content::Networks(_) => &[],
        }
    }

    /// What the row with this saying says.
    pub(crate) fn says(&self, number: u32) -> Option<&Says> {
        match &self.content {
            Content::Addresses { says, .. } => says.get(number as usize),
            Content::Networks(_) => None,
        }
    }

    /// What it says of an AS.
    pub(crate) fn network(&self, asn: u32) -> Option<&Says> {
        match &self.content {
            Content::Addresses { .. } => None,
            Content::Networks(networks) => networks.get(&asn),
        }
    }

    /// A registry's own account of which country holds what.
    pub(crate) fn is_registry(&self) -> bool {
        self.kind.role == Role::Registered && matches!(self.kind.format, Format::Delegated | Format::CountryPrefixes)
    }
}
