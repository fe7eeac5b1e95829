//! The name of a machine, as its fleet knows it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// 1 to 128 letters, digits, `.`, `_` and `-` of ASCII, the first a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MachineName(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a machine's name is 1 to 128 letters, digits, `.`, `_` and `-`, and begins with a letter or digit; give another with --machine"
)]
pub struct NameError;

impl MachineName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MachineName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        let sound = (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if sound { Ok(Self(text)) } else { Err(NameError) }
    }
}

impl FromStr for MachineName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        text.to_owned().try_into()
    }
}

impl From<MachineName> for String {
    fn from(name: MachineName) -> Self {
        name.0
    }
}

impl fmt::Display for MachineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
