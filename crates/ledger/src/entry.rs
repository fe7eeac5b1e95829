//! What the ledger keeps: a time, a kind, and a body that it does not read.

use std::{
    fmt,
    str::{FromStr, Utf8Error},
};

use jiff::Timestamp;
use serde::{Serialize, de::IgnoredAny};

use crate::hash::Hash;

/// The most bytes of a body.
pub const MAX_BODY: usize = 1 << 20;
/// The most bytes of a leaf.
pub const MAX_LEAF: usize = FIXED + Kind::MAX + MAX_BODY;

const VERSION: u8 = 1;
/// Version, length of the kind, seconds, nanoseconds.
const FIXED: usize = 1 + 1 + 8 + 4;

/// One fact to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it happened, as its author says. Entries need not come in the order of their times.
    pub time: Timestamp,
    pub kind: Kind,
    /// One JSON value in UTF-8 on one line. Personal data belongs in it as a [`crate::SaltedDigest`] only.
    pub body: Vec<u8>,
}

/// What sort of entry it is: a lower-case letter, then letters, digits, `-`, `_` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(String);

/// The bytes of an entry, as they are hashed, stored and proven.
#[derive(Clone, PartialEq, Eq)]
pub struct Leaf {
    bytes: Vec<u8>,
    time: Timestamp,
    kind: Kind,
}

/// A text that is no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind; write a lower-case word of at most {max} letters, digits, `-`, `_` and `.`", max = Kind::MAX)]
pub struct KindError(String);

/// An entry that cannot be kept, or bytes that are none.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    #[error("the body has {0} bytes where {MAX_BODY} are allowed; keep a digest of what is long")]
    BodyTooLarge(usize),
    #[error("the body has a line break or another control character; write the JSON on one line")]
    BodyControl,
    #[error("the body is not UTF-8")]
    BodyText(#[source] Utf8Error),
    #[error("the body is not one JSON value")]
    BodyJson(#[source] serde_json::Error),
    #[error("the leaf has {0} bytes, which is too few or too many")]
    Length(usize),
    #[error("the leaf has version {0}; this program reads version {VERSION}, so use a newer one")]
    Version(u8),
    #[error("the leaf has a time that does not exist")]
    Time,
    #[error("the leaf has a bad kind")]
    Kind(#[source] KindError),
}

impl Kind {
    /// The most bytes of a kind.
    pub const MAX: usize = 32;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Kind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        let sound = text.len() <= Self::MAX
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
            && text.bytes().all(rest);
        if sound { Ok(Self(text.to_owned())) } else { Err(KindError(text.chars().take(Self::MAX + 8).collect())) }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Entry {
    /// The bytes that are hashed and stored; docs/ledger.md has the layout.
    pub fn to_leaf(&self) -> Result<Leaf, EntryError> {
        check_body(&self.body)?;
        let mut bytes = Vec::with_capacity(FIXED + self.kind.0.len() + self.body.len());
        head(self.time, &self.kind, &mut bytes)?;
        bytes.extend_from_slice(&self.body);
        Ok(Leaf { bytes, time: self.time, kind: self.kind.clone() })
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        f.debug_struct("Entry").field("time", &self.time).field("kind", &self.kind).field("body", &body).finish()
    }
}

impl Leaf {
    /// The leaf of an entry whose body is still a value. The same bytes as of an [`Entry`] with the value's JSON, which is sound by
    /// construction and so is not read again. Readers refuse what is nested deeper than 127, which is for the caller to keep to.
    pub fn json(time: Timestamp, kind: &Kind, body: &impl Serialize) -> Result<Self, EntryError> {
        let mut bytes = Vec::with_capacity(2048);
        head(time, kind, &mut bytes)?;
        let from = bytes.len();
        serde_json::to_writer(&mut bytes, body).map_err(EntryError::BodyJson)?;
        check_bytes(bytes.get(from..).unwrap_or_default())?;
        Ok(Self { bytes, time, kind: kind.clone() })
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn hash(&self) -> Hash {
        Hash::leaf(&self.bytes)
    }

    pub fn time(&self) -> Timestamp {
        self.time
    }

    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    pub fn body(&self) -> &[u8] {
        self.bytes.get(FIXED + self.kind.0.len()..).unwrap_or_default()
    }

    /// The entry in it.
    pub fn entry(&self) -> Entry {
        Entry { time: self.time, kind: self.kind.clone(), body: self.body().to_vec() }
    }
}

impl TryFrom<Vec<u8>> for Leaf {
    type Error = EntryError;

    /// Takes exactly the bytes that [`Entry::to_leaf`] makes.
    fn try_from(bytes: Vec<u8>) -> Result<Self, EntryError> {
        if bytes.len() > MAX_LEAF {
            return Err(EntryError::Length(bytes.len()));
        }
        let (time, kind, body) = split(&bytes)?;
        check_body(body)?;
        Ok(Self { bytes, time, kind })
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Leaf({} {}, {} bytes, {})", self.time, self.kind, self.bytes.len(), self.hash())
    }
}

fn split(bytes: &[u8]) -> Result<(Timestamp, Kind, &[u8]), EntryError> {
    let short = || EntryError::Length(bytes.len());
    let (&[version, length], rest) = bytes.split_first_chunk().ok_or_else(short)?;
    if version != VERSION {
        return Err(EntryError::Version(version));
    }
    let (seconds, rest) = rest.split_first_chunk().ok_or_else(short)?;
    let (nanos, rest) = rest.split_first_chunk().ok_or_else(short)?;
    let (kind, body) = rest.split_at_checked(length.into()).ok_or_else(short)?;
    let (seconds, nanos) = (i64::from_le_bytes(*seconds), i32::from_le_bytes(*nanos));
    let time = Timestamp::new(seconds, nanos).map_err(|_| EntryError::Time)?;
    // One moment has one spelling, or two leaves could hold the same entry.
    if (time.as_second(), time.subsec_nanosecond()) != (seconds, nanos) {
        return Err(EntryError::Time);
    }
    let kind = String::from_utf8_lossy(kind).parse().map_err(EntryError::Kind)?;
    Ok((time, kind, body))
}

/// What comes before the body.
fn head(time: Timestamp, kind: &Kind, bytes: &mut Vec<u8>) -> Result<(), EntryError> {
    let kind = kind.0.as_bytes();
    let length = u8::try_from(kind.len()).map_err(|_| EntryError::Length(kind.len()))?;
    bytes.push(VERSION);
    bytes.push(length);
    bytes.extend_from_slice(&time.as_second().to_le_bytes());
    bytes.extend_from_slice(&time.subsec_nanosecond().to_le_bytes());
    bytes.extend_from_slice(kind);
    Ok(())
}

fn check_body(body: &[u8]) -> Result<(), EntryError> {
    check_bytes(body)?;
    let text = std::str::from_utf8(body).map_err(EntryError::BodyText)?;
    serde_json::from_str::<IgnoredAny>(text).map(|_| ()).map_err(EntryError::BodyJson)
}

fn check_bytes(body: &[u8]) -> Result<(), EntryError> {
    if body.len() > MAX_BODY {
        return Err(EntryError::BodyTooLarge(body.len()));
    }
    // JSON needs none of them, and without them no record can hide inside another one.
    if body.iter().any(|&byte| byte < b' ') {
        return Err(EntryError::BodyControl);
    }
    Ok(())
}
