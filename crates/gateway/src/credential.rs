//! The key that a caller shows: where it stands in a request, and its fingerprint.

use std::fmt;

use http::{HeaderMap, header};
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
    /// From `x-api-key`, `api-key` or `authorization: Bearer`; a request with several counts as the first of these.
    pub fn of(headers: &HeaderMap) -> Self {
        let plain = ["x-api-key", "api-key"].into_iter().find_map(|name| headers.get(name));
        let key = plain.map(http::HeaderValue::as_bytes).or_else(|| bearer(headers));
        match key {
            Some(key) if !key.is_empty() => Self::Key(Fingerprint::of(key)),
            _ => Self::Missing,
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(key.trim_ascii())
}

impl Fingerprint {
    pub fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// A short form for logs and exchange rows: `key_` and 16 hexadecimal digits.
    pub fn short(&self) -> String {
        let digits: String = self.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("key_{digits}")
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}
