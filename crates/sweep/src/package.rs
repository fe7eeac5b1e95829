//! Metadata that package managers leave: who a package is, its version, its files. Bytes in, facts out; nothing is run.

use std::io::Read;

use serde::Deserialize;

use crate::path::MachinePath;

/// What `package.json` says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NodePackage {
    pub name: String,
    pub version: Option<String>,
    pub publisher: Option<String>,
    /// Names of the commands that it installs.
    pub binaries: Vec<String>,
    /// Packages that talk to models among the dependencies.
    pub model_sdks: Vec<String>,
    pub main: Option<String>,
}

const NODE_SDKS: &[&str] = &[
    "@anthropic-ai/sdk",
    "@anthropic-ai/claude-agent-sdk",
    "openai",
    "@google/genai",
    "@google/generative-ai",
    "ai",
    "@openai/agents",
    "@modelcontextprotocol/sdk",
    "ollama",
    "@mistralai/mistralai",
    "groq-sdk",
    "langchain",
    "@langchain/core",
    "@anthropic-ai/bedrock-sdk",
    "@anthropic-ai/vertex-sdk",
    "cohere-ai",
];

const PYTHON_SDKS: &[&str] = &[
    "anthropic",
    "openai",
    "google-genai",
    "google-generativeai",
    "litellm",
    "langchain",
    "mcp",
    "ollama",
    "mistralai",
    "groq",
    "cohere",
    "dashscope",
    "zhipuai",
    "openai-agents",
    "claude-agent-sdk",
];

#[derive(Deserialize)]
struct RawNode {
    #[serde(default)]
    name: String,
    version: Option<String>,
    publisher: Option<serde_json::Value>,
    bin: Option<serde_json::Value>,
    main: Option<serde_json::Value>,
    #[serde(default)]
    dependencies: serde_json::Map<String, serde_json::Value>,
}

pub fn node(bytes: &[u8]) -> Option<NodePackage> {
    let raw: RawNode = serde_json::from_slice(bytes).ok()?;
    let text = |value: Option<serde_json::Value>| value.as_ref().and_then(|v| v.as_str()).map(str::to_owned);
    Some(NodePackage {
        binaries: match &raw.bin {
            Some(serde_json::Value::String(_)) => raw.name.rsplit('/').next().map(str::to_owned).into_iter().collect(),
            Some(serde_json::Value::Object(map)) => map.keys().take(32).cloned().collect(),
            _ => vec![],
        },
        model_sdks: NODE_SDKS
            .iter()
            .filter(|sdk| raw.dependencies.contains_key(**sdk))
            .map(|sdk| (*sdk).to_owned())
            .collect(),
        main: match raw.bin {
            Some(serde_json::Value::String(path)) => Some(path),
            Some(serde_json::Value::Object(map)) => map.values().find_map(|v| v.as_str()).map(str::to_owned),
            _ => text(raw.main),
        },
        name: raw.name,
        version: raw.version.map(|v| short(&v)),
        publisher: text(raw.publisher),
    })
}

/// What `METADATA` of a Python distribution says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PythonPackage {
    pub name: String,
    pub version: Option<String>,
    pub model_sdks: Vec<String>,
}

pub fn python(bytes: &[u8]) -> Option<PythonPackage> {
    let text = String::from_utf8_lossy(bytes);
    let head = text.split("\n\n").next()?;
    let mut found = PythonPackage::default();
    for line in head.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key {
            "Name" => found.name = value.to_owned(),
            "Version" => found.version = Some(short(value)),
            "Requires-Dist" => {
                let name: String =
                    value.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
                let name = crate::matcher::python_name(&name);
                if PYTHON_SDKS.contains(&name.as_str()) && !value.contains("extra ==") {
                    found.model_sdks.push(name);
                }
            }
            _ => {}
        }
    }
    (!found.name.is_empty()).then_some(found)
}

/// The objects that `RECORD` lists, as few as hold all of its files and nothing else's.
///
/// `site` is the folder of packages. A folder is taken whole when the distribution put an `__init__.py` into it.
pub fn python_objects(record: &[u8], site: &MachinePath) -> Vec<MachinePath> {
    let text = String::from_utf8_lossy(record);
    let paths: Vec<String> = text.lines().take(200_000).filter_map(record_path).collect();
    let mut own = std::collections::BTreeSet::new();
    for path in &paths {
        if let Some(folder) = path.strip_suffix("/__init__.py").filter(|folder| !folder.starts_with("..")) {
            own.insert(folder.to_owned());
        }
    }
    let mut objects = std::collections::BTreeSet::new();
    for path in &paths {
        let inside = path
            .match_indices('/')
            .filter_map(|(at, _)| path.get(..at))
            .find(|folder| own.contains(*folder) || folder.ends_with(".dist-info"));
        let object = inside.unwrap_or(path);
        if object.contains("__pycache__") {
            continue;
        }
        if let Some(below) = site.join(b"RECORD").and_then(|at| at.resolve(object.as_bytes()))
            && below.as_bytes() != site.as_bytes()
        {
            objects.insert(below);
        }
    }
    objects.into_iter().collect()
}

fn record_path(line: &str) -> Option<String> {
    if let Some(rest) = line.strip_prefix('"') {
        return rest.split_once('"').map(|(path, _)| path.to_owned());
    }
    line.split(',').next().filter(|path| !path.is_empty()).map(str::to_owned)
}

/// A crate that cargo installed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Crate {
    pub name: String,
    pub version: Option<String>,
    /// The repository that it was built from, `host/owner/name`; none for what came from a registry.
    pub repository: Option<String>,
    pub binaries: Vec<String>,
}

/// Installed crates and their binaries, from `.crates.toml`, or from `.crates2.json`, which says the same.
pub fn crates(bytes: &[u8]) -> Vec<Crate> {
    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        v1: std::collections::BTreeMap<String, Vec<String>>,
    }
    #[derive(Deserialize)]
    struct Second {
        #[serde(default)]
        installs: std::collections::BTreeMap<String, Install>,
    }
    #[derive(Deserialize)]
    struct Install {
        #[serde(default)]
        bins: Vec<String>,
    }
    if let Ok(file) = serde_json::from_slice::<Second>(bytes) {
        return file.installs.into_iter().map(|(key, install)| installed(&key, install.bins)).collect();
    }
    let Ok(file) = toml::from_str::<File>(&String::from_utf8_lossy(bytes)) else { return vec![] };
    file.v1.into_iter().map(|(key, binaries)| installed(&key, binaries)).collect()
}

/// `name version (source)`.
fn installed(key: &str, binaries: Vec<String>) -> Crate {
    let mut words = key.split(' ');
    let name = words.next().unwrap_or_default().to_owned();
    let version = words.next().map(short);
    let source = words.next().map(|source| source.trim_matches(['(', ')']));
    Crate { name, version, repository: source.and_then(repository), binaries }
}

/// `git+https://github.com/owner/name.git?branch=main#commit` as `github.com/owner/name`.
fn repository(source: &str) -> Option<String> {
    let address = source.strip_prefix("git+")?.split(['?', '#']).next()?;
    let (_, place) = address.split_once("://")?;
    let place = place.rsplit('@').next()?.trim_end_matches('/');
    let place = place.strip_suffix(".git").unwrap_or(place);
    Some(place.to_ascii_lowercase())
}

/// A string value of an XML property list.
pub fn plist_value(bytes: &[u8], key: &str) -> Option<String> {
    if bytes.starts_with(crate::plist::MAGIC) {
        return crate::plist::strings(bytes, key)?.into_iter().next().map(|value| short(&value));
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, rest) = text.split_once(&format!("<key>{key}</key>"))?;
    let rest = rest.trim_start().strip_prefix("<string>")?;
    rest.split_once("</string>").map(|(value, _)| short(value))
}

/// The text or the list of texts under a key at the top of a property list.
pub fn plist_strings(bytes: &[u8], key: &str) -> Vec<String> {
    if bytes.starts_with(crate::plist::MAGIC) {
        return crate::plist::strings(bytes, key).unwrap_or_default();
    }
    let text = String::from_utf8_lossy(bytes);
    let Some((_, rest)) = text.split_once(&format!("<key>{key}</key>")) else { return vec![] };
    let rest = rest.trim_start();
    let end = if rest.starts_with("<array>") { "</array>" } else { "</string>" };
    let body = rest.split_once(end).map_or(rest, |(body, _)| body);
    body.split("<string>").skip(1).take(64).map(|part| part.split('<').next().unwrap_or_default().to_owned()).collect()
}

/// Identifier and version of a JetBrains plugin, from `META-INF/plugin.xml`.
pub fn plugin(bytes: &[u8]) -> Option<(String, Option<String>)> {
    let text = String::from_utf8_lossy(bytes);
    let value = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        rest.split_once(&format!("</{tag}>")).map(|(value, _)| short(value.trim()))
    };
    Some((value("id")?, value("version")))
}

/// A member of a small zip file, unpacked up to a limit; nothing outside the directory of the file is believed.
pub fn zip_member(bytes: &[u8], wanted: &str) -> Option<Vec<u8>> {
    const LIMIT: u64 = 1 << 20;
    let directory = crate::model::zip::directory(bytes, 0)?;
    let entry = directory.into_iter().find(|entry| entry.name == wanted)?;
    let at = usize::try_from(entry.offset).ok()?;
    let head = bytes.get(at..at.checked_add(30)?)?;
    let length = |at: usize| Some(usize::from(u16::from_le_bytes([*head.get(at)?, *head.get(at + 1)?])));
    let start = at.checked_add(30)?.checked_add(length(26)?)?.checked_add(length(28)?)?;
    let packed = bytes.get(start..start.checked_add(usize::try_from(entry.packed).ok()?)?)?;
    let mut out = Vec::new();
    match entry.method {
        0 => packed.take(LIMIT).read_to_end(&mut out).ok()?,
        8 => flate2::read::DeflateDecoder::new(packed).take(LIMIT).read_to_end(&mut out).ok()?,
        _ => return None,
    };
    Some(out)
}

/// Version-like text, cut short and without control characters.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
