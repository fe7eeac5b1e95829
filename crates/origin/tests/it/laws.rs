//! What holds for all tables and addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use origin::{Kind, Limits, Tables};
use proptest::prelude::*;

use crate::support::{ON, read};

/// A prefix of few addresses, so that random ones meet and nest.
type Prefix = (u32, u8);

fn prefixes() -> impl Strategy<Value = Vec<Prefix>> {
    let prefix =
        (0_u32..64, 24_u8..=32).prop_map(|(low, length)| ((0x0102_0300 | low) & (u32::MAX << (32 - length)), length));
    prop::collection::vec(prefix, 1..40)
}

fn v4((first, length): Prefix) -> String {
    format!("{}/{length}", Ipv4Addr::from_bits(first))
}

fn v6((first, length): Prefix) -> String {
    format!("{}/{}", to_v6(first), length + 96)
}

fn to_v6(address: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(address))
}

fn covers((first, length): Prefix, address: u32) -> bool {
    (first ^ address) >> (32 - length) == 0
}

proptest! {
    #[test]
    fn a_lookup_is_a_scan(vpn in prefixes(), hosting in prefixes(), mut countries in prefixes()) {
        countries.sort_unstable();
        countries.dedup();
        let list = |prefixes: &[Prefix]| prefixes.iter().map(|&p| v4(p) + "\n" + &v6(p) + "\n").collect::<String>();
        let code = |at: usize| format!("A{}", char::from(b'A' + (at % 26) as u8));
        let rows = countries.iter().enumerate().map(|(at, &p)| format!("{0},{2}\n{1},{2}\n", v4(p), v6(p), code(at)));
        let tables = vec![
            read("vpn.txt", list(&vpn)).unwrap(),
            read("hosting.txt", list(&hosting)).unwrap(),
            read("rir.csv", rows.collect::<String>()).unwrap(),
        ];
        let tables = Tables::compile(tables, ON).unwrap();
        for address in 0x0102_02f0..0x0102_0410 {
            let any = |prefixes: &[Prefix]| prefixes.iter().any(|&p| covers(p, address));
            let class = if any(&vpn) { "vpn" } else if any(&hosting) { "hosting" } else { "unknown" };
            let longest = countries.iter().enumerate().filter(|(_, p)| covers(**p, address)).max_by_key(|(_, p)| p.1);
            let country = longest.map(|(at, _)| code(at));
            for address in [IpAddr::V4(address.into()), Ipv4Addr::from_bits(address).to_ipv6_mapped().into(), to_v6(address).into()] {
                let origin = tables.trace(address);
                prop_assert_eq!(origin.class().as_str(), class);
                prop_assert_eq!(origin.registered_country().map(|c| c.to_string()), country.clone());
            }
        }
    }

    /// Prefixes around the border between the halves of an address, and single addresses within one /64.
    #[test]
    fn ipv6_stretches_end_within_a_64_and_across(
        ends in prop::collection::vec((0_u128..6, 0_u128..4, 60_u8..=128), 1..30),
    ) {
        let base = 0x2001_0db8_u128 << 96;
        let spans: Vec<(u128, u128)> = ends.iter().map(|&(upper, lower, length)| {
            let host = (1_u128 << (128 - length)) - 1;
            let first = (base | upper << 64 | lower << 62 | lower) & !host;
            (first, first | host)
        }).collect();
        let lines = spans.iter().zip(&ends).map(|(span, end)| format!("{}/{}\n", Ipv6Addr::from_bits(span.0), end.2));
        let tables = Tables::compile(vec![read("vpn.txt", lines.collect::<String>()).unwrap()], ON).unwrap();
        let edges = spans.iter().flat_map(|&(first, last)| [first - 1, first, first + 1, last - 1, last, last + 1]);
        for address in edges.chain((0..8).map(|upper| base | upper << 64)) {
            let listed = spans.iter().any(|&(first, last)| first <= address && address <= last);
            let class = if listed { "vpn" } else { "unknown" };
            prop_assert_eq!(tables.trace(Ipv6Addr::from_bits(address).into()).class().as_str(), class);
        }
    }

    #[test]
    fn a_mapped_address_says_what_its_ipv4_address_says(bits: u32) {
        let tables = Tables::compile(vec![read("vpn.txt", "128.0.0.0/8\n64.0.0.0/8\n0.0.0.0/8\n::/13\n").unwrap()], ON).unwrap();
        let (plain, mapped) = (Ipv4Addr::from_bits(bits), Ipv4Addr::from_bits(bits).to_ipv6_mapped());
        let json = |address: IpAddr| serde_json::to_string(&tables.trace(address)).unwrap();
        prop_assert_eq!(json(plain.into()), json(mapped.into()));
    }

    #[test]
    fn no_bytes_panic(path in "(vpn|rir|cloud/x|located)", text in "([0-9.:/,|#A-Z \\n]|AS|ipv4|allocated){0,80}") {
        if let Ok(kind) = Kind::recognise(&path, text.as_bytes()) {
            let _ = origin::Table::read(&path, kind, ON, text.as_bytes(), &Limits::default());
        }
    }
}

#[test]
fn the_ends_of_both_families_are_reached() {
    let tables = Tables::compile(
        vec![read("vpn.txt", "0.0.0.0\n255.255.255.255\n::\nffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n").unwrap()],
        ON,
    )
    .unwrap();
    for (address, class) in [
        ("0.0.0.0", "vpn"),
        ("0.0.0.1", "unknown"),
        ("255.255.255.254", "unknown"),
        ("255.255.255.255", "vpn"),
        ("::", "vpn"),
        ("::1", "unknown"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "vpn"),
    ] {
        assert_eq!(tables.trace(address.parse().unwrap()).class().as_str(), class, "{address}");
    }
}
