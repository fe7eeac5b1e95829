//! All tables, compiled for a day into one sorted structure per family.

mod cloud;
mod compile;
mod interned;
mod resolve;
mod sanity;
mod spans;
mod sweep;

use std::net::IpAddr;

use jiff::civil::Date;

pub(crate) use self::resolve::{Record, TextNumber};
use self::{
    interned::Interned,
    resolve::Cited,
    spans::{NarrowSpans, WideSpans},
};
use crate::{
    network::{V4, number},
    origin::{Contradiction, Origin, Source},
    table::Table,
};

/// What loaded tables say of any address. Immutable: to reload, compile anew and swap.
pub struct Tables {
    v4: NarrowSpans,
    v6: WideSpans,
    /// What can be said; the first says nothing.
    records: Vec<Record>,
    texts: Interned<Box<str>>,
    contradictions: Interned<Vec<Contradiction>>,
    sources: Interned<Vec<Cited>>,
    /// Name, day of the data and last good day; freshest first, as cited by number.
    cited: Vec<(String, Date, Date)>,
    on: Date,
}

/// Why tables were not compiled; what was compiled before stays good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{found} tables where {limit} are allowed; join some")]
    TooMany { found: usize, limit: usize },
    #[error("two tables are called `{0}`; give each its own name, since origins cite them by it")]
    SameName(String),
    #[error(
        "table `{table}` puts {found} IPv4 addresses into {country}, to which the registries gave {registered}; the table \
         is broken, so use another"
    )]
    Insane { table: String, country: String, found: u64, registered: u64 },
}

impl Tables {
    /// Compiles tables for a day. On a fact that tables disagree about, the freshest stands and a contradiction says so.
    pub fn compile(tables: Vec<Table>, on: Date) -> Result<Self, Refusal> {
        compile::compile(tables, on)
    }

    /// What the tables say of an address; a mapped address is looked up as IPv4.
    #[inline]
    pub fn trace(&self, address: IpAddr) -> Origin<'_> {
        let number = number(address);
        let record = if number >> 32 == V4.first >> 32 { self.v4.get(number as u32) } else { self.v6.get(number) };
        Origin::new(address.to_canonical(), &self.records[record as usize], self)
    }

    /// The day they were compiled for.
    pub fn compiled_for(&self) -> Date {
        self.on
    }

    /// The last day on which this compilation is right; then a table expires. None where all have expired.
    pub fn good_until(&self) -> Option<Date> {
        self.cited.iter().map(|&(_, _, until)| until).filter(|&until| until >= self.on).min()
    }

    /// Tables that are too old to count, with the day of their data. What they would say is unknown for every address.
    pub fn expired(&self) -> impl Iterator<Item = (&str, Date)> {
        self.cited.iter().filter(|(_, _, until)| *until < self.on).map(|(name, as_of, _)| (name.as_str(), *as_of))
    }

    /// How many stretches of addresses each family has, IPv4 first.
    pub fn sizes(&self) -> [usize; 2] {
        [self.v4.len(), self.v6.len()]
    }

    pub(crate) fn text(&self, text: Option<TextNumber>) -> Option<&str> {
        text.map(|text| &**self.texts.get(text.interned()))
    }

    pub(crate) fn contradictions(&self, record: &Record) -> &[Contradiction] {
        self.contradictions.get(record.contradictions)
    }

    pub(crate) fn sources<'t>(&'t self, record: &Record) -> impl Iterator<Item = Source<'t>> + use<'t> {
        self.sources.get(record.sources).iter().map(|&Cited { fact, table }| {
            let (name, as_of, _) = &self.cited[usize::from(table)];
            Source { fact, table: name, as_of: *as_of }
        })
    }
}
