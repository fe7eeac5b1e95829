//! The address of the caller behind trusted proxies, and the marks that only Ringfence may set.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// What every header starts with that Ringfence sets. From outside it is a forgery.
pub const MARK_PREFIX: &str = "x-ringfence-";

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose word counts, and how many of them stand between a caller and Ringfence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies {
    pub networks: Vec<IpNet>,
    pub hops: usize,
}

impl TrustedProxies {
    pub fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.networks.iter().any(|network| network.contains(&peer))
    }

    /// The caller at the end of a chain of addresses, the nearest first.
    ///
    /// Steps over a proxy only while it is trusted and hops are left, so that no address counts that an outsider wrote. None when
    /// the chain ends at a proxy, or holds no address where the caller's should be.
    pub(crate) fn caller(&self, chain: impl IntoIterator<Item = Option<IpAddr>>) -> Option<IpAddr> {
        let mut left = self.hops;
        for address in chain {
            let address = address?;
            if left == 0 || !self.trusts(address) {
                return Some(address);
            }
            left -= 1;
        }
        None
    }
}

/// The caller's address: the peer, or what the trusted proxies in front of it say in `x-forwarded-for`, counted from the right.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> Option<IpAddr> {
    trusted.caller(std::iter::once(Some(peer.to_canonical())).chain(forwarded(headers)))
}

/// The addresses of `x-forwarded-for`, the last one first; none where an entry is no address.
pub(crate) fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    headers
        .get_all(FORWARDED_FOR)
        .iter()
        .rev()
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|entry| !entry.is_empty())
        .map(address)
}

/// `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::7`, `[2001:db8::7]` or `[2001:db8::7]:4711`.
pub(crate) fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(entry).ok()?;
    let bare = match text.strip_prefix('[') {
        Some(rest) => {
            let (inside, after) = rest.split_once(']')?;
            if !inside.contains(':') || !(after.is_empty() || is_port(after.strip_prefix(':')?)) {
                return None;
            }
            inside
        }
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => Some(host).filter(|_| is_port(port))?,
            _ => text,
        },
    };
    bare.parse().ok().map(|address: IpAddr| address.to_canonical())
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// Takes away every mark that a caller forged.
pub fn strip_marks(headers: &mut HeaderMap) {
    for name in marks(headers) {
        headers.remove(name);
    }
}

/// The names of the marks that came with a request.
pub(crate) fn marks(headers: &HeaderMap) -> Vec<HeaderName> {
    headers.keys().filter(|name| is_mark(name)).cloned().collect()
}

pub(crate) fn is_mark(name: &HeaderName) -> bool {
    name.as_str().starts_with(MARK_PREFIX)
}
