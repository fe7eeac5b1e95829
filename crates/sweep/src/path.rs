//! A path as the swept machine sees it: absolute, below the root of the scan, made of any bytes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const MARK: &str = "bytes:";

/// An absolute path in normal form: no empty, `.` or `..` step, no NUL.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MachinePath(Vec<u8>);

impl fmt::Debug for MachinePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no absolute path in normal form")]
pub struct PathError(String);

impl MachinePath {
    /// The root of the machine.
    pub fn root() -> Self {
        Self(Vec::new())
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PathError> {
        let refused = || PathError(String::from_utf8_lossy(bytes).into_owned());
        let Some(rest) = bytes.strip_prefix(b"/") else { return Err(refused()) };
        if rest.is_empty() {
            return Ok(Self::root());
        }
        if rest.contains(&0) || rest.split(|&b| b == b'/').any(|step| matches!(step, b"" | b"." | b"..")) {
            return Err(refused());
        }
        Ok(Self(bytes.to_vec()))
    }

    /// This path and one step, or `None` when the step is none.
    pub fn join(&self, step: &[u8]) -> Option<Self> {
        if matches!(step, b"" | b"." | b"..") || step.iter().any(|&b| b == b'/' || b == 0) {
            return None;
        }
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + step.len());
        bytes.extend_from_slice(&self.0);
        bytes.push(b'/');
        bytes.extend_from_slice(step);
        Some(Self(bytes))
    }

    /// What a link at this path with this target names, by words alone; `None` when it climbs above the root.
    pub fn resolve(&self, target: &[u8]) -> Option<Self> {
        let mut at = if target.starts_with(b"/") { Self::root() } else { self.parent()? };
        for step in target.split(|&b| b == b'/') {
            at = match step {
                b"" | b"." => at,
                b".." => at.parent()?,
                step => at.join(step)?,
            };
        }
        Some(at)
    }

    pub fn parent(&self) -> Option<Self> {
        let cut = self.0.iter().rposition(|&b| b == b'/')?;
        self.0.get(..cut).map(|bytes| Self(bytes.to_vec()))
    }

    /// The last step; empty for the root.
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|&b| b == b'/').next().unwrap_or_default()
    }

    pub fn steps(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|&b| b == b'/').filter(|step| !step.is_empty())
    }

    pub fn as_bytes(&self) -> &[u8] {
        if self.0.is_empty() { b"/" } else { &self.0 }
    }

    pub fn depth(&self) -> usize {
        self.steps().count()
    }

    /// Every folder above this path, nearest first, without the root.
    pub fn above(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent).filter(|path| !path.0.is_empty())
    }

    /// Whether the path is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        match self.0.strip_prefix(other.0.as_slice()) {
            Some(rest) => rest.is_empty() || rest.starts_with(b"/"),
            None => false,
        }
    }
}

/// Text that never moves a cursor: control characters and bytes outside UTF-8 are escaped.
impl fmt::Display for MachinePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self.as_bytes()))
    }
}

/// Bytes as one line of text, with control characters and bytes outside UTF-8 escaped.
pub fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            // Besides control characters: those that turn the direction of text around.
            if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
            {
                text.extend(c.escape_unicode());
            } else {
                text.push(c);
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

impl FromStr for MachinePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let Some(rest) = text.strip_prefix(MARK) else { return Self::from_bytes(text.as_bytes()) };
        let mut bytes = Vec::with_capacity(rest.len());
        let mut left = rest.bytes();
        while let Some(b) = left.next() {
            if b != b'%' {
                bytes.push(b);
                continue;
            }
            let mut digit = || left.next().and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
            let (Some(high), Some(low)) = (digit(), digit()) else { return Err(PathError(text.to_owned())) };
            bytes.push(high << 4 | low);
        }
        Self::from_bytes(&bytes)
    }
}

/// A string where the path is UTF-8, else `bytes:` and the path with `%XX` for what is not.
impl Serialize for MachinePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(text) = std::str::from_utf8(self.as_bytes()) {
            return serializer.serialize_str(text);
        }
        let mut text = String::from(MARK);
        for &b in self.as_bytes() {
            if b.is_ascii_graphic() && b != b'%' {
                text.push(char::from(b));
            } else {
                text.push_str(&format!("%{b:02X}"));
            }
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for MachinePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
