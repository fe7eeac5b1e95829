//! Whose request it is: what proxies forward, and what callers forge.

use std::net::IpAddr;

use gateway::{TrustedProxies, client_address, strip_marks};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

fn trusted(hops: usize) -> TrustedProxies {
    let networks = ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"];
    TrustedProxies { networks: networks.iter().map(|network| network.parse().unwrap()).collect(), hops }
}

fn forwarded(lines: &[&[u8]]) -> HeaderMap {
    let line = |line: &&[u8]| (HeaderName::from_static("x-forwarded-for"), HeaderValue::from_bytes(line).unwrap());
    lines.iter().map(line).collect()
}

#[track_caller]
fn check(hops: usize, peer: &str, lines: &[&str], caller: &str) {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let found = client_address(peer.parse().unwrap(), &forwarded(&lines), &trusted(hops));
    assert_eq!(found.map_or("none".to_owned(), |address| address.to_string()), caller);
}

#[test]
fn the_word_of_an_untrusted_peer_is_ignored() {
    check(1, "203.0.113.9", &["198.51.100.1"], "203.0.113.9");
    check(2, "203.0.113.9", &["198.51.100.1, 10.0.0.1"], "203.0.113.9");
    check(1, "2001:db8::9", &["198.51.100.1"], "2001:db8::9");
}

#[test]
fn hops_are_counted_from_the_right() {
    check(1, "127.0.0.1", &["6.6.6.6, 203.0.113.7"], "203.0.113.7");
    check(2, "127.0.0.1", &["6.6.6.6, 203.0.113.7, 10.0.0.1"], "203.0.113.7");
    check(1, "127.0.0.1", &["6.6.6.6, 203.0.113.7, 10.0.0.1"], "10.0.0.1");
    check(0, "127.0.0.1", &["6.6.6.6"], "127.0.0.1");
}

#[test]
fn a_caller_that_reaches_an_inner_proxy_cannot_speak_for_an_outer_one() {
    check(2, "127.0.0.1", &["6.6.6.6, 203.0.113.7"], "203.0.113.7");
    check(3, "127.0.0.1", &["6.6.6.6, 6.6.6.7, 203.0.113.7, 10.0.0.1"], "203.0.113.7");
}

#[test]
fn several_lines_are_one_list() {
    check(1, "127.0.0.1", &["6.6.6.6", "203.0.113.7"], "203.0.113.7");
    check(2, "127.0.0.1", &["6.6.6.6, 203.0.113.7", "10.0.0.1"], "203.0.113.7");
    check(1, "127.0.0.1", &["203.0.113.7", "", " , "], "203.0.113.7");
}

#[test]
fn ports_brackets_and_mapped_addresses_are_read() {
    for entry in ["203.0.113.7:4711", " 203.0.113.7\t", "::ffff:203.0.113.7", "[::ffff:203.0.113.7]:80"] {
        check(1, "127.0.0.1", &[entry], "203.0.113.7");
    }
    for entry in ["2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:4711", "2001:0DB8:0:0:0:0:0:7"] {
        check(1, "127.0.0.1", &[entry], "2001:db8::7");
    }
    check(1, "::ffff:127.0.0.1", &["203.0.113.7"], "203.0.113.7");
    check(1, "::ffff:203.0.113.9", &[], "203.0.113.9");
    check(1, "fd00::1", &["203.0.113.7"], "203.0.113.7");
}

#[test]
fn what_is_no_address_is_nobody() {
    for entry in [
        "unknown",
        "_hidden",
        "203.0.113",
        "203.0.113.7:",
        "203.0.113.7:http",
        "203.0.113.7:65536",
        "203.0.113.7:1:2",
        "[2001:db8::7",
        "2001:db8::7]",
        "[2001:db8::7]4711",
        "[2001:db8::7]:",
        "[203.0.113.7]",
        "[]",
        "fe80::1%eth0",
        "unix:",
        "\"203.0.113.7\"",
        "203.0.113.7 198.51.100.1",
        "0x7f.1",
        "010.0.0.1",
        "for=203.0.113.7",
        ":80",
    ] {
        check(1, "127.0.0.1", &["198.51.100.1", entry], "none");
    }
    let bytes = forwarded(&[b"198.51.100.1, \xff\xfe"]);
    assert_eq!(client_address("127.0.0.1".parse().unwrap(), &bytes, &trusted(1)), None);
    check(1, "127.0.0.1", &[], "none");
    check(2, "127.0.0.1", &["10.0.0.1"], "none");
}

#[test]
fn marks_are_stripped_whatever_their_case_and_number() {
    let mut headers = HeaderMap::new();
    for name in ["X-Ringfence-Effect", "x-ringfence-decision-id", "x-ringfence-anything", "x-ringfenced", "x-api-key"] {
        headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_static("1"));
        headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_static("2"));
    }
    strip_marks(&mut headers);
    let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
    left.sort_unstable();
    assert_eq!(left, ["x-api-key", "x-ringfenced"]);
}

proptest! {
    /// Whatever a caller writes, one trusted proxy adds where it really came from, and that is what counts.
    #[test]
    fn nothing_that_a_caller_writes_moves_it(written in prop::collection::vec(prop::collection::vec(0x20u8..=0xff, 0..40), 0..4),
                                             caller in any::<u32>()) {
        let caller = IpAddr::V4(std::net::Ipv4Addr::from_bits(caller));
        let written: Vec<Vec<u8>> = written.into_iter().map(|line| line.into_iter().filter(|byte| *byte != 0x7f).collect()).collect();
        let added = caller.to_string();
        let lines: Vec<&[u8]> = written.iter().map(Vec::as_slice).chain([added.as_bytes()]).collect();
        let trusted = trusted(1);
        prop_assert_eq!(client_address("127.0.0.1".parse().unwrap(), &forwarded(&lines), &trusted), Some(caller));
    }
}
