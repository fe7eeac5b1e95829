//! What is banned, since when, why, and how far its removal may go.

mod read;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use read::{BanError, parse};

use crate::{
    catalogue::Catalogue,
    glob,
    scan::{Item, Key, Kind},
};

/// A ban, free of mistakes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ban {
    pub name: String,
    pub from: Date,
    pub reason: String,
    pub data: Data,
    pub subjects: Vec<Subject>,
    pub exceptions: Vec<Exception>,
    pub limits: Limits,
}

/// What becomes of people's work: transcripts, instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Data {
    Keep,
    Take,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    Tool(String),
    /// All tools and families of models of a vendor.
    Vendor(String),
    Family(String),
    /// Names or ids of models; `*` stands for anything.
    Model(String),
    /// SHA-256 of a file, or the identity of a header.
    Digest(String),
}

/// Something that stays until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub of: Except,
    pub reason: String,
    pub expires: Date,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Except {
    Subject(Subject),
    Path(crate::MachinePath),
    Machine(String),
}

/// Above any of these nothing is done until somebody repeats the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub objects: u64,
    pub bytes: u64,
    pub hosts: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { objects: 500, bytes: 500 << 30, hosts: 50 }
    }
}

impl Subject {
    pub(crate) fn is_item(&self, catalogue: &Catalogue, item: &Item) -> bool {
        let vendor_of = || {
            let tool = catalogue.tool(&item.subject).map(|tool| tool.vendor.as_str());
            let family = || catalogue.family(&item.subject).map(|family| family.vendor.as_str());
            if item.kind == Kind::Model { family() } else { tool }
        };
        let names_secret = |key: &Key, of: &dyn Fn(&crate::catalogue::Tool) -> bool| {
            key.names == "secret" && catalogue.secrets().any(|(name, tool)| name == key.key && tool.is_some_and(of))
        };
        let own = match self {
            Self::Tool(id) => item.kind != Kind::Model && item.kind != Kind::ModelUse && item.subject == *id,
            Self::Vendor(vendor) => item.kind != Kind::ModelUse && vendor_of() == Some(vendor),
            Self::Family(id) => item.kind == Kind::Model && item.subject == *id,
            Self::Model(pattern) => {
                let name = item.model.as_ref().and_then(|model| model.name.as_deref());
                item.kind == Kind::Model
                    && name.is_some_and(|name| glob::fits(pattern.as_bytes(), name.as_bytes(), true))
            }
            Self::Digest(digest) => {
                let identity = item.model.as_ref().map(|model| model.identity.as_str());
                item.digest.as_deref() == Some(digest) || identity == Some(digest)
            }
        };
        own || match self {
            Self::Tool(id) => {
                item.keys.iter().any(|key| names_secret(key, &|tool| tool.id == *id))
                    || item.keys.iter().any(|key| self.is_key(catalogue, key))
            }
            Self::Vendor(vendor) => {
                item.keys.iter().any(|key| names_secret(key, &|tool| tool.vendor == *vendor))
                    || item.keys.iter().any(|key| self.is_key(catalogue, key))
            }
            _ => item.keys.iter().any(|key| self.is_key(catalogue, key)),
        }
    }

    /// Whether a key of settings uses what is banned.
    pub(crate) fn is_key(&self, catalogue: &Catalogue, key: &Key) -> bool {
        match self {
            Self::Family(id) => key.names == *id,
            Self::Vendor(vendor) => {
                let tool = key.names.strip_prefix("tool:").and_then(|id| catalogue.tool(id));
                key.names.strip_prefix("endpoint:") == Some(vendor)
                    || tool.is_some_and(|tool| tool.vendor == *vendor)
                    || catalogue.family(&key.names).is_some_and(|family| family.vendor == *vendor)
            }
            Self::Model(pattern) => key.value.as_deref().is_some_and(|value| {
                let value = value.to_ascii_lowercase();
                let bare = crate::catalogue::bare(&value);
                [value.as_str(), bare].iter().any(|name| glob::fits(pattern.as_bytes(), name.as_bytes(), true))
            }),
            Self::Tool(id) => key.names.strip_prefix("tool:") == Some(id),
            Self::Digest(_) => false,
        }
    }
}

impl Ban {
    pub(crate) fn is_item(&self, catalogue: &Catalogue, item: &Item) -> bool {
        self.subjects.iter().any(|subject| subject.is_item(catalogue, item))
    }

    /// Whether a key of settings uses what is banned, by any subject.
    pub fn is_key(&self, catalogue: &Catalogue, key: &Key) -> bool {
        self.subjects.iter().any(|subject| subject.is_key(catalogue, key))
    }

    /// The exception that holds for an item on a day.
    pub(crate) fn exception(
        &self,
        catalogue: &Catalogue,
        item: &Item,
        machine: &str,
        today: Date,
    ) -> Option<&Exception> {
        self.exceptions.iter().filter(|exception| exception.expires >= today).find(|exception| match &exception.of {
            Except::Subject(subject) => subject.is_item(catalogue, item),
            Except::Path(path) => item.path.is_within(path),
            Except::Machine(name) => name == machine,
        })
    }

    /// Tools that the ban takes in.
    pub fn tools<'a>(&'a self, catalogue: &'a Catalogue) -> impl Iterator<Item = &'a crate::catalogue::Tool> {
        catalogue.tools().filter(|tool| {
            self.subjects.iter().any(|subject| match subject {
                Subject::Tool(id) => *id == tool.id,
                Subject::Vendor(vendor) => *vendor == tool.vendor,
                _ => false,
            })
        })
    }
}
