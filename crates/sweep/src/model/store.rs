//! Stores of models: manifests of Ollama, folders of the Hugging Face hub.

use serde::Deserialize;

/// What a manifest of Ollama names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Digest (`sha256:…`) and size of each layer; the model itself first.
    pub layers: Vec<Layer>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub digest: String,
    pub size: u64,
    pub is_model: bool,
}

#[derive(Deserialize)]
struct Raw {
    config: Option<RawLayer>,
    layers: Vec<RawLayer>,
}

#[derive(Deserialize)]
struct RawLayer {
    digest: String,
    size: u64,
    #[serde(rename = "mediaType", default)]
    media: String,
}

/// Reads a manifest; `None` when it is none.
pub fn manifest(bytes: &[u8]) -> Option<Manifest> {
    let raw: Raw = serde_json::from_slice(bytes).ok()?;
    let known = |layer: &RawLayer| {
        layer
            .digest
            .strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let mut layers: Vec<Layer> = raw
        .layers
        .into_iter()
        .chain(raw.config)
        .filter(known)
        .take(1000)
        .map(|layer| Layer {
            is_model: layer.media.ends_with("image.model") || layer.media.ends_with("image.projector"),
            digest: layer.digest,
            size: layer.size,
        })
        .collect();
    layers.sort_by_key(|layer| !layer.is_model);
    (!layers.is_empty()).then_some(Manifest { layers })
}

/// `models--org--name` as `org/name`.
pub fn hub_name(folder: &str) -> Option<String> {
    let rest = folder.strip_prefix("models--")?;
    let name = rest.replacen("--", "/", 1);
    (!name.is_empty()).then_some(name)
}

/// A tag of Ollama from the steps below `manifests`: `registry.ollama.ai/library/qwen3/8b` is `qwen3:8b`.
pub fn ollama_name(steps: &[&str]) -> Option<String> {
    match steps {
        [_, "library", model, tag] => Some(format!("{model}:{tag}")),
        [_, namespace, model, tag] => Some(format!("{namespace}/{model}:{tag}")),
        _ => None,
    }
}
