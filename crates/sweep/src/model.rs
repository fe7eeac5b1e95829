//! Weights by their header: what kind of file, which model, how large. Never unpickles, never reads the weights.

pub mod gguf;
pub mod onnx;
pub mod safetensors;
pub mod store;
pub mod zip;

use std::io::{Read, Seek};

use serde::{Deserialize, Serialize};

/// Most bytes of a header that are read.
pub const MAX_HEADER: u64 = 128 << 20;

/// Bytes that tell whether a file is worth a closer look.
pub const PEEK: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Gguf,
    Safetensors,
    Onnx,
    Pytorch,
    Llamafile,
}

impl Format {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gguf => "gguf",
            Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            Self::Pytorch => "pytorch",
            Self::Llamafile => "llamafile",
        }
    }
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFacts {
    pub format: Format,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub architecture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parameters: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quantisation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub licence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub publisher: Option<String>,
    pub tensors: u64,
    /// SHA-256 over the header's facts and the size: tells copies apart without reading the weights.
    pub identity: String,
}

impl ModelFacts {
    pub(crate) fn of(format: Format) -> Self {
        Self {
            format,
            name: None,
            architecture: None,
            parameters: None,
            quantisation: None,
            licence: None,
            publisher: None,
            tensors: 0,
            identity: String::new(),
        }
    }
}

/// Why bytes that begin like a model are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotModel {
    #[error("no model begins like this")]
    Unlike,
    #[error("the header breaks off or cannot be read")]
    Short,
    #[error("{0}")]
    Broken(&'static str),
    #[error("{what} is {got}, more than {limit}")]
    TooLarge { what: &'static str, got: u64, limit: u64 },
}

impl From<std::io::Error> for NotModel {
    fn from(_: std::io::Error) -> Self {
        Self::Short
    }
}

/// What the first bytes and the size suggest; `None` for nearly every file of a machine.
pub fn suspect(head: &[u8], size: u64) -> Option<Format> {
    if head.starts_with(b"GGUF") {
        return Some(Format::Gguf);
    }
    if head.starts_with(b"PK\x03\x04") {
        return Some(Format::Pytorch);
    }
    // An actually portable executable, which a llamafile is.
    if head.starts_with(b"MZqFpD='") || head.starts_with(b"jartsr='") {
        return Some(Format::Llamafile);
    }
    if let (Some(length), Some(b'{')) = (head.first_chunk::<8>().map(|b| u64::from_le_bytes(*b)), head.get(8))
        && length >= 2
        && length <= size.saturating_sub(8)
    {
        return Some(Format::Safetensors);
    }
    onnx::is_like(head).then_some(Format::Onnx)
}

/// Reads the header and says what the model is, or why it is none.
pub fn read<R: Read + Seek>(file: &mut R, head: &[u8], size: u64) -> Result<ModelFacts, NotModel> {
    let format = suspect(head, size).ok_or(NotModel::Unlike)?;
    let mut facts = match format {
        Format::Gguf => gguf::read(file, 0, size)?,
        Format::Safetensors => safetensors::read(file, size)?,
        Format::Onnx => onnx::read(file, size)?,
        Format::Pytorch => zip::pytorch(file, size)?,
        Format::Llamafile => zip::llamafile(file, size)?,
    };
    facts.identity = identity(&facts, size);
    Ok(facts)
}

fn identity(facts: &ModelFacts, size: u64) -> String {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(facts.format.as_str());
    for text in [&facts.name, &facts.architecture, &facts.quantisation] {
        add(text.as_deref().unwrap_or_default());
    }
    add(&facts.parameters.unwrap_or_default().to_string());
    add(&facts.tensors.to_string());
    add(&size.to_string());
    format!("header:{}", crate::catalogue::hex(&hash.finalize()))
}

/// A value of a header as text for people, cut short.
pub(crate) fn label(bytes: &[u8]) -> Option<String> {
    let text: String = String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()).take(200).collect();
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}
