//! safetensors: a length, a JSON header, and tensors whose offsets must follow each other inside the file.

use std::io::{Read, Seek, SeekFrom};

use serde::Deserialize;

use super::{Format, ModelFacts, NotModel, label};

/// The reference reader's own limit.
const MAX_JSON: u64 = 100_000_000;

#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

pub fn read<R: Read + Seek>(file: &mut R, size: u64) -> Result<ModelFacts, NotModel> {
    file.seek(SeekFrom::Start(0))?;
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > MAX_JSON {
        return Err(NotModel::TooLarge { what: "the header", got: length, limit: MAX_JSON });
    }
    let data = size.checked_sub(8).and_then(|rest| rest.checked_sub(length)).ok_or(NotModel::Short)?;
    let mut json = vec![0; usize::try_from(length).map_err(|_| NotModel::Short)?];
    file.read_exact(&mut json)?;
    let header: std::collections::BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&json).map_err(|_| NotModel::Broken("the header is no JSON object"))?;
    let mut facts = ModelFacts::of(Format::Safetensors);
    let mut spans = Vec::new();
    let mut parameters: u64 = 0;
    let mut kinds = std::collections::BTreeMap::<String, u64>::new();
    for (name, value) in header {
        if name == "__metadata__" {
            metadata(&value, &mut facts);
            continue;
        }
        let tensor: Tensor =
            serde_json::from_value(value).map_err(|_| NotModel::Broken("a tensor without dtype, shape and offsets"))?;
        let elements = tensor.shape.iter().try_fold(1u64, |all, one| all.checked_mul(*one));
        let elements = elements.ok_or(NotModel::Broken("a tensor larger than any memory"))?;
        parameters = parameters.saturating_add(elements);
        *kinds.entry(tensor.dtype).or_default() += elements;
        spans.push(tensor.data_offsets);
    }
    spans.sort_unstable();
    let mut end = 0;
    for (from, to) in &spans {
        if *from < end || to < from || *to > data {
            return Err(NotModel::Broken("offsets of tensors that overlap or leave the file"));
        }
        end = *to;
    }
    facts.tensors = spans.len() as u64;
    if facts.tensors > 0 {
        facts.parameters = Some(parameters);
        facts.quantisation = kinds.into_iter().max_by_key(|(_, elements)| *elements).map(|(kind, _)| kind);
    } else if facts.name.is_none() && facts.architecture.is_none() && !facts_are_marked(&json) {
        // An object without tensors is JSON behind eight bytes, not a model.
        return Err(NotModel::Broken("no tensor"));
    }
    Ok(facts)
}

fn facts_are_marked(json: &[u8]) -> bool {
    json.starts_with(b"{\"__metadata__\"")
}

fn metadata(value: &serde_json::Value, facts: &mut ModelFacts) {
    let text = |keys: &[&str]| {
        keys.iter().find_map(|key| value.get(key)).and_then(|v| v.as_str()).and_then(|v| label(v.as_bytes()))
    };
    facts.name = text(&["modelspec.title", "name", "model_name", "ss_sd_model_name"]);
    facts.architecture = text(&["modelspec.architecture", "architecture", "model_type"]);
    facts.licence = text(&["modelspec.license", "license"]);
    facts.publisher = text(&["modelspec.author", "author"]);
}
