//! Families of models: how hosted ids are written, and what the headers of weights say.

use serde::{Deserialize, Serialize};

use crate::glob;

/// A family of models of one vendor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    pub id: String,
    pub name: String,
    pub vendor: String,
    /// Ids that mean the model wherever they stand as a whole value.
    pub ids: Vec<String>,
    /// Ids that mean it only below a key that names a model.
    #[serde(default)]
    pub loose: Vec<String>,
    /// `general.architecture` of GGUF, `model_type` of a Hugging Face configuration.
    #[serde(default)]
    pub architectures: Vec<String>,
    /// Names in headers and stores, such as `general.name`.
    #[serde(default)]
    pub names: Vec<String>,
    /// Publishers on model hubs.
    #[serde(default)]
    pub publishers: Vec<String>,
}

/// Prefixes by which gateways and clouds name a provider before the model.
const ROUTES: &[&str] = &[
    "openrouter/",
    "litellm/",
    "litellm_proxy/",
    "bedrock/",
    "converse/",
    "vertex_ai/",
    "vertex/",
    "azure/",
    "azure_ai/",
    "anthropic/",
    "openai/",
    "google/",
    "gemini/",
    "deepseek/",
    "qwen/",
    "alibaba/",
    "dashscope/",
    "moonshot/",
    "moonshotai/",
    "xai/",
    "x-ai/",
    "mistral/",
    "mistralai/",
    "meta-llama/",
    "meta/",
    "ollama/",
    "ollama_chat/",
    "groq/",
    "together_ai/",
    "together/",
    "fireworks_ai/",
    "fireworks/",
    "nvidia/",
    "zai/",
    "z-ai/",
    "minimax/",
    "cohere/",
    "hf/",
    "huggingface/",
    "models/",
    "us.",
    "eu.",
    "apac.",
    "global.",
    "jp.",
    "au.",
    "us-gov.",
    "anthropic.",
    "openai.",
    "meta.",
    "mistral.",
    "deepseek.",
    "qwen.",
    "cohere.",
    "amazon.",
    "moonshot.",
    "lm_studio/",
    "hosted_vllm/",
    "copilot/",
    "perplexity/",
];

/// The id in a resource name or an address of a cloud: `arn:…:foundation-model/ID`, `…/publishers/WHO/models/ID:rawPredict`.
fn named(id: &str) -> &str {
    let cloud = id.starts_with("arn:") || id.contains("publishers/");
    let marks = ["foundation-model/", "inference-profile/", "/models/"];
    let after = |mark: &&str| id.split_once(*mark).map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or(rest));
    if cloud { marks.iter().find_map(after).unwrap_or(id) } else { id }
}

/// The id without the provider's prefixes, regions and publishers.
pub fn bare(id: &str) -> &str {
    let mut id = named(id.trim());
    for _ in 0..6 {
        let Some(rest) = ROUTES.iter().find_map(|route| id.strip_prefix(route)) else { break };
        id = rest;
    }
    id
}

impl Family {
    /// Whether a whole value is an id of the family. `names_model`: its key says that it is a model.
    pub fn is_id(&self, value: &str, names_model: bool) -> bool {
        if value.len() > 400 || value.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return false;
        }
        let value = value.to_ascii_lowercase();
        let bare = bare(&value);
        let fits = |patterns: &[String]| patterns.iter().any(|p| glob::fits(p.as_bytes(), bare.as_bytes(), true));
        let publisher = || {
            value.split_once('/').is_some_and(|(who, _)| self.publishers.iter().any(|p| p.eq_ignore_ascii_case(who)))
        };
        fits(&self.ids) || (names_model && (fits(&self.loose) || publisher()))
    }

    /// Whether a header or a store names the family.
    pub fn is_weight(&self, architecture: Option<&str>, names: &[&str]) -> bool {
        let named = names.iter().any(|name| {
            let last = name.rsplit('/').next().unwrap_or(name);
            let fits = |p: &String| {
                glob::fits(p.as_bytes(), last.as_bytes(), true) || glob::fits(p.as_bytes(), name.as_bytes(), true)
            };
            let publisher = name
                .split_once('/')
                .is_some_and(|(who, _)| self.publishers.iter().any(|p| p.eq_ignore_ascii_case(who)));
            self.names.iter().any(fits) || publisher
        });
        named || architecture.is_some_and(|a| self.architectures.iter().any(|known| known.eq_ignore_ascii_case(a)))
    }
}
