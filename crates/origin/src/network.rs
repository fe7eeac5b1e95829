//! Spans of addresses. IPv4 lives in its IPv6 form (::ffff:0:0/96), so that a mapped address needs no case of its own.

use std::net::{IpAddr, Ipv6Addr};

use crate::read::Problem;

/// Where the IPv4 addresses lie.
pub(crate) const V4: Span = Span { first: 0xffff_0000_0000, last: 0xffff_ffff_ffff };

/// Addresses from first to last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span {
    pub(crate) first: u128,
    pub(crate) last: u128,
}

impl Span {
    /// A prefix in CIDR notation, or one address.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let not = || Problem::NotPrefix(clip(text));
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| not())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => width,
            Some(digits) if digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| not())?
            }
            Some(_) => return Err(not()),
        };
        Self::prefix(address, length).ok_or_else(not).and_then(|(span, exact)| match exact {
            true => Ok(span),
            false => Err(Problem::HostBits(clip(text))),
        })
    }

    /// The span of a prefix, and whether the address has no bits beyond the length; none where the length is too long.
    pub(crate) fn prefix(address: IpAddr, length: u8) -> Option<(Self, bool)> {
        let bits = if address.is_ipv4() { 32_u32 } else { 128 }.checked_sub(u32::from(length))?;
        let number = number(address);
        let host = 1_u128.checked_shl(bits).map_or(u128::MAX, |size| size - 1);
        let first = number & !host;
        Some((Self { first, last: first | host }, first == number))
    }

    /// From one address to another of the same family.
    pub(crate) fn between(first: IpAddr, last: IpAddr) -> Option<Self> {
        let span = Self { first: number(first), last: number(last) };
        (first.is_ipv4() == last.is_ipv4() && span.first <= span.last).then_some(span)
    }

    pub(crate) fn intersect(self, other: Self) -> Option<Self> {
        let span = Self { first: self.first.max(other.first), last: self.last.min(other.last) };
        (span.first <= span.last).then_some(span)
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// How many IPv4 addresses lie in it.
    pub(crate) fn v4_addresses(self) -> u64 {
        self.intersect(V4).map_or(0, |span| (span.last - span.first) as u64 + 1)
    }
}

/// The address as a number, IPv4 in its mapped form.
pub(crate) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => V4.first | u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The address that a number stands for.
pub(crate) fn address(number: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(number)).to_canonical()
}

/// Text from outside, short enough for a message.
pub(crate) fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}
