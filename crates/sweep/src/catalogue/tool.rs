//! One tool of the catalogue: everything that it leaves on a machine and talks to.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::place::Place;

/// One file of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub id: String,
    pub name: String,
    pub vendor: String,
    /// The day on which somebody held these facts against the sources.
    #[serde(deserialize_with = "day")]
    pub checked: Date,
    pub sources: Vec<String>,
    /// Facts that no source confirmed.
    #[serde(default)]
    pub unverified: Vec<String>,
    #[serde(default)]
    pub packages: Packages,
    #[serde(default)]
    pub extensions: Extensions,
    #[serde(default, rename = "path")]
    pub paths: Vec<Spot>,
    #[serde(default)]
    pub mac: Mac,
    /// Secrets that stay in a keychain; they are reported by service name when a ban is planned.
    #[serde(default)]
    pub keychain: Vec<String>,
    /// Files that configure MCP servers for the tool.
    #[serde(default)]
    pub mcp: Vec<Place>,
    #[serde(default)]
    pub ports: Vec<u16>,
    #[serde(default)]
    pub domains: Domains,
    #[serde(default)]
    pub environment: Environment,
    /// Words that start it and that no other program has.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Files and folders that a repository holds for the tool. Reported, never moved.
    #[serde(default)]
    pub project: Vec<String>,
}

/// A day as TOML writes it, or as text.
pub(super) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => text,
        toml::Value::Datetime(day) => day.to_string(),
        other => return Err(de::Error::custom(format!("`{other}` is no day"))),
    };
    text.parse().map_err(de::Error::custom)
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Packages {
    pub npm: Vec<String>,
    /// Names on the Python index; pip, pipx and uv install the same.
    pub pip: Vec<String>,
    pub brew: Vec<String>,
    pub cask: Vec<String>,
    pub winget: Vec<String>,
    pub cargo: Vec<String>,
    /// Repositories that `cargo install --git` builds it from, `host/owner/name`.
    pub cargo_git: Vec<String>,
    pub go: Vec<String>,
    /// How the names of its AppImages begin, whatever the case: what follows is a version or a system.
    pub appimage: Vec<String>,
    /// Names of programs that are one file and run from any folder, without `.exe`, in lower case; `*` for any run of characters.
    pub portable: Vec<String>,
    /// Volumes of containers, as the vendor's instructions name them.
    pub volume: Vec<String>,
    /// Images of containers, without a tag.
    pub image: Vec<String>,
    /// Features of containers for development, without a version.
    pub feature: Vec<String>,
    /// Actions of pipelines, `owner/name`.
    pub action: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Extensions {
    pub vscode: Vec<String>,
    pub jetbrains: Vec<String>,
    pub chrome: Vec<String>,
    /// Programs that extensions of browsers talk to, by the name that browsers know them under.
    pub native: Vec<String>,
    /// Folders of plugins of Vim and Neovim.
    pub vim: Vec<String>,
}

/// macOS: application bundles are told by their identifier, never by their name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mac {
    pub bundles: Vec<String>,
    pub team: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Domains {
    /// The vendor's own: safe to block.
    pub core: Vec<String>,
    /// Of third parties that serve many: reported, never blocked by default.
    pub shared: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Environment {
    /// Settings that only this tool reads.
    pub names: Vec<String>,
    /// Settings that other programs read as well: they say nothing alone.
    pub shared: Vec<String>,
    /// Secrets: reported by name.
    pub secrets: Vec<String>,
}

/// A place, and what lies there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spot {
    pub at: Place,
    pub class: Class,
    /// The place counts only when one of these lies in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<String>,
    /// The name is an ordinary word: it counts only beside something surer of the same tool.
    #[serde(default)]
    pub weak: bool,
}

/// What a planned object is to the people who use the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    Program,
    Configuration,
    /// Work of people: transcripts, instructions, projects.
    Data,
    Credential,
    Cache,
    Service,
    Model,
    ModelUse,
    /// Belongs to a repository, not to an installation.
    Project,
}

impl Class {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Configuration => "configuration",
            Self::Data => "data",
            Self::Credential => "credential",
            Self::Cache => "cache",
            Self::Service => "service",
            Self::Model => "model",
            Self::ModelUse => "model-use",
            Self::Project => "project",
        }
    }
}
