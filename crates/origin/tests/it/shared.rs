//! Real tables, and the test databases of the format's makers; skipped with a word where they are missing.

use std::{collections::BTreeMap, fs, net::IpAddr, time::Instant};

use jiff::civil::date;
use origin::{Class, Format, Kind, Limits, Role, Table, Tables};
use serde_json::Value;

use crate::support::{ON, files, read, shared};

const MMDB: Kind = Kind { format: Format::Mmdb, role: Role::Own };

fn lists() -> Option<Vec<(String, Vec<u8>)>> {
    let root = shared()?;
    let mut found = Vec::new();
    for path in files(&root) {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("mmdb/") {
            let bytes = fs::read(&path).unwrap();
            found.push(match name.strip_suffix(".zst") {
                Some(name) => (name.to_owned(), zstd::decode_all(bytes.as_slice()).unwrap()),
                None => (name, bytes),
            });
        }
    }
    Some(found)
}

#[test]
fn real_tables_together() {
    let Some(lists) = lists() else { return };
    let tables: Vec<Table> = lists
        .iter()
        .filter(|(name, bytes)| Kind::recognise(name, bytes).is_ok())
        .map(|(name, bytes)| read(name, bytes).unwrap())
        .collect();
    assert_eq!(tables.len(), lists.len() - 5, "all but the readme, the notice, the sums and two licences are tables");
    let tables = Tables::compile(tables, ON).unwrap();

    // The relay is nearly all inside the VPN list, and must not look like one.
    for (family, least) in [("ipv4", 0.999), ("ipv6", 0.999)] {
        let list = list(&lists, &format!("relay/apple_private_relay_{family}.txt"));
        let relays = list.iter().filter(|&&address| tables.trace(address).class() == Class::Relay).count();
        assert!(relays as f64 >= least * list.len() as f64, "{relays} of {}", list.len());
    }
    for provider in ["amazon", "google", "microsoft", "oracle", "digitalocean", "linode", "vultr"] {
        let list = list(&lists, &format!("cloud/{provider}_ipv4.txt"));
        let of_cloud = |address: &&IpAddr| {
            let origin = tables.trace(**address);
            origin.class() < Class::Cloud || origin.provider() == Some(provider) || !origin.contradictions().is_empty()
        };
        assert_eq!(list.iter().filter(of_cloud).count(), list.len(), "{provider}");
    }
    let alibaba = tables.trace("47.88.0.1".parse().unwrap());
    assert_eq!((alibaba.class(), alibaba.provider()), (Class::Cloud, Some("alibaba")));
}

/// The first address of every line of a list.
fn list(lists: &[(String, Vec<u8>)], name: &str) -> Vec<IpAddr> {
    let (_, bytes) = lists.iter().find(|(path, _)| path == name).expect("is there");
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines().map(|line| line.split('/').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn every_row_of_the_source_data_is_said() {
    let Some(root) = shared() else { return };
    let mut checked = 0;
    for source in files(&root.join("mmdb/source-data")) {
        let name = source.file_stem().unwrap().to_str().unwrap();
        let bytes = fs::read(root.join(format!("mmdb/test-data/{name}.mmdb"))).unwrap();
        // Scores and counts say nothing of an origin, so those tables have no rows.
        let Ok(table) = Table::read(name, MMDB, date(2026, 8, 5), &bytes, &Limits::default()) else {
            assert!(name.contains("Score") || name.contains("User-Count"), "{name}");
            continue;
        };
        let tables = Tables::compile(vec![table.max_age_days(u16::MAX)], ON).unwrap();
        let rows: Vec<BTreeMap<String, Value>> = serde_json::from_slice(&fs::read(&source).unwrap()).unwrap();
        for (prefix, record) in rows.iter().flatten() {
            if prefix == "2001:480:1::/64" || prefix == "2001:480:2::/64" {
                continue; // Hidden by a wider prefix in the database itself.
            }
            check_row(&tables, name, prefix, record);
            checked += 1;
        }
    }
    assert!(checked > 3_000, "{checked}");
}

#[track_caller]
fn check_row(tables: &Tables, name: &str, prefix: &str, record: &Value) {
    let address: IpAddr = prefix.split('/').next().unwrap().parse().unwrap();
    // These databases keep IPv4 in ::/96.
    let address = match address {
        IpAddr::V6(v6) if v6.to_bits() >> 32 == 0 => IpAddr::V4((v6.to_bits() as u32).into()),
        address => address,
    };
    let origin = tables.trace(address);
    let text = |path: &str| record.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let found = |country: Option<origin::Country>| country.map(|country| country.to_string());
    assert_eq!(found(origin.located_country()), text("/country/iso_code"), "{name} {prefix}");
    assert_eq!(found(origin.registered_country()), text("/registered_country/iso_code"), "{name} {prefix}");
    let asn = record.pointer("/autonomous_system_number").or(record.pointer("/traits/autonomous_system_number"));
    assert_eq!(origin.asn().map(u64::from), asn.and_then(Value::as_u64), "{name} {prefix}");
    let is = |key: &str| record.get(key).and_then(Value::as_bool) == Some(true);
    if is("is_tor_exit_node") {
        assert_eq!(origin.class(), Class::Tor, "{name} {prefix}");
    } else if is("is_anonymous_vpn") {
        assert_eq!(origin.class(), Class::Vpn, "{name} {prefix}");
    }
}

#[test]
fn broken_databases_are_an_error_or_harmless() {
    let Some(root) = shared() else { return };
    let mut refused = 0;
    for path in files(&root.join("mmdb")).iter().filter(|path| path.extension().is_none_or(|kind| kind != "json")) {
        let bytes = fs::read(path).unwrap();
        let start = Instant::now();
        match Table::read("x", MMDB, date(2026, 8, 5), &bytes, &Limits::default()) {
            Ok(table) => drop(Tables::compile(vec![table], ON)),
            Err(_) => refused += 1,
        }
        assert!(start.elapsed().as_secs() < 5, "{} took {:?}", path.display(), start.elapsed());
    }
    assert!(refused >= 15, "{refused}");
}
