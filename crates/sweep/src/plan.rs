//! What a ban means for one machine: every object, what is done with it and why, and what is left alone and why.

mod make;
mod sealed;
mod text;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

pub use make::plan;
pub use sealed::{Plan, PlanError};

use crate::{
    MachinePath,
    ban::Limits,
    catalogue::Class,
    scan::{Key, State},
};

/// How many days a plan can be executed.
pub const LIFE_DAYS: i64 = 7;

/// A plan before the machine was asked for the exact state of its objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    pub version: u32,
    pub ban: String,
    pub reason: String,
    pub from: Date,
    pub made: Date,
    pub expires: Date,
    pub machine: String,
    pub root: String,
    pub catalogue: String,
    /// When the machine was looked at.
    pub scanned: Scanned,
    pub limits: Limits,
    pub totals: Totals,
    pub objects: Vec<Object>,
    pub left: Vec<Left>,
    pub notes: Vec<String>,
    /// What ran out of these objects when the machine was looked at; no part of the digest.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub running: Vec<Running>,
}

/// A process that runs out of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Running {
    pub subject: String,
    pub path: MachinePath,
    /// Its number and name.
    pub what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanned {
    pub started: Timestamp,
    pub finished: Timestamp,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Objects that are moved, edited or stopped.
    pub objects: u64,
    pub files: u64,
    pub bytes: u64,
    pub reported: u64,
    pub left: u64,
}

/// One object, and what is done with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    pub path: MachinePath,
    pub subject: String,
    pub class: Class,
    pub action: Action,
    pub why: String,
    pub bytes: u64,
    pub files: u64,
    /// Whether `restore` brings it back as it was.
    pub reversible: bool,
    /// Keys of settings that go, for an edit.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub keys: Vec<Key>,
    /// The state that the plan was made for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Before>,
    /// For an edit: SHA-256 of the settings without the keys.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    pub state: State,
    /// SHA-256 over the content; of a folder over names, kinds, modes, links and contents of all that is in it.
    pub content: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Into the vault.
    Move,
    /// The keys go, the rest of the file stays.
    Edit,
    /// A service: its unit goes into the vault, and the service is stopped where that is asked for.
    Stop,
    /// Told, and not touched.
    Report,
}

impl Action {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Move => "move",
            Self::Edit => "edit",
            Self::Stop => "stop",
            Self::Report => "report",
        }
    }

    pub fn acts(self) -> bool {
        self != Self::Report
    }
}

/// What belongs to the banned, and stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    pub path: MachinePath,
    pub subject: String,
    pub class: Class,
    pub why: String,
}
