//! `x-forwarded-for`: no bytes may panic, or move a caller whose address a trusted proxy added.

#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use gateway::{TrustedProxies, client_address};
use http::{HeaderMap, HeaderName, HeaderValue};

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let name = HeaderName::from_static("x-forwarded-for");
    let lines = bytes.split(|byte| *byte == b'\n').take(8).filter_map(|line| HeaderValue::from_bytes(line).ok());
    let mut headers: HeaderMap = lines.map(|line| (name.clone(), line)).collect();
    let trusted = |hops| TrustedProxies { networks: vec!["127.0.0.1/32".parse().expect("a network")], hops };
    for hops in 0..4 {
        assert_eq!(client_address(STRANGER, &headers, &trusted(hops)), Some(STRANGER));
        client_address(PEER, &headers, &trusted(hops));
    }
    headers.append(name, HeaderValue::from_static("203.0.113.7"));
    for hops in 1..4 {
        let caller = client_address(PEER, &headers, &trusted(hops));
        assert_eq!(caller, Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7))));
    }
});
