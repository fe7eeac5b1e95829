//! Identifiers of organisations: what decides, where names only suggest.

use std::{fmt, str::FromStr};

/// A number or code under which somebody keeps an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Identifier {
    pub scheme: Scheme,
    pub value: String,
}

/// Who gives the identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// ISO 17442; the value is a checked [`Lei`].
    Lei,
    /// A company register; which one, as the source says it (`GB-COH`, `RA000585`, a country), or empty.
    Register(String),
    Tax,
    /// Any other scheme, under the source's name for it.
    Other(String),
}

/// A Legal Entity Identifier (ISO 17442) whose check digits are right (ISO 7064 mod 97-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lei([u8; 20]);

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    #[error("`{0}` is no LEI: 18 capital letters or digits and two check digits")]
    Shape(String),
    #[error("the check digits of the LEI `{0}` are wrong; look for a typing error")]
    CheckDigits(String),
}

impl Lei {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a LEI holds ASCII only")
    }
}

impl FromStr for Lei {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let clipped = || text.chars().take(40).collect::<String>().escape_debug().to_string();
        let upper = text.trim().to_ascii_uppercase();
        let code: [u8; 20] = upper.as_bytes().try_into().map_err(|_| IdentifierError::Shape(clipped()))?;
        let digits = code[18..].iter().all(u8::is_ascii_digit);
        if !digits || !code.iter().all(u8::is_ascii_alphanumeric) {
            return Err(IdentifierError::Shape(clipped()));
        }
        // ISO 7064: letters count 10 to 35, and the number that results leaves 1 when divided by 97.
        let rest = code.iter().fold(0u32, |rest, &byte| match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        });
        if rest != 1 {
            return Err(IdentifierError::CheckDigits(clipped()));
        }
        Ok(Self(code))
    }
}

impl fmt::Display for Lei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
