//! ONNX: the outer fields of a `ModelProto`, without its graph's content.

use std::io::{Read, Seek, SeekFrom};

use super::{Format, ModelFacts, NotModel, label};

/// Field 1, `ir_version`, as a small number, and then a known field: what every exporter writes first.
pub fn is_like(head: &[u8]) -> bool {
    let (Some(0x08), Some(version)) = (head.first(), head.get(1)) else { return false };
    // producer_name, producer_version, domain, model_version, doc_string, graph, opset_import.
    (1..=20).contains(version)
        && head.get(2).is_some_and(|tag| matches!(tag, 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42))
}

pub fn read<R: Read + Seek>(file: &mut R, size: u64) -> Result<ModelFacts, NotModel> {
    file.seek(SeekFrom::Start(0))?;
    let mut facts = ModelFacts::of(Format::Onnx);
    let (mut at, mut graph, mut opset) = (0u64, false, false);
    for _ in 0..256 {
        if at >= size {
            break;
        }
        let tag = varint(file, &mut at)?;
        let (field, wire) = (tag >> 3, tag & 7);
        match wire {
            0 => {
                varint(file, &mut at)?;
            }
            2 => {
                let length = varint(file, &mut at)?;
                let end = at.checked_add(length).filter(|end| *end <= size).ok_or(NotModel::Short)?;
                match field {
                    2 | 4 if length <= 4096 => {
                        let mut text = vec![0; usize::try_from(length).map_err(|_| NotModel::Short)?];
                        file.read_exact(&mut text)?;
                        if field == 2 {
                            facts.publisher = label(&text);
                        }
                    }
                    7 => {
                        graph = length > 0;
                        facts.name = graph_name(file, at, length)?;
                        file.seek(SeekFrom::Start(end))?;
                    }
                    3 | 6 | 8 | 14 | 20 | 25 | 26 => {
                        opset |= field == 8;
                        file.seek(SeekFrom::Start(end))?;
                    }
                    _ => return Err(NotModel::Broken("a field that ONNX does not have")),
                }
                at = end;
            }
            _ => return Err(NotModel::Broken("a field that ONNX does not have")),
        }
    }
    if at != size || !graph || !opset {
        return Err(NotModel::Broken("no graph and operator set that fill the file"));
    }
    Ok(facts)
}

/// The name in a `GraphProto`, when it stands among its first fields.
fn graph_name<R: Read + Seek>(file: &mut R, start: u64, length: u64) -> Result<Option<String>, NotModel> {
    let mut at = start;
    for _ in 0..100_000 {
        if at >= start + length {
            break;
        }
        let tag = varint(file, &mut at)?;
        if tag & 7 != 2 {
            return Ok(None);
        }
        let size = varint(file, &mut at)?;
        if tag >> 3 == 2 && size <= 4096 {
            let mut text = vec![0; usize::try_from(size).map_err(|_| NotModel::Short)?];
            file.read_exact(&mut text)?;
            return Ok(label(&text));
        }
        at = at.checked_add(size).ok_or(NotModel::Short)?;
        file.seek(SeekFrom::Start(at))?;
    }
    Ok(None)
}

fn varint<R: Read>(file: &mut R, at: &mut u64) -> Result<u64, NotModel> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let mut byte = [0; 1];
        file.read_exact(&mut byte)?;
        *at += 1;
        let [byte] = byte;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(NotModel::Broken("a number of more than ten bytes"))
}
