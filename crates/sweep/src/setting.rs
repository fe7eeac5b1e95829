//! Settings files: which models they use, and how to take out just that. JSON with comments, TOML, YAML, dotenv and shell files.
//!
//! A setting is use; prose that mentions a model is not. Values of secrets are never returned.

mod cut;
mod dotenv;
mod json;
mod toml;
mod tree;
mod uses;
mod yaml;

pub use cut::{CannotCut, without};
pub(crate) use dotenv::assignment;
pub(crate) use uses::is_start;
pub use uses::{Found, Settings, read};

/// Largest settings file that is read.
pub const MAX_SETTINGS: u64 = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Toml,
    Yaml,
    Dotenv,
}

/// The format that a file's name announces.
pub fn format_of(name: &str) -> Option<Format> {
    let lower = name.to_ascii_lowercase();
    if lower == ".env" || lower.starts_with(".env.") || lower.ends_with(".env") || lower == "environment" {
        return Some(Format::Dotenv);
    }
    match lower.rsplit_once('.')?.1 {
        "json" | "jsonc" | "json5" => Some(Format::Json),
        "toml" => Some(Format::Toml),
        "yml" | "yaml" => Some(Format::Yaml),
        _ => None,
    }
}

/// Whether a file of this name may say which models are used.
pub fn is_settings(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if lower == ".env" || lower.starts_with(".env.") || lower.ends_with(".env") {
        return true;
    }
    let Some((stem, ending)) = lower.rsplit_once('.') else { return false };
    match ending {
        "yml" | "yaml" => true,
        "toml" => !matches!(stem, "cargo" | "pyproject" | "rustfmt" | "clippy" | "deny" | "pipfile" | "poetry"),
        "json" | "jsonc" => {
            matches!(
                stem,
                "config"
                    | "settings"
                    | "models"
                    | "opencode"
                    | "kilo"
                    | "crush"
                    | "auth"
                    | "preferences"
                    | "librechat"
                    | "globalstate"
                    | "providers"
                    | "agent"
                    | "agents"
                    | "options"
                    | "appsettings"
                    | "devcontainer"
                    | ".devcontainer"
                    | "continue"
            ) || [".claude", "settings.local", "litellm", "gateway", "mcp", "openclaw", "ai-", "llm"]
                .iter()
                .any(|p| stem.contains(p))
        }
        _ => false,
    }
}
