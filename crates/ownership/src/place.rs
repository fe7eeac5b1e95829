//! A country, territory or part of one, by code.

use std::{fmt, str::FromStr};

/// A territory by its code: ISO 3166-1 (`cn`), or a subdivision (`cn-gd`, `us-de`); kept in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place([u8; 6]);

/// Why a text is no code of a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no code of a place: two letters as in ISO 3166-1, with a subdivision after a hyphen where there is one"
)]
pub struct PlaceError {
    text: String,
}

impl Place {
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|&b| b == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..length]).expect("a place holds ASCII only")
    }

    /// The country that the place is, or is in: `cn` of `cn-gd`.
    pub fn country(self) -> Self {
        let [a, b, ..] = self.0;
        Self([a, b, 0, 0, 0, 0])
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    /// Takes `CN`, `cn-gd`, `cn_gd` and `US-DE`.
    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let refused = || PlaceError { text: text.chars().take(40).collect::<String>().escape_debug().to_string() };
        let bytes = text.as_bytes();
        let (country, rest) = bytes.split_at_checked(2).ok_or_else(refused)?;
        let part = match rest {
            [] => &[][..],
            [b'-' | b'_', part @ ..] if matches!(part.len(), 1..=3) => part,
            _ => return Err(refused()),
        };
        if !country.iter().all(u8::is_ascii_alphabetic) || !part.iter().all(u8::is_ascii_alphanumeric) {
            return Err(refused());
        }
        let mut code = [0; 6];
        for (to, from) in code.iter_mut().zip(country) {
            *to = from.to_ascii_lowercase();
        }
        if !part.is_empty() {
            code[2] = b'-';
            for (to, from) in code[3..].iter_mut().zip(part) {
                *to = from.to_ascii_lowercase();
            }
        }
        Ok(Self(code))
    }
}

impl TryFrom<String> for Place {
    type Error = PlaceError;
    fn try_from(text: String) -> Result<Self, PlaceError> {
        text.parse()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.as_str().to_owned()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
