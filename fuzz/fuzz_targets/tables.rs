//! Shared by the targets of tables: reads bytes as one kind of table and looks addresses up in it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::civil::{Date, date};
use origin::{Format, Kind, Limits, Role, Table, Tables};

const ON: Date = date(2026, 9, 1);

/// No input may panic, loop, or make a table that cannot be compiled and asked.
pub fn table(bytes: &[u8], format: Format, role: Role) {
    let limits = Limits { bytes: 1 << 20, rows: 100_000, line: 4096 };
    let Ok(table) = Table::read("fuzz", Kind { format, role }, ON, bytes, &limits) else { return };
    let Ok(tables) = Tables::compile(vec![table], ON) else { return };
    let first = bytes.first_chunk::<16>().map_or(0, |bytes| u128::from_be_bytes(*bytes));
    for address in [IpAddr::V6(Ipv6Addr::from_bits(first)), IpAddr::V4(Ipv4Addr::from_bits(first as u32))] {
        serde_json::to_string(&tables.trace(address)).expect("an origin is JSON");
    }
}
