//! Which kind a file is.

use expect_test::{Expect, expect};
use origin::{Class, Kind, Role};

#[track_caller]
fn check(path: &str, head: &str, expect: Expect) {
    let said = match Kind::recognise(path, head.as_bytes()) {
        Ok(Kind { format, role }) => format!("{format:?} {role:?}"),
        Err(error) => error.to_string(),
    };
    expect.assert_eq(&said);
}

#[test]
fn the_path_gives_the_role() {
    check("x4bnet/vpn_ipv4.txt", "2.26.157.0/24\n", expect!["Prefixes Class(Vpn)"]);
    check("lists_vpn/datacenter_ipv4.txt", "1.12.0.0/14\n", expect!["Prefixes Class(Hosting)"]);
    check("x4bnet/datacenter_asn.txt", "AS45090 # Tencent, they\n", expect!["AsNumbers Class(Hosting)"]);
    check("relay/apple_private_relay_ipv6.txt", "2a02:26f7:b00a:4000::/64\n", expect!["Prefixes Class(Relay)"]);
    check("cloud/aws_ipv4.txt", "3.0.0.0/15\n", expect![[r#"Prefixes Cloud("amazon")"#]]);
    check("cloud/scaleway_ipv4.txt", "51.15.0.0/16\n", expect![[r#"Prefixes Cloud("scaleway")"#]]);
    check("cloud_acme_ipv4.txt", "51.15.0.0/16\n", expect![[r#"Prefixes Cloud("acme")"#]]);
    check(
        "clouds/ipv4.txt",
        "51.15.0.0/16\n",
        expect![
            "`clouds/ipv4.txt` is a list, but its name does not say of what; put relay, tor, vpn, proxy, hosting, mobile, access or a cloud provider into its path"
        ],
    );
    check("rir_country.csv", "prefix,country\n", expect!["CountryPrefixes Registered"]);
    check("geo/country.csv", "1.0.0.0/24,AU\n", expect!["CountryPrefixes Located"]);
}

#[test]
fn the_content_gives_the_format() {
    check("tor/exits.csv", "fingerprint, ipaddr, port\n", expect!["TorExits Class(Tor)"]);
    check("ip2asn.csv", "1.0.0.0,1.0.0.255,13335\n", expect!["AsRanges Own"]);
    check("names.csv", "1,LVLT-1\n", expect!["AsNames Own"]);
    check("delegated-apnic-extended", "2.3|apnic|1|2|3|4|5\n", expect!["Delegated Registered"]);
}

#[test]
fn what_is_no_table_is_said() {
    check(
        "README.md",
        "# Tables\n\nSome words, and more.\n",
        expect![
            "`README.md` is in no format of a table; take it out of the folder of tables, or see whether it is damaged"
        ],
    );
    check(
        "list.txt",
        "1.2.3.0/24\n",
        expect![
            "`list.txt` is a list, but its name does not say of what; put relay, tor, vpn, proxy, hosting, mobile, access or a cloud provider into its path"
        ],
    );
    check(
        "blocks.csv",
        "1.2.3.0/24,AU\n",
        expect![
            "`blocks.csv` holds countries, but its name does not say which; put `registered` or `located` into its path"
        ],
    );
}

#[test]
fn a_role_may_be_given_where_it_fits() {
    let given = |bytes: &str, role| Kind::with_role("x", bytes.as_bytes(), role).map(|kind| format!("{kind:?}"));
    let list = "192.0.2.0/24\n";
    assert!(given(list, Role::Class(Class::Tor)).is_ok());
    assert!(given("192.0.2.0/24,DE\n", Role::Located).is_ok());
    let refused = "`x` is in a format that cannot be of the kind that was named for it; name another kind, or none";
    for (bytes, role) in
        [(list, Role::Registered), (list, Role::Own), ("1.0.0.0,1.0.0.255,1\n", Role::Class(Class::Vpn))]
    {
        assert_eq!(given(bytes, role).unwrap_err().to_string(), refused);
    }
}
