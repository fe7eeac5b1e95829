//! GGUF versions 2 and 3, either byte order: metadata, then the shapes of tensors. Every count has a limit before it is believed.
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use std::io::{BufReader, Read, Seek, SeekFrom};

use super::{Format, MAX_HEADER, ModelFacts, NotModel, label};

const MAX_PAIRS: u64 = 1 << 16;
const MAX_TENSORS: u64 = 1 << 20;
const MAX_KEY: u64 = 1 << 16;
const MAX_DEPTH: u8 = 4;

struct Reader<R: Read + Seek> {
    file: BufReader<R>,
    left: u64,
    big: bool,
}

impl<R: Read + Seek> Reader<R> {
    fn spend(&mut self, bytes: u64) -> Result<(), NotModel> {
        self.left = self.left.checked_sub(bytes).ok_or(NotModel::Short)?;
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], NotModel> {
        self.spend(N as u64)?;
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        if self.big {
            bytes.reverse();
        }
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, NotModel> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, NotModel> {
        self.array().map(u64::from_le_bytes)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), NotModel> {
        self.spend(bytes)?;
        let step = i64::try_from(bytes).map_err(|_| NotModel::Short)?;
        self.file.seek_relative(step)?;
        Ok(())
    }

    fn text(&mut self, limit: u64) -> Result<Vec<u8>, NotModel> {
        let length = self.u64()?;
        if length > limit {
            return Err(NotModel::TooLarge { what: "a string", got: length, limit });
        }
        self.spend(length)?;
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| NotModel::Short)?];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Reads the header that begins `start` bytes into the file.
pub fn read<R: Read + Seek>(file: &mut R, start: u64, size: u64) -> Result<ModelFacts, NotModel> {
    file.seek(SeekFrom::Start(start))?;
    let left = size.saturating_sub(start).min(MAX_HEADER);
    let mut r = Reader { file: BufReader::with_capacity(16 << 10, file), left, big: false };
    if &r.array::<4>()? != b"GGUF" {
        return Err(NotModel::Unlike);
    }
    let version = r.array::<4>()?;
    r.big = match (u32::from_le_bytes(version), u32::from_be_bytes(version)) {
        (2 | 3, _) => false,
        (_, 2 | 3) => true,
        _ => return Err(NotModel::Broken("a version of GGUF other than 2 and 3")),
    };
    let (tensors, pairs) = (r.u64()?, r.u64()?);
    for (what, got, limit) in
        [("the count of tensors", tensors, MAX_TENSORS), ("the count of metadata", pairs, MAX_PAIRS)]
    {
        if got > limit {
            return Err(NotModel::TooLarge { what, got, limit });
        }
    }
    let mut facts = ModelFacts::of(Format::Gguf);
    facts.tensors = tensors;
    for _ in 0..pairs {
        pair(&mut r, &mut facts)?;
    }
    let mut parameters: u64 = 0;
    let mut kinds = std::collections::BTreeMap::<u32, u64>::new();
    for _ in 0..tensors {
        let (elements, kind) = tensor(&mut r)?;
        parameters = parameters.saturating_add(elements);
        *kinds.entry(kind).or_default() += elements;
    }
    if tensors > 0 {
        facts.parameters = Some(parameters);
        if facts.quantisation.is_none() {
            let most = kinds.into_iter().max_by_key(|(_, elements)| *elements);
            facts.quantisation = most.map(|(kind, _)| tensor_kind(kind));
        }
    }
    Ok(facts)
}

fn pair<R: Read + Seek>(r: &mut Reader<R>, facts: &mut ModelFacts) -> Result<(), NotModel> {
    let key = r.text(MAX_KEY)?;
    let kind = r.u32()?;
    match (key.as_slice(), kind) {
        (b"general.architecture", 8) => facts.architecture = label(&r.text(MAX_KEY)?),
        (b"general.name", 8) => facts.name = label(&r.text(MAX_KEY)?),
        (b"general.basename", 8) => {
            let base = label(&r.text(MAX_KEY)?);
            facts.name = facts.name.take().or(base);
        }
        (b"general.license", 8) => facts.licence = label(&r.text(1 << 20)?),
        (b"general.organization", 8) => facts.publisher = label(&r.text(MAX_KEY)?),
        (b"general.file_type", 4) => facts.quantisation = Some(file_type(r.u32()?)),
        _ => skip(r, kind, 0)?,
    }
    Ok(())
}

fn tensor<R: Read + Seek>(r: &mut Reader<R>) -> Result<(u64, u32), NotModel> {
    let name = r.u64()?;
    if name > MAX_KEY {
        return Err(NotModel::TooLarge { what: "the name of a tensor", got: name, limit: MAX_KEY });
    }
    r.skip(name)?;
    let dimensions = r.u32()?;
    if dimensions > 8 {
        return Err(NotModel::Broken("a tensor of more than eight dimensions"));
    }
    let mut elements: u64 = 1;
    for _ in 0..dimensions {
        elements = elements.checked_mul(r.u64()?).ok_or(NotModel::Broken("a tensor larger than any memory"))?;
    }
    let kind = r.u32()?;
    r.skip(8)?;
    Ok((elements, kind))
}

fn width(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

fn skip<R: Read + Seek>(r: &mut Reader<R>, kind: u32, depth: u8) -> Result<(), NotModel> {
    if let Some(width) = width(kind) {
        return r.skip(width);
    }
    match kind {
        8 => {
            let length = r.u64()?;
            r.skip(length)
        }
        9 if depth < MAX_DEPTH => {
            let (of, count) = (r.u32()?, r.u64()?);
            if let Some(width) = width(of) {
                return r.skip(count.checked_mul(width).ok_or(NotModel::Short)?);
            }
            for _ in 0..count {
                skip(r, of, depth + 1)?;
            }
            Ok(())
        }
        _ => Err(NotModel::Broken("metadata of an unknown kind")),
    }
}

/// `LLAMA_FTYPE` of llama.cpp.
fn file_type(kind: u32) -> String {
    let names = [
        "F32", "F16", "Q4_0", "Q4_1", "", "", "", "Q8_0", "Q5_0", "Q5_1", "Q2_K", "Q3_K_S", "Q3_K_M", "Q3_K_L",
        "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "IQ2_XXS", "IQ2_XS", "Q2_K_S", "IQ3_XS", "IQ3_XXS", "IQ1_S",
        "IQ4_NL", "IQ3_S", "IQ3_M", "IQ2_S", "IQ2_M", "IQ4_XS", "IQ1_M", "BF16",
    ];
    named(&names, kind)
}

/// `ggml_type`.
fn tensor_kind(kind: u32) -> String {
    let names = [
        "F32", "F16", "Q4_0", "Q4_1", "", "", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
        "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32",
        "I64", "F64", "IQ1_M", "BF16",
    ];
    named(&names, kind)
}

fn named(names: &[&str], kind: u32) -> String {
    let name = usize::try_from(kind).ok().and_then(|at| names.get(at)).filter(|name| !name.is_empty());
    name.map_or_else(|| format!("type {kind}"), |name| (*name).to_owned())
}
