//! A decision with its reasons, as it is kept, shown and contested.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::effect::{Basis, Effect};

/// An effect, why, on what evidence, and how to contest it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub decision_id: DecisionId,
    pub time: Timestamp,
    pub effect: Effect,
    /// The rules that decided; at least one unless the effect is allow.
    pub reasons: Vec<Reason>,
    /// The facts that those rules read. For the record and for a case, never for the caller.
    pub evidence: Vec<Evidence>,
    /// Where the caller can contest it.
    pub appeal: String,
}

/// A rule that decided, in words that can be shown to the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub rule: String,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

/// A declared signal and the value that a rule read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub signal: String,
    pub value: serde_json::Value,
}

/// `dec_` and 26 characters of Crockford's base 32; the first ten are the time in milliseconds, as in a ULID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId(u128);

/// Not a decision id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no decision id: it is `dec_` and 26 letters and digits")]
pub struct DecisionIdError(String);

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: &str = "dec_";
const DIGITS: usize = 26;
const RANDOM_BITS: u32 = 80;

impl DecisionId {
    /// An id that sorts by time; `random` are 80 bits from a good source.
    pub fn new(time: Timestamp, random: u128) -> Self {
        let millis = u128::try_from(time.as_millisecond()).unwrap_or(0) & ((1 << 48) - 1);
        Self((millis << RANDOM_BITS) | (random & ((1 << RANDOM_BITS) - 1)))
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'0'; PREFIX.len() + DIGITS];
        let (prefix, digits) = text.split_at_mut(PREFIX.len());
        prefix.copy_from_slice(PREFIX.as_bytes());
        for (place, digit) in (0..DIGITS).rev().zip(digits) {
            let value = usize::try_from((self.0 >> (5 * place)) & 31).unwrap_or(0);
            *digit = ALPHABET.get(value).copied().unwrap_or(b'0');
        }
        // Letters and digits only.
        f.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for DecisionId {
    type Err = DecisionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || DecisionIdError(text.chars().take(64).collect());
        let digits = text.strip_prefix(PREFIX).ok_or_else(wrong)?;
        if digits.len() != DIGITS {
            return Err(wrong());
        }
        let mut value = 0u128;
        for digit in digits.bytes() {
            let digit = ALPHABET.iter().position(|d| *d == digit).ok_or_else(wrong)?;
            value = value.checked_mul(32).ok_or_else(wrong)?.checked_add(digit as u128).ok_or_else(wrong)?;
        }
        Ok(Self(value))
    }
}

impl Serialize for DecisionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DecisionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        for (millis, random) in [(0, 0), (1_790_000_000_000, 12_345), (253_402_207_200_000, u128::MAX)] {
            let id = DecisionId::new(Timestamp::from_millisecond(millis).expect("in range"), random);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert!("dec_8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<DecisionId>().is_err(), "more than 128 bits");
        assert!("dec_0".parse::<DecisionId>().is_err());
        assert!("0000000000000000000000000000000".parse::<DecisionId>().is_err());
    }
}
