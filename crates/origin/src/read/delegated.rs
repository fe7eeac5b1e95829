//! The registries' delegated and delegated-extended files.
//!
//! `registry|cc|type|start|value|date|status|…`. The value of an IPv4 row is a *count* of addresses, which need not be a
//! power of two; that of an IPv6 row is a prefix length. Source: the registries' statistics exchange format, version 2.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::civil::Date;

use super::{Fault, Limits, Problem, lines::lines};
use crate::{
    country::Country,
    network::{Span, clip},
    says::{Rows, Says},
};

/// Reads all rows; gives the last day that the heading speaks of, the earliest where files were joined.
pub(super) fn read(bytes: &[u8], rows: &mut Rows<'_>, limits: &Limits) -> Result<Option<Date>, Fault> {
    let mut built: Option<Date> = None;
    for line in lines(bytes, limits.line) {
        let (number, line) = line?;
        if is_heading(line) {
            built = built.into_iter().chain(last_day(line)).min();
        } else {
            row(line, rows).map_err(|problem| (Some(number), problem))?;
        }
    }
    Ok(built)
}

/// The heading starts with the version of the format, where a row has the registry's name.
fn is_heading(line: &str) -> bool {
    line.starts_with(|first: char| first.is_ascii_digit())
}

/// The sixth cell of `version|registry|serial|records|first day|last day|offset`; registries write zeros for no day.
fn last_day(heading: &str) -> Option<Date> {
    let day = heading.split('|').nth(5).filter(|day| day.len() == 8)?;
    Date::strptime("%Y%m%d", day).ok()
}

fn row(line: &str, rows: &mut Rows<'_>) -> Result<(), Problem> {
    let cells: Vec<&str> = line.split('|').take(8).collect();
    let (country, family, start, value, status) = match cells[..] {
        // A summary has a star where the country is.
        [_, "*", ..] => return Ok(()),
        [_, country, family, start, value, _, status, ..] => (country, family, start, value, status),
        _ => {
            let columns = "registry|cc|type|start|value|date|status";
            return Err(Problem::Columns { expected: 7, found: cells.len(), columns });
        }
    };
    let held = matches!(status, "allocated" | "assigned");
    if !held || country.is_empty() || country == "ZZ" || family == "asn" {
        return Ok(());
    }
    let country: Country = country.parse()?;
    let span = if family == "ipv4" { v4(start, value)? } else { v6(start, value)? };
    let says = rows.number(Says { registered: Some(country), ..Says::default() });
    rows.push(span, says)
}

fn v4(start: &str, count: &str) -> Result<Span, Problem> {
    let first: Ipv4Addr = start.parse().map_err(|_| Problem::NotAddress(clip(start)))?;
    let not = || Problem::NotCount(clip(count));
    let more = count.parse::<u32>().ok().and_then(|count| count.checked_sub(1)).ok_or_else(not)?;
    let last = first.to_bits().checked_add(more).ok_or_else(not)?;
    Span::between(first.into(), Ipv4Addr::from_bits(last).into()).ok_or_else(not)
}

fn v6(start: &str, length: &str) -> Result<Span, Problem> {
    let first: Ipv6Addr = start.parse().map_err(|_| Problem::NotAddress(clip(start)))?;
    let length = length.parse().map_err(|_| Problem::NotCount(clip(length)))?;
    match Span::prefix(first.into(), length) {
        Some((span, true)) => Ok(span),
        Some((_, false)) => Err(Problem::HostBits(format!("{first}/{length}"))),
        None => Err(Problem::NotCount(length.to_string())),
    }
}
