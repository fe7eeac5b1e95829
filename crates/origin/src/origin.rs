//! The answer for one address.

use std::{fmt, net::IpAddr};

use jiff::civil::Date;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{class::Class, country::Country, tables::Record, tables::Tables};

/// What the tables say of one address; borrows from them.
#[derive(Clone, Copy)]
pub struct Origin<'t> {
    address: IpAddr,
    record: &'t Record,
    tables: &'t Tables,
}

/// What a source says something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    RegisteredCountry,
    LocatedCountry,
    Asn,
    AsName,
    /// The class that stands.
    Class,
    Provider,
    /// A class that another one comes before, such as the VPN list that takes in a relay.
    Also(Class),
    /// Something that the table used to say; it is too old to count.
    Expired,
}

/// A table that said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Source<'t> {
    pub fact: Fact,
    pub table: &'t str,
    pub as_of: Date,
}

/// One side of a contradiction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Statement {
    pub fact: Fact,
    pub value: String,
    pub table: String,
}

/// Statements that cannot all hold, or that differ where most agree. A reason to look closer, never to deny.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Contradiction {
    pub says: Vec<Statement>,
}

impl<'t> Origin<'t> {
    pub(crate) fn new(address: IpAddr, record: &'t Record, tables: &'t Tables) -> Self {
        Self { address, record, tables }
    }

    /// The address, a mapped one as IPv4.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    pub fn class(&self) -> Class {
        self.record.class
    }

    /// Who runs the cloud, VPN or proxy.
    pub fn provider(&self) -> Option<&'t str> {
        self.tables.text(self.record.provider)
    }

    pub fn registered_country(&self) -> Option<Country> {
        self.record.registered
    }

    pub fn located_country(&self) -> Option<Country> {
        self.record.located
    }

    pub fn asn(&self) -> Option<u32> {
        self.record.asn
    }

    pub fn as_name(&self) -> Option<&'t str> {
        self.tables.text(self.record.as_name)
    }

    pub fn contradictions(&self) -> &'t [Contradiction] {
        self.tables.contradictions(self.record)
    }

    /// Which table said what, and what was too old to count.
    pub fn sources(&self) -> impl Iterator<Item = Source<'t>> + use<'t> {
        self.tables.sources(self.record)
    }
}

impl fmt::Debug for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address is personal data and stays out of logs.
        f.debug_struct("Origin").field("record", self.record).finish_non_exhaustive()
    }
}

impl Serialize for Origin<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("address", &self.address)?;
        map.serialize_entry("class", &self.class())?;
        entry(&mut map, "provider", self.provider())?;
        entry(&mut map, "registered_country", self.registered_country())?;
        entry(&mut map, "located_country", self.located_country())?;
        entry(&mut map, "asn", self.asn())?;
        entry(&mut map, "as_name", self.as_name())?;
        map.serialize_entry("contradictions", self.contradictions())?;
        map.serialize_entry("sources", &self.sources().collect::<Vec<_>>())?;
        map.end()
    }
}

fn entry<M: SerializeMap, T: Serialize>(map: &mut M, key: &'static str, value: Option<T>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(key, &value))
}

impl Fact {
    /// The word used in JSON: the field's own name, or the class that was said besides.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RegisteredCountry => "registered_country",
            Self::LocatedCountry => "located_country",
            Self::Asn => "asn",
            Self::AsName => "as_name",
            Self::Class => "class",
            Self::Provider => "provider",
            Self::Also(class) => class.as_str(),
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Statement { fact, value, table }) in self.says.iter().enumerate() {
            let before = if place == 0 { "" } else { "; " };
            write!(f, "{before}{fact} is {value} by `{table}`")?;
        }
        Ok(())
    }
}

impl Serialize for Contradiction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("text", &self.to_string())?;
        map.serialize_entry("says", &self.says)?;
        map.end()
    }
}
