//! Texts that a store takes: a line of a form, and prose.

use std::{fmt, str::FromStr};

/// Why a text is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("it is empty")]
    Empty,
    #[error("it has {bytes} bytes, the limit is {limit}")]
    TooLong { bytes: usize, limit: usize },
    #[error("it holds the control character {character:?}")]
    Control { character: char },
}

/// One line: an id of a campaign, a name of a person, a reason. 1 to 256 bytes without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(String);

/// Text that a person wrote: 1 byte to 16 KiB; control characters are taken, except NUL.
#[derive(Clone, PartialEq, Eq)]
pub struct Prose(String);

impl Line {
    pub const MAX_BYTES: usize = 256;

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text could be a line.
    pub(crate) fn check(text: &str) -> Result<(), TextError> {
        check(text, Self::MAX_BYTES, char::is_control)
    }
}

impl Prose {
    pub const MAX_BYTES: usize = 16 * 1024;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(text: &str, limit: usize, refused: fn(char) -> bool) -> Result<(), TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.len() > limit {
        return Err(TextError::TooLong { bytes: text.len(), limit });
    }
    match text.chars().find(|c| refused(*c)) {
        Some(character) => Err(TextError::Control { character }),
        None => Ok(()),
    }
}

impl TryFrom<String> for Line {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::check(&text)?;
        Ok(Self(text))
    }
}

impl TryFrom<String> for Prose {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        // PostgreSQL cannot keep a NUL in a text.
        check(&text, Self::MAX_BYTES, |c| c == '\0')?;
        Ok(Self(text))
    }
}

impl FromStr for Line {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::check(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Prose {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        check(text, Self::MAX_BYTES, |c| c == '\0')?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says how much there is, not what.
impl fmt::Debug for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prose({} bytes)", self.0.len())
    }
}
