//! The stretches of compiled tables as prefixes in a trie.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::{Ipv4Net, Ipv6Net};
use origin::Tables;
use prefix_trie::PrefixMap;

pub(crate) struct Tries {
    pub(crate) v4: PrefixMap<Ipv4Net, u32>,
    pub(crate) v6: PrefixMap<Ipv6Net, u32>,
    records: Vec<Record>,
}

/// As large as the record that an origin reads.
#[repr(align(32))]
struct Record {
    asn: Option<u32>,
}

impl Tries {
    pub(crate) fn of(tables: &Tables, files: &[(String, Vec<u8>)]) -> Self {
        let mut starts: Vec<IpAddr> = files.iter().flat_map(|(_, bytes)| turns(bytes)).collect();
        starts.sort_unstable();
        starts.dedup();
        let told = |address: IpAddr| {
            let origin = tables.trace(address);
            let countries = (origin.registered_country(), origin.located_country());
            (origin.class(), countries, origin.asn(), origin.provider(), origin.sources().count())
        };
        starts.dedup_by(|later, earlier| later.is_ipv4() == earlier.is_ipv4() && told(*later) == told(*earlier));
        let mut tries = Self { v4: PrefixMap::new(), v6: PrefixMap::new(), records: Vec::new() };
        let mut numbers = HashMap::new();
        for (place, &start) in starts.iter().enumerate() {
            if tables.trace(start).sources().next().is_none() {
                continue;
            }
            let number = *numbers.entry(told(start)).or_insert_with(|| {
                tries.records.push(Record { asn: tables.trace(start).asn() });
                tries.records.len() as u32 - 1
            });
            let next = starts.get(place + 1);
            match (start, next) {
                (IpAddr::V4(first), next) => {
                    let end = match next {
                        Some(IpAddr::V4(next)) => u128::from(next.to_bits()),
                        _ => 1 << 32,
                    };
                    for (first, length) in prefixes(first.to_bits().into(), end, 32) {
                        let prefix = Ipv4Net::new(Ipv4Addr::from_bits(first as u32), length).expect("is short enough");
                        tries.v4.insert(prefix, number);
                    }
                }
                (IpAddr::V6(first), Some(IpAddr::V6(next))) => {
                    for (first, length) in prefixes(first.to_bits(), next.to_bits(), 128) {
                        let prefix = Ipv6Net::new(Ipv6Addr::from_bits(first), length).expect("is short enough");
                        tries.v6.insert(prefix, number);
                    }
                }
                (IpAddr::V6(_), _) => {}
            }
        }
        tries
    }

    pub(crate) fn asn(&self, address: IpAddr) -> Option<u32> {
        let number = match address.to_canonical() {
            IpAddr::V4(address) => *self.v4.get_lpm(&address.into())?.1,
            IpAddr::V6(address) => *self.v6.get_lpm(&address.into())?.1,
        };
        self.records[number as usize].asn
    }
}

/// The fewest prefixes that hold the addresses from `first` up to `end`.
fn prefixes(mut first: u128, end: u128, width: u32) -> Vec<(u128, u8)> {
    let mut found = Vec::new();
    while first < end {
        let fits = (end - first).ilog2();
        let bits = first.trailing_zeros().min(fits).min(width);
        found.push((first, (width - bits) as u8));
        first += 1 << bits;
    }
    found
}

/// Where a list or table starts or stops saying something.
fn turns(bytes: &[u8]) -> Vec<IpAddr> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let spans = text.lines().filter_map(|line| {
        let mut cells = line.split(',').map(str::trim);
        let (first, second) = (cells.next()?, cells.next());
        if let Ok(prefix) = first.parse::<ipnet::IpNet>() {
            return Some((prefix.network(), prefix.broadcast()));
        }
        // A Tor exit stands in the second column.
        let first: IpAddr = first.parse().ok().or_else(|| second?.parse().ok())?;
        Some((first, second.and_then(|last| last.parse().ok()).unwrap_or(first)))
    });
    spans.flat_map(|(first, last)| [Some(first), after(last)]).flatten().collect()
}

fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => address.to_bits().checked_add(1).map(|next| Ipv4Addr::from_bits(next).into()),
        IpAddr::V6(address) => address.to_bits().checked_add(1).map(|next| Ipv6Addr::from_bits(next).into()),
    }
}
