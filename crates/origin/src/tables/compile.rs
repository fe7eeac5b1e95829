//! From tables to stretches: check, sweep, and resolve each distinct combination once.

use std::cmp::Reverse;

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use super::{Refusal, Tables, resolve::Resolver, sanity, spans::SpansBuilder, sweep::sweep};
use crate::{
    network::{Span, V4},
    says::Row,
    table::Table,
};

const MOST_TABLES: usize = 512;

pub(super) fn compile(mut tables: Vec<Table>, on: Date) -> Result<Tables, Refusal> {
    if tables.len() > MOST_TABLES {
        return Err(Refusal::TooMany { found: tables.len(), limit: MOST_TABLES });
    }
    tables.sort_by(|a, b| (Reverse(a.as_of()), a.name()).cmp(&(Reverse(b.as_of()), b.name())));
    check_names(&tables)?;
    sanity::check(&tables)?;

    let rows: Vec<&[Row]> = tables.iter().map(Table::rows).collect();
    let mut resolver = Resolver::new(&tables, on);
    let mut families = Families { v4: SpansBuilder::new(), v6: SpansBuilder::new() };
    let mut known: FxHashMap<Box<[u32]>, u32> = FxHashMap::default();
    sweep(&rows, |span, sayings| {
        let record = match known.get(sayings) {
            Some(&record) => record,
            None => {
                let record = resolver.resolve(sayings);
                known.insert(sayings.into(), record);
                record
            }
        };
        families.add(span, record);
    });
    let (records, texts, contradictions, sources) = resolver.finish();
    let cited = tables.iter().map(|table| (table.name().to_owned(), table.as_of(), table.good_until())).collect();
    Ok(Tables {
        v4: families.v4.finish(),
        v6: families.v6.finish_wide(),
        records,
        texts,
        contradictions,
        sources,
        cited,
        on,
    })
}

fn check_names(tables: &[Table]) -> Result<(), Refusal> {
    let mut names: Vec<&str> = tables.iter().map(Table::name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Refusal::SameName(pair[0].to_owned())),
        None => Ok(()),
    }
}

/// Stretches of both families.
struct Families {
    v4: SpansBuilder<u32>,
    v6: SpansBuilder<u128>,
}

impl Families {
    fn add(&mut self, span: Span, record: u32) {
        if let Some(v4) = span.intersect(V4) {
            self.v4.add(v4.first as u32, (v4.last as u32).checked_add(1), record);
        }
        // A mapped address is never looked up among the others, so a span of only those is left out there.
        if !V4.contains(span) {
            self.v6.add(span.first, span.last.checked_add(1), record);
        }
    }
}
