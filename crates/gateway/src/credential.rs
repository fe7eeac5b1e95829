//! The key that a caller shows: where it stands in a request, and its fingerprint.

use std::fmt;

use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

/// What a request shows of who calls. The key itself is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    Missing,
    Key(Fingerprint),
}

/// SHA-256 of an API key. Keys have enough entropy that nobody finds one from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Credential {
    /// From `x-api-key`, `api-key` or `authorization: Bearer`.
    ///
    /// A request that shows two different keys shows none: whoever is behind the gateway may take the one that was not decided on.
    pub fn of(headers: &HeaderMap) -> Self {
        let plain =
            ["x-api-key", "api-key"].into_iter().flat_map(|name| headers.get_all(name)).map(HeaderValue::as_bytes);
        let bearers =
            headers.get_all(header::AUTHORIZATION).iter().map(|value| bearer(value.as_bytes()).unwrap_or_default());
        let mut shown = plain.chain(bearers);
        match shown.next() {
            Some(key) if !key.is_empty() && shown.all(|other| other == key) => Self::Key(Fingerprint::of(key)),
            _ => Self::Missing,
        }
    }
}

/// The key of a bearer; none of another scheme.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, key) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(key.trim_ascii())
}

impl Fingerprint {
    pub fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// A short form for logs and exchange rows: `key_` and 16 hexadecimal digits.
    pub fn short(&self) -> String {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        format!("key_{:016x}", u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[(&'static str, &'static str)], key: Option<&str>) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let expected = key.map_or(Credential::Missing, |key| Credential::Key(Fingerprint::of(key.as_bytes())));
        assert_eq!(Credential::of(&headers), expected);
    }

    #[test]
    fn a_key_is_taken_where_one_is_shown() {
        check(&[("authorization", "Bearer a")], Some("a"));
        check(&[("authorization", "bearer  a ")], Some("a"));
        check(&[("x-api-key", "a"), ("authorization", "Bearer a")], Some("a"));
        check(&[("authorization", "Basic a")], None);
        check(&[("x-api-key", "")], None);
        check(&[], None);
    }

    #[test]
    fn two_keys_are_none() {
        check(&[("x-api-key", "a"), ("authorization", "Bearer b")], None);
        check(&[("authorization", "Bearer a"), ("authorization", "Bearer b")], None);
        check(&[("api-key", "a"), ("x-api-key", "b")], None);
        check(&[("x-api-key", "a"), ("authorization", "Bearer\tb")], None);
    }
}
