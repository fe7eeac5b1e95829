//! MaxMind DB files, walked once into rows.
//!
//! The walk is counted: in a sound tree there is one leaf more than there are nodes, so a file whose tree joins or loops
//! is refused instead of followed. Each record is decoded once, and only the fields that say something.

mod record;

use std::net::IpAddr;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use maxminddb::{Reader, WithinOptions};
use rustc_hash::FxHashMap;

use self::record::Record;
use super::{Limits, Problem};
use crate::{
    network::{Span, V4},
    says::{Rows, Says},
    table::Content,
};

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<(Content, Option<Date>), Problem> {
    let reader = Reader::from_source(bytes).map_err(Problem::Mmdb)?;
    let mut rows = Rows::new(limits);
    let mut decoded: FxHashMap<usize, Option<u32>> = FxHashMap::default();
    let whole = WithinOptions::default().include_networks_without_data();
    let leaves = reader.metadata().node_count as usize + 2;
    for (place, found) in reader.networks(whole).map_err(Problem::Mmdb)?.enumerate() {
        let found = found.map_err(Problem::Mmdb)?;
        if place >= leaves {
            return Err(Problem::Circles);
        }
        let Some(offset) = found.offset() else { continue };
        let says = match decoded.get(&offset) {
            Some(&says) => says,
            None => {
                let record: Option<Record> = found.decode().map_err(Problem::Mmdb)?;
                let says = record.unwrap_or_default().says(&reader.metadata().database_type);
                let says = (says != Says::default()).then(|| rows.number(says));
                decoded.insert(offset, says);
                says
            }
        };
        if let Some(says) = says {
            let network = found.network().map_err(Problem::Mmdb)?;
            push(network.ip(), network.prefix(), says, &mut rows)?;
        }
    }
    let (rows, says) = rows.finish()?;
    Ok((Content::Addresses { rows, says }, built(reader.metadata().build_epoch)))
}

/// A network that holds all of ::/96 holds the IPv4 addresses, which such a database keeps there.
fn push(address: IpAddr, length: u8, says: u32, rows: &mut Rows<'_>) -> Result<(), Problem> {
    let Some((span, _)) = Span::prefix(address, length) else { return Ok(()) };
    if address.is_ipv6() && length <= 96 && span.first == 0 && !span.contains(V4) {
        rows.push(V4, says)?;
    }
    rows.push(span, says)
}

/// The day of a build; none where the number is past all dates.
fn built(epoch: u64) -> Option<Date> {
    let second = i64::try_from(epoch).ok().filter(|&second| second > 0)?;
    Timestamp::from_second(second).ok().map(|time| time.to_zoned(TimeZone::UTC).date())
}
