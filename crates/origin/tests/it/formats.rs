//! Text and JSON tables: what each row means, and what refuses a table.

use expect_test::{Expect, expect};
use origin::Tables;

use crate::support::{ON, read};

/// What one table says of some addresses.
#[track_caller]
fn check(path: &str, text: &str, addresses: &[&str], expect: Expect) {
    let tables = Tables::compile(vec![read(path, text).unwrap()], ON).unwrap();
    let said = addresses.iter().map(|address| {
        let origin = tables.trace(address.parse().unwrap());
        let mut json = serde_json::to_value(origin).unwrap();
        json.as_object_mut()
            .unwrap()
            .retain(|key, _| !matches!(key.as_str(), "sources" | "contradictions" | "address"));
        format!("{address} {json}\n")
    });
    expect.assert_eq(&said.collect::<String>());
}

/// A table with a mistake, and the message.
#[track_caller]
fn check_bad(path: &str, text: &str, expect: Expect) {
    expect.assert_eq(&read(path, text).unwrap_err().to_string());
}

#[test]
fn prefixes_with_remarks() {
    let text = "\u{feff}# a list\r\n1.2.3.0/24 # one\r\n\r\n; two\r\n5.6.7.8\n2001:db8::/32\n::ffff:9.9.0.0/112\n";
    check(
        "vpn.txt",
        text,
        &["1.2.3.255", "1.2.4.0", "5.6.7.8", "2001:db8::1", "9.9.1.1"],
        expect![[r#"
        1.2.3.255 {"class":"vpn"}
        1.2.4.0 {"class":"unknown"}
        5.6.7.8 {"class":"vpn"}
        2001:db8::1 {"class":"vpn"}
        9.9.1.1 {"class":"vpn"}
    "#]],
    );
}

#[test]
fn delegated_counts_addresses() {
    let text = "2|apnic|20260101|3|19830613|20260101|+1000\napnic|*|ipv4|*|2|summary\n\
                apnic|CN|ipv4|1.0.0.0|768|20110414|allocated|A9\napnic||ipv4|1.0.3.0|256||available\n\
                apnic|JP|asn|173|1|20020801|allocated\napnic|AU|ipv6|2001:db8::|32|20110414|assigned|A9\n";
    check(
        "delegated-apnic",
        text,
        &["1.0.2.255", "1.0.3.0", "2001:db8:ffff::"],
        expect![[r#"
        1.0.2.255 {"class":"unknown","registered_country":"CN"}
        1.0.3.0 {"class":"unknown"}
        2001:db8:ffff:: {"class":"unknown","registered_country":"AU"}
    "#]],
    );
}

/// The last day of the heading; where files were joined, the earliest; zeros are no day.
#[test]
fn delegated_files_know_their_day() {
    let day = |headings: &str| {
        let table = read("delegated", format!("{headings}x|CN|ipv4|1.0.0.0|256|20110414|allocated\n")).unwrap();
        table.knows_its_day().then(|| table.as_of().to_string())
    };
    assert_eq!(day("2|apnic|1|1|19830613|20260810|+1000\n").as_deref(), Some("2026-08-10"));
    assert_eq!(day("2|a|1|1|1|20260810|0\n2.3|b|1|1|1|20260701|0\n").as_deref(), Some("2026-07-01"));
    assert_eq!(day("2|a|1|1|1|00000000|0\n"), None);
    assert_eq!(day(""), None);
}

#[test]
fn the_most_specific_row_of_a_table_speaks() {
    check(
        "rir.csv",
        "1.0.0.0/8,US\n1.2.0.0/16,CN\n1.2.3.0/24,HK\n",
        &["1.1.1.1", "1.2.2.2", "1.2.3.4", "1.3.0.0"],
        expect![[r#"
            1.1.1.1 {"class":"unknown","registered_country":"US"}
            1.2.2.2 {"class":"unknown","registered_country":"CN"}
            1.2.3.4 {"class":"unknown","registered_country":"HK"}
            1.3.0.0 {"class":"unknown","registered_country":"US"}
        "#]],
    );
}

#[test]
fn ranges_of_networks_with_tabs_and_names() {
    let text = "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n1.0.1.0\t1.0.3.255\t0\tNone\tNot routed\n";
    check(
        "ip2asn.tsv",
        text,
        &["1.0.0.7", "1.0.1.7"],
        expect![[r#"
            1.0.0.7 {"class":"unknown","asn":13335,"as_name":"CLOUDFLARENET"}
            1.0.1.7 {"class":"unknown"}
        "#]],
    );
}

#[test]
fn lists_in_json() {
    let misp = r#"{"name": "List of known VPN ranges", "type": "cidr", "version": 1, "list": ["1.2.3.0/24"]}"#;
    check(
        "misp.json",
        misp,
        &["1.2.3.4"],
        expect![[r#"
        1.2.3.4 {"class":"vpn"}
    "#]],
    );
    let aws = r#"{"prefixes": [{"ip_prefix": "3.5.0.0/16"}], "ipv6_prefixes": [{"ipv6_prefix": "2600::/28"}]}"#;
    check(
        "cloud/aws.json",
        aws,
        &["3.5.1.1", "2600::1"],
        expect![[r#"
        3.5.1.1 {"class":"cloud","provider":"amazon"}
        2600::1 {"class":"cloud","provider":"amazon"}
    "#]],
    );
    let google = r#"{"prefixes": [{"ipv4Prefix": "8.8.4.0/24"}, {"ipv6Prefix": "2001:4860::/32"}]}"#;
    check(
        "cloud/google.json",
        google,
        &["8.8.4.4", "2001:4860::1"],
        expect![[r#"
        8.8.4.4 {"class":"cloud","provider":"google"}
        2001:4860::1 {"class":"cloud","provider":"google"}
    "#]],
    );
    let azure = r#"{"values": [{"properties": {"addressPrefixes": ["4.0.0.0/16"]}}]}"#;
    check(
        "cloud/azure.json",
        azure,
        &["4.0.0.1"],
        expect![[r#"
        4.0.0.1 {"class":"cloud","provider":"microsoft"}
    "#]],
    );
    let oracle = r#"{"regions": [{"cidrs": [{"cidr": "5.0.0.0/16"}]}]}"#;
    check(
        "cloud/oracle.json",
        oracle,
        &["5.0.0.1"],
        expect![[r#"
        5.0.0.1 {"class":"cloud","provider":"oracle"}
    "#]],
    );
}

#[test]
fn a_geofeed_of_a_relay_says_class_and_place() {
    check(
        "relay/egress-ip-ranges.csv",
        "172.224.226.0/31,GB,GB-EN,London,\n",
        &["172.224.226.1"],
        expect![[r#"
        172.224.226.1 {"class":"relay","located_country":"GB"}
    "#]],
    );
}

#[test]
fn mistakes_say_where_and_what_to_do() {
    check_bad(
        "vpn.txt",
        "1.2.3.0/24\n1.2.3.0/33\n",
        expect![
            "table `vpn.txt`, line 2: `1.2.3.0/33` is no prefix; write it as 192.0.2.0/24 or 2001:db8::/32, or remove the line"
        ],
    );
    check_bad(
        "vpn.txt",
        "1.2.3.0/24\n1.2.3.4/24\n",
        expect![
            "table `vpn.txt`, line 2: `1.2.3.4/24` has bits set beyond its length; write the first address of the prefix"
        ],
    );
    check_bad(
        "vpn.txt",
        "1.2.3.0/24\n0.0.0.0/0\n",
        expect![
            "table `vpn.txt`, line 2: `0.0.0.0/0` takes in too much of all addresses to be a member of a class; remove the line"
        ],
    );
    check_bad(
        "vpn_asn.txt",
        "AS1\nASX\n",
        expect!["table `vpn_asn.txt`, line 2: `ASX` is no AS number; write it as AS64496 or 64496"],
    );
    check_bad(
        "rir.csv",
        "prefix,country\n",
        expect![
            "table `rir.csv`: has no rows; fetch the file again, since an empty table would hide what it used to say"
        ],
    );
    check_bad(
        "rir.csv",
        "1.0.0.0/8,Us\n",
        expect!["table `rir.csv`, line 1: `Us` is no country; write two upper-case letters such as DE"],
    );
    check_bad(
        "rir.csv",
        "1.0.0.0/8,US\n1.0.0.0/8,CN\n",
        expect!["table `rir.csv`: two rows say different things of 1.0.0.0; remove one"],
    );
    check_bad(
        "ip2asn.csv",
        "start,end,asn\n1.0.0.9,1.0.0.1,7\n",
        expect![
            "table `ip2asn.csv`, line 2: `1.0.0.9` to `1.0.0.1` is no range; write two addresses of one family, the lower first"
        ],
    );
    check_bad(
        "ip2asn.csv",
        "start,end,asn\n1.0.0.0,1.0.0.9,7\n1.0.0.5,1.0.0.12,8\n",
        expect!["table `ip2asn.csv`: two rows overlap at 1.0.0.5 and neither lies in the other; cut one"],
    );
    check_bad(
        "delegated",
        "x|CN|ipv4|255.255.255.0|257|20110414|allocated\n",
        expect![
            "table `delegated`, line 1: `257` is no number of addresses that fits from there; see whether the file is damaged"
        ],
    );
    check_bad(
        "tor.csv",
        "fingerprint, ipaddr, port\nAA\n",
        expect!["table `tor.csv`, line 2: has 1 columns where 2 are needed: fingerprint,ipaddr,port"],
    );
    check_bad(
        "vpn.json",
        r#"{"type": "hostname", "list": ["a"]}"#,
        expect!["table `vpn.json`: is a warning list of `hostname`; only lists of type cidr hold addresses"],
    );
}
