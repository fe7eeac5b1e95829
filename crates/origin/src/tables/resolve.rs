//! From what each table says of a stretch to one record, with sources and contradictions.

use std::{num::NonZeroU32, sync::Arc};

use jiff::civil::Date;

use super::{
    cloud,
    interned::{Interned, Interning},
    sweep::SILENT,
};
use crate::{
    class::Class,
    country::Country,
    origin::{Contradiction, Fact, Statement},
    says::Says,
    table::Table,
};

/// The facts of a stretch; texts and lists by number. Half a cache line, so that a lookup never reads two for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(align(32))]
pub(crate) struct Record {
    pub(crate) class: Class,
    pub(crate) registered: Option<Country>,
    pub(crate) located: Option<Country>,
    pub(crate) asn: Option<u32>,
    pub(crate) as_name: Option<TextNumber>,
    pub(crate) provider: Option<TextNumber>,
    pub(crate) contradictions: u32,
    pub(crate) sources: u32,
}

impl Record {
    /// For addresses of which no table speaks.
    const SILENT: Self = Self {
        class: Class::Unknown,
        registered: None,
        located: None,
        asn: None,
        as_name: None,
        provider: None,
        contradictions: 0,
        sources: 0,
    };
}

const _: () = assert!(size_of::<Record>() == 32);

/// The number of a text, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TextNumber(NonZeroU32);

impl TextNumber {
    pub(super) fn of(interned: u32) -> Option<Self> {
        interned.checked_add(1).and_then(NonZeroU32::new).map(Self)
    }

    /// The number as it was interned.
    pub(super) fn interned(self) -> u32 {
        self.0.get() - 1
    }
}

/// A table, by number, that said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cited {
    pub(crate) fact: Fact,
    pub(crate) table: u16,
}

/// Turns combinations of sayings into records.
pub(super) struct Resolver<'a> {
    tables: &'a [Table],
    on: Date,
    records: Interning<Record>,
    texts: Interning<Box<str>>,
    contradictions: Interning<Vec<Contradiction>>,
    sources: Interning<Vec<Cited>>,
}

/// Everything that was numbered on the way.
pub(super) type Resolved = (Vec<Record>, Interned<Box<str>>, Interned<Vec<Contradiction>>, Interned<Vec<Cited>>);

/// One table's word on one fact.
#[derive(Debug, Clone, Copy)]
struct Said<T> {
    table: u16,
    value: T,
}

/// A class and who runs it.
type Membership = (Class, Option<Arc<str>>);

impl<'a> Resolver<'a> {
    pub(super) fn new(tables: &'a [Table], on: Date) -> Self {
        let mut resolver = Self {
            tables,
            on,
            records: Interning::new(),
            texts: Interning::new(),
            contradictions: Interning::new(),
            sources: Interning::new(),
        };
        resolver.contradictions.number(Vec::new());
        resolver.sources.number(Vec::new());
        resolver.records.number(Record::SILENT);
        resolver
    }

    pub(super) fn finish(self) -> Resolved {
        let records = self.records.finish().into_values();
        (records, self.texts.finish(), self.contradictions.finish(), self.sources.finish())
    }

    /// The record for what each table says, by number of its saying.
    pub(super) fn resolve(&mut self, sayings: &[u32]) -> u32 {
        let mut case = Case { tables: self.tables, sources: Vec::new(), contradictions: Vec::new() };
        let mut words = self.fresh(sayings, &mut case);
        let registered = case.settle(Fact::RegisteredCountry, &words, |says| says.registered);
        let located = case.settle(Fact::LocatedCountry, &words, |says| says.located);
        case.compare_countries(registered, located);
        let asn = case.settle(Fact::Asn, &words, |says| says.asn);
        if let Some(asn) = asn {
            self.add_network(asn.value, &mut words, &mut case);
        }
        let named: Vec<_> = words
            .iter()
            .filter(|(_, says)| says.asn.is_none() || says.asn == asn.map(|asn| asn.value))
            .copied()
            .collect();
        // Registries and lists spell names each in their own way, so another spelling is no contradiction.
        let as_name =
            named.iter().find_map(|(table, says)| says.as_name.as_deref().map(|value| Said { table: *table, value }));
        as_name.iter().for_each(|said| case.cite(Fact::AsName, said.table));
        let (class, provider) = case.classify(memberships(&words, asn));
        let provider = provider.and_then(|provider| TextNumber::of(self.texts.number(provider.as_ref().into())));
        let as_name = as_name.and_then(|said| TextNumber::of(self.texts.number(said.value.into())));
        case.sources.sort_unstable();
        case.sources.dedup();
        let record = Record {
            class,
            registered: registered.map(|said| said.value),
            located: located.map(|said| said.value),
            asn: asn.map(|said| said.value),
            as_name,
            provider,
            contradictions: self.contradictions.number(case.contradictions),
            sources: self.sources.number(case.sources),
        };
        self.records.number(record)
    }

    /// What tables say that still count; the others are cited as expired.
    fn fresh(&self, sayings: &[u32], case: &mut Case<'a>) -> Vec<(u16, &'a Says)> {
        let mut words = Vec::new();
        for ((table, &number), place) in self.tables.iter().zip(sayings).zip(0..) {
            let Some(says) = (number != SILENT).then(|| table.says(number)).flatten() else { continue };
            if table.good_until() < self.on {
                case.cite(Fact::Expired, place);
            } else {
                words.push((place, says));
            }
        }
        words
    }

    /// What tables say of the whole AS.
    fn add_network(&self, asn: u32, words: &mut Vec<(u16, &'a Says)>, case: &mut Case<'a>) {
        for (table, place) in self.tables.iter().zip(0..) {
            match table.network(asn) {
                Some(_) if table.good_until() < self.on => case.cite(Fact::Expired, place),
                Some(says) => words.push((place, says)),
                None => {}
            }
        }
        words.sort_by_key(|&(place, _)| place);
    }
}

/// Every class that is said, with who says it; the AS of a well-known cloud says so too.
fn memberships(words: &[(u16, &Says)], asn: Option<Said<u32>>) -> Vec<Said<Membership>> {
    let listed = words.iter().flat_map(|&(table, says)| {
        says.classes.iter().map(move |class| Said { table, value: (class, says.provider.clone()) })
    });
    let known = asn.and_then(|Said { table, value }| {
        cloud::provider(value).map(|provider| Said { table, value: (Class::Cloud, Some(provider.into())) })
    });
    listed.chain(known).collect()
}

/// One combination being resolved.
struct Case<'a> {
    tables: &'a [Table],
    sources: Vec<Cited>,
    contradictions: Vec<Contradiction>,
}

impl Case<'_> {
    fn cite(&mut self, fact: Fact, table: u16) {
        self.sources.push(Cited { fact, table });
    }

    /// The word of the freshest table on a fact; others that differ make a contradiction.
    fn settle<T: Copy + PartialEq + ToString>(
        &mut self,
        fact: Fact,
        words: &[(u16, &Says)],
        read: impl Fn(&Says) -> Option<T>,
    ) -> Option<Said<T>> {
        let said: Vec<Said<T>> =
            words.iter().filter_map(|&(table, says)| read(says).map(|value| Said { table, value })).collect();
        said.iter().for_each(|said| self.cite(fact, said.table));
        let first = *said.first()?;
        if said.iter().any(|other| other.value != first.value) {
            let says = said.iter().map(|said| self.statement(fact, said.table, said.value.to_string())).collect();
            self.contradictions.push(Contradiction { says });
        }
        Some(first)
    }

    /// Registered in one country and used in another: common, and worth a closer look.
    fn compare_countries(&mut self, registered: Option<Said<Country>>, located: Option<Said<Country>>) {
        if let (Some(registered), Some(located)) = (registered, located)
            && registered.value != located.value
        {
            let says = vec![
                self.statement(Fact::RegisteredCountry, registered.table, registered.value.to_string()),
                self.statement(Fact::LocatedCountry, located.table, located.value.to_string()),
            ];
            self.contradictions.push(Contradiction { says });
        }
    }

    /// The most telling class and its provider. A class that another explains is cited, not held against it.
    fn classify(&mut self, said: Vec<Said<Membership>>) -> Membership {
        let class = said.iter().map(|said| said.value.0).min().unwrap_or(Class::Unknown);
        for said in &said {
            let fact = if said.value.0 == class { Fact::Class } else { Fact::Also(said.value.0) };
            self.cite(fact, said.table);
        }
        if class.is_servers() && said.iter().any(|said| said.value.0.is_subscribers()) {
            let says = said.iter().map(|said| self.statement(Fact::Class, said.table, said.value.0.to_string()));
            let says = says.collect();
            self.contradictions.push(Contradiction { says });
        }
        (class, self.provider(class, &said))
    }

    fn provider(&mut self, class: Class, said: &[Said<Membership>]) -> Option<Arc<str>> {
        let runs: Vec<(u16, &Arc<str>)> = said
            .iter()
            .filter(|said| said.value.0 == class)
            .filter_map(|said| said.value.1.as_ref().map(|provider| (said.table, provider)))
            .collect();
        runs.iter().for_each(|&(table, _)| self.cite(Fact::Provider, table));
        let &(_, first) = runs.first()?;
        if runs.iter().any(|&(_, other)| other != first) {
            let says = runs.iter().map(|&(table, name)| self.statement(Fact::Provider, table, name.to_string()));
            let says = says.collect();
            self.contradictions.push(Contradiction { says });
        }
        Some(Arc::clone(first))
    }

    fn statement(&self, fact: Fact, table: u16, value: String) -> Statement {
        Statement { fact, value, table: self.tables[usize::from(table)].name().to_owned() }
    }
}
