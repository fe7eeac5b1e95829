//! What a scan says: where it looked, what it could not read, and what it found with the evidence for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{catalogue::Class, model::ModelFacts, path::MachinePath};

/// The report of one scan of one machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    pub version: u32,
    pub machine: Machine,
    pub scope: Scope,
    pub unreadable: Vec<Unreadable>,
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub name: String,
    /// What the tree looks like: `linux`, `macos`, `windows` or `unknown`.
    pub system: String,
}

/// What was looked at, and with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    pub root: String,
    pub homes: Vec<Home>,
    pub folders: u64,
    pub files: u64,
    /// Files whose first bytes were looked at.
    pub opened: u64,
    /// Files, not named like weights, that were not opened (below 256 KiB) or not asked for their size (named like text),
    /// since very many had been.
    pub passed_over: u64,
    pub skipped: Vec<Unreadable>,
    pub catalogue: String,
    pub started: Timestamp,
    pub finished: Timestamp,
    /// False when a limit cut the scan short; `skipped` says which.
    pub complete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Home {
    pub path: MachinePath,
    pub owner: String,
}

/// A place that was not looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreadable {
    pub path: MachinePath,
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Client,
    Extension,
    Config,
    Credential,
    Model,
    ModelUse,
    Service,
    UnknownClient,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Extension => "extension",
            Self::Config => "config",
            Self::Credential => "credential",
            Self::Model => "model",
            Self::ModelUse => "model-use",
            Self::Service => "service",
            Self::UnknownClient => "unknown-client",
        }
    }

    /// What a place of this class is reported as.
    pub fn of(class: Class) -> Self {
        match class {
            Class::Program => Self::Client,
            Class::Configuration | Class::Data | Class::Cache | Class::Project => Self::Config,
            Class::Credential => Self::Credential,
            Class::Service => Self::Service,
            Class::Model => Self::Model,
            Class::ModelUse => Self::ModelUse,
        }
    }
}

/// How sure a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A heuristic; nothing is ever done on it alone.
    Low,
    /// The place is the tool's own.
    Medium,
    /// Metadata or content says so.
    High,
}

impl Confidence {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One reason for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Which rule saw it, such as `npm-package` or `place`.
    pub rule: String,
    pub text: String,
}

impl Evidence {
    pub fn new(rule: &str, text: impl Into<String>) -> Self {
        Self { rule: rule.to_owned(), text: text.into() }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Id of a tool of the catalogue; of a family for models and their use; a name for what is unknown.
    pub subject: String,
    pub kind: Kind,
    pub class: Class,
    pub path: MachinePath,
    pub confidence: Confidence,
    pub evidence: Vec<Evidence>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub files: Option<u64>,
    /// SHA-256 where it is known without reading the content: a store's blob, or a planned object.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
    /// The account that owns it, by the table of users of the swept machine, else the uid.
    pub owner: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<ModelFacts>,
    /// Keys of a setting that use a model, or names of secrets; never values of secrets.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub keys: Vec<Key>,
    /// Lies in a repository.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub repository: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<State>,
    /// For a blob of a store: the other manifests or snapshots that need it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub needed_by: Vec<MachinePath>,
}

/// A place in a settings file and what it names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Dotted path of keys.
    pub key: String,
    /// A family, `endpoint:<vendor>`, `tool:<id>` or `secret`.
    pub names: String,
    /// A model id or host; never of a secret.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    File,
    Folder,
    Link,
}

/// What a file system says of an object. A plan holds it, and nothing is done when it differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub shape: Shape,
    pub inode: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub links: u64,
    pub size: u64,
    /// Nanoseconds since 1970.
    pub modified: i64,
}

impl Scan {
    /// Items of the tool or family, surest first.
    pub fn of<'a>(&'a self, subject: &'a str) -> impl Iterator<Item = &'a Item> {
        self.items.iter().filter(move |item| item.subject == subject)
    }
}
