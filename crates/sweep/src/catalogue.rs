//! What AI tools leave on a machine and how models are named: data, with its sources, checked as a whole.

mod check;
mod embedded;
mod family;
mod place;
mod tool;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use family::{Family, bare};
pub use place::{Anchor, Place, PlaceError};
pub use tool::{Class, Domains, Environment, Extensions, Mac, Packages, Spot, Tool};

/// All tools and families, free of mistakes.
#[derive(Debug, Clone)]
pub struct Catalogue {
    tools: BTreeMap<String, Tool>,
    families: Vec<Family>,
    endpoints: Vec<Endpoint>,
    secrets: Vec<String>,
    version: String,
}

/// Hosts that answer for a vendor's models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub vendor: String,
    pub hosts: Vec<String>,
}

/// One thing that is wrong in a catalogue, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    pub file: String,
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.text)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilyFile {
    #[serde(default, rename = "checked")]
    _checked: Option<toml::Value>,
    #[serde(default, rename = "sources")]
    _sources: Vec<String>,
    #[serde(default, rename = "unverified")]
    _unverified: Vec<String>,
    #[serde(default)]
    family: Vec<Family>,
    #[serde(default)]
    endpoint: Vec<Endpoint>,
    #[serde(default)]
    secrets: Vec<String>,
}

impl Catalogue {
    /// The catalogue that this build carries.
    pub fn shipped() -> Result<Self, Vec<Mistake>> {
        Self::with(&[])
    }

    /// The shipped catalogue with files of the operator: a file adds a tool, or replaces the one with its id.
    ///
    /// All mistakes come back at once.
    pub fn with(own: &[(String, String)]) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut read = Self {
            tools: BTreeMap::new(),
            families: vec![],
            endpoints: vec![],
            secrets: vec![],
            version: String::new(),
        };
        let mut hash = Sha256::new();
        for (name, text) in embedded::TOOLS {
            hash.update(text);
            read.take_tool(name, text, false, &mut mistakes);
        }
        for (name, text) in [
            ("families.toml", embedded::FAMILIES),
            ("keys.toml", embedded::KEYS),
            ("endpoints.toml", embedded::ENDPOINTS),
        ] {
            hash.update(text);
            read.take_families(name, text, &mut mistakes);
        }
        let mut ids = BTreeMap::new();
        for (name, text) in own {
            hash.update(text);
            // A file with families or endpoints has none of a tool's keys.
            if text.contains("[[family]]") || text.contains("[[endpoint]]") {
                read.take_families(name, text, &mut mistakes);
                continue;
            }
            if let Some(id) = read.take_tool(name, text, true, &mut mistakes)
                && let Some(other) = ids.insert(id.clone(), name.clone())
            {
                mistakes.push(Mistake { file: name.clone(), text: format!("`{id}` is also in `{other}`") });
            }
        }
        read.check(&mut mistakes);
        if !mistakes.is_empty() {
            mistakes.sort();
            mistakes.dedup();
            return Err(mistakes);
        }
        read.version = hex(&hash.finalize()).chars().take(16).collect();
        Ok(read)
    }

    /// Names the content of the catalogue.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn tools(&self) -> impl Iterator<Item = &Tool> {
        self.tools.values()
    }

    pub fn tool(&self, id: &str) -> Option<&Tool> {
        self.tools.get(id)
    }

    pub fn families(&self) -> &[Family] {
        &self.families
    }

    pub fn family(&self, id: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.id == id)
    }

    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Names of secrets, of all tools and of models in general.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, Option<&Tool>)> {
        let of_tools =
            self.tools.values().flat_map(|tool| tool.environment.secrets.iter().map(move |s| (s.as_str(), Some(tool))));
        of_tools.chain(self.secrets.iter().map(|s| (s.as_str(), None)))
    }

    /// The family that a header's names or, failing that, its architecture tell.
    pub fn family_of_weight(&self, architecture: Option<&str>, names: &[&str]) -> Option<&Family> {
        let named = self.families.iter().find(|family| family.is_weight(None, names));
        named.or_else(|| self.families.iter().find(|family| family.is_weight(architecture, &[])))
    }

    /// The family that a value of a setting is an id of.
    pub fn family_of_id(&self, value: &str, names_model: bool) -> Option<&Family> {
        let strict = self.families.iter().find(|family| family.is_id(value, false));
        if strict.is_some() || !names_model {
            return strict;
        }
        self.families.iter().find(|family| family.is_id(value, true))
    }

    fn take_tool(&mut self, name: &str, text: &str, replaces: bool, mistakes: &mut Vec<Mistake>) -> Option<String> {
        let tool: Tool = match toml::from_str(text) {
            Ok(tool) => tool,
            Err(error) => {
                mistakes.push(Mistake { file: name.to_owned(), text: error.to_string().trim_end().to_owned() });
                return None;
            }
        };
        check::tool(name, &tool, mistakes);
        let id = tool.id.clone();
        if self.tools.insert(id.clone(), tool).is_some() && !replaces {
            mistakes.push(Mistake { file: name.to_owned(), text: format!("`{id}` is the id of another tool") });
        }
        Some(id)
    }

    fn take_families(&mut self, name: &str, text: &str, mistakes: &mut Vec<Mistake>) {
        match toml::from_str::<FamilyFile>(text) {
            Ok(file) => {
                for family in file.family {
                    self.families.retain(|known| known.id != family.id);
                    self.families.push(family);
                }
                self.endpoints.extend(file.endpoint);
                self.secrets.extend(file.secrets);
            }
            Err(error) => {
                mistakes.push(Mistake { file: name.to_owned(), text: error.to_string().trim_end().to_owned() })
            }
        }
    }

    fn check(&self, mistakes: &mut Vec<Mistake>) {
        check::across(self, mistakes);
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
