//! Tables of columns: countries, AS ranges, AS names, Tor exits.

use std::{borrow::Cow, net::IpAddr};

use rustc_hash::FxHashMap;

use super::{
    Fault, Limits, Problem,
    lines::{asn, lines},
    lists::member,
};
use crate::{
    class::Class,
    kind::Role,
    network::{Span, clip},
    says::{Rows, Says},
    table::Content,
};

/// `prefix,country,…`: a registry's table, or a geofeed, which may also be the list of a class.
pub(super) fn country_prefixes(bytes: &[u8], role: &Role, rows: &mut Rows<'_>, limits: &Limits) -> Result<(), Fault> {
    let of_class = match role {
        Role::Class(_) | Role::Cloud(_) => Some(super::members(role)?),
        Role::Registered | Role::Located | Role::Own => None,
    };
    each(bytes, limits, &["prefix", "ip_prefix", "network"], |line| {
        let [prefix, country] = cells(line, "prefix,country")?;
        let span = if of_class.is_some() { member(prefix)? } else { Span::parse(prefix)? };
        let country = if country.is_empty() { None } else { Some(country.parse()?) };
        let mut says = of_class.clone().unwrap_or_default();
        match role {
            Role::Registered => says.registered = country,
            _ => says.located = country,
        }
        if says == Says::default() {
            return Ok(());
        }
        let says = rows.number(says);
        rows.push(span, says)
    })
}

/// `start,end,asn`, or with tabs `start end asn country name`; number 0 is space that nobody announces.
pub(super) fn as_ranges(bytes: &[u8], rows: &mut Rows<'_>, limits: &Limits) -> Result<(), Fault> {
    each(bytes, limits, &["start", "ip_start", "first"], |line| {
        let [first, last, number] = cells(line, "start,end,asn")?;
        let span = Span::between(ip(first)?, ip(last)?);
        let span = span.ok_or_else(|| Problem::NotRange { first: clip(first), last: clip(last) })?;
        match asn(number)? {
            0 => Ok(()),
            number => {
                let name = line.split('\t').nth(4).filter(|name| !name.is_empty());
                let says = rows.number(Says { asn: Some(number), as_name: name.map(Into::into), ..Says::default() });
                rows.push(span, says)
            }
        }
    })
}

/// `asn,name`, the name in quotes where it has commas.
pub(super) fn as_names(bytes: &[u8], limits: &Limits) -> Result<Content, Fault> {
    let mut networks: FxHashMap<u32, Says> = FxHashMap::default();
    each(bytes, limits, &["asn", "as"], |line| {
        let (number, name) =
            line.split_once(',').ok_or(Problem::Columns { expected: 2, found: 1, columns: "asn,name" })?;
        let number = asn(number.trim())?;
        let says = Says { as_name: Some(unquote(name.trim()).into()), ..Says::default() };
        match networks.insert(number, says.clone()) {
            Some(before) if before != says => Err(Problem::NetworkTwice(number)),
            _ if networks.len() > limits.rows => Err(Problem::TooManyRows(limits.rows)),
            _ => Ok(()),
        }
    })?;
    if networks.is_empty() {
        return Err((None, Problem::Empty));
    }
    Ok(Content::Networks(networks))
}

/// `fingerprint, ipaddr, port`: one row an address of a relay, so an address may come again.
pub(super) fn tor_exits(bytes: &[u8], rows: &mut Rows<'_>, limits: &Limits) -> Result<(), Fault> {
    let says = rows.number(Says::class(Class::Tor));
    each(bytes, limits, &["fingerprint"], |line| {
        let [_, address] = cells(line, "fingerprint,ipaddr,port")?;
        let address = ip(address)?;
        Span::between(address, address).map_or(Ok(()), |span| rows.push(span, says))
    })
}

/// Every line but a heading, which starts with one of these words.
fn each(
    bytes: &[u8],
    limits: &Limits,
    heading: &[&str],
    mut row: impl FnMut(&str) -> Result<(), Problem>,
) -> Result<(), Fault> {
    for (place, line) in lines(bytes, limits.line).enumerate() {
        let (number, line) = line?;
        let word = line.split([',', '\t']).next().unwrap_or_default().trim();
        if place == 0 && heading.contains(&word.to_ascii_lowercase().as_str()) {
            continue;
        }
        row(line).map_err(|problem| (Some(number), problem))?;
    }
    Ok(())
}

/// The first columns of a line, without blanks and quotes.
fn cells<'l, const N: usize>(line: &'l str, columns: &'static str) -> Result<[&'l str; N], Problem> {
    let mut cells = [""; N];
    let mut found = 0;
    for cell in line.split([',', '\t']).take(N) {
        cells[found] = cell.trim().trim_matches('"');
        found += 1;
    }
    if found < N { Err(Problem::Columns { expected: N, found, columns }) } else { Ok(cells) }
}

fn ip(text: &str) -> Result<IpAddr, Problem> {
    text.parse().map_err(|_| Problem::NotAddress(clip(text)))
}

fn unquote(text: &str) -> Cow<'_, str> {
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) => Cow::Owned(inner.replace("\"\"", "\"")),
        None => Cow::Borrowed(text),
    }
}
