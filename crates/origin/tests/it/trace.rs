//! What is answered: classes in their order, contradictions, ages, JSON.

use expect_test::{Expect, expect};
use jiff::civil::date;
use origin::{Kind, Limits, Table, Tables};

use crate::support::{ON, compile, read};

const TABLES: &[(&str, &str)] = &[
    ("rir_country.csv", "prefix,country\n1.0.0.0/8,CN\n2.0.0.0/8,FR\n2001:db8::/32,DE\n"),
    ("located.csv", "prefix,country\n1.1.0.0/16,SG\n2.0.0.0/8,FR\n"),
    ("ip2asn.csv", "start,end,asn\n1.2.0.0,1.2.3.255,45102\n2.0.0.0,2.0.0.9,64496\n"),
    ("asn_names.csv", "asn,name\n64496,\"EXAMPLE, Inc.\"\n"),
    ("relay/apple_ipv4.txt", "2.2.2.0/24\n"),
    ("x4bnet/vpn_ipv4.txt", "2.2.2.0/24\n2.2.3.0/24\n"),
    ("x4bnet/datacenter_ipv4.txt", "2.2.0.0/16\n"),
    ("x4bnet/vpn_asn.txt", "AS64496 # Example\n"),
    ("cloud/amazon_ipv4.txt", "2.2.4.0/24\n2.2.5.0/24\n"),
    ("cloud/google_ipv4.txt", "2.2.5.0/24\n"),
    ("mobile.txt", "2.2.6.0/24\n"),
    ("tor/exits.csv", "fingerprint, ipaddr, port\nAA, 2.2.2.2, 1\nAA, 2.2.3.3, 1\nAA, 2.2.3.3, 2\n"),
];

#[track_caller]
fn check(address: &str, expect: Expect) {
    let tables = compile(TABLES);
    expect.assert_eq(&serde_json::to_string(&tables.trace(address.parse().unwrap())).unwrap());
}

/// Class, provider, and all that was cited for a class.
#[track_caller]
fn check_class(address: &str, expect: Expect) {
    let tables = compile(TABLES);
    let origin = tables.trace(address.parse().unwrap());
    let said: Vec<String> = origin.sources().map(|source| format!("{} {}", source.fact, source.table)).collect();
    let doubts: Vec<String> = origin.contradictions().iter().map(ToString::to_string).collect();
    let provider = origin.provider().unwrap_or("-");
    expect.assert_eq(&format!("{} {provider}\n{}\n{}", origin.class(), said.join(", "), doubts.join("\n")));
}

#[test]
fn json_has_the_facts_that_are_known() {
    check("9.9.9.9", expect![[r#"{"address":"9.9.9.9","class":"unknown","contradictions":[],"sources":[]}"#]]);
    check(
        "2.0.0.9",
        expect![[
            r#"{"address":"2.0.0.9","class":"vpn","registered_country":"FR","located_country":"FR","asn":64496,"as_name":"EXAMPLE, Inc.","contradictions":[],"sources":[{"fact":"registered_country","table":"rir_country.csv","as_of":"2026-08-22"},{"fact":"located_country","table":"located.csv","as_of":"2026-08-22"},{"fact":"asn","table":"ip2asn.csv","as_of":"2026-08-22"},{"fact":"as_name","table":"asn_names.csv","as_of":"2026-08-22"},{"fact":"class","table":"x4bnet/vpn_asn.txt","as_of":"2026-08-22"}]}"#
        ]],
    );
    check(
        "1.1.1.1",
        expect![[
            r#"{"address":"1.1.1.1","class":"unknown","registered_country":"CN","located_country":"SG","contradictions":[{"text":"registered_country is CN by `rir_country.csv`; located_country is SG by `located.csv`","says":[{"fact":"registered_country","value":"CN","table":"rir_country.csv"},{"fact":"located_country","value":"SG","table":"located.csv"}]}],"sources":[{"fact":"registered_country","table":"rir_country.csv","as_of":"2026-08-22"},{"fact":"located_country","table":"located.csv","as_of":"2026-08-22"}]}"#
        ]],
    );
}

#[test]
fn a_mapped_address_is_its_ipv4_address() {
    check(
        "::ffff:1.1.1.1",
        expect![[
            r#"{"address":"1.1.1.1","class":"unknown","registered_country":"CN","located_country":"SG","contradictions":[{"text":"registered_country is CN by `rir_country.csv`; located_country is SG by `located.csv`","says":[{"fact":"registered_country","value":"CN","table":"rir_country.csv"},{"fact":"located_country","value":"SG","table":"located.csv"}]}],"sources":[{"fact":"registered_country","table":"rir_country.csv","as_of":"2026-08-22"},{"fact":"located_country","table":"located.csv","as_of":"2026-08-22"}]}"#
        ]],
    );
}

#[test]
fn a_relay_comes_before_tor_vpn_and_hosting() {
    check_class(
        "2.2.2.2",
        expect![[r#"
        relay -
        registered_country rir_country.csv, located_country located.csv, class relay/apple_ipv4.txt, tor tor/exits.csv, vpn x4bnet/vpn_ipv4.txt, hosting x4bnet/datacenter_ipv4.txt
    "#]],
    );
}

#[test]
fn tor_comes_before_vpn() {
    check_class(
        "2.2.3.3",
        expect![[r#"
        tor -
        registered_country rir_country.csv, located_country located.csv, class tor/exits.csv, vpn x4bnet/vpn_ipv4.txt, hosting x4bnet/datacenter_ipv4.txt
    "#]],
    );
}

#[test]
fn clouds_come_before_hosting() {
    check_class(
        "2.2.4.1",
        expect![[r#"
        cloud amazon
        registered_country rir_country.csv, located_country located.csv, class cloud/amazon_ipv4.txt, provider cloud/amazon_ipv4.txt, hosting x4bnet/datacenter_ipv4.txt
    "#]],
    );
}

#[test]
fn two_providers_contradict() {
    check_class(
        "2.2.5.1",
        expect![[r#"
        cloud amazon
        registered_country rir_country.csv, located_country located.csv, class cloud/amazon_ipv4.txt, class cloud/google_ipv4.txt, provider cloud/amazon_ipv4.txt, provider cloud/google_ipv4.txt, hosting x4bnet/datacenter_ipv4.txt
        provider is amazon by `cloud/amazon_ipv4.txt`; provider is google by `cloud/google_ipv4.txt`"#]],
    );
}

#[test]
fn mobile_lines_are_no_data_centre() {
    check_class(
        "2.2.6.1",
        expect![[r#"
        hosting -
        registered_country rir_country.csv, located_country located.csv, class x4bnet/datacenter_ipv4.txt, mobile mobile.txt
        class is mobile by `mobile.txt`; class is hosting by `x4bnet/datacenter_ipv4.txt`"#]],
    );
}

#[test]
fn well_known_clouds_are_seen_by_their_as() {
    check_class(
        "1.2.3.4",
        expect![[r#"
        cloud alibaba
        registered_country rir_country.csv, asn ip2asn.csv, class ip2asn.csv, provider ip2asn.csv
    "#]],
    );
}

#[test]
fn the_freshest_of_two_location_tables_stands_and_both_are_shown() {
    let table = |name: &str, as_of, text: &str| {
        let kind = Kind::recognise("located.csv", text.as_bytes()).unwrap();
        Table::read(name, kind, as_of, text.as_bytes(), &Limits::default()).unwrap()
    };
    let old = table("a", date(2026, 7, 1), "1.0.0.0/8,SG\n");
    let new = table("b", date(2026, 8, 1), "1.0.0.0/8,HK\n");
    let tables = Tables::compile(vec![old, new], ON).unwrap();
    let origin = tables.trace("1.2.3.4".parse().unwrap());
    assert_eq!(origin.located_country().unwrap().as_str(), "HK");
    expect!["located_country is HK by `b`; located_country is SG by `a`"]
        .assert_eq(&origin.contradictions()[0].to_string());
}

#[test]
fn a_table_past_its_age_says_only_that_it_expired() {
    let tor = || read("tor/exits.csv", "fingerprint, ipaddr, port\nAA, 2.2.2.2, 1\n").unwrap();
    let good = Tables::compile(vec![tor()], date(2026, 10, 10)).unwrap();
    assert_eq!(good.trace("2.2.2.2".parse().unwrap()).class(), origin::Class::Tor);
    assert_eq!(good.good_until(), Some(date(2026, 10, 10)));

    let late = Tables::compile(vec![tor()], date(2026, 10, 11)).unwrap();
    expect![[r#"{"address":"2.2.2.2","class":"unknown","contradictions":[],"sources":[{"fact":"expired","table":"tor/exits.csv","as_of":"2026-08-22"}]}"#]].assert_eq(&serde_json::to_string(&late.trace("2.2.2.2".parse().unwrap())).unwrap());
    assert_eq!(late.expired().collect::<Vec<_>>(), [("tor/exits.csv", date(2026, 8, 22))]);
    let patient = Tables::compile(vec![tor().max_age_days(60)], date(2026, 10, 11)).unwrap();
    assert_eq!(patient.trace("2.2.2.2".parse().unwrap()).class(), origin::Class::Tor);
}

#[test]
fn a_country_that_swallows_others_is_refused() {
    let registry = read("rir.csv", "0.0.0.0/1,US\n128.0.0.0/2,CN\n192.0.0.0/9,AU\n").unwrap();
    let broken = read("located.csv", "128.0.0.0/3,AU\n").unwrap();
    let sound = read("located.csv", "128.0.0.0/8,AU\n128.0.0.0/24,US\n").unwrap();
    assert!(Tables::compile(vec![registry.clone(), sound], ON).is_ok());
    let refusal = Tables::compile(vec![registry, broken], ON).err().unwrap();
    expect!["table `located.csv` puts 536870912 IPv4 addresses into AU, to which the registries gave 8388608; the table is broken, so use another"].assert_eq(&refusal.to_string());
}

#[test]
fn two_tables_of_one_name_are_refused() {
    let table = read("vpn.txt", "1.2.3.0/24\n").unwrap();
    let refusal = Tables::compile(vec![table.clone(), table], ON).err().unwrap();
    expect!["two tables are called `vpn.txt`; give each its own name, since origins cite them by it"]
        .assert_eq(&refusal.to_string());
}
