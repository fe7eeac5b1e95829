//! Whether a table of countries can be true: no country uses far more space than the registries gave it.
//!
//! A widely copied set of country blocks puts 330 million addresses into Australia, seven times what it holds, and so
//! swallows other countries. Space that is used abroad moves totals too, but never so far.

use rustc_hash::FxHashMap;

use super::Refusal;
use crate::{country::Country, kind::Format, says::Says, table::Table};

/// Less registered space than this is not a picture of the world that others could be held against.
const WHOLE: u64 = 1 << 31;
/// A country may use this many times its registered space …
const FACTOR: u64 = 3;
/// … and this much more; small countries differ by large factors.
const SLACK: u64 = 1 << 24;

type Totals = FxHashMap<Country, u64>;

pub(super) fn check(tables: &[Table]) -> Result<(), Refusal> {
    let registered = registered(tables);
    if registered.values().sum::<u64>() < WHOLE {
        return Ok(());
    }
    for table in tables.iter().filter(|table| !table.is_registry()) {
        for fact in [|says: &Says| says.located, |says: &Says| says.registered] {
            check_one(table, &totals(table, fact), &registered)?;
        }
    }
    Ok(())
}

fn check_one(table: &Table, totals: &Totals, registered: &Totals) -> Result<(), Refusal> {
    let mut totals: Vec<_> = totals.iter().map(|(&country, &found)| (country, found)).collect();
    totals.sort_unstable();
    for (country, found) in totals {
        let registered = registered.get(&country).copied().unwrap_or_default();
        if found > registered * FACTOR + SLACK {
            let (table, country) = (table.name().to_owned(), country.to_string());
            return Err(Refusal::Insane { table, country, found, registered });
        }
    }
    Ok(())
}

/// Registered space: the delegated files of the registries add up; other tables each show the whole.
fn registered(tables: &[Table]) -> Totals {
    let (mut most, mut delegated) = (Totals::default(), Totals::default());
    for table in tables.iter().filter(|table| table.is_registry()) {
        for (country, found) in totals(table, |says| says.registered) {
            if table.kind.format == Format::Delegated {
                *delegated.entry(country).or_default() += found;
            } else {
                let most = most.entry(country).or_default();
                *most = found.max(*most);
            }
        }
    }
    for (country, found) in delegated {
        let most = most.entry(country).or_default();
        *most = found.max(*most);
    }
    most
}

fn totals(table: &Table, fact: impl Fn(&Says) -> Option<Country>) -> Totals {
    let mut totals = Totals::default();
    for row in table.rows() {
        if let Some(country) = table.says(row.says).and_then(&fact) {
            *totals.entry(country).or_default() += row.span.v4_addresses();
        }
    }
    totals
}
