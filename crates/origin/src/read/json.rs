//! Lists in JSON: MISP warning lists and the range files of cloud providers.

use serde::Deserialize;

use super::{Fault, Problem, lists::member};
use crate::says::{Rows, Says};

#[derive(Deserialize)]
struct WarningList<'a> {
    #[serde(rename = "type")]
    of: String,
    #[serde(borrow)]
    list: Vec<std::borrow::Cow<'a, str>>,
}

pub(super) fn warning_list(bytes: &[u8], says: Says, rows: &mut Rows<'_>) -> Result<(), Fault> {
    let list: WarningList<'_> = parse(bytes)?;
    if list.of != "cidr" {
        return Err((None, Problem::NotCidrList(list.of.chars().take(40).collect())));
    }
    push_all(list.list.iter().map(AsRef::as_ref), says, rows)
}

/// All four shapes at once: no key means two things in them.
#[derive(Deserialize)]
struct CloudRanges {
    /// Amazon and Google.
    #[serde(default)]
    prefixes: Vec<CloudPrefix>,
    /// Amazon.
    #[serde(default)]
    ipv6_prefixes: Vec<CloudPrefix>,
    /// Microsoft.
    #[serde(default)]
    values: Vec<ServiceTag>,
    /// Oracle.
    #[serde(default)]
    regions: Vec<Region>,
}

#[derive(Deserialize)]
struct CloudPrefix {
    #[serde(alias = "ipv6_prefix", alias = "ipv4Prefix", alias = "ipv6Prefix")]
    ip_prefix: String,
}

#[derive(Deserialize)]
struct ServiceTag {
    properties: ServiceTagProperties,
}

#[derive(Deserialize)]
struct ServiceTagProperties {
    #[serde(rename = "addressPrefixes")]
    address_prefixes: Vec<String>,
}

#[derive(Deserialize)]
struct Region {
    cidrs: Vec<RegionCidr>,
}

#[derive(Deserialize)]
struct RegionCidr {
    cidr: String,
}

pub(super) fn cloud(bytes: &[u8], says: Says, rows: &mut Rows<'_>) -> Result<(), Fault> {
    let CloudRanges { prefixes, ipv6_prefixes, values, regions } = parse(bytes)?;
    let plain = prefixes.iter().chain(&ipv6_prefixes).map(|prefix| &prefix.ip_prefix);
    let tags = values.iter().flat_map(|tag| &tag.properties.address_prefixes);
    let regions = regions.iter().flat_map(|region| &region.cidrs).map(|cidr| &cidr.cidr);
    push_all(plain.chain(tags).chain(regions).map(String::as_str), says, rows)
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| (Some(error.line()), Problem::Json(error)))
}

fn push_all<'a>(prefixes: impl Iterator<Item = &'a str>, says: Says, rows: &mut Rows<'_>) -> Result<(), Fault> {
    let says = rows.number(says);
    for prefix in prefixes {
        member(prefix).and_then(|span| rows.push(span, says)).map_err(|problem| (None, problem))?;
    }
    Ok(())
}
