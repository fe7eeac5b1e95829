//! MaxMind DB files, written for the test.

use std::net::IpAddr;

use expect_test::{Expect, expect};
use maxminddb_writer::{Database, metadata::IpVersion, paths::IpAddrWithMask};
use origin::Tables;
use serde_json::{Value, json};

use crate::support::{ON, read};

fn database(name: &str, version: IpVersion, rows: &[(&str, u8, Value)]) -> Vec<u8> {
    let mut database = Database::default();
    database.metadata.ip_version = version;
    database.metadata.database_type = name.to_owned();
    database.metadata.binary_format_major_version = 2;
    database.metadata.build_epoch = 1_785_000_000;
    for (address, length, record) in rows {
        let data = database.insert_value(record).unwrap();
        database.insert_node(IpAddrWithMask::new(address.parse::<IpAddr>().unwrap(), *length), data);
    }
    database.write_to(Vec::new()).unwrap()
}

/// What a record says, in a database of this name.
#[track_caller]
fn check(name: &str, record: Value, expect: Expect) {
    let bytes = database(name, IpVersion::V4, &[("1.2.3.0", 24, record)]);
    let tables = Tables::compile(vec![read("table.mmdb", bytes).unwrap()], ON).unwrap();
    let mut json = serde_json::to_value(tables.trace("1.2.3.4".parse().unwrap())).unwrap();
    json.as_object_mut().unwrap().retain(|key, _| !matches!(key.as_str(), "sources" | "address"));
    expect.assert_eq(&json.to_string());
}

#[test]
fn countries_of_maxmind_and_ipinfo() {
    let record =
        json!({"country": {"iso_code": "SG", "names": {"en": "Singapore"}}, "registered_country": {"iso_code": "CN"}});
    check(
        "GeoLite2-Country",
        record,
        expect![[
            r#"{"class":"unknown","registered_country":"CN","located_country":"SG","contradictions":[{"text":"registered_country is CN by `table.mmdb`; located_country is SG by `table.mmdb`","says":[{"fact":"registered_country","value":"CN","table":"table.mmdb"},{"fact":"located_country","value":"SG","table":"table.mmdb"}]}]}"#
        ]],
    );
    check(
        "ipinfo lite",
        json!({"country": "Germany", "country_code": "DE", "asn": "AS64496", "as_name": "Example"}),
        expect![[r#"{"class":"unknown","located_country":"DE","asn":64496,"as_name":"Example","contradictions":[]}"#]],
    );
    check(
        "ipinfo country",
        json!({"country": "DE"}),
        expect![[r#"{"class":"unknown","located_country":"DE","contradictions":[]}"#]],
    );
}

#[test]
fn networks() {
    let record = json!({"autonomous_system_number": 64496, "autonomous_system_organization": "Example"});
    check(
        "DBIP-ASN-Lite",
        record.clone(),
        expect![[r#"{"class":"unknown","asn":64496,"as_name":"Example","contradictions":[]}"#]],
    );
    check(
        "GeoIP2-Enterprise",
        json!({"traits": record}),
        expect![[r#"{"class":"unknown","asn":64496,"as_name":"Example","contradictions":[]}"#]],
    );
}

#[test]
fn classes() {
    check(
        "GeoIP2-Anonymous-IP",
        json!({"is_anonymous": true, "is_anonymous_vpn": true, "is_tor_exit_node": true}),
        expect![[r#"{"class":"tor","contradictions":[]}"#]],
    );
    check(
        "GeoIP-Anonymous-Plus",
        json!({"is_anonymous_vpn": true, "provider_name": "foo"}),
        expect![[r#"{"class":"vpn","provider":"foo","contradictions":[]}"#]],
    );
    check(
        "GeoIP-Residential-Proxy",
        json!({"provider_name": "bar", "anonymizer_confidence": 95}),
        expect![[r#"{"class":"proxy","provider":"bar","contradictions":[]}"#]],
    );
    check(
        "GeoIP2-Connection-Type",
        json!({"connection_type": "Cellular"}),
        expect![[r#"{"class":"mobile","contradictions":[]}"#]],
    );
    check(
        "ipinfo privacy",
        json!({"vpn": "true", "proxy": "", "relay": "true", "hosting": "true", "service": "x"}),
        expect![[r#"{"class":"relay","provider":"x","contradictions":[]}"#]],
    );
}

#[test]
fn a_tree_of_both_families_keeps_them_apart() {
    let rows = [("::102:300", 120, json!({"country": "SG"})), ("2001:db8::", 32, json!({"country": "DE"}))];
    let tables = Tables::compile(vec![read("t.mmdb", database("x", IpVersion::V6, &rows)).unwrap()], ON).unwrap();
    let country = |text: &str| tables.trace(text.parse().unwrap()).located_country().map(|country| country.to_string());
    assert_eq!(country("1.2.3.4").as_deref(), Some("SG"));
    assert_eq!(country("::ffff:1.2.3.4").as_deref(), Some("SG"));
    assert_eq!(country("2001:db8::1").as_deref(), Some("DE"));
    assert_eq!(country("1.2.4.4"), None);
}

#[test]
fn any_cut_or_flipped_byte_is_an_error_or_harmless() {
    let sound = database("x", IpVersion::V6, &[("2001:db8::", 32, json!({"country": {"iso_code": "DE"}}))]);
    let kind = origin::Kind::recognise("x.mmdb", &sound).unwrap();
    let attempt = |bytes: &[u8]| {
        let _ = origin::Table::read("x.mmdb", kind.clone(), ON, bytes, &origin::Limits::default());
    };
    (0..sound.len()).for_each(|length| attempt(&sound[..length]));
    for at in 0..sound.len() {
        for flip in [0x01, 0x20, 0x80, 0xff] {
            let mut bytes = sound.clone();
            bytes[at] ^= flip;
            attempt(&bytes);
        }
    }
}
