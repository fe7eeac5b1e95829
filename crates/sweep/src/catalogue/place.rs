//! Where a tool leaves something: a path anchored in a home or in the system.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What a place is anchored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Home,
    System,
    /// Any folder at all: what is unpacked wherever somebody likes.
    Any,
}

/// An anchored path; a step may hold `*`, the first one below the anchor may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    text: String,
    anchor: Anchor,
    steps: Vec<String>,
    /// Windows and macOS do not tell upper from lower case.
    folded: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    #[error(
        "`{0}` is not anchored: begin with `~/`, `$config/`, `$data/`, `$state/`, `$cache/`, `$support/`, `$caches/`, `$appdata/`, `$localappdata/`, `$any/`, `/` or `C:/`"
    )]
    Unanchored(String),
    #[error("`{0}` has a step that is empty, `.`, `..` or `**`")]
    Step(String),
    #[error("`{0}` names a whole anchor, or begins with `*`: anything would be found")]
    Open(String),
}

const ANCHORS: &[(&str, Anchor, &[&str], bool)] = &[
    ("~/", Anchor::Home, &[], false),
    ("$config/", Anchor::Home, &[".config"], false),
    ("$data/", Anchor::Home, &[".local", "share"], false),
    ("$state/", Anchor::Home, &[".local", "state"], false),
    ("$cache/", Anchor::Home, &[".cache"], false),
    ("$support/", Anchor::Home, &["Library", "Application Support"], true),
    ("$caches/", Anchor::Home, &["Library", "Caches"], true),
    ("$library/", Anchor::Home, &["Library"], true),
    ("$appdata/", Anchor::Home, &["AppData", "Roaming"], true),
    ("$localappdata/", Anchor::Home, &["AppData", "Local"], true),
    ("$any/", Anchor::Any, &[], false),
    ("C:/", Anchor::System, &[], true),
    ("/", Anchor::System, &[], false),
];

impl Place {
    pub fn anchor(&self) -> Anchor {
        self.anchor
    }

    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    pub fn folded(&self) -> bool {
        self.folded
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let found = ANCHORS.iter().find_map(|row| text.strip_prefix(row.0).map(|rest| (row, rest)));
        let Some(((_, anchor, base, folded), rest)) = found else {
            return Err(PlaceError::Unanchored(text.to_owned()));
        };
        if rest.is_empty() || rest.starts_with('*') {
            return Err(PlaceError::Open(text.to_owned()));
        }
        let mut steps: Vec<String> = base.iter().map(|&step| step.to_owned()).collect();
        for step in rest.split('/') {
            if matches!(step, "" | "." | "..") || step.contains("**") || step.contains('\0') {
                return Err(PlaceError::Step(text.to_owned()));
            }
            steps.push(step.to_owned());
        }
        Ok(Self { text: text.to_owned(), anchor: *anchor, steps, folded: *folded })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
