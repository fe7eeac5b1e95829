//! Which settings use a model, hold a secret, or start an MCP server.

use std::collections::BTreeSet;

use super::{
    Format, dotenv, json, toml,
    tree::{Node, Pair, Steps, What},
    yaml,
};
use crate::{
    catalogue::{Catalogue, Tool},
    command,
    scan::Key,
};

/// What a settings file says.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub uses: Vec<Found>,
    /// Names of secrets that it holds.
    pub secrets: BTreeSet<String>,
    /// Names of the MCP servers that it configures.
    pub mcp_servers: Vec<String>,
}

/// One use.
#[derive(Debug, Clone)]
pub struct Found {
    pub key: Key,
    /// What has to go so that the use is gone.
    pub(super) cut: Steps,
}

const MAX_USES: usize = 1000;

/// What editors on Windows write before a text.
pub(super) const BOM: char = '\u{feff}';

/// Keys whose value starts a program, or names an image or an action that does.
const STARTING: &[&str] = &[
    "uses",
    "image",
    "run",
    "script",
    "before_script",
    "after_script",
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
    "features",
    "extensions",
];

/// Whether a use only says what is started or set up: taken out alone, the rest would not work.
pub(crate) fn is_start(key: &Key) -> bool {
    let last = key.key.rsplit('.').find(|step| !step.chars().all(|c| c.is_ascii_digit()));
    let starts = key.key.starts_with("features.") || last.is_some_and(|last| STARTING.contains(&last));
    key.names.starts_with("tool:") && (starts || key.key.starts_with("line ") || is_variable(&key.key))
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Reads settings; `None` when the text is not of the format.
pub fn read(catalogue: &Catalogue, format: Format, text: &str) -> Option<Settings> {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let tree = tree(format, text)?;
    let found = Settings::default();
    let mut walk = Walk { catalogue, found, keys: vec![], steps: vec![], element: None, of_models: false };
    walk.node(&tree, "");
    Some(walk.found)
}

pub(super) fn tree(format: Format, text: &str) -> Option<Node> {
    match format {
        Format::Json => json::parse(text),
        Format::Toml => toml::parse(text),
        Format::Yaml => yaml::parse(text),
        Format::Dotenv => Some(dotenv::parse(text)),
    }
}

struct Walk<'a> {
    catalogue: &'a Catalogue,
    found: Settings,
    keys: Vec<String>,
    steps: Steps,
    /// Steps to the nearest element of a list of models.
    element: Option<Steps>,
    /// Keys here or above go with models.
    of_models: bool,
}

/// Whether a key of settings names a model.
fn names_model(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    lower.contains("model") || matches!(lower.as_str(), "engine" | "deployment" | "llm")
}

/// Whether a key stands beside a model's, and not beside that of a phone or a car.
fn goes_with_models(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let parts =
        ["provider", "temperature", "token", "prompt", "reason", "api_key", "apikey", "base_url", "llm", "agent"];
    parts.iter().any(|part| lower.contains(part))
}

fn names_secret(key: &str) -> bool {
    let upper = key.to_ascii_uppercase();
    ["_API_KEY", "_AUTH_TOKEN", "_TOKEN", "_SECRET_KEY", "_MASTER_KEY", "_SALT_KEY"]
        .iter()
        .any(|end| upper.ends_with(end))
}

/// Keys that point people somewhere, not programs.
fn is_pointer(key: &str) -> bool {
    matches!(
        key,
        "$schema"
            | "homepage"
            | "docs"
            | "documentation"
            | "repository"
            | "website"
            | "license"
            | "description"
            | "url_docs"
    )
}

impl Walk<'_> {
    fn node(&mut self, node: &Node, leaf: &str) {
        if self.found.uses.len() >= MAX_USES || self.keys.len() > 64 {
            return;
        }
        match &node.what {
            What::Scalar(value) => self.scalar(leaf, value),
            What::Map(pairs) => {
                self.server(pairs);
                self.features(leaf, pairs);
                let outer = self.of_models;
                self.of_models |= pairs.iter().any(|pair| goes_with_models(&pair.key));
                for (at, pair) in pairs.iter().enumerate() {
                    self.keys.push(pair.key.clone());
                    self.steps.push(at);
                    if matches!(pair.key.as_str(), "mcpServers" | "mcp_servers" | "context_servers" | "mcp")
                        && let What::Map(servers) = &pair.value.what
                    {
                        self.found.mcp_servers.extend(servers.iter().map(|server| server.key.clone()));
                    }
                    // A map of models by id.
                    if names_model(leaf)
                        && let Some(family) = self.catalogue.family_of_id(&pair.key, false)
                    {
                        self.push(family.id.clone(), Some(pair.key.clone()));
                    } else {
                        self.node(&pair.value, &pair.key);
                    }
                    self.steps.pop();
                    self.keys.pop();
                }
                self.of_models = outer;
            }
            What::List(nodes) => {
                for (at, node) in nodes.iter().enumerate() {
                    self.keys.push(at.to_string());
                    self.steps.push(at);
                    let outer = self.element.clone();
                    if names_model(leaf) {
                        self.element = Some(self.steps.clone());
                    }
                    self.node(node, leaf);
                    self.element = outer;
                    self.steps.pop();
                    self.keys.pop();
                }
            }
        }
    }

    fn scalar(&mut self, leaf: &str, value: &str) {
        // `environment: [NAME=value]` of compose files.
        let (leaf, value) = match value.split_once('=') {
            Some((name, rest)) if is_variable(name) => (name, rest),
            _ => (leaf, value),
        };
        if STARTING.contains(&leaf)
            && let Some(tool) = self.started(leaf, value)
        {
            let names = format!("tool:{}", tool.id);
            return self.push_at(self.steps.clone(), names, None);
        }
        let known = self.catalogue.secrets().any(|(secret, _)| secret == leaf);
        if known && !value.is_empty() {
            self.found.secrets.insert(leaf.to_owned());
        }
        if known || names_secret(leaf) || is_pointer(leaf) || value.len() > 2048 {
            return;
        }
        let loose = names_model(leaf) && !(value.len() <= 3 && self.lists_other_things());
        if let Some(family) = self.catalogue.family_of_id(value, loose) {
            let id = family.id.clone();
            return self.push(id, Some(value.to_owned()));
        }
        if let Some(host) = host_of(value) {
            let vendor = self
                .catalogue
                .endpoints()
                .iter()
                .find(|endpoint| endpoint.hosts.iter().any(|known| crate::egress::is_within(&host, known)));
            if let Some(endpoint) = vendor {
                let names = format!("endpoint:{}", endpoint.vendor);
                return self.push(names, Some(host));
            }
        }
        let lower = leaf.to_ascii_lowercase();
        if lower == "provider" || lower.ends_with("_provider") || lower == "apiprovider" {
            let vendor = self
                .catalogue
                .families()
                .iter()
                .find(|family| family.vendor.replace(' ', "").eq_ignore_ascii_case(value));
            if let Some(family) = vendor {
                let names = format!("endpoint:{}", family.vendor);
                self.push(names, Some(value.to_owned()));
            }
        }
    }

    /// In a list of things that nothing says are models: two characters are the name of many.
    fn lists_other_things(&self) -> bool {
        let is_number = |key: &String| key.chars().all(|c| c.is_ascii_digit());
        let of_list = |at: usize| at.checked_sub(1).and_then(|at| self.keys.get(at)).map_or("", String::as_str);
        let other = |(at, key): (usize, &String)| is_number(key) && !names_model(of_list(at));
        !self.of_models && self.keys.iter().enumerate().any(other)
    }

    /// A server of MCP that is a banned tool itself, or starts one.
    fn server(&mut self, pairs: &[Pair]) {
        let among = |key: &String| {
            matches!(key.as_str(), "mcpServers" | "mcp_servers" | "context_servers" | "mcp" | "servers" | "extensions")
        };
        if !self.keys.iter().rev().skip(1).take(2).any(among) {
            return;
        }
        let value =
            |wanted: &[&str]| pairs.iter().find(|pair| wanted.contains(&pair.key.as_str())).map(|pair| &pair.value);
        let mut words = Vec::new();
        match value(&["command", "cmd"]) {
            // Zed: `command = { path, args }`.
            Some(Node { what: What::Map(inner), .. }) => {
                inner
                    .iter()
                    .filter(|pair| matches!(pair.key.as_str(), "path" | "args"))
                    .for_each(|pair| texts(&pair.value, &mut words));
            }
            Some(node) => texts(node, &mut words),
            None => return,
        }
        if let Some(args) = value(&["args"]) {
            texts(args, &mut words);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let Some(tool) = command::tool(self.catalogue, &words) {
            let names = format!("tool:{}", tool.id);
            self.push_at(self.steps.clone(), names, None);
        }
    }

    /// Features that a container for development is given, by name and version.
    fn features(&mut self, leaf: &str, pairs: &[Pair]) {
        for (at, pair) in pairs.iter().enumerate().filter(|_| leaf == "features") {
            let name = pair.key.rsplit_once(':').map_or(pair.key.as_str(), |(name, _)| name);
            let tool = self.catalogue.tools().find(|tool| tool.packages.feature.iter().any(|known| known == name));
            let Some(tool) = tool else { continue };
            let steps = self.steps.iter().copied().chain([at]).collect();
            self.keys.push(pair.key.clone());
            self.push_at(steps, format!("tool:{}", tool.id), None);
            self.keys.pop();
        }
    }

    fn started(&self, leaf: &str, value: &str) -> Option<&Tool> {
        match leaf {
            "extensions" => {
                let id = value.to_ascii_lowercase();
                self.catalogue.tools().find(|tool| tool.extensions.vscode.contains(&id))
            }
            "uses" => {
                let action = value.split('@').next()?;
                let fits = |known: &String| {
                    action == known || action.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with('/'))
                };
                self.catalogue.tools().find(|tool| tool.packages.action.iter().any(fits))
            }
            "image" => command::of_image(self.catalogue, value),
            _ => value.lines().take(2000).find_map(|line| command::line(self.catalogue, line)),
        }
    }

    fn push(&mut self, names: String, value: Option<String>) {
        let cut = self.element.clone().unwrap_or_else(|| self.steps.clone());
        self.push_at(cut, names, value);
    }

    fn push_at(&mut self, cut: Steps, names: String, value: Option<String>) {
        let key = self.keys.join(".").chars().filter(|c| !c.is_control()).take(200).collect();
        self.found.uses.push(Found { key: Key { key, names, value }, cut });
    }
}

/// Texts of a value or of a list of them.
fn texts(node: &Node, into: &mut Vec<String>) {
    match &node.what {
        What::Scalar(text) => into.push(text.clone()),
        What::List(nodes) => nodes.iter().take(64).for_each(|node| texts(node, into)),
        What::Map(_) => {}
    }
}

/// The host of an address; `None` for what is no address of the web.
fn host_of(value: &str) -> Option<String> {
    if value.contains(char::is_whitespace) {
        return None;
    }
    let rest = value
        .strip_prefix("https://")
        .or_else(|| value.strip_prefix("http://"))
        .or_else(|| value.strip_prefix("wss://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // Whatever stands before `@` may be a secret.
    let host = authority.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase();
    (host.contains('.') && host.len() < 254).then_some(host)
}
