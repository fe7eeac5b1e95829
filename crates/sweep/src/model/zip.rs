//! Zip archives by their directory alone: PyTorch checkpoints, and llamafiles, which carry GGUF behind an executable.

use std::io::{Read, Seek, SeekFrom};

use super::{Format, ModelFacts, NotModel, gguf};

const MAX_DIRECTORY: u64 = 16 << 20;
const MAX_ENTRIES: usize = 1 << 16;

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    pub method: u16,
    pub packed: u64,
    pub size: u64,
    pub offset: u64,
}

/// The members that the end of an archive lists. `base` is where `tail` begins in the file.
pub fn directory(tail: &[u8], base: u64) -> Option<Vec<Member>> {
    let end = tail.windows(4).rposition(|w| w == b"PK\x05\x06")?;
    let (mut size, mut offset) = (u64::from(u32_at(tail, end + 12)?), u64::from(u32_at(tail, end + 16)?));
    if offset == u64::from(u32::MAX) || size == u64::from(u32::MAX) {
        let wide = tail.get(..end)?.windows(4).rposition(|w| w == b"PK\x06\x06")?;
        (size, offset) = (u64_at(tail, wide + 40)?, u64_at(tail, wide + 48)?);
    }
    if size > MAX_DIRECTORY {
        return None;
    }
    let start = usize::try_from(offset.checked_sub(base)?).ok()?;
    let mut left = tail.get(start..start.checked_add(usize::try_from(size).ok()?)?)?;
    let mut members = Vec::new();
    while left.starts_with(b"PK\x01\x02") && members.len() < MAX_ENTRIES {
        let length = |at| u16_at(left, at).map(usize::from);
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let mut member = Member {
            name: String::from_utf8_lossy(left.get(46..46 + name)?).into_owned(),
            method: u16_at(left, 10)?,
            packed: u64::from(u32_at(left, 20)?),
            size: u64::from(u32_at(left, 24)?),
            offset: u64::from(u32_at(left, 42)?),
        };
        wide_fields(left.get(46 + name..46 + name + extra)?, &mut member);
        members.push(member);
        left = left.get(46 + name + extra + comment..)?;
    }
    Some(members)
}

/// Sizes beyond 32 bits stand in an extra field, in a fixed order, where the narrow ones are full.
fn wide_fields(mut extra: &[u8], member: &mut Member) {
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let end = 4 + usize::from(length);
        if id == 1 {
            let mut at = 4;
            for field in [&mut member.size, &mut member.packed, &mut member.offset] {
                if *field == u64::from(u32::MAX)
                    && let Some(value) = u64_at(extra, at)
                {
                    *field = value;
                    at += 8;
                }
            }
        }
        let Some(rest) = extra.get(end..) else { return };
        extra = rest;
    }
}

fn tail_of<R: Read + Seek>(file: &mut R, size: u64) -> Result<Vec<Member>, NotModel> {
    // The directory is usually small; only a large one needs a second read.
    for reach in [64 << 10, MAX_DIRECTORY] {
        let base = size.saturating_sub(reach);
        file.seek(SeekFrom::Start(base))?;
        let mut tail = Vec::new();
        file.take(reach).read_to_end(&mut tail)?;
        if let Some(members) = directory(&tail, base) {
            return Ok(members);
        }
    }
    Err(NotModel::Broken("an archive without a directory"))
}

/// A checkpoint of PyTorch: `<name>/data.pkl` beside `<name>/data/0` and so on. The pickle is not opened.
pub fn pytorch<R: Read + Seek>(file: &mut R, size: u64) -> Result<ModelFacts, NotModel> {
    let members = tail_of(file, size)?;
    let pickle =
        members.iter().find_map(|m| m.name.strip_suffix("data.pkl").filter(|p| p.is_empty() || p.ends_with('/')));
    let prefix = pickle.ok_or(NotModel::Broken("an archive, but not of PyTorch"))?;
    let storage = |m: &&Member| {
        let number = m.name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix("data/"));
        number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let versioned = members.iter().any(|m| m.name.strip_prefix(prefix) == Some("version"));
    let mut facts = ModelFacts::of(Format::Pytorch);
    facts.tensors = members.iter().filter(storage).count() as u64;
    if facts.tensors == 0 && !versioned {
        return Err(NotModel::Broken("an archive, but not of PyTorch"));
    }
    facts.name = super::label(prefix.trim_end_matches('/').as_bytes()).filter(|name| name != "archive");
    Ok(facts)
}

/// A llamafile: an executable that is an archive, in which a GGUF file lies unpacked.
pub fn llamafile<R: Read + Seek>(file: &mut R, size: u64) -> Result<ModelFacts, NotModel> {
    let members = tail_of(file, size)?;
    let weights = members.iter().find(|m| m.name.ends_with(".gguf") && m.method == 0);
    let Some(weights) = weights else { return Err(NotModel::Broken("an executable without weights in it")) };
    file.seek(SeekFrom::Start(weights.offset))?;
    let mut head = [0; 30];
    file.read_exact(&mut head)?;
    if !head.starts_with(b"PK\x03\x04") {
        return Err(NotModel::Broken("a directory that points nowhere"));
    }
    let skip = u64::from(u16_at(&head, 26).unwrap_or(0)) + u64::from(u16_at(&head, 28).unwrap_or(0)) + 30;
    let start = weights.offset.checked_add(skip).ok_or(NotModel::Short)?;
    let mut facts = gguf::read(file, start, size)?;
    facts.format = Format::Llamafile;
    Ok(facts)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}
