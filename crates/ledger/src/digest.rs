//! Personal data by salted digest: what is erased leaves the tree whole.
//!
//! The ledger keeps the digest, another place keeps the salt with the value. Once the salt is gone nobody can tell by
//! guessing which value the digest was of, and no hash of the tree has changed. It is HMAC-SHA256 under the salt rather
//! than a hash of salt and value side by side: HMAC is made to be keyed, so that neither the ends of its parts nor the
//! extension of a hash need an argument.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// 32 random bytes, one per person or value; whoever erases them erases the value.
#[derive(Clone)]
pub struct Salt([u8; 32]);

/// HMAC-SHA256 over a domain and a value under a salt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SaltedDigest([u8; 32]);

/// A text that is no salted digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no salted digest; it is `hmac-sha256:` and 32 bytes in standard base64")]
pub struct DigestError(String);

const PREFIX: &str = "hmac-sha256:";

impl Salt {
    /// Takes bytes of a good random source.
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// For the store that keeps it beside the value.
    pub fn secret_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(redacted)")
    }
}

impl SaltedDigest {
    /// The digest of a value; the domain says what the value is, such as `account` or `address`.
    pub fn of(salt: &Salt, domain: &str, value: &[u8]) -> Self {
        Self(mac(salt, domain, value).finalize().into_bytes().into())
    }

    /// Is it the digest of this value? Takes the same time whatever the answer.
    pub fn is_of(&self, salt: &Salt, domain: &str, value: &[u8]) -> bool {
        mac(salt, domain, value).verify_slice(&self.0).is_ok()
    }
}

fn mac(salt: &Salt, domain: &str, value: &[u8]) -> Hmac<Sha256> {
    // The length keeps `ab` + `c` apart from `a` + `bc`.
    let length = (domain.len() as u64).to_le_bytes();
    // A key shorter than a block is filled up with zeros (RFC 2104, section 2).
    let mut key = [0; 64];
    key.iter_mut().zip(salt.0).for_each(|(to, from)| *to = from);
    Hmac::<Sha256>::new(&key.into()).chain_update(length).chain_update(domain).chain_update(value)
}

impl fmt::Display for SaltedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for SaltedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SaltedDigest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let bytes =
            text.strip_prefix(PREFIX).filter(|rest| rest.len() == 44).and_then(|rest| STANDARD.decode(rest).ok());
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| DigestError(text.chars().take(80).collect()))
    }
}
